package viewertls

import (
	"crypto"
	"crypto/tls"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A slowKey takes its time to sign, and counts those who do.
type slowKey struct{ signing, most atomic.Int64 }

func (k *slowKey) Public() crypto.PublicKey { return nil }
func (k *slowKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	n := k.signing.Add(1)
	defer k.signing.Add(-1)
	for old := k.most.Load(); n > old && !k.most.CompareAndSwap(old, n); old = k.most.Load() {
	}
	time.Sleep(time.Millisecond)
	return nil, nil
}

// TestSignInTurn: few handshakes of QUIC sign at a time, also with certificates that
// are issued when they are asked for (reliability T2).
func TestSignInTurn(t *testing.T) {
	key := new(slowKey)
	config := &tls.Config{
		Certificates:   []tls.Certificate{{PrivateKey: key}},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &tls.Certificate{PrivateKey: key}, nil },
	}
	before := config.Certificates
	signInTurn(config)
	if before[0].PrivateKey != key {
		t.Error("the certificates of other configurations were changed")
	}
	issued, err := config.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 10 * cap(turns) {
		for _, c := range []tls.Certificate{config.Certificates[0], *issued} {
			all.Go(func() { c.PrivateKey.(crypto.Signer).Sign(nil, nil, nil) })
		}
	}
	all.Wait()
	if got := int(key.most.Load()); got > cap(turns) {
		t.Errorf("got %d that sign at a time, want at most %d", got, cap(turns))
	}
	table := New(Options{Default: &Certificate{ready: tls.Certificate{PrivateKey: key}}, Protocols: HTTP1 | HTTP3,
		Distributions: []Distribution{{Names: []string{"a.test"}, Protocols: HTTP1 | HTTP3}}})
	hello := &tls.ClientHelloInfo{ServerName: "a.test", SupportedVersions: []uint16{tls.VersionTLS13}}
	if _, ok := table.ChoosePackets(hello).Config.Certificates[0].PrivateKey.(signer); !ok {
		t.Error("the key of a handshake of QUIC does not sign in turn")
	}
	if table.Choose(hello).Config.Certificates[0].PrivateKey != key {
		t.Error("the key of a handshake over TCP waits twice")
	}
}
