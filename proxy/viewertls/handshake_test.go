package viewertls_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/viewertls"
)

// An authority issues the certificates of a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pool        *x509.CertPool
}

var testCA = sync.OnceValue(func() *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	a := &authority{key: key, pool: x509.NewCertPool()}
	a.certificate, _ = x509.ParseCertificate(der)
	a.pool.AddCert(a.certificate)
	return a
})

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// pems returns a certificate for names and its key.
func pems(t testing.TB, kind viewertls.KeyKind, names ...string) (chain, key []byte) {
	t.Helper()
	var signer crypto.Signer = rsaKey()
	if kind == viewertls.KeyECDSA {
		var err error
		if signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			t.Fatal(err)
		}
	}
	return pemsFor(t, signer, names...)
}

// pemsFor is pems for a key.
func pemsFor(t testing.TB, signer crypto.Signer, names ...string) (chain, key []byte) {
	t.Helper()
	a := testCA()
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	template := &x509.Certificate{
		SerialNumber: serial, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, signer.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(signer)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
}

func certificate(t testing.TB, kind viewertls.KeyKind, names ...string) *viewertls.Certificate {
	t.Helper()
	chain, key := pems(t, kind, names...)
	c, err := viewertls.NewCertificate(names[0], chain, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// handshake makes a connection to a server that answers as choose does, and has
// the viewer read what comes after the handshake: tickets. The error is the
// viewer's.
func handshake(t testing.TB, choose func(*tls.ClientHelloInfo) viewertls.Choice, config *tls.Config) (tls.ConnectionState, error) {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	defer theirs.Close()
	server := tls.Server(ours, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		return choose(hello).Config, nil
	}})
	var served sync.WaitGroup
	served.Go(func() {
		if server.Handshake() == nil {
			server.Write([]byte{'.'})
		}
		ours.Close()
	})
	if config.RootCAs == nil {
		config.RootCAs = testCA().pool
	}
	viewer := tls.Client(theirs, config)
	err := viewer.Handshake()
	if err == nil {
		var dot [1]byte
		if _, err = viewer.Read(dot[:]); err == nil && !bytes.Equal(dot[:], []byte{'.'}) {
			err = errors.New("no dot")
		}
	}
	theirs.Close()
	served.Wait()
	return viewer.ConnectionState(), err
}
