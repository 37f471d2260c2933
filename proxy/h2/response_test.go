package h2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestRequest: what the Handler sees.
func TestRequest(t *testing.T) {
	tests := []struct{ say, want string }{
		{"HEADERS 1 END_STREAM GET //a/..%2f;x?b=%7e&&c x-b=2 a=1 x-b=3", "GET //a/..%2f;x b=%7e&&c true h http HTTP/2.0 0 [{x-b 2} {a 1} {x-b 3}] 68 false"},
		{"HEADERS 1 END_STREAM GET /?", "GET /  true h http HTTP/2.0 0 [] 28 false"}, // CF-KEY-20
		{"HEADERS 1 END_STREAM OPTIONS *", "OPTIONS *  false h http HTTP/2.0 0 [] 31 false"},
		{"HEADERS 1 END_STREAM :method=GET :scheme=https :path=/ host=Api.Example:81", "GET /  false Api.Example:81 http HTTP/2.0 0 [] 40 false"},
		{"HEADERS 1 END_STREAM :method=CONNECT :authority=h:443", "CONNECT /  false h:443 http HTTP/2.0 0 [] 35 false"},
		{"HEADERS 1 END_STREAM GET / cookie=a=1 accept=x cookie=b=2 cookie=c", "GET /  false h http HTTP/2.0 0 [{cookie a=1; b=2; c} {accept x}] 59 false"}, // CF-REQ-21
		{"HEADERS 1 POST / content-length=3", "POST /  false h http HTTP/2.0 3 [{content-length 3}] 47 true"},
		{"HEADERS 1 POST /", "POST /  false h http HTTP/2.0 -1 [] 28 true"},
		{"HEADERS 1 POST / content-length=0\nDATA 1 END_STREAM", "POST /  false h http HTTP/2.0 0 [{content-length 0}] 47 false"},
	}
	for _, tt := range tests {
		got := ""
		h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			got = fmt.Sprint(r.Method, " ", r.Path, " ", r.Query, " ", r.HasQuery, " ", r.Host, " ", r.Scheme, " ", r.Proto, " ", r.ContentLength, " ", r.Fields, " ", r.HeadBytes, " ", r.Body != nil)
			if r.Remote.String() != "198.51.100.10:40001" || r.Local.String() != "203.0.113.1:443" || !r.Received.Equal(time.Now()) {
				t.Errorf("%s: got remote %v, local %v, received %v", tt.say, r.Remote, r.Local, r.Received)
			}
			w.WriteHead(204, nil, 0)
		}
		run(t, Options{Handler: h}, func(k *talk) { k.say(strings.Split(tt.say, "\n")...) })
		if got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.say, got, tt.want)
		}
	}
}

// TestHostAt: :authority comes before all fields, and Host where it stands
// (WF-FLD-12).
func TestHostAt(t *testing.T) {
	for say, want := range map[string]int{
		"HEADERS 1 END_STREAM GET / a=1":                                                          0,
		"HEADERS 1 END_STREAM :method=GET :scheme=https :path=/ host=h a=1":                       0,
		"HEADERS 1 END_STREAM :method=GET :scheme=https :path=/ a=1 cookie=a cookie=b host=h c=2": 2,
		"HEADERS 1 END_STREAM GET / a=1 host=h":                                                   0,
	} {
		var at []int
		o := Options{
			Hit: func(_ *viewer.Hit, r *viewer.Request) bool { at = append(at, r.HostAt); return false },
			Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
				at = append(at, r.HostAt)
				w.WriteHead(204, nil, 0)
			},
		}
		run(t, o, func(k *talk) { k.say(say) })
		if !slices.Equal(at, []int{want, want}) {
			t.Errorf("%s: got %v, want %d both times", say, at, want)
		}
	}
}

