package transport_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/origintest"
	"github.com/groundfront/groundfront/origin/transport"
)

// An edge is a client in front of one scripted origin, in a synctest bubble.
type edge struct {
	*transport.Client
	*origintest.Server
	origin *origin.Origin
}

func run(t *testing.T, answer origintest.Answer, test func(t *testing.T, e *edge), onAccept ...origintest.Step) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := origintest.NewMemoryListener()
		e := &edge{
			Client: transport.New(transport.Options{Dial: l.Dial}),
			Server: origintest.Start(l, answer, onAccept...),
			origin: newOrigin(),
		}
		defer e.Server.Close()
		defer e.Client.Close()
		test(t, e)
	})
}

func newOrigin() *origin.Origin {
	return &origin.Origin{
		DomainName: "api.example", Attempts: 3, ConnectTimeout: 10 * time.Second,
		ReadTimeout: 30 * time.Second, KeepAliveTimeout: 5 * time.Second,
	}
}

func get(target string) *origin.Request {
	return &origin.Request{Method: "GET", Scheme: "http", Host: "api.example", Target: target}
}

func post(body string) *origin.Request {
	return &origin.Request{
		Method: "POST", Scheme: "http", Host: "api.example", Target: "/",
		Body: strings.NewReader(body), ContentLength: int64(len(body)),
	}
}

// do makes a round trip and reads the body.
func (e *edge) do(ctx context.Context, r *origin.Request) (*origin.Response, string, error) {
	resp, err := e.RoundTrip(ctx, e.origin, r)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp, string(b), err
}

// TestRequestOnTheWire: the request is what the Request says, byte for byte,
// plus Connection and framing (CF-REQ-06 to CF-REQ-09, CF-HDR-09).
func TestRequestOnTheWire(t *testing.T) {
	fields := field.Lines{{Name: "X-b", Value: "1"}, {Name: "x-A", Value: ""}, {Name: "X-b", Value: "2"},
		{Name: "connection", Value: "close"}, {Name: "Content-Length", Value: "99"}}
	tests := []struct {
		name string
		in   *origin.Request
		want string
	}{
		{"raw target", &origin.Request{Method: "GET", Host: "h:81", Target: "//a/..%2f./b;c?x=%zz&&", Fields: fields},
			"GET //a/..%2f./b;c?x=%zz&& HTTP/1.1\r\nHost: h:81\r\nX-b: 1\r\nx-A: \r\nX-b: 2\r\nConnection: Keep-Alive\r\n\r\n"},
		{"no query and bytes above ASCII", get("/\xc3\xa4?"), "GET /\xc3\xa4? HTTP/1.1\r\nHost: api.example\r\nConnection: Keep-Alive\r\n\r\n"},
		{"length", post("abc"), "POST / HTTP/1.1\r\nHost: api.example\r\nConnection: Keep-Alive\r\nContent-Length: 3\r\n\r\n"},
		{"empty POST", &origin.Request{Method: "POST", Host: "h", Target: "/"}, "POST / HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n"},
		{"chunked", &origin.Request{Method: "PUT", Host: "h", Target: "/", Body: strings.NewReader("abc"), ContentLength: -1},
			"PUT / HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive\r\nTransfer-Encoding: chunked\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, origintest.Always(origintest.OK("ok")), func(t *testing.T, e *edge) {
				tt.in.Scheme = "http"
				if _, body, err := e.do(t.Context(), tt.in); err != nil || body != "ok" {
					t.Fatalf("got %q, %v, want ok", body, err)
				}
				got := e.Requests()[0]
				if got.Head != tt.want {
					t.Errorf("on the wire\ngot  %q\nwant %q", got.Head, tt.want)
				}
				if tt.in.Body != nil && got.Body != "abc" {
					t.Errorf("got body %q, want abc", got.Body)
				}
			})
		})
	}
}

