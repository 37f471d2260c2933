package proxy

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An upgrader is what an engine gives a viewer who asks for a WebSocket: the
// viewer holds the other end of stream.
type upgrader struct {
	got
	stream   net.Conn
	accepted field.Lines // with which the engine was told to go on
}

func (u *upgrader) WriteUpgrade(fields field.Lines) (io.ReadWriter, error) {
	u.accepted = fields.Clone()
	u.content.WriteString("HTTP/1.1 101\r\n") // 14 bytes of head
	return u.stream, nil
}

// A webSocket is an edge whose origin agrees to WebSockets. Its clients see
// far, its origin near.
type webSocket struct {
	*edge
	log    *accesslog.Writer
	text   *bytes.Buffer
	viewer net.Conn // what the viewer writes to and reads from
	origin net.Conn // the same at the origin
}

// runWebSocket starts an edge that answers with answer if that is set, else
// goes on.
func runWebSocket(t *testing.T, change func(*Behavior), answer answerFunc, test func(t *testing.T, e *webSocket)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &webSocket{text: &bytes.Buffer{}}
		w.log = accesslog.NewWriter(w.text, accesslog.Options{})
		defer w.log.Close()
		tunnel, far := net.Pipe()
		w.origin = far
		if answer == nil {
			answer = func(r *origin.Request) (*origin.Response, error) {
				a := response(101, "Sec-WebSocket-Accept: "+acceptanceOf(r.Fields.Get("Sec-WebSocket-Key")), "")
				a.ContentLength, a.Tunnel = -1, tunnel
				return a, nil
			}
		}
		w.edge = newEdge(t, answer, func(s *Snapshot) {
			d := s.Distributions[0]
			d.Log = w.log
			d.Behaviors[0].RequestPolicy = allViewer(t)
			if change != nil {
				change(d.Behaviors[0])
			}
		})
		test(t, w)
	})
}

func allViewer(t *testing.T) *requestpolicy.Policy {
	t.Helper()
	p, err := requestpolicy.New(requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const handshake = "Connection: Upgrade\nUpgrade: websocket\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13"

// open sends a handshake; the answer is complete when the channel is closed.
func (w *webSocket) open(r *viewer.Request) (*upgrader, chan struct{}) {
	near, far := net.Pipe()
	w.viewer = far
	u, done := &upgrader{stream: near}, make(chan struct{})
	r.Upgrade = "websocket"
	go func() {
		defer close(done)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		w.server.Serve(ctx, u, r)
		near.Close()
	}()
	synctest.Wait()
	return u, done
}

// logged returns the fields of the only log line.
func (w *webSocket) logged(t *testing.T) []string {
	t.Helper()
	w.log.Close()
	lines := strings.Split(strings.TrimSpace(w.text.String()), "\n")
	f := strings.Split(lines[len(lines)-1], "\t")
	if len(f) != accesslog.NumFields {
		t.Fatalf("got log %q", w.text)
	}
	return f
}

func say(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Errorf("writing %q: %v", text, err)
	}
}

func hear(t *testing.T, c net.Conn, want string) {
	t.Helper()
	p := make([]byte, len(want))
	if _, err := io.ReadFull(c, p); err != nil || string(p) != want {
		t.Errorf("got %q, %v, want %q", p, err, want)
	}
}

// TestWebSocket: handshake, bytes both ways, and the log line at the end.
func TestWebSocket(t *testing.T) {
	runWebSocket(t, nil, nil, func(t *testing.T, w *webSocket) {
		u, done := w.open(request("GET https://shop.test/chat", handshake))
		asked := w.asked[0]
		if asked.Upgrade != "websocket" || asked.Method != "GET" || asked.Target != "/chat" ||
			asked.Fields.Get("Sec-WebSocket-Version") != "13" || asked.Fields.Has("Connection") || asked.Fields.Has("Upgrade") {
			t.Errorf("CF-WS-03: the origin is asked %+v", asked)
		}
		if got := u.accepted.Get("Sec-WebSocket-Accept"); got != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
			t.Errorf("RFC 6455 section 1.3: got Sec-WebSocket-Accept %q", got)
		}
		if u.accepted.Get("X-Cache") != miss || u.accepted.Has("Connection") || u.status != 0 {
			t.Errorf("got %v, head %d, want X-Cache and no Connection, which is the engine's", u.accepted, u.status)
		}
		say(t, w.viewer, "ping")
		hear(t, w.origin, "ping")
		time.Sleep(time.Hour)
		say(t, w.origin, "pong!")
		hear(t, w.viewer, "pong!")
		w.origin.Close()
		<-done
		if _, err := w.viewer.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("after the origin's end: got %v, want EOF", err)
		}
		f := w.logged(t)
		for column, want := range map[int]string{3: "19", 8: "101", 13: "Miss", 16: "wss", 17: "104", 18: "3600.000"} {
			if f[column] != want {
				t.Errorf("CF-WS-06: log field %d: got %q, want %q", column+1, f[column], want)
			}
		}
	})
}