// TestReused: only the first request of a connection is the one that made it, whatever
// number its stream has (CF-CFH-25).
func TestReused(t *testing.T) {
	var reused []bool
	o := Options{
		Hit: func(_ *viewer.Hit, r *viewer.Request) bool { reused = append(reused, r.Reused); return false },
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			reused = append(reused, r.Reused)
			w.WriteHead(204, nil, 0)
		},
	}
	run(t, o, func(k *talk) {
		k.say("HEADERS 5 END_STREAM GET / a=1")
		k.say("HEADERS 7 END_STREAM GET / a=1")
	})
	if want := []bool{false, false, true, true}; !slices.Equal(reused, want) {
		t.Errorf("asked and served: got %v, want %v", reused, want)
	}
}

// handlers answer by path, for TestResponse.
var handlers = map[string]viewer.Handler{
	"/fields": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "X-One", Value: "1"}, {Name: "date", Value: "then"}, {Name: "Transfer-Encoding", Value: "x"}, {Name: "content-length", Value: "9"},
			{Name: "Keep-Alive", Value: "5"}, {Name: "Upgrade", Value: "x"}, {Name: "Connection", Value: "keep-alive"}, {Name: "X-Two", Value: ""}}, 3)
		io.WriteString(w, "abc")
	},
	"/unknown": func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, nil, -1)
		if r.Method != "HEAD" {
			io.WriteString(w, "ab")
			io.WriteString(w, "c") // grows the frame
		}
	},
	"/flush": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, -1)
		for range 2 {
			io.WriteString(w, "x")
			w.Flush()
			time.Sleep(time.Second)
		}
	},
	"/none": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { w.WriteHead(200, nil, 0) },
	"/204":  func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { w.WriteHead(204, nil, 0) },
	"/304": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(304, nil, 12345)
		if _, err := io.WriteString(w, "x"); err == nil {
			panic("content of a 304 was taken")
		}
	},
	"/304unknown": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { w.WriteHead(304, nil, -1) },
	"/head":       func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { w.WriteHead(200, nil, 12345) },
	"/short": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, 5)
		io.WriteString(w, "abc")
	},
	"/surplus": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, 3)
		io.WriteString(w, "abc")
		if _, err := io.WriteString(w, "d"); !errors.Is(err, viewer.ErrSurplus) {
			panic(err)
		}
	},
	"/nothing": func(context.Context, viewer.ResponseWriter, *viewer.Request) {},
	"/early": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		if _, err := io.WriteString(w, "d"); !errors.Is(err, viewer.ErrTooEarly) {
			panic(err)
		}
		w.WriteHead(200, nil, 0)
		if err := w.WriteHead(200, nil, 0); !errors.Is(err, viewer.ErrTwice) {
			panic(err)
		}
	},
	"/interim": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		if w.WriteInterim(101, nil) == nil || w.WriteInterim(200, nil) == nil {
			panic("WriteInterim of 101 and 200: got no error")
		}
		w.WriteInterim(102, nil)
		w.WriteInterim(103, field.Lines{{Name: "Link", Value: "</a>"}, {Name: "Link", Value: "</b>"}, {Name: "Connection", Value: "close"}, {Name: "Content-Length", Value: "9"}})
		before := w.BytesWritten()
		w.WriteHead(200, field.Lines{{Name: "X-A", Value: "1"}}, 0)
		if w.WriteInterim(103, nil) == nil || w.BytesWritten() <= before {
			panic("interim response after the final head, or not counted")
		}
	},
	"/trailers": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, -1)
		io.WriteString(w, "abc")
		w.(viewer.TrailerWriter).WriteTrailer(field.Lines{{Name: "Grpc-Status", Value: "0"}, {Name: "Trailer", Value: "x"}})
		if _, err := io.WriteString(w, "d"); !errors.Is(err, viewer.ErrSurplus) {
			panic(err)
		}
	},
	"/badtrailers": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		trailers := func() error { return w.(viewer.TrailerWriter).WriteTrailer(field.Lines{{Name: "X", Value: "1"}}) }
		if err := trailers(); !errors.Is(err, viewer.ErrTooEarly) {
			panic(err)
		}
		w.WriteHead(200, nil, 3)
		if err := trailers(); err != nil { // of content with a length nobody has them
			panic(err)
		}
		io.WriteString(w, "abc")
		if err := trailers(); err != nil {
			panic(err)
		}
		w.Abort() // too late
		if err := trailers(); !errors.Is(err, viewer.ErrAborted) {
			panic(err)
		}
	},
	"/notrailers": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, -1)
		io.WriteString(w, "abc")
		w.(viewer.TrailerWriter).WriteTrailer(nil)
	},
	"/abort": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { // CF-RESP-41, CF-RESP-42
		w.WriteHead(200, nil, 100)
		io.WriteString(w, "part")
		w.Abort()
		if _, err := w.Write([]byte("more")); !errors.Is(err, viewer.ErrAborted) {
			panic(err)
		}
	},
	"/abortfirst": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { w.Abort() },
	"/panic":      func(context.Context, viewer.ResponseWriter, *viewer.Request) { panic("boom") },
	"/latepanic": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, nil, 10)
		io.WriteString(w, "part")
		panic("boom")
	},
	"/close": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) { // CF-SIZE-01
		w.WriteHead(414, field.Lines{{Name: "Connection", Value: "close"}}, 0)
	},
	"/large": func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "X-Large", Value: strings.Repeat("v", 40000)}}, 0)
	},
}