// TestRecycle: the memory of a response is given back without anything of it,
// but what was read in it stays; a request that may still be sent keeps it.
func TestRecycle(t *testing.T) {
	answer := origintest.Always(origintest.Send("HTTP/1.1 200 OK\r\nA: 1\r\nB: secret\r\nContent-Length: 2\r\n\r\nok"))
	run(t, answer, func(t *testing.T, e *edge) {
		for _, m := range []struct {
			what    string
			request *origin.Request
			want    bool
		}{
			{"a request", get("/"), true},
			{"with small content", post("abc"), true},
			{"with large content", post(strings.Repeat("x", 20<<10)), false},
		} {
			for range 3 {
				resp, body, err := e.do(t.Context(), m.request)
				if err != nil || body != "ok" || resp.Status != 200 || len(resp.Fields) != 3 || resp.Fields.Get("B") != "secret" {
					t.Fatalf("%s: got %+v, %q, %v", m.what, resp, body, err)
				}
				fields, value := resp.Fields, resp.Fields.Get("B")
				resp.Body.(interface{ Recycle() }).Recycle()
				if gone := resp.Status == 0 && fields[1] == (field.Line{}); gone != m.want || value != "secret" {
					t.Errorf("%s: recycled: got %t with %q, want %t and the field's value", m.what, gone, value, m.want)
				}
				if m.request.Body != nil {
					m.request.Body.(*strings.Reader).Seek(0, io.SeekStart)
				}
			}
		}
	})
}

// TestRecycleTwice: what is not over keeps its memory, and what has given it
// back does so no more.
func TestRecycleTwice(t *testing.T) {
	run(t, origintest.Always(origintest.OK("content")), func(t *testing.T, e *edge) {
		resp, err := e.RoundTrip(t.Context(), e.origin, get("/"))
		if err != nil {
			t.Fatal(err)
		}
		body := resp.Body
		body.(interface{ Recycle() }).Recycle()
		if text, err := io.ReadAll(body); err != nil || string(text) != "content" {
			t.Errorf("recycled before its end: got %q, %v", text, err)
		}
		body.Close()
		for range 2 {
			body.(interface{ Recycle() }).Recycle()
		}
		if resp.Status != 0 {
			t.Errorf("recycled after its end: got %+v", resp)
		}
	})
}

// TestRequestRefused: what would break the framing is never written.
func TestRequestRefused(t *testing.T) {
	for _, r := range []*origin.Request{
		{Method: "G T", Host: "h", Target: "/"},
		{Method: "GET", Host: "h\r\nX: y", Target: "/"},
		{Method: "GET", Host: "h", Target: "/ HTTP/1.1\r\n\r\n"},
		{Method: "GET", Host: "h", Target: ""},
		{Method: "GET", Host: "h", Target: "/", Fields: field.Lines{{Name: "A b", Value: "c"}}},
		{Method: "GET", Host: "h", Target: "/", Fields: field.Lines{{Name: "A", Value: "c\nB: d"}}},
	} {
		_, err := transport.New(transport.Options{}).RoundTrip(t.Context(), newOrigin(), r)
		if err == nil {
			t.Errorf("%+v: got no error", r)
		}
	}
}

