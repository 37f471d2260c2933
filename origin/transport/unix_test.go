package transport_test

import (
	"crypto/tls"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// TestUnixSocket: an origin behind a socket is an origin like any: connections
// are used again, Host and SNI are those of its domain name, and over TLS it
// must have a certificate for that (AG-PRV-03).
func TestUnixSocket(t *testing.T) {
	cert, roots := certificate(t, "api.example")
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			l, err := net.Listen("unix", path)
			if err != nil {
				t.Fatal(err)
			}
			sni := ""
			if scheme == "https" {
				l = tls.NewListener(l, &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
					sni = h.ServerName
					return &cert, nil
				}})
			}
			s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
			c := transport.New(transport.Options{})
			defer c.Close()
			o := newOrigin()
			o.ConnectTo, o.TLSRootsPEM = "unix:"+path, roots
			for i := range 2 {
				r := get("/")
				r.Scheme = scheme
				resp, err := c.RoundTrip(t.Context(), o, r)
				if err != nil {
					t.Fatal(err)
				}
				if b, err := io.ReadAll(resp.Body); string(b) != "ok" || err != nil {
					t.Errorf("got %q, %v, want ok", b, err)
				}
				resp.Body.Close()
				if resp.Timing.Reused != (i == 1) {
					t.Errorf("request %d: got reused %v", i+1, resp.Timing.Reused)
				}
			}
			if host, _ := s.Requests()[0].Field("Host"); host != "api.example" || scheme == "https" && sni != "api.example" {
				t.Errorf("got Host %q and SNI %q, want api.example", host, sni)
			}
			s.Close()
			if _, err := c.RoundTrip(t.Context(), o, get("/")); origin.KindOf(err) != origin.ErrorConnect {
				t.Errorf("without a listener: got %v, want connect", err)
			}
		})
	}
}