// TestResponse: what is sent of what a Handler writes.
func TestResponse(t *testing.T) {
	tests := []struct{ say, want string }{
		{"GET /fields", "HEADERS 1 :status=200 x-one=1 date=then x-two= content-length=3\nDATA 1 END_STREAM abc"},
		{"GET /unknown", "HEADERS 1 :status=200\nDATA 1 END_STREAM abc"},
		{"HEAD /unknown", "HEADERS 1 END_STREAM :status=200"},
		{"GET /flush", "HEADERS 1 :status=200\nDATA 1 x\n(a second)\nDATA 1 x\n(a second)\nDATA 1 END_STREAM "},
		{"GET /none", "HEADERS 1 END_STREAM :status=200 content-length=0"},
		{"GET /204", "HEADERS 1 END_STREAM :status=204"},
		{"GET /304", "HEADERS 1 END_STREAM :status=304 content-length=12345"},
		{"GET /304unknown", "HEADERS 1 END_STREAM :status=304"},
		{"HEAD /head", "HEADERS 1 END_STREAM :status=200 content-length=12345"},
		{"GET /short", "HEADERS 1 :status=200 content-length=5\nDATA 1 abc\nRST_STREAM 1 INTERNAL_ERROR"},
		{"GET /surplus", "HEADERS 1 :status=200 content-length=3\nDATA 1 END_STREAM abc"},
		{"GET /nothing", "RST_STREAM 1 INTERNAL_ERROR"},
		{"GET /early", "HEADERS 1 END_STREAM :status=200 content-length=0"},
		{"GET /interim", "HEADERS 1 :status=102\nHEADERS 1 :status=103 link=</a> link=</b>\nHEADERS 1 END_STREAM :status=200 x-a=1 content-length=0"},
		{"GET /trailers", "HEADERS 1 :status=200\nDATA 1 abc\nHEADERS 1 END_STREAM grpc-status=0"},
		{"GET /badtrailers", "HEADERS 1 :status=200 content-length=3\nDATA 1 END_STREAM abc"},
		{"GET /notrailers", "HEADERS 1 :status=200\nDATA 1 END_STREAM abc"},
		{"GET /abort", "HEADERS 1 :status=200 content-length=100\nDATA 1 part\nRST_STREAM 1 INTERNAL_ERROR"},
		{"GET /abortfirst", "RST_STREAM 1 INTERNAL_ERROR"},
		{"GET /panic", "HEADERS 1 :status=500 server=CloudFront content-length=8\nDATA 1 END_STREAM page 500"},
		{"HEAD /panic", "HEADERS 1 END_STREAM :status=500 server=CloudFront content-length=8"},
		{"GET /latepanic", "HEADERS 1 :status=200 content-length=10\nDATA 1 part\nRST_STREAM 1 INTERNAL_ERROR"},
		{"GET /close", "HEADERS 1 END_STREAM :status=414 content-length=0\nGOAWAY 2147483647 NO_ERROR\nPING shutdown"},
		{"GET /large", "HEADERS 1 END_STREAM :status=200 x-large=" + strings.Repeat("v", 40000) + " content-length=0"},
	}
	for _, tt := range tests {
		t.Run(tt.say, func(t *testing.T) {
			var panics []any
			o := Options{
				Handler: func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) { handlers[r.Path](ctx, w, r) },
				OnPanic: func(v any, r *viewer.Request) { panics = append(panics, v) },
			}
			run(t, o, func(k *talk) {
				got := k.say("HEADERS 1 END_STREAM " + tt.say)
				for strings.Contains(tt.want, "second") && !strings.HasSuffix(got, "END_STREAM ") {
					time.Sleep(time.Second)
					got += "\n(a second)\n" + k.hear()
				}
				if got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
				if want := strings.Contains(tt.say, "panic"); want != (len(panics) == 1 && panics[0] == "boom") {
					t.Errorf("got panics %v", panics)
				}
				if again := k.say("HEADERS 3 END_STREAM GET /204"); k.err != nil || again != "HEADERS 3 END_STREAM :status=204" {
					t.Errorf("the connection does not go on: %s, %v", again, k.err)
				}
			})
		})
	}
}