// TestResponses: framing and fields of answers.
func TestResponses(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	big := strings.Repeat("x", 32768)
	tests := []struct {
		name, wire, method string
		body               string
		length             int64
		kind               origin.ErrorKind // of the round trip or of the body
		cut                bool             // the error comes with the body
	}{
		{name: "length", wire: ok + "Content-Length: 3\r\n\r\nabc", body: "abc", length: 3},
		{name: "equal lengths", wire: ok + "Content-Length: 3\r\nContent-Length: 3, 3\r\n\r\nabc", body: "abc", length: 3},
		{name: "CF-RESP-43 close", wire: ok + "\r\nabc", body: "abc", length: -1},
		{name: "CF-RESP-46 chunked", wire: ok + "Transfer-Encoding: Chunked\r\n\r\n2;a=b\r\nab\r\n1\r\nc\r\n0\r\nT: x\r\n\r\n", body: "abc", length: -1},
		{name: "CF-RESP-48 HEAD", method: "HEAD", wire: ok + "Content-Length: 7\r\n\r\n", length: 7},
		{name: "204", wire: "HTTP/1.1 204 No Content\r\n\r\n", length: 0},
		{name: "304", wire: "HTTP/1.1 304\r\nContent-Length: 9\r\n\r\n", length: 9},
		{name: "HTTP/1.0", wire: "HTTP/1.0 200 OK\r\n\r\nabc", body: "abc", length: -1},
		{name: "CF-RESP-24 one 100", wire: "HTTP/1.1 100 Continue\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n"},
		{name: "CF-RESP-24 Early Hints", wire: "HTTP/1.1 103 x\r\nLink: y\r\n\r\n" + ok + "Content-Length: 0\r\n\r\n"},
		{name: "CF-RESP-24 two 100", wire: "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n" + ok + "\r\n", kind: origin.ErrorInvalidResponse},
		{name: "CF-RESP-25", wire: "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "1xx flood", wire: strings.Repeat("HTTP/1.1 102 P\r\n\r\n", 9), kind: origin.ErrorInvalidResponse},
		{name: "CF-SIZE-06 too big", wire: ok + "A: " + big + "\r\n\r\n", kind: origin.ErrorHeaderTooBig},
		{name: "CF-SIZE-06 just fits", wire: ok + "A: " + big[:32768-17-7] + "\r\n\r\n", length: -1},
		{name: "CF-SIZE-06 one more", wire: ok + "A: " + big[:32768-17-6] + "\r\n\r\n", kind: origin.ErrorHeaderTooBig},
		{name: "garbage", wire: "SSH-2.0-x\r\n", kind: origin.ErrorInvalidResponse},
		{name: "garbage without line", wire: "\x15\x03\x01", kind: origin.ErrorInvalidResponse},
		{name: "status", wire: "HTTP/1.1 20 OK\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "version", wire: "HTTP/2.0 200 OK\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "differing lengths", wire: ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", kind: origin.ErrorInvalidResponse},
		{name: "bad length", wire: ok + "Content-Length: +3\r\n\r\nabc", kind: origin.ErrorInvalidResponse},
		{name: "CF-RESP-47 gzip coding", wire: ok + "Transfer-Encoding: gzip, chunked\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "chunked in HTTP/1.0", wire: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "fold", wire: ok + "A: b\r\n c\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "blank before colon", wire: ok + "A : b\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "bare LF", wire: "HTTP/1.1 200 OK\nA: b\n\n", kind: origin.ErrorInvalidResponse},
		{name: "bare CR", wire: ok + "A: b\rc\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "NUL", wire: ok + "A: \x00\r\n\r\n", kind: origin.ErrorInvalidResponse},
		{name: "nothing", wire: "", kind: origin.ErrorRead},
		{name: "half a head", wire: ok + "A: b\r\n", kind: origin.ErrorRead},
		{name: "part", wire: "HTTP/1.1 206 P\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 3\r\n\r\nabc", body: "abc", length: 3},
		{name: "CF-LDT-15", wire: "HTTP/1.1 206 P\r\nContent-Range: bytes 2-4/10\r\nContent-Length: 4\r\n\r\nabcd", kind: origin.ErrorContentRange},
		{name: "CF-LDT-15 garbage", wire: "HTTP/1.1 206 P\r\nContent-Range: bytes x-y/10\r\nContent-Length: 4\r\n\r\nabcd", kind: origin.ErrorContentRange},
		{name: "CF-RESP-41", wire: ok + "Content-Length: 5\r\n\r\nabc", body: "abc", length: 5, kind: origin.ErrorRead, cut: true},
		{name: "CF-RESP-42", wire: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", body: "abc", length: -1, kind: origin.ErrorRead, cut: true},
		{name: "CF-RESP-44", wire: ok + "Content-Length: 3\r\n\r\nabcd", body: "abc", length: 3, kind: origin.ErrorInvalidResponse, cut: true},
		{name: "bad chunk size", wire: ok + "Transfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n", length: -1, kind: origin.ErrorInvalidResponse, cut: true},
		{name: "chunk too long", wire: ok + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", body: "abc", length: -1, kind: origin.ErrorInvalidResponse, cut: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, origintest.Always(origintest.Send(tt.wire), origintest.Close()), func(t *testing.T, e *edge) {
				r := get("/")
				if tt.method != "" {
					r.Method = tt.method
				}
				resp, body, err := e.do(t.Context(), r)
				if tt.kind != 0 && origin.KindOf(err) != tt.kind || tt.kind == 0 && err != nil {
					t.Fatalf("got error %v, want kind %v", err, tt.kind)
				}
				if (resp != nil) != (tt.kind == 0 || tt.cut) {
					t.Fatalf("got response %v, want error %v", resp, tt.kind)
				}
				if resp != nil && (body != tt.body || resp.ContentLength != tt.length) {
					t.Errorf("got %q of length %d, want %q of %d", body, resp.ContentLength, tt.body, tt.length)
				}
				if n := len(e.Requests()); n != 1 {
					t.Errorf("got %d requests, want 1", n)
				}
			})
		})
	}
}

func TestSurplus(t *testing.T) {
	// In one piece: a byte that comes after the response was read is found when the
	// connection is to be used again.
	run(t, origintest.Always(origintest.Send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd")), func(t *testing.T, e *edge) {
		_, _, err := e.do(t.Context(), get("/"))
		if !errors.Is(err, origin.ErrSurplus) {
			t.Errorf("CF-RESP-44: got %v, want ErrSurplus", err)
		}
		if _, _, err := e.do(t.Context(), get("/")); !errors.Is(err, origin.ErrSurplus) || e.Conns() != 2 {
			t.Errorf("got %v on connection %d, want a second connection", err, e.Conns())
		}
	})
	run(t, origintest.Always(origintest.OK("3\r\nabc\r\n0\r\n\r\n", "Transfer-Encoding: chunked")), func(t *testing.T, e *edge) {
		for range 2 {
			if resp, body, err := e.do(t.Context(), get("/")); !errors.Is(err, origin.ErrSurplus) || body != "abc" || resp.ContentLength != -1 {
				t.Errorf("CF-RESP-49: got %q, %v, want abc and ErrSurplus", body, err)
			}
		}
		if e.Conns() != 2 {
			t.Errorf("CF-RESP-49: got %d connections, want 2", e.Conns())
		}
	})
}

func TestFieldsAsReceived(t *testing.T) {
	wire := "HTTP/1.1 200 OK\r\nb: 1\r\nConnection: X-Hop, close\r\nX-hop: y\r\nKeep-Alive: z\r\nA:  2\t\r\nB: 3\r\n\r\n"
	run(t, origintest.Always(origintest.Send(wire), origintest.Close()), func(t *testing.T, e *edge) {
		resp, _, err := e.do(t.Context(), get("/"))
		if err != nil {
			t.Fatal(err)
		}
		want := field.Lines{{Name: "b", Value: "1"}, {Name: "A", Value: "2"}, {Name: "B", Value: "3"}}
		if fmt.Sprint(resp.Fields) != fmt.Sprint(want) {
			t.Errorf("got %q, want %q", resp.Fields, want)
		}
	})
}

// TestKeepAlive: what is reused and for how long (CF-ORT-04).
func TestKeepAlive(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
	tests := []struct {
		name  string
		step  origintest.Step
		in    *origin.Request
		pause time.Duration
		conns int
	}{
		{"length", origintest.OK("x"), get("/"), 0, 1},
		{"CF-ORT-04 idle", origintest.OK("x"), get("/"), 4999 * time.Millisecond, 1},
		{"CF-ORT-04 idle too long", origintest.OK("x"), get("/"), 5001 * time.Millisecond, 2},
		{"chunked", origintest.Send(chunked), get("/"), 0, 1},
		{"after a body", origintest.OK("x"), post("abc"), 0, 1},
		{"HTTP/1.0", origintest.Send("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), get("/"), 0, 2},
		{"HTTP/1.0 keep-alive", origintest.Send("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n"), get("/"), 0, 1},
		{"close", origintest.OK("x", "Connection: close"), get("/"), 0, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, origintest.Always(tt.step), func(t *testing.T, e *edge) {
				for range 2 {
					r := *tt.in
					if r.Body != nil {
						r.Body = strings.NewReader("abc")
					}
					if _, _, err := e.do(t.Context(), &r); err != nil {
						t.Fatal(err)
					}
					time.Sleep(tt.pause)
					synctest.Wait()
				}
				if e.Conns() != tt.conns {
					t.Errorf("got %d connections, want %d", e.Conns(), tt.conns)
				}
			})
		})
	}
}

// TestUnaskedBytes: a connection that spoke while idle is not used again.
func TestUnaskedBytes(t *testing.T) {
	steps := []origintest.Step{origintest.OK("x"), origintest.Wait(time.Second), origintest.OK("poison")}
	run(t, origintest.InTurn(steps, []origintest.Step{origintest.OK("good")}), func(t *testing.T, e *edge) {
		e.do(t.Context(), get("/"))
		time.Sleep(2 * time.Second)
		_, body, err := e.do(t.Context(), get("/"))
		if body != "good" || err != nil || e.Conns() != 2 {
			t.Errorf("got %q, %v over %d connections, want good over 2", body, err, e.Conns())
		}
	})
}

// TestAttempts: who tries again after what (CF-ORT-02, -06, -11).
func TestAttempts(t *testing.T) {
	hang, ok := []origintest.Step{origintest.Hang()}, []origintest.Step{origintest.OK("ok")}
	drop := []origintest.Step{origintest.Close()}
	head, options := get("/"), get("/")
	head.Method, options.Method = "HEAD", "OPTIONS"
	tests := []struct {
		name   string
		in     *origin.Request
		answer origintest.Answer
		kind   origin.ErrorKind
		tries  int
		took   time.Duration
	}{
		{"CF-ORT-13", get("/"), origintest.Always(hang...), origin.ErrorReadTimeout, 3, 90 * time.Second},
		{"CF-ORT-06 HEAD", head, origintest.Always(hang...), origin.ErrorReadTimeout, 3, 90 * time.Second},
		{"CF-ORT-06 second try", get("/"), origintest.InTurn(hang, ok), 0, 2, 30 * time.Second},
		{"CF-ORT-06 OPTIONS", options, origintest.Always(hang...), origin.ErrorReadTimeout, 1, 30 * time.Second},
		{"CF-ORT-06 POST", post("abc"), origintest.Always(hang...), origin.ErrorReadTimeout, 1, 30 * time.Second},
		{"CF-ORT-11 new connection", get("/"), origintest.InTurn(drop, ok), origin.ErrorRead, 1, 0},
		{"CF-ORT-12", get("/"), origintest.Always(origintest.Reply(503, "")), 0, 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, tt.answer, func(t *testing.T, e *edge) {
				begin := time.Now()
				_, _, err := e.do(t.Context(), tt.in)
				if took := time.Since(begin); took != tt.took {
					t.Errorf("got %v, want %v", took, tt.took)
				}
				if tt.kind != origin.KindOf(err) {
					t.Errorf("got %v, want %v", err, tt.kind)
				}
				if n := len(e.Requests()); n != tt.tries {
					t.Errorf("got %d tries, want %d", n, tt.tries)
				}
			})
		})
	}
}

