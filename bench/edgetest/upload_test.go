package edgetest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/proxy/listener"
)

// A countedConn counts what is written.
type countedConn struct {
	net.Conn
	written atomic.Int64
}

// Write writes in small parts, so that those count which the other side has
// room for.
func (c *countedConn) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var part int
		part, err = c.Conn.Write(p[n:min(len(p), n+4<<10)])
		n += part
		c.written.Add(int64(part))
	}
	return n, err
}

// counted is Call with a connection that counts what the viewer could send.
func (e *Edge) counted(t *testing.T, p Protocol, q Request) (*Call, *countedConn) {
	conn := &countedConn{Conn: e.connect(t, q.Scheme, p)}
	c := &Call{conn: conn, began: time.Now(), read: make(chan struct{}), done: make(chan struct{})}
	c.startReading()
	if p == ProtocolH2 {
		c.stream = dialH2(conn, c.read).open(c, q)
	} else {
		c.ends.Go(func() { c.speakH1(q) })
	}
	synctest.Wait()
	return c, conn
}

// A sink is an origin that takes the content of a request in portions, as it is
// told to.
type sink struct {
	net.Conn
	request *http.Request
	taken   int64
}

// accept waits for a connection and the head of its request.
func accept(t *testing.T, l net.Listener) *sink {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		t.Fatal(err)
	}
	return &sink{Conn: c, request: r}
}

// take takes n more bytes, or what there is up to the end.
func (s *sink) take(n int64) error {
	got, err := io.CopyN(io.Discard, s.request.Body, n)
	s.taken += got
	synctest.Wait()
	return err
}

const (
	uploadSize = 64 << 20
	// mostAhead is what may lie between viewer and origin: what the sockets of
	// both hold, the edge's buffers, and what HTTP/2 lets a stream have.
	mostAhead = 1 << 20
)