// TestBody: content comes as it is read, and only what was read is returned to
// the viewer's windows.
func TestBody(t *testing.T) {
	var read, more chan int
	h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if r.Path == "/unread" {
			<-ctx.Done()
			return
		}
		for n := range more {
			got, err := io.ReadFull(r.Body, make([]byte, n))
			if err != nil {
				got = -1
			}
			read <- got
		}
		w.WriteHead(204, nil, 0)
	}
	run(t, Options{Handler: h, StreamWindow: 80000, ConnWindow: 160000}, func(k *talk) {
		read, more = make(chan int, 9), make(chan int)
		k.say("HEADERS 1 POST / content-length=80000")
		frame := "DATA 1 " + strings.Repeat("y", 16000)
		if got := k.say(frame, frame, frame, frame, frame); got != "" {
			t.Errorf("content that nobody has read: got %s", got)
		}
		if got := k.say("HEADERS 3 POST /unread", "DATA 3 "+strings.Repeat("z", 16000)); got != "" {
			t.Errorf("got %s", got)
		}
		more <- 19999
		if got := k.hear(); got != "" || <-read != 19999 {
			t.Errorf("less than a quarter of the window: got %s", got)
		}
		more <- 20001
		if got := k.hear(); got != "WINDOW_UPDATE 1 20000\nWINDOW_UPDATE 0 40000\nWINDOW_UPDATE 1 20000" && got != "WINDOW_UPDATE 0 40000\nWINDOW_UPDATE 1 40000" {
			t.Errorf("half of the window: got %s", got)
		}
		if got := k.say("DATA 3 " + strings.Repeat("z", 16000)); got != "" || k.err != nil {
			t.Errorf("got %s, %v", got, k.err)
		}
		close(more)
	})
}

// TestBodyNotRead: a response before the end of the request lets the viewer stop.
func TestBodyNotRead(t *testing.T) {
	var late io.Reader
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		if r.Body != nil {
			late = r.Body
		}
		w.WriteHead(403, nil, 0)
	}
	run(t, Options{Handler: h}, func(k *talk) {
		want := "HEADERS 1 END_STREAM :status=403 content-length=0\nRST_STREAM 1 NO_ERROR"
		if got := k.say("HEADERS 1 POST /", "DATA 1 abc"); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if got := k.say("DATA 1 def", "HEADERS 1 END_STREAM x=1", "HEADERS 3 END_STREAM GET /"); got != "HEADERS 3 END_STREAM :status=403 content-length=0" {
			t.Errorf("what was on its way: got %s", got)
		}
		if _, err := late.Read(make([]byte, 1)); err == nil {
			t.Error("reading after the end: got no error")
		}
		if k.recvWindow+k.credit != k.o.ConnWindow {
			t.Errorf("window of the connection: got %d+%d, want %d", k.recvWindow, k.credit, k.o.ConnWindow)
		}
	})
}