// TestReusedConnection: a reused connection that ends instead of answering
// costs a GET one more request and a POST an error (CF-ORT-11).
func TestReusedConnection(t *testing.T) {
	ok, drop := []origintest.Step{origintest.OK("ok")}, []origintest.Step{origintest.Reset()}
	part := []origintest.Step{origintest.Send("HTTP/1.1 2"), origintest.Close()}
	tests := []struct {
		name   string
		in     *origin.Request
		answer origintest.Answer
		kind   origin.ErrorKind
		total  int
	}{
		{"GET", get("/"), origintest.InTurn(ok, drop, ok), 0, 3},
		{"GET twice", get("/"), origintest.InTurn(ok, drop, drop, ok), origin.ErrorRead, 3},
		{"GET after a byte", get("/"), origintest.InTurn(ok, part, ok), origin.ErrorRead, 2},
		{"POST", post("x"), origintest.InTurn(ok, drop, ok), origin.ErrorRead, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run(t, tt.answer, func(t *testing.T, e *edge) {
				e.do(t.Context(), get("/"))
				_, _, err := e.do(t.Context(), tt.in)
				if origin.KindOf(err) != tt.kind || len(e.Requests()) != tt.total {
					t.Errorf("got %v after %d requests, want %v after %d", err, len(e.Requests()), tt.kind, tt.total)
				}
			})
		})
	}
}