// TestUploadBackPressure: a viewer sends no faster than its origin takes, and
// however much it has to send, the edge holds little of it (CF-REQ-03,
// CF-SIZE-05). Counted, since time does not tell.
func TestUploadBackPressure(t *testing.T) {
	content := strings.Repeat("0123456789abcdef", uploadSize/16)
	eachViewer(t, func(t *testing.T, p Protocol, engine listener.Engine) {
		for _, chunked := range []bool{false, true} {
			e := NewWith(t, engine, StoreMemory, shop)
			l := e.Listen("api.test")
			before := memoryInUse()
			call, conn := e.counted(t, p, Request{Scheme: "http", Method: "POST", Host: "shop.test", Target: "/a", HasBody: true, Chunked: chunked, Body: content})
			s := accept(t, l)
			synctest.Wait()
			most := int64(0)
			for s.taken < uploadSize {
				ahead := conn.written.Load() - s.taken
				if most = max(most, ahead); ahead > mostAhead {
					t.Fatalf("chunked %v: the viewer has sent %d bytes more than the origin took, want at most %d", chunked, ahead, mostAhead)
				}
				if s.taken == uploadSize/2 {
					own := int64(0)
					if p == ProtocolH1 {
						own = uploadSize // the test's viewer makes one text of its request
					}
					taken := memoryInUse() - before - own
					t.Logf("chunked %v: %d bytes ahead of the origin, %d bytes of memory", chunked, most, taken)
					if taken > 4*mostAhead {
						t.Errorf("chunked %v: an upload takes %d bytes, want at most %d", chunked, taken, 4*mostAhead)
					}
				}
				if err := s.take(1 << 20); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.take(1); err != io.EOF {
				t.Errorf("chunked %v: got %v behind the content, want its end", chunked, err)
			}
			io.WriteString(s, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
			if got, err := call.Wait(time.Minute); err != nil || got.Status != 201 {
				t.Errorf("chunked %v: got %d, %v, want 201", chunked, got.Status, err)
			}
			call.Close()
			s.Close()
			l.Close()
		}
	})
}

// TestUploadCut: of a viewer that leaves in the middle of its request the
// origin sees a request without an end, whatever its framing, and the log that
// it was the viewer (CF-REQ-05, CF-LDT-04).
func TestUploadCut(t *testing.T) {
	content := strings.Repeat("x", 8<<20)
	eachViewer(t, func(t *testing.T, p Protocol, engine listener.Engine) {
		for _, chunked := range []bool{false, true} {
			e := NewWith(t, engine, StoreMemory, shop)
			l := e.Listen("api.test")
			call := e.Call(t, p, Request{Scheme: "http", Method: "PUT", Host: "shop.test", Target: "/a", HasBody: true, Chunked: chunked, Body: content})
			s := accept(t, l)
			if err := s.take(1 << 20); err != nil {
				t.Fatal(err)
			}
			call.Close()
			synctest.Wait()
			if err := s.take(uploadSize); err == nil || errors.Is(err, io.EOF) || s.taken >= int64(len(content)) {
				t.Errorf("chunked %v: the origin got %d of %d bytes and %v, want no end", chunked, s.taken, len(content), err)
			}
			s.Close()
			l.Close()
			log, err := e.AccessLog("shop")
			if err != nil || !strings.Contains(log, "\t000\t") || !strings.Contains(log, "\tClientCommError\t") {
				t.Errorf("chunked %v: got log %q, %v, want 000 and ClientCommError", chunked, log, err)
			}
		}
	})
}

// TestUploadCutEarly: a small request that does not come as a whole does not
// reach its origin, and one of unknown length without an end.
func TestUploadCutEarly(t *testing.T) {
	for _, engine := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
		if engine.Available() != nil {
			continue
		}
		for _, c := range []struct {
			name, sent string
			conns      int
		}{
			{"a part of its length", "Content-Length: 10\r\n\r\nhello", 0},
			{"nothing of its length", "Content-Length: 10\r\n\r\n", 0},
			{"no chunk", "Transfer-Encoding: chunked\r\n\r\n", 0},
			{"half a chunk", "Transfer-Encoding: chunked\r\n\r\na\r\nhello", 1},
			{"no last chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 1},
			{"half a last chunk", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", 1},
		} {
			t.Run(fmt.Sprint(c.name, "/", engine), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e := NewWith(t, engine, StoreMemory, shop)
					o := origintest.Start(e.Listen("api.test"), origintest.Always(origintest.OK("never")))
					defer o.Close()
					conn := e.connect(t, "http", ProtocolH1)
					io.WriteString(conn, "POST /a HTTP/1.1\r\nHost: shop.test\r\n"+c.sent)
					synctest.Wait()
					conn.Close()
					synctest.Wait()
					if got := o.Conns(); got != c.conns {
						t.Errorf("got %d connections to the origin, want %d", got, c.conns)
					}
					for _, r := range o.Requests() {
						if r.Body != "" {
							t.Errorf("the origin has taken %q for all of it", r.Body)
						}
					}
					log, err := e.AccessLog("shop")
					if err != nil || !strings.Contains(log, "\t000\t") || !strings.Contains(log, "\tClientCommError\t") {
						t.Errorf("got log %q, %v, want 000 and ClientCommError", log, err)
					}
				})
			})
		}
	}
}

// TestUploadTooLarge: content that turns out to be more than it may be has no
// end for the origin, and a 413 for the viewer (CF-SIZE-05).
func TestUploadTooLarge(t *testing.T) {
	eachViewer(t, func(t *testing.T, p Protocol, engine listener.Engine) {
		e := NewWith(t, engine, StoreMemory, shop+"server: {limits: {max_body_size: 1MiB}}\n")
		l := e.Listen("api.test")
		call := e.Call(t, p, Request{Scheme: "http", Method: "PUT", Host: "shop.test", Target: "/a", HasBody: true, Chunked: true, Body: strings.Repeat("x", 8<<20)})
		s := accept(t, l)
		if err := s.take(uploadSize); err == nil || errors.Is(err, io.EOF) || s.taken > 1<<20 {
			t.Errorf("the origin got %d bytes and %v, want at most 1 MiB and no end", s.taken, err)
		}
		s.Close()
		l.Close()
		if got, err := call.Wait(time.Minute); err != nil || got.Status != 413 {
			t.Errorf("got %d, %v, want 413", got.Status, err)
		}
		call.Close()
	})
}

