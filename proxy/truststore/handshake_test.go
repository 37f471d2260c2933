package truststore

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/truststore/truststoretest"
)

// TestReasonOf is CF-CLOG-02, by what crypto/tls says of handshakes that end in each
// way.
func TestReasonOf(t *testing.T) {
	ca := truststoretest.New("Partners", now)
	server := ca.Issue("edge", 1)
	good, foreign := ca.Issue("viewer", 7), truststoretest.New("Other", now).Issue("viewer", 7)
	shaking := func(c *tls.Config) func(net.Conn) { return func(n net.Conn) { _ = tls.Client(n, c).Handshake() } }
	showing := func(c *tls.Certificate) *tls.Config {
		return &tls.Config{InsecureSkipVerify: true, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c, nil }}
	}
	for _, tt := range []struct {
		name   string
		viewer func(net.Conn)
		want   Reason
	}{
		{"good", shaking(showing(&good)), ReasonNone},
		{"none", shaking(&tls.Config{InsecureSkipVerify: true}), ReasonMissing},
		{"none, TLS 1.2", shaking(&tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}), ReasonMissing},
		{"of another authority", shaking(showing(&foreign)), ReasonUntrusted},
		{"the viewer does not trust the edge", shaking(&tls.Config{ServerName: "edge"}), ReasonUnmapped},
		{"no common version", shaking(&tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}), ReasonUnmapped},
		{"the viewer leaves", func(n net.Conn) { n.Close() }, ReasonTCPError},
		{"the viewer says nothing", func(net.Conn) {}, ReasonTCPTimeout},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			viewer, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer viewer.Close()
			edge, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer edge.Close()
			done := make(chan struct{})
			go func() {
				defer close(done)
				tt.viewer(viewer)
			}()
			ctx := context.Background()
			if tt.want == ReasonTCPTimeout {
				expired, cancel := context.WithDeadline(ctx, time.Unix(1, 0))
				defer cancel()
				ctx = expired
			}
			config := &tls.Config{Certificates: []tls.Certificate{server}}
			newPolicy(t, Options{}, ca.PEM()).Demand(config)
			got := tls.Server(edge, config).HandshakeContext(ctx)
			if ReasonOf(got) != tt.want {
				t.Errorf("got %v, which is %q, want %q", got, ReasonOf(got), tt.want)
			}
			edge.Close()
			<-done
		})
	}
	for err, want := range map[error]Reason{
		os.ErrDeadlineExceeded: ReasonTCPTimeout, io.ErrUnexpectedEOF: ReasonTCPError, net.ErrClosed: ReasonTCPError,
		fmt.Errorf("write: %w", &net.OpError{Op: "write", Err: errors.New("reset")}): ReasonTCPError, errors.New("strange"): ReasonUnmapped,
	} {
		if got := ReasonOf(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
}

// TestHandshakeOfALargeCertificate: what anybody may send is not written down whatever
// its size (CF-MTLS-03).
func TestHandshakeOfALargeCertificate(t *testing.T) {
	ca := truststoretest.New("Partners", now)
	var h Handshake
	h.SetChain(truststoretest.Parsed(ca.Issue("viewer", 7)))
	if h.Certificate == nil {
		t.Error("got no certificate, want the viewer's")
	}
	large := truststoretest.Parsed(ca.Issue(strings.Repeat("x", maxCertificate), 7))
	h = Handshake{}
	if h.SetChain(large); h.Certificate != nil {
		t.Errorf("a certificate of %d bytes: got a subject of %d bytes, want no certificate", len(large[0].Raw), len(h.Certificate.Subject()))
	}
}