// TestStalls: the read timeout counts between packets (CF-ORT-03, CF-ORT-09).
func TestStalls(t *testing.T) {
	slow := []origintest.Step{origintest.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
		origintest.Wait(29 * time.Second), origintest.Send("a"), origintest.Wait(29 * time.Second), origintest.Send("b")}
	run(t, origintest.Always(slow...), func(t *testing.T, e *edge) {
		if _, body, err := e.do(t.Context(), get("/")); body != "ab" || err != nil {
			t.Errorf("slow: got %q, %v, want ab", body, err)
		}
	})
	run(t, origintest.Always(slow[0], origintest.Hang()), func(t *testing.T, e *edge) {
		begin := time.Now()
		_, _, err := e.do(t.Context(), get("/"))
		if origin.KindOf(err) != origin.ErrorReadTimeout || time.Since(begin) != 30*time.Second {
			t.Errorf("stalled: got %v after %v, want read_timeout after 30s", err, time.Since(begin))
		}
	})
	// A head that trickles in has one timeout from its first byte on, an
	// interim response does not count toward that of the final one.
	trickle := func(interim ...string) (steps []origintest.Step) {
		for _, s := range append(interim, "HTTP/1.1 200 OK\r\n", "A: b\r\n", "Content-Length: 0\r\n\r\n") {
			steps = append(steps, origintest.Wait(14*time.Second), origintest.Send(s))
		}
		return steps
	}
	run(t, origintest.Always(trickle("HTTP/1.1 103 Early Hints\r\n", "\r\n")...), func(t *testing.T, e *edge) {
		if resp, _, err := e.do(t.Context(), get("/")); err != nil {
			t.Errorf("head within 28 s: got %v, %v, want a response", resp, err)
		}
	})
	run(t, origintest.Always(trickle("HTTP/1.1 200 OK\r\n")...), func(t *testing.T, e *edge) {
		begin := time.Now()
		_, _, err := e.do(t.Context(), &origin.Request{Method: "POST", Target: "/", Body: strings.NewReader("")})
		if origin.KindOf(err) != origin.ErrorReadTimeout || time.Since(begin) != 44*time.Second {
			t.Errorf("head after 42 s: got %v after %v, want read_timeout after 44s", err, time.Since(begin))
		}
	})
	// The completion timeout counts everything (CF-ORT-05).
	run(t, origintest.Always(slow...), func(t *testing.T, e *edge) {
		e.origin.CompletionTimeout = 40 * time.Second
		begin := time.Now()
		_, body, err := e.do(t.Context(), get("/"))
		if origin.KindOf(err) != origin.ErrorCompletionTimeout || body != "a" || time.Since(begin) != 40*time.Second {
			t.Errorf("completion: got %q, %v after %v, want completion_timeout after 40s", body, err, time.Since(begin))
		}
	})
	run(t, origintest.Always(origintest.Hang()), func(t *testing.T, e *edge) {
		e.origin.CompletionTimeout = 70 * time.Second
		_, _, err := e.do(t.Context(), get("/"))
		if origin.KindOf(err) != origin.ErrorCompletionTimeout || len(e.Requests()) != 3 {
			t.Errorf("completion over attempts: got %v, %d tries", err, len(e.Requests()))
		}
	})
}