// TestContinue: a viewer that waits for 100 Continue is asked for its content
// once it has passed what would refuse it, before the origin is asked, and not
// at all where it is refused (CF-REQ-04).
func TestContinue(t *testing.T) {
	for _, engine := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
		if engine.Available() != nil {
			continue
		}
		for _, framing := range []struct{ head, content string }{
			{"Content-Length: 5", "hello"},
			{"Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"},
		} {
			synctest.Test(t, func(t *testing.T) {
				e := NewWith(t, engine, StoreMemory, shop)
				o := origintest.Start(e.Listen("api.test"), origintest.Always(origintest.OK("done")))
				defer o.Close()
				ask := func(request string) (net.Conn, *bufio.Reader, int) {
					conn := e.connect(t, "http", ProtocolH1)
					io.WriteString(conn, request+" HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\n"+framing.head+"\r\n\r\n")
					r := bufio.NewReader(conn)
					status, _, err := readHead(r)
					if err != nil {
						t.Fatal(err)
					}
					return conn, r, status
				}
				conn, r, status := ask("POST /a")
				synctest.Wait()
				if status != 100 || o.Conns() != 0 {
					t.Errorf("%v, %s: got %d with %d connections to the origin, want 100 before there is one", engine, framing.head, status, o.Conns())
				}
				io.WriteString(conn, framing.content)
				if status, _, err := readHead(r); err != nil || status != 200 {
					t.Errorf("%v, %s: got %d, %v, want 200", engine, framing.head, status, err)
				}
				if got := o.Requests(); len(got) != 1 || got[0].Body != "hello" {
					t.Errorf("%v, %s: the origin got %+v", engine, framing.head, got)
				}
				conn.Close()
				conn, _, status = ask("BREW /a")
				if status != 403 || len(o.Requests()) != 1 {
					t.Errorf("%v, %s: got %d for what is refused, want 403 at once", engine, framing.head, status)
				}
				conn.Close()
			})
		}
	}
}

// TestInspectedContentCut: the origin is not asked about content that a web ACL
// inspects and that does not come, is none, or is left (WF-OVR-07). The wait for
// each part has the bound that it has for all content.
func TestInspectedContentCut(t *testing.T) {
	const head = "POST /a HTTP/1.1\r\nHost: shop.test\r\n"
	for name, raw := range map[string]string{
		"slow":     head + "Content-Length: 10\r\n\r\nhello",
		"no chunk": head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nx\r\n",
		"nothing":  head + "Content-Length: 10\r\n\r\n",
		"asked":    head + "Content-Length: 10\r\nExpect: 100-continue\r\n\r\n",
	} {
		for _, engine := range []listener.Engine{listener.EngineGoroutine, listener.EngineEventLoop} {
			t.Run(fmt.Sprint(name, "/", engine), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					e := NewWith(t, engine, StoreMemory, shop+`
    web_acl_id: edge
web_acls:
  edge:
    default_action: allow
    rules:
      evil: {priority: 0, action: block, statement: {byte_match_statement: {search_string: evil, positional_constraint: CONTAINS, field_to_match: {body: {oversize_handling: CONTINUE}}, text_transformations: [NONE]}}}
`)
					l := e.Listen("api.test")
					go func() {
						if c, err := l.Accept(); err == nil {
							t.Error("the origin was asked")
							c.Close()
						}
					}()
					call := e.Call(t, ProtocolH1, Request{Scheme: "http", Raw: raw})
					time.Sleep(59 * time.Second)
					if got, err := e.AccessLog("shop"); err != nil || strings.Contains(got, "ClientCommError") != (name == "no chunk") {
						t.Errorf("after 59s: got log %q, %v", got, err)
					}
					time.Sleep(2 * time.Second)
					got, err := e.AccessLog("shop")
					if err != nil || strings.Count(got, "\t000\t") != 1 || strings.Count(got, "\tClientCommError\t") != 1 {
						t.Errorf("after 61s: got log %q, %v", got, err)
					}
					if r, err := call.Wait(time.Second); err == nil {
						t.Errorf("got %d, want no response", r.Status)
					}
					call.Close()
					l.Close()
				})
			})
		}
	}
}