// TestWebSocketViewerLeaves: its end is the origin's end.
func TestWebSocketViewerLeaves(t *testing.T) {
	runWebSocket(t, nil, nil, func(t *testing.T, w *webSocket) {
		_, done := w.open(request("GET http://shop.test/chat", handshake))
		w.viewer.Close()
		<-done
		if _, err := w.origin.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the origin sees %v, want EOF", err)
		}
		if f := w.logged(t); f[13] != "Miss" || f[16] != "ws" {
			t.Errorf("CF-WS-06: got %s, %s, want Miss, ws", f[13], f[16])
		}
	})
}

// TestWebSocketRefused: an answer other than 101 is one to a GET that has
// nothing to do with the cache (CF-WS-08).
func TestWebSocketRefused(t *testing.T) {
	runWebSocket(t, nil, ok("Cache-Control: max-age=60", "hello"), func(t *testing.T, w *webSocket) {
		w.want(w.ask("GET http://shop.test/chat", ""), 200, miss, "hello")
		w.want(w.ask("GET http://shop.test/chat", ""), 200, hit, "hello")
		for _, path := range []string{"/chat", "/other"} {
			u, done := w.open(request("GET http://shop.test"+path, handshake))
			<-done
			w.want(&u.got, 200, miss, "hello")
		}
		w.want(w.ask("GET http://shop.test/other", ""), 200, miss, "hello")
		if f := w.logged(t); w.requests() != 4 || f[16] != "http" {
			t.Errorf("got %d requests, cs-protocol %s, want 4, http", w.requests(), f[16])
		}
	})
}

// TestWebSocketPolicies: the policies apply as to any request.
func TestWebSocketPolicies(t *testing.T) {
	none, err := requestpolicy.New(requestpolicy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	runWebSocket(t, func(b *Behavior) { b.RequestPolicy = none }, ok("", "what?"), func(t *testing.T, w *webSocket) {
		_, done := w.open(request("GET http://shop.test/chat", handshake))
		<-done
		if got := w.asked[0].Fields; got.Has("Sec-WebSocket-Key") {
			t.Errorf("CF-WS-02: the origin gets %v without a policy for it", got)
		}
	})
	runWebSocket(t, func(b *Behavior) { b.ViewerProtocol = ViewerProtocolRedirectToHTTPS }, nil, func(t *testing.T, w *webSocket) {
		u, done := w.open(request("GET http://shop.test/chat", handshake))
		<-done
		if u.status != 301 || w.requests() != 0 {
			t.Errorf("CF-WS-04: got %d, %d requests, want 301, none", u.status, w.requests())
		}
	})
	other := func(t *testing.T, change func(r *viewer.Request)) {
		runWebSocket(t, func(b *Behavior) { b.Freshness = freshness.Policy{} }, ok("", "plain"), func(t *testing.T, w *webSocket) {
			r := request("GET http://shop.test/chat", handshake)
			u, done := w.open(r)
			<-done
			w.want(&u.got, 200, miss, "plain")
			r = request("GET http://shop.test/chat", handshake)
			change(r)
			w.server.Serve(t.Context(), u, r)
			if got := w.asked[1].Upgrade; got != "" {
				t.Errorf("%+v: got upgrade %q", r, got)
			}
		})
	}
	other(t, func(r *viewer.Request) { r.Upgrade = "h2c" })
	other(t, func(r *viewer.Request) { r.Upgrade, r.Method = "websocket", "POST" })
	other(t, func(r *viewer.Request) { r.Upgrade, r.Proto = "websocket", viewer.ProtoHTTP10 })
}

// TestWebSocketHTTP2: a viewer that asks by CONNECT has no key. The origin
// gets one, and its answer is checked here (RFC 8441 section 5).
func TestWebSocketHTTP2(t *testing.T) {
	connect := func() *viewer.Request {
		r := request("CONNECT https://shop.test/chat", "Sec-WebSocket-Version: 13")
		r.Proto = viewer.ProtoHTTP2
		r.Body, r.ContentLength = strings.NewReader(""), -1
		return r
	}
	runWebSocket(t, nil, nil, func(t *testing.T, w *webSocket) {
		u, done := w.open(connect())
		if asked := w.asked[0]; asked.Method != "GET" || len(asked.Fields.Get("Sec-WebSocket-Key")) != 24 || asked.Body != nil {
			t.Errorf("the origin is asked %+v", asked)
		}
		if u.accepted == nil || u.accepted.Has("Sec-WebSocket-Accept") {
			t.Errorf("got %v, want no Sec-WebSocket-Accept", u.accepted)
		}
		say(t, w.viewer, "ping")
		hear(t, w.origin, "ping")
		w.origin.Close()
		<-done
		if f := w.logged(t); f[5] != "GET" || f[16] != "wss" || f[23] != "HTTP/2.0" {
			t.Errorf("got log %v", f)
		}
	})
	tunnel, far := net.Pipe()
	defer far.Close()
	runWebSocket(t, nil, func(*origin.Request) (*origin.Response, error) {
		a := response(101, "Sec-WebSocket-Accept: x", "")
		a.ContentLength, a.Tunnel = -1, tunnel
		return a, nil
	}, func(t *testing.T, w *webSocket) {
		u, done := w.open(connect())
		<-done
		if u.status != 502 || u.accepted != nil {
			t.Errorf("an acceptance of another key: got %d, %v, want 502", u.status, u.accepted)
		}
		if _, err := tunnel.Write([]byte("x")); err != io.ErrClosedPipe {
			t.Errorf("the tunnel is left open: %v", err)
		}
	})
}
