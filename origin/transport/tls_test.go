package transport_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// certificate returns a self-signed certificate for names, and its PEM.
func certificate(t *testing.T, names ...string) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: names, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestTLS: which certificates are accepted, and which name is asked for
// (CF-OTLS-03 to -06, CF-HDR-56).
func TestTLS(t *testing.T) {
	tests := []struct {
		name     string
		cert     string // for which name
		host     string // forwarded
		trust    bool
		insecure bool
		auth     tls.ClientAuthType
		sni      string
		kind     origin.ErrorKind
	}{
		{name: "domain name", cert: "api.example", host: "api.example", trust: true, sni: "api.example"},
		{name: "port in Host", cert: "api.example", host: "api.example:8443", trust: true, sni: "api.example"},
		{name: "CF-OTLS-04 forwarded Host", cert: "www.example", host: "www.example", trust: true, sni: "www.example"},
		{name: "CF-OTLS-04 either", cert: "api.example", host: "www.example", trust: true, sni: "www.example"},
		{name: "CF-OTLS-04 neither", cert: "other.example", host: "www.example", trust: true, sni: "www.example", kind: origin.ErrorTLS},
		{name: "CF-OTLS-03 self-signed", cert: "api.example", host: "api.example", sni: "api.example", kind: origin.ErrorTLS},
		{name: "insecure", cert: "other.example", host: "api.example", insecure: true, sni: "api.example"},
		{name: "CF-OTLS-06", cert: "api.example", host: "api.example", trust: true, auth: tls.RequestClientCert, sni: "api.example", kind: origin.ErrorTLS},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, roots := certificate(t, tt.cert)
				var sni string
				l := origintest.NewMemoryListener()
				config := &tls.Config{ClientAuth: tt.auth, GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
					sni = h.ServerName
					return &cert, nil
				}}
				s := origintest.Start(tls.NewListener(l, config), origintest.Always(origintest.OK("ok")))
				defer s.Close()
				c := transport.New(transport.Options{Dial: l.Dial})
				defer c.Close()
				o := newOrigin()
				o.TLSInsecure = tt.insecure
				if tt.trust {
					o.TLSRootsPEM = roots
				}
				for range 2 { // the second resumes the session
					r := get("/")
					r.Scheme, r.Host = "https", tt.host
					resp, err := c.RoundTrip(t.Context(), o, r)
					if origin.KindOf(err) != tt.kind || sni != tt.sni {
						t.Fatalf("got %v with SNI %q, want %v with %q", err, sni, tt.kind, tt.sni)
					}
					if err == nil {
						if b, err := io.ReadAll(resp.Body); string(b) != "ok" || err != nil {
							t.Errorf("got %q, %v", b, err)
						}
						resp.Body.Close()
					}
					c.CloseIdle()
					synctest.Wait()
				}
				if tt.kind != 0 && s.Conns() != 2 {
					t.Errorf("got %d connections for two requests, want a wrong certificate tried once each", s.Conns())
				}
			})
		})
	}
}

// TestTLSSilence: the connect timeout includes the handshake (CF-ORT-01).
func TestTLSSilence(t *testing.T) {
	run(t, origintest.Always(), func(t *testing.T, e *edge) {
		r := get("/")
		r.Scheme = "https"
		begin := time.Now()
		_, err := e.RoundTrip(t.Context(), e.origin, r)
		if origin.KindOf(err) != origin.ErrorConnectTimeout || e.Conns() != 3 || time.Since(begin) != 30*time.Second {
			t.Errorf("got %v, %d connections, %v", err, e.Conns(), time.Since(begin))
		}
	}, origintest.Hang())
}

// TestConnectionsAreNotMixed: connections differ by address, scheme and TLS
// options.
func TestConnectionsAreNotMixed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
		defer s.Close()
		var dialed []string
		c := transport.New(transport.Options{Dial: func(ctx context.Context, n, a string) (net.Conn, error) {
			dialed = append(dialed, a)
			return l.Dial(ctx, n, a)
		}})
		defer c.Close()
		ports, other := newOrigin(), newOrigin()
		ports.HTTPPort, other.ConnectTo = 8080, "10.0.0.1:9000"
		for _, o := range []*origin.Origin{newOrigin(), ports, other, newOrigin(), ports, other} {
			resp, err := c.RoundTrip(t.Context(), o, get("/"))
			if err != nil {
				t.Fatal(err)
			}
			io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		want := []string{"api.example:80", "api.example:8080", "10.0.0.1:9000"}
		if len(dialed) != 3 || dialed[0] != want[0] || dialed[1] != want[1] || dialed[2] != want[2] {
			t.Errorf("got dials %q, want %q", dialed, want)
		}
	})
}

// TestIdleBound: no more idle connections than configured are kept.
func TestIdleBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
		defer s.Close()
		c := transport.New(transport.Options{Dial: l.Dial, MaxIdlePerOrigin: 2})
		defer c.Close()
		for range 2 {
			var open []io.ReadCloser
			for range 5 {
				resp, err := c.RoundTrip(t.Context(), newOrigin(), get("/"))
				if err != nil {
					t.Fatal(err)
				}
				open = append(open, resp.Body)
			}
			for _, b := range open {
				io.ReadAll(b)
				b.Close()
			}
		}
		if s.Conns() != 8 {
			t.Errorf("got %d connections, want 5 and 3 more", s.Conns())
		}
	})
}

