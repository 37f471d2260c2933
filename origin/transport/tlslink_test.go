package transport_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// A secured is an origin over TLS, and a client.
type secured struct {
	*transport.Client
	*origintest.Server
	origin *origin.Origin
	last   tls.ConnectionState // as the origin saw it
}

func runSecured(t *testing.T, config *tls.Config, test func(t *testing.T, s *secured), names ...string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &secured{origin: newOrigin()}
		cert, roots := certificate(t, names...)
		config = config.Clone()
		config.Certificates = []tls.Certificate{cert}
		config.VerifyConnection = func(cs tls.ConnectionState) error { s.last = cs; return nil }
		l := origintest.NewMemoryListener()
		s.Server = origintest.Start(tls.NewListener(l, config), origintest.Always(origintest.OK("ok")))
		defer s.Server.Close()
		s.Client = transport.New(transport.Options{Dial: l.Dial})
		defer s.Client.Close()
		s.origin.TLSRootsPEM = roots
		test(t, s)
	})
}

// pool returns the certificates of PEM texts.
func pool(t *testing.T, texts ...[]byte) *x509.CertPool {
	t.Helper()
	p := x509.NewCertPool()
	for _, text := range texts {
		if !p.AppendCertsFromPEM(text) {
			t.Fatal("no certificate")
		}
	}
	return p
}

// ask makes a request for a Host over a new connection.
func (s *secured) ask(host string) error {
	r := get("/")
	r.Scheme, r.Host = "https", host
	resp, err := s.RoundTrip(context.Background(), s.origin, r)
	if err == nil {
		_, err = io.ReadAll(resp.Body)
		resp.Body.Close()
	}
	s.CloseIdle()
	synctest.Wait()
	return err
}

// TestCertificateNames: SNI and the names that a certificate may have, where
// they are configured (CF-OTLS-04, CF-OTLS-05).
func TestCertificateNames(t *testing.T) {
	for _, tt := range []struct {
		has  string // of the certificate
		link origin.Link
		host string
		sni  string
		kind origin.ErrorKind
	}{
		{"lb.internal", origin.Link{ServerName: "lb.internal"}, "www.example", "lb.internal", 0},
		{"api.example", origin.Link{ServerName: "lb.internal"}, "www.example", "lb.internal", 0},
		{"www.example", origin.Link{ServerName: "lb.internal"}, "www.example", "lb.internal", origin.ErrorTLS},
		{"lb.internal", origin.Link{CertificateNames: []string{"other", "lb.internal"}}, "www.example", "www.example", 0},
		{"api.example", origin.Link{CertificateNames: []string{"lb.internal"}}, "api.example", "api.example", origin.ErrorTLS},
		{"lb.internal", origin.Link{ServerName: "lb.internal", CertificateNames: []string{"api.example"}}, "x", "lb.internal", origin.ErrorTLS},
		{"a.internal", origin.Link{CertificateNames: []string{"*.internal"}}, "x", "x", 0},
		{"*.internal", origin.Link{CertificateNames: []string{"*.Internal"}}, "x", "x", 0},
		{"*.internal", origin.Link{CertificateNames: []string{"a.internal"}}, "x", "x", 0},
		{"a.b.internal", origin.Link{CertificateNames: []string{"*.internal"}}, "x", "x", origin.ErrorTLS},
		{"internal", origin.Link{CertificateNames: []string{"*.internal"}}, "x", "x", origin.ErrorTLS},
		{"a.xinternal", origin.Link{CertificateNames: []string{"*.internal"}}, "x", "x", origin.ErrorTLS},
	} {
		runSecured(t, &tls.Config{}, func(t *testing.T, s *secured) {
			s.origin.Link = &tt.link
			for range 2 { // the second resumes the session
				if err := s.ask(tt.host); origin.KindOf(err) != tt.kind || tt.kind == 0 && err != nil || s.last.ServerName != tt.sni {
					t.Errorf("certificate for %s, %+v: got %v with SNI %q, want %v with %q", tt.has, tt.link, err, s.last.ServerName, tt.kind, tt.sni)
				}
			}
		}, tt.has)
	}
}