func TestCancel(t *testing.T) {
	run(t, origintest.Always(origintest.Hang()), func(t *testing.T, e *edge) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := e.do(ctx, get("/")); origin.KindOf(err) != origin.ErrorCanceled || len(e.Requests()) != 1 {
			t.Errorf("got %v, want canceled", err)
		}
	})
}

// TestConnect: how connections fail (CF-ORT-01, CF-ORT-02, CF-ORT-08).
func TestConnect(t *testing.T) {
	never := func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	fails := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	tests := []struct {
		name  string
		dial  func(context.Context, string, string) (net.Conn, error)
		kind  origin.ErrorKind
		tries int
		took  time.Duration
	}{
		{"silent drop", never, origin.ErrorConnectTimeout, 3, 30 * time.Second},
		{"refused", fails(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), origin.ErrorConnect, 3, 0},
		{"no such name", fails(&net.DNSError{IsNotFound: true}), origin.ErrorDNS, 1, 0},
		{"resolver fails", fails(&net.DNSError{IsTemporary: true}), origin.ErrorDNS, 3, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				c := transport.New(transport.Options{Dial: func(ctx context.Context, n, a string) (net.Conn, error) {
					tries++
					return tt.dial(ctx, n, a)
				}})
				begin := time.Now()
				_, err := c.RoundTrip(t.Context(), newOrigin(), post("never read"))
				if origin.KindOf(err) != tt.kind || tries != tt.tries || time.Since(begin) != tt.took {
					t.Errorf("got %v, %d tries, %v, want %v, %d, %v", err, tries, time.Since(begin), tt.kind, tt.tries, tt.took)
				}
			})
		})
	}
}

