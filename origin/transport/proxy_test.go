package transport_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// TestThroughProxy: connections go through the proxy to the origin, by name or,
// if the origin has addresses of its own, to one of these; they are used again;
// and what the proxy says first comes before TLS or HTTP.
func TestThroughProxy(t *testing.T) {
	for _, tt := range []struct {
		name   string
		link   origin.Link
		asked  string // of the proxy, for each of two connections
		header bool   // of the PROXY protocol
	}{
		{"socks5", origin.Link{Proxy: &origin.Proxy{Kind: origin.ProxySOCKS5}}, "api.example:80 api.example:80", false},
		{"http", origin.Link{Proxy: &origin.Proxy{Kind: origin.ProxyHTTP}}, "api.example:80 api.example:80", false},
		{"addresses", origin.Link{Proxy: &origin.Proxy{Kind: origin.ProxyHTTP}, Addresses: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")}},
			"10.0.0.1:80 10.0.0.2:80", false},
		{"with the PROXY protocol", origin.Link{Proxy: &origin.Proxy{Kind: origin.ProxySOCKS5}, ProxyProtocol: origin.ProxyProtocolV1}, "api.example:80 api.example:80", true},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := origintest.NewMemoryListener()
			s := origintest.Start(l, origintest.Always(origintest.OK("ok")))
			defer s.Close()
			var asked []string
			c := transport.New(transport.Options{Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if addr != "proxy.internal:1080" {
					return nil, fmt.Errorf("dialled %s", addr)
				}
				return proxied(ctx, l, tt.link.Proxy.Kind, &asked)
			}})
			defer c.Close()
			o := newOrigin()
			o.Link = &tt.link
			o.Link.Proxy.Host, o.Link.Proxy.Port = "proxy.internal", 1080
			for i := range 3 {
				if i == 2 {
					c.CloseIdle()
				}
				resp, err := c.RoundTrip(t.Context(), o, get("/"))
				if err != nil {
					t.Fatalf("%s: %v", tt.name, err)
				}
				if b, err := io.ReadAll(resp.Body); string(b) != "ok" || err != nil || resp.Timing.Reused != (i == 1) {
					t.Errorf("%s, request %d: got %q, %v, %+v", tt.name, i+1, b, err, resp.Timing)
				}
				resp.Body.Close()
			}
			if got := strings.Join(asked, " "); got != tt.asked {
				t.Errorf("%s: the proxy was asked for %q, want %q", tt.name, got, tt.asked)
			}
			if _, told := s.Requests()[0].Field("PROXY"); told != tt.header {
				t.Errorf("%s: got a PROXY header %v, want %v", tt.name, told, tt.header)
			}
		})
	}
}

// proxied connects to a proxy which says yes, and notes what it is asked for.
func proxied(ctx context.Context, l *origintest.MemoryListener, kind origin.ProxyKind, asked *[]string) (net.Conn, error) {
	inside, err := l.Dial(ctx, "", "")
	if err != nil {
		return nil, err
	}
	return &proxyConn{Conn: inside, kind: kind, asked: asked}, nil
}

// A proxyConn is a connection to an origin behind a proxy's answers.
type proxyConn struct {
	net.Conn
	kind  origin.ProxyKind
	asked *[]string
	step  int    // of the negotiation; the origin follows it
	says  string // what it has yet to say
}

func (p *proxyConn) Quiet() bool { return p.Conn.(interface{ Quiet() bool }).Quiet() }

func (p *proxyConn) Write(b []byte) (int, error) {
	p.step++
	switch {
	case p.kind == origin.ProxyHTTP && p.step == 1:
		*p.asked = append(*p.asked, strings.Fields(string(b))[1])
		p.says = "HTTP/1.1 200 OK\r\n\r\n"
	case p.kind == origin.ProxySOCKS5 && p.step == 1:
		p.says = "\x05\x00"
	case p.kind == origin.ProxySOCKS5 && p.step == 2:
		name := b[5 : 5+b[4]]
		*p.asked = append(*p.asked, fmt.Sprintf("%s:%d", name, int(b[len(b)-2])<<8+int(b[len(b)-1])))
		p.says = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	default:
		return p.Conn.Write(b)
	}
	return len(b), nil
}

func (p *proxyConn) Read(b []byte) (int, error) {
	if p.says == "" {
		return p.Conn.Read(b)
	}
	n := copy(b, p.says)
	p.says = p.says[n:]
	return n, nil
}

// TestProxyFails: a proxy that is not there, does not connect or is silent is a
// connection that cannot be made: every attempt tries it again (CF-ORT-02), and
// the error tells of it without its credentials.
func TestProxyFails(t *testing.T) {
	for _, tt := range []struct {
		name string
		dial func(ctx context.Context) (net.Conn, error)
		kind origin.ErrorKind
		took time.Duration
		err  string
	}{
		{"refuses", func(context.Context) (net.Conn, error) {
			return nil, &net.OpError{Op: "dial", Err: fmt.Errorf("refused")}
		}, origin.ErrorConnect, 0, "proxy socks5://proxy.internal:1080: dial: refused"},
		{"has no name", func(context.Context) (net.Conn, error) { return nil, errNoName }, origin.ErrorConnect, 0, "no such host"},
		{"is silent", func(context.Context) (net.Conn, error) { ours, _ := net.Pipe(); return ours, nil }, origin.ErrorConnectTimeout, 30 * time.Second, "proxy socks5://proxy.internal:1080"},
		{"does not connect", func(context.Context) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				theirs.Read(make([]byte, 3))
				theirs.Write([]byte("\x05\x02"))
				theirs.Read(make([]byte, 100))
				theirs.Write([]byte("\x01\x01"))
			}()
			return ours, nil
		}, origin.ErrorConnect, 0, "refuses the credentials"},
	} {
		synctest.Test(t, func(t *testing.T) {
			dials := 0
			c := transport.New(transport.Options{Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
				dials++
				return tt.dial(ctx)
			}})
			defer c.Close()
			o := newOrigin()
			o.Link = &origin.Link{Proxy: &origin.Proxy{Host: "proxy.internal", Port: 1080, User: "ed", Password: "secret"}}
			began := time.Now()
			_, err := c.RoundTrip(t.Context(), o, get("/"))
			if origin.KindOf(err) != tt.kind || time.Since(began) != tt.took || dials != 3 || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s: got %v after %v and %d attempts, want %v, %q after %v and 3", tt.name, err, time.Since(began), dials, tt.kind, tt.err, tt.took)
			}
		})
	}
}

// TestProxyIsNotPrinted: no way of printing shows the credentials.
func TestProxyIsNotPrinted(t *testing.T) {
	p := &origin.Proxy{Host: "h", Port: 1, User: "ed", Password: "secret"}
	l := &origin.Link{Proxy: p}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{p, *p, l, *l} {
			if got := fmt.Sprintf(format, v); strings.Contains(got, "secret") || strings.Contains(got, "ed\"") {
				t.Errorf("%s: got %s", format, got)
			}
		}
	}
}