// TestContinue: a viewer that waits is asked for its content, by whoever reads
// it first.
func TestContinue(t *testing.T) {
	run(t, Options{Handler: respond}, func(k *talk) {
		if got := k.say("HEADERS 1 POST /echo expect=100-continue"); got != "HEADERS 1 :status=100" {
			t.Errorf("got %s, want 100", got)
		}
		if got := k.say("DATA 1 END_STREAM abc"); got != "HEADERS 1 :status=200 content-length=3\nDATA 1 END_STREAM abc" {
			t.Errorf("got %s", got)
		}
		if got := k.say("HEADERS 3 POST /a expect=100-continue"); !strings.HasPrefix(got, "HEADERS 3 :status=200") {
			t.Errorf("without reading: got %s", got)
		}
	})
}

// TestViewerLeaves: RST_STREAM and the end of the connection end the context,
// and reading and writing.
func TestViewerLeaves(t *testing.T) {
	for _, say := range []string{"RST_STREAM 1 CANCEL", "DATA 1 far_too_much", "close"} {
		var ended, readErr, writeErr error
		h := func(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			_, readErr = r.Body.Read(make([]byte, 1))
			<-ctx.Done()
			ended = ctx.Err()
			if writeErr = w.WriteHead(200, nil, -1); writeErr == nil {
				_, writeErr = w.Write([]byte("x"))
			}
		}
		run(t, Options{Handler: h}, func(k *talk) {
			k.say("HEADERS 1 POST / content-length=5")
			if say == "close" {
				k.Close(io.ErrUnexpectedEOF)
			} else if got := k.say(say); strings.Contains(got, "HEADERS") {
				t.Errorf("%s: got %s", say, got)
			}
			synctest.Wait()
			if ended == nil || readErr == nil || writeErr == nil {
				t.Errorf("%s: got context %v, Read %v, Write %v", say, ended, readErr, writeErr)
			}
			if len(k.streams) != 0 || k.running != 0 {
				t.Errorf("%s: %d streams are left", say, len(k.streams))
			}
		})
	}
}

// TestWriteBlocks: a Write returns when the viewer has taken its content or is
// gone, and holds what it was given no longer.
func TestWriteBlocks(t *testing.T) {
	var wrote []string
	h := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, nil, -1)
		p := []byte("0123456789")
		n, err := w.Write(p)
		copy(p, "##########")
		wrote = append(wrote, fmt.Sprint(n, err != nil))
	}
	run(t, Options{Handler: h}, func(k *talk) {
		k.say("SETTINGS INITIAL_WINDOW_SIZE=4")
		if got := k.say("HEADERS 1 END_STREAM GET /"); got != "HEADERS 1 :status=200\nDATA 1 0123" || len(wrote) > 0 {
			t.Errorf("got %s, %v", got, wrote)
		}
		if got := k.say("WINDOW_UPDATE 1 3"); got != "DATA 1 456" || len(wrote) > 0 {
			t.Errorf("got %s, %v", got, wrote)
		}
		if got := k.say("WINDOW_UPDATE 1 10"); got != "DATA 1 END_STREAM 789" && got != "DATA 1 789\nDATA 1 END_STREAM " {
			t.Errorf("got %s", got)
		}
		k.say("HEADERS 3 END_STREAM GET /")
		k.say("RST_STREAM 3 CANCEL")
		if got := fmt.Sprint(wrote); got != "[10 false 4 true]" {
			t.Errorf("Write: got %s", got)
		}
	})
}

