package listener_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/proxy/listener"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// The proxies that are believed here. Viewers of a MemoryListener come from
// 198.51.100.10 and meet 203.0.113.1:443.
var believed = viewer.Networks{netip.MustParsePrefix("198.51.100.0/24")}

// endsHandler answers with who is connected to whom.
func endsHandler(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	content := fmt.Sprint(r.Remote, " ", r.Local)
	w.WriteHead(200, nil, int64(len(content)))
	io.WriteString(w, content)
}

// refusals counts the refusals of a Server.
type refusals map[listener.Refusal]int

func (n refusals) options(o listener.Options) listener.Options {
	o.OnRefused = func(why listener.Refusal) { n[why]++ }
	return o
}

// eachProxied runs a test with each driver, without TLS and with it.
func eachProxied(t *testing.T, o listener.Options, test func(t *testing.T, s *site, refused refusals)) {
	for _, secure := range []bool{false, true} {
		for _, o.Engine = range engines {
			t.Run(fmt.Sprintf("%v, TLS %t", o.Engine, secure), func(t *testing.T) {
				refused := refusals{}
				runProxied(t, secure, refused.options(o), believed, func(t *testing.T, s *site) { test(t, s, refused) })
			})
		}
	}
}

const (
	line4   = "PROXY TCP4 192.0.2.7 203.0.113.9 4711 443\r\n"
	binary6 = "\r\n\r\n\x00\r\nQUIT\n\x21\x21\x00\x29" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x07" +
		"\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x09\x12\x67\x01\xbb" +
		"\x02\x00\x02ab"
	local = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"
)

// TestProxied: the viewer is who the proxy announces, over every protocol, however
// the header comes. What follows it is TLS or HTTP, also in the same packet.
func TestProxied(t *testing.T) {
	eachProxied(t, listener.Options{Handler: endsHandler}, func(t *testing.T, s *site, refused refusals) {
		for _, tt := range []struct{ header, want string }{
			{line4, "192.0.2.7:4711 203.0.113.9:443"},
			{binary6, "[2001:db8::7]:4711 [2001:db8::9]:443"},
			{local, "198.51.100.10:PORT 203.0.113.1:443"},
			{"PROXY UNKNOWN\r\n", "198.51.100.10:PORT 203.0.113.1:443"},
		} {
			for _, h2 := range []bool{false, true} {
				for _, way := range []string{"at once", "with what follows", "byte by byte"} {
					raw, err := s.l.Dial(t.Context(), "", "")
					if err != nil {
						t.Fatal(err)
					}
					want := strings.Replace(tt.want, "PORT", fmt.Sprint(raw.LocalAddr().(*net.TCPAddr).Port), 1)
					if got := askBehind(t, s, raw, tt.header, way, h2); got != want {
						t.Errorf("%q %s, HTTP/2 %t: got %s, want %s", tt.header, way, h2, got, want)
					}
				}
			}
		}
		if len(refused) > 0 {
			t.Errorf("refused: got %v, want none", refused)
		}
	})
}

// askBehind sends a header and a request over raw, and returns the content of the
// response.
func askBehind(t *testing.T, s *site, raw net.Conn, header, way string, h2 bool) string {
	t.Helper()
	switch way {
	case "at once":
		io.WriteString(raw, header)
	case "with what follows":
		raw = &behind{Conn: raw, first: header}
	case "byte by byte":
		for i := range header {
			io.WriteString(raw, header[i:i+1])
			synctest.Wait()
		}
	}
	alpn := map[bool]string{false: "http/1.1", true: "h2"}[h2]
	client := s.client(t, h2)
	transport := client.Transport.(*http.Transport)
	scheme := "http"
	dial := func(context.Context, string, string) (net.Conn, error) { return s.over(t, raw, alpn), nil }
	if transport.DialContext = dial; s.ca != nil {
		scheme, transport.DialTLSContext = "https", dial
	}
	response, err := client.Get(scheme + "://api.example/")
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	return string(content) + strings.TrimPrefix(fmt.Sprint(err), "<nil>")
}

// behind sends first in front of what is written first.
type behind struct {
	net.Conn
	first string
}

func (b *behind) Write(p []byte) (int, error) {
	if b.first != "" {
		first := b.first
		b.first = ""
		n, err := b.Conn.Write(append([]byte(first), p...))
		return n - len(first), err
	}
	return b.Conn.Write(p)
}

// TestProxiedRefuses: who is no proxy that is believed, or sends something else
// first, is not served, and told nothing (reliability F19).
func TestProxiedRefuses(t *testing.T) {
	o := listener.Options{Handler: endsHandler, HeaderTimeout: 10 * time.Second}
	eachProxied(t, o, func(t *testing.T, s *site, refused refusals) {
		for _, tt := range []struct {
			from, send string
			want       string
			after      time.Duration
		}{
			{"203.0.113.99", line4 + get("/"), "map[untrusted:1]", 0},
			{"198.51.100.10", get("/"), "map[header:1]", 0},
			{"198.51.100.10", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a hello", "map[header:1]", 0},
			{"198.51.100.10", "PROXY TCP4 192.0.2.7 203.0.113.9 4711 x\r\n" + get("/"), "map[header:1]", 0},
			{"198.51.100.10", line4[:20], "map[header:1]", 10 * time.Second}, // and no more
		} {
			clear(refused)
			c, err := s.l.DialFrom(t.Context(), netip.MustParseAddr(tt.from))
			if err != nil {
				t.Fatal(err)
			}
			begin := time.Now()
			io.WriteString(c, tt.send)
			got, err := io.ReadAll(c)
			synctest.Wait()
			took := time.Since(begin)
			if len(got) > 0 || errors.Is(err, io.ErrUnexpectedEOF) || fmt.Sprint(refused) != tt.want || took != tt.after {
				t.Errorf("%s sends %.30q: got %q and %v after %v, want nothing and %s after %v", tt.from, tt.send, got, refused, took, tt.want, tt.after)
			}
		}
		clear(refused)
		c, err := s.l.Dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		c.Close() // as a health check
		synctest.Wait()
		if len(refused) > 0 {
			t.Errorf("a connection without a byte: got %v, want nothing counted", refused)
		}
	})
}

// TestProxiedViewersHaveShares: connections count as those of the announced viewer,
// not as the proxy's.
func TestProxiedViewersHaveShares(t *testing.T) {
	o := listener.Options{Handler: endsHandler, MaxConnsPerViewer: 1}
	for _, o.Engine = range engines {
		refused := refusals{}
		runProxied(t, false, refused.options(o), believed, func(t *testing.T, s *site) {
			open := func(viewer string) (net.Conn, int) {
				c := s.dial(t)
				fmt.Fprintf(c, "PROXY TCP4 %s 203.0.113.9 4711 443\r\n%s", viewer, get("/"))
				response, err := http.ReadResponse(bufio.NewReader(c), nil)
				if err != nil {
					return c, 0
				}
				return c, response.StatusCode
			}
			first, a := open("192.0.2.1")
			second, b := open("192.0.2.2")
			third, c := open("192.0.2.1")
			if a != 200 || b != 200 || c != 0 || fmt.Sprint(refused) != "map[viewer:1]" {
				t.Errorf("%v: got %d, %d and %d with %v, want 200, 200 and an end with map[viewer:1]", o.Engine, a, b, c, refused)
			}
			first.Close()
			synctest.Wait()
			fourth, d := open("192.0.2.1")
			if d != 200 {
				t.Errorf("%v: after the first has gone: got %d, want 200", o.Engine, d)
			}
			for _, c := range []net.Conn{second, third, fourth} {
				c.Close()
			}
		})
	}
}