// A brokenReader is the body of a viewer that leaves.
type brokenReader struct{ sent bool }

func (b *brokenReader) Read(p []byte) (int, error) {
	if !b.sent {
		b.sent = true
		return copy(p, "part"), nil
	}
	return 0, errors.New("viewer left")
}

// TestUploads: an upload that breaks is never completed at the origin, and an
// origin may answer before it has read everything.
func TestUploads(t *testing.T) {
	run(t, origintest.Always(origintest.OK("ok")), func(t *testing.T, e *edge) {
		r := post("")
		r.Body, r.ContentLength = &brokenReader{}, -1
		_, _, err := e.do(t.Context(), r)
		if origin.KindOf(err) != origin.ErrorCanceled {
			t.Errorf("broken body: got %v, want canceled", err)
		}
		synctest.Wait()
		if got := e.Requests()[0].Body; got != "" {
			t.Errorf("broken body: origin read a complete body %q", got)
		}
	})
	// What breaks before there is something to send is not heard of.
	run(t, origintest.Always(origintest.OK("ok")), func(t *testing.T, e *edge) {
		for _, broken := range []*origin.Request{
			{Body: &brokenReader{}, ContentLength: 10}, {Body: strings.NewReader("part"), ContentLength: 10},
			{Body: iotest.DataErrReader(strings.NewReader("part")), ContentLength: 100_000}, {Body: iotest.ErrReader(errors.New("left")), ContentLength: -1},
		} {
			r := post("")
			r.Body, r.ContentLength = broken.Body, broken.ContentLength
			if _, _, err := e.do(t.Context(), r); origin.KindOf(err) != origin.ErrorCanceled || e.Conns() != 0 {
				t.Errorf("broken at once: got %v over %d connections, want canceled over none", err, e.Conns())
			}
		}
		r := post(strings.Repeat("x", 8<<10))
		if _, body, err := e.do(t.Context(), r); err != nil || body != "ok" || len(e.Requests()[0].Body) != 8<<10 {
			t.Errorf("small body: got %q, %v", body, err)
		}
		// All lengths at which something changes, with and without it being told.
		for i, length := range []int{1, 8 << 10, 8<<10 + 1, 16<<10 - 1, 16 << 10, 16<<10 + 1, 100_000} {
			for _, told := range []int64{int64(length), -1} {
				content := strings.Repeat(string(rune('a'+i)), length)
				r := post(content)
				r.Body, r.ContentLength = iotest.DataErrReader(strings.NewReader(content)), told
				_, body, err := e.do(t.Context(), r)
				requests := e.Requests()
				if err != nil || body != "ok" || requests[len(requests)-1].Body != content {
					t.Errorf("%d bytes, length %d: got %q, %v, the origin %d bytes", length, told, body, err, len(requests[len(requests)-1].Body))
				}
				r = post(content + "surplus") // longer than told: what is told is sent
				if r.ContentLength = told; told > 0 {
					if _, _, err := e.do(t.Context(), r); err != nil {
						t.Errorf("%d bytes and a surplus: %v", length, err)
					}
				}
			}
		}
	})
	run(t, origintest.Always(origintest.Early(), origintest.Reply(413, "no")), func(t *testing.T, e *edge) {
		r := post(strings.Repeat("x", 1<<20))
		resp, body, err := e.do(t.Context(), r)
		if err != nil || resp.Status != 413 || body != "no" {
			t.Errorf("early answer: got %v, %q, %v, want 413", resp, body, err)
		}
	})
	// A viewer that uploads slowly is not an origin that answers slowly.
	run(t, origintest.Always(origintest.OK("ok")), func(t *testing.T, e *edge) {
		r := post("")
		r.Body, r.ContentLength = io.MultiReader(sleeper(time.Minute), strings.NewReader("x"), sleeper(time.Minute)), -1
		if _, body, err := e.do(t.Context(), r); err != nil || body != "ok" {
			t.Errorf("slow upload: got %q, %v, want ok", body, err)
		}
	})
}