// TestTCP: the same over the real network stack: reuse, reset, refusal.
func TestTCP(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ok, reset := []origintest.Step{origintest.OK("ok")}, []origintest.Step{origintest.Reset()}
	s := origintest.Start(l, origintest.InTurn(ok, ok, reset, ok, reset))
	c := transport.New(transport.Options{})
	defer c.Close()
	o := newOrigin()
	o.ConnectTo = l.Addr().String()
	for i := range 3 {
		resp, err := c.RoundTrip(t.Context(), o, get("/"))
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.Timing.Reused != (i == 1) {
			t.Errorf("request %d: got %+v", i, resp.Timing)
		}
	}
	if s.Conns() != 2 || len(s.Requests()) != 4 {
		t.Errorf("got %d connections and %d requests, want 2 and 4", s.Conns(), len(s.Requests()))
	}
	s.Close()
	if _, err := c.RoundTrip(t.Context(), o, get("/")); origin.KindOf(err) != origin.ErrorConnect {
		t.Errorf("after the end: got %v, want connect", err)
	}
}

// TestSessions: a second connection resumes the TLS session of the first, and
// never one that was established with other certificates in mind, by other
// names, or elsewhere.
func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, roots := certificate(t, "api.example", "www.example")
		var resumed atomic.Bool // the last connection
		config := &tls.Config{Certificates: []tls.Certificate{cert}, VerifyConnection: func(cs tls.ConnectionState) error {
			resumed.Store(cs.DidResume)
			return nil
		}}
		l := origintest.NewMemoryListener()
		s := origintest.Start(tls.NewListener(l, config), origintest.Always(origintest.OK("ok", "Connection: close")))
		defer s.Close()
		c := transport.New(transport.Options{Dial: l.Dial})
		defer c.Close()
		ask := func(change func(o *origin.Origin, r *origin.Request)) error {
			o, r := newOrigin(), get("/")
			o.TLSRootsPEM, r.Scheme = roots, "https"
			change(o, r)
			resp, err := c.RoundTrip(t.Context(), o, r)
			if err == nil {
				_, err = io.ReadAll(resp.Body)
				resp.Body.Close()
			}
			return err
		}
		_, others := certificate(t, "api.example")
		for _, tt := range []struct {
			name   string
			change func(o *origin.Origin, r *origin.Request)
			kind   origin.ErrorKind
			first  bool // not resumed the first time
		}{
			{"as configured", func(*origin.Origin, *origin.Request) {}, 0, true},
			{"any certificate", func(o *origin.Origin, _ *origin.Request) { o.TLSInsecure, o.TLSRootsPEM = true, nil }, 0, true},
			{"other roots", func(o *origin.Origin, _ *origin.Request) { o.TLSRootsPEM = others }, origin.ErrorTLS, true},
			{"the system's roots", func(o *origin.Origin, _ *origin.Request) { o.TLSRootsPEM = nil }, origin.ErrorTLS, true},
			{"another server name", func(_ *origin.Origin, r *origin.Request) { r.Host = "www.example" }, 0, true},
			{"another origin", func(o *origin.Origin, r *origin.Request) { o.DomainName, r.Host = "other.example", "api.example" }, 0, true},
			{"another port", func(o *origin.Origin, _ *origin.Request) { o.HTTPSPort = 8443 }, 0, true},
			{"as configured, again", func(*origin.Origin, *origin.Request) {}, 0, false},
		} {
			for again := range 2 {
				resumed.Store(false)
				err := ask(tt.change)
				if origin.KindOf(err) != tt.kind || tt.kind == 0 && err != nil {
					t.Errorf("%s: got %v, want %v", tt.name, err, tt.kind)
				}
				if want := tt.kind == 0 && (again == 1 || !tt.first); resumed.Load() != want {
					t.Errorf("%s, connection %d: resumed: got %v, want %v", tt.name, again+1, resumed.Load(), want)
				}
			}
		}
	})
}

// TestUnaskedRecords: what an origin sends behind its response is never taken
// for the answer to the next request, wherever it was when the response ended:
// on the way, in TLS, or already read. Without any the connection is kept.
func TestUnaskedRecords(t *testing.T) {
	const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"
	for i, length := range []int{0, 3, 1000, 1400, 16384, 20000, 32768, 100000, 0, 3, 1000, 1400, 16384, 20000, 32768, 100000} {
		behind := poison
		if i >= 8 {
			behind = ""
		}
		synctest.Test(t, func(t *testing.T) {
			cert, roots := certificate(t, "api.example")
			l := origintest.NewMemoryListener()
			config := &tls.Config{Certificates: []tls.Certificate{cert}, DynamicRecordSizingDisabled: true}
			good := strings.Repeat("x", length)
			s := origintest.Start(tls.NewListener(l, config), origintest.Always(origintest.OK(good), origintest.Send(behind)))
			defer s.Close()
			c := transport.New(transport.Options{Dial: l.Dial})
			defer c.Close()
			o := newOrigin()
			o.TLSRootsPEM = roots
			for i := range 3 {
				r := get("/")
				r.Scheme = "https"
				resp, err := c.RoundTrip(t.Context(), o, r)
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				var content strings.Builder
				for buffer := make([]byte, 32<<10); err == nil; {
					var n int
					n, err = resp.Body.Read(buffer)
					content.Write(buffer[:n])
				}
				resp.Body.Close()
				// What does not fit into the memory of the connection is sent while
				// content is read: it has to be there before the next request, as
				// nobody can tell it from an answer to one.
				synctest.Wait()
				conns := 1
				if behind != "" {
					conns = i + 1
				}
				if content.String() != good || s.Conns() != conns {
					t.Errorf("length %d, %q behind it: got %d bytes over connection %d, want %d over %d", length, behind, content.Len(), s.Conns(), length, conns)
				}
			}
		})
	}
}