// TestUpgrade: WebSocket over a stream (RFC 8441).
func TestUpgrade(t *testing.T) {
	o := Options{ExtendedConnect: true, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		up, ok := w.(viewer.Upgrader)
		if !ok || r.Upgrade != "websocket" || r.Method != "GET" || r.Path != "/chat" || r.Body != nil {
			t.Errorf("got %T, upgrade %q of %s %s", w, r.Upgrade, r.Method, r.Path)
			return
		}
		stream, err := up.WriteUpgrade(field.Lines{{Name: "Sec-WebSocket-Protocol", Value: "chat"}})
		if err != nil {
			t.Error(err)
			return
		}
		io.Copy(stream, stream)
	}}
	synctest.Test(t, func(t *testing.T) {
		k := rawTalk(t, o)
		k.in.WriteString(preface)
		if got := k.say("SETTINGS"); !strings.Contains(got, " 8=1") {
			t.Errorf("got %s, want SETTINGS_ENABLE_CONNECT_PROTOCOL", got)
		}
		if got := k.say("HEADERS 1 :method=CONNECT :protocol=WebSocket :scheme=http :path=/chat :authority=h"); got != "HEADERS 1 :status=200 sec-websocket-protocol=chat" {
			t.Errorf("got %s", got)
		}
		if got := k.say("DATA 1 hello"); got != "DATA 1 hello" {
			t.Errorf("got %s", got)
		}
		if got := k.say("DATA 1 END_STREAM bye"); got != "DATA 1 END_STREAM bye" {
			t.Errorf("got %s", got)
		}
		if got := k.say("HEADERS 3 :method=CONNECT :protocol=websocket :authority=h"); got != "RST_STREAM 3 PROTOCOL_ERROR" {
			t.Errorf("without :path: got %s", got)
		}
		k.Close(nil)
		k.Wait()
	})
}

// TestUpgradeEnds: when the Handler has returned, the stream is over for whoever
// reads or writes it.
func TestUpgradeEnds(t *testing.T) {
	var both sync.WaitGroup
	var readErr, writeErr error
	o := Options{ExtendedConnect: true, Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		stream, _ := w.(viewer.Upgrader).WriteUpgrade(nil)
		both.Go(func() { _, readErr = stream.Read(make([]byte, 1)) })
		both.Go(func() { _, writeErr = stream.Write(make([]byte, 10)) })
		time.Sleep(time.Second)
	}}
	runRaw(t, o, func(k *talk) {
		k.in.WriteString(preface)
		k.say("SETTINGS INITIAL_WINDOW_SIZE=4", "HEADERS 1 :method=CONNECT :protocol=websocket :scheme=http :path=/ :authority=h")
		time.Sleep(time.Second)
		if got := k.hear(); got != "RST_STREAM 1 CANCEL" {
			t.Errorf("got %s", got)
		}
		both.Wait()
		if readErr == nil || writeErr == nil {
			t.Errorf("Read: %v, Write: %v, want errors", readErr, writeErr)
		}
		if got := k.say("SETTINGS INITIAL_WINDOW_SIZE=100", "PING 12345678"); got != "SETTINGS ACK\nPING ACK 12345678" {
			t.Errorf("then got %s", got)
		}
	})
}

// TestMalformedIsTold: who asks in vain appears somewhere (CF-SIZE-10).
func TestMalformedIsTold(t *testing.T) {
	var told []string
	o := Options{Handler: respond, OnMalformed: func(remote string, status int, reason string) {
		told = append(told, fmt.Sprint(remote, " ", status, " ", reason))
	}}
	run(t, o, func(k *talk) {
		k.say("HEADERS 1 END_STREAM GET /#")
		k.say("HEADERS 3 END_STREAM GET / connection=close")
		k.say("HEADERS 5 END_STREAM GET / a=" + strings.Repeat("x", 16000) + " MORE")
		for range 3 {
			k.say("CONTINUATION 5 MORE a=" + strings.Repeat("x", 16000))
		}
		got := k.say("CONTINUATION 5 a=" + strings.Repeat("x", 16000)) // CF-ERR-14
		want := "HEADERS 5 :status=494 server=CloudFront content-length=8\nDATA 5 END_STREAM page 494\nGOAWAY 2147483647 NO_ERROR\nPING shutdown"
		if got != want {
			t.Errorf("header list of 80,000 bytes: got\n%s\nwant\n%s", got, want)
		}
	})
	const remote = "198.51.100.10:40001 "
	if got, want := strings.Join(told, "\n"), remote+"400 fragment in the request target\n"+remote+"0 connection-specific field\n"+remote+"494 header list too large"; got != want {
		t.Errorf("told:\n%s\nwant\n%s", got, want)
	}
}