// TestTLSVersions: the highest version that both sides have is spoken, and none
// that is not in the set (CF-OTLS-01).
func TestTLSVersions(t *testing.T) {
	const v10, v11, v12, v13 = origin.TLSVersion10, origin.TLSVersion11, origin.TLSVersion12, origin.TLSVersion13
	for _, tt := range []struct {
		set      origin.TLSVersions
		min, max uint16 // of the origin
		want     uint16
		kind     origin.ErrorKind
	}{
		{0, tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS13, 0},
		{0, tls.VersionTLS10, tls.VersionTLS11, 0, origin.ErrorTLS},
		{v12 | v13, tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS13, 0},
		{v12 | v13, tls.VersionTLS10, tls.VersionTLS12, tls.VersionTLS12, 0},
		{v12 | v13, tls.VersionTLS10, tls.VersionTLS11, 0, origin.ErrorTLS},
		{v11, tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS11, 0},
		{v10 | v11, tls.VersionTLS10, tls.VersionTLS10, tls.VersionTLS10, 0},
		{v10, tls.VersionTLS11, tls.VersionTLS13, 0, origin.ErrorTLS},
		{v10 | v12 | v13, tls.VersionTLS10, tls.VersionTLS11, 0, origin.ErrorTLS}, // chosen between
	} {
		runSecured(t, &tls.Config{MinVersion: tt.min, MaxVersion: tt.max}, func(t *testing.T, s *secured) {
			if tt.set != 0 {
				s.origin.Link = &origin.Link{TLSVersions: tt.set}
			}
			err := s.ask("api.example")
			if origin.KindOf(err) != tt.kind || tt.kind == 0 && err != nil || tt.want != 0 && s.last.Version != tt.want {
				t.Errorf("%v with an origin of %x to %x: got %v, version %x, want %v, %x", tt.set, tt.min, tt.max, err, s.last.Version, tt.kind, tt.want)
			}
		}, "api.example")
	}
}

// TestOldCipherSuites: what only an old server speaks is offered together with
// an old version, and not otherwise (CF-OTLS-02).
func TestOldCipherSuites(t *testing.T) {
	old := &tls.Config{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256}}
	for _, tt := range []struct {
		set  origin.TLSVersions
		kind origin.ErrorKind
	}{
		{0, origin.ErrorTLS},
		{origin.TLSVersion12 | origin.TLSVersion13, origin.ErrorTLS},
		{origin.TLSVersion11 | origin.TLSVersion12 | origin.TLSVersion13, 0},
	} {
		runSecured(t, old, func(t *testing.T, s *secured) {
			s.origin.Link = &origin.Link{TLSVersions: tt.set}
			if err := s.ask("api.example"); origin.KindOf(err) != tt.kind || tt.kind == 0 && err != nil {
				t.Errorf("%v: got %v, want %v", tt.set, err, tt.kind)
			}
		}, "api.example")
	}
}

// A trickling connection sends byte by byte, with a pause after each.
type trickling struct {
	net.Conn
	pause time.Duration // 0 for none, and all at once
}

func (c *trickling) Write(p []byte) (n int, err error) {
	if c.pause == 0 {
		return c.Conn.Write(p)
	}
	for n < len(p) && err == nil {
		if _, err = c.Conn.Write(p[n : n+1]); err == nil {
			n++
			time.Sleep(c.pause)
		}
	}
	return n, err
}

// TestTrickledRecord: a record of TLS is nothing before its last byte. An origin
// that sends one byte by byte has the response timeout of 30 s for all of it
// while the response has not begun, as if it had sent nothing; content may come
// as slowly as it does without TLS (CF-ORT-03).
func TestTrickledRecord(t *testing.T) {
	const head, rest = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok"
	for _, tt := range []struct {
		name          string
		head, content time.Duration // between bytes
		kind          origin.ErrorKind
		end           time.Duration
	}{
		{"head", 20 * time.Second, 0, origin.ErrorReadTimeout, 30 * time.Second},
		{"head in time", 100 * time.Millisecond, 0, 0, 0},
		{"content", 0, 20 * time.Second, 0, 0},
		{"content that stops", 0, time.Minute, origin.ErrorReadTimeout, 30 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, roots := certificate(t, "api.example")
				l := origintest.NewMemoryListener()
				var served sync.WaitGroup
				defer served.Wait()
				served.Go(func() {
					raw, err := l.Accept()
					if err != nil {
						return
					}
					slow := &trickling{Conn: raw}
					c := tls.Server(slow, &tls.Config{Certificates: []tls.Certificate{cert}})
					defer raw.Close()
					if _, err := c.Read(make([]byte, 1024)); err != nil {
						t.Errorf("origin: got no request: %v", err)
					}
					slow.pause = tt.head
					io.WriteString(c, head)
					slow.pause = tt.content
					io.WriteString(c, rest)
				})
				defer l.Close()
				c := transport.New(transport.Options{Dial: l.Dial})
				defer c.Close()
				o, r := newOrigin(), get("/")
				o.TLSRootsPEM, o.Attempts, r.Scheme = roots, 1, "https"
				begin := time.Now()
				resp, err := c.RoundTrip(t.Context(), o, r)
				if err == nil {
					var text []byte
					if text, err = io.ReadAll(resp.Body); err == nil && string(text) != rest {
						t.Errorf("got %q, want %q", text, rest)
					}
					resp.Body.Close()
				}
				if got := time.Since(begin); origin.KindOf(err) != tt.kind || tt.kind != 0 && got != tt.end {
					t.Errorf("got %v after %v, want kind %v after %v", err, got, tt.kind, tt.end)
				}
			})
		})
	}
}