type sleeper time.Duration

func (s sleeper) Read([]byte) (int, error) { time.Sleep(time.Duration(s)); return 0, io.EOF }

// TestUnread: content that nobody wants costs the connection only if it has not
// come yet.
func TestUnread(t *testing.T) {
	for length, conns := range map[int]int{0: 1, 5: 1, 10_000: 1, 100_000: 2} {
		run(t, origintest.Always(origintest.OK(strings.Repeat("x", length))), func(t *testing.T, e *edge) {
			for range 2 {
				resp, err := e.RoundTrip(t.Context(), e.origin, get("/"))
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if _, err := resp.Body.Read(make([]byte, 1)); err == nil {
					t.Error("read after Close")
				}
			}
			if e.Conns() != conns {
				t.Errorf("%d bytes: got %d connections, want %d", length, e.Conns(), conns)
			}
		})
	}
}

// TestPending: whether content came with its head.
func TestPending(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
	for _, tt := range []struct {
		name string
		want bool
		in   []origintest.Step
	}{
		{"at once", false, []origintest.Step{origintest.OK("ok")}},
		{"in part", false, []origintest.Step{origintest.Send(head + "o"), origintest.Wait(time.Second), origintest.Send("k")}},
		{"later", true, []origintest.Step{origintest.Send(head), origintest.Wait(time.Second), origintest.Send("ok")}},
		{"none", false, []origintest.Step{origintest.OK("")}},
	} {
		run(t, origintest.Always(tt.in...), func(t *testing.T, e *edge) {
			resp, _, err := e.do(t.Context(), get("/"))
			if err != nil || resp.Pending != tt.want {
				t.Errorf("%s: got %v, %v, want %v", tt.name, resp.Pending, err, tt.want)
			}
		})
	}
}

func TestClose(t *testing.T) {
	run(t, origintest.Always(origintest.OK("x")), func(t *testing.T, e *edge) {
		e.do(t.Context(), get("/"))
		e.CloseIdle()
		e.do(t.Context(), get("/"))
		if e.Conns() != 2 {
			t.Errorf("after CloseIdle: got %d connections, want 2", e.Conns())
		}
		e.Client.Close()
		if _, _, err := e.do(t.Context(), get("/")); origin.KindOf(err) != origin.ErrorCanceled {
			t.Errorf("after Close: got %v, want canceled", err)
		}
	})
}

func ExampleClient_RoundTrip() {
	l := origintest.NewMemoryListener()
	s := origintest.Start(l, origintest.Always(origintest.OK("hello")))
	defer s.Close()
	c := transport.New(transport.Options{Dial: l.Dial})
	defer c.Close()

	o := &origin.Origin{DomainName: "api.example", Attempts: 3}
	resp, err := c.RoundTrip(context.Background(), o, &origin.Request{
		Method: "GET", Scheme: "http", Host: "api.example", Target: "/greeting",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	fmt.Println(resp.Status, string(body))
	// Output: 200 hello
}
