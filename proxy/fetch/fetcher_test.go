package fetch

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

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/origin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Past the bound a viewer is refused at once; direct fetches do not count.
func TestMaxFetches(t *testing.T) {
	run(t, Options{MaxFetches: 2}, func(t *testing.T, e *edge) {
		e.answer(slowly(time.Second, []string{"x"}, respond(200, "", "Cache-Control: max-age=60")))
		var wait sync.WaitGroup
		for i := range 2 {
			wait.Go(func() { e.want(e.view(t.Context(), e.request("GET", fmt.Sprint("/", i))), KindResponse, 200, "x") })
		}
		synctest.Wait()
		if got := e.InFlight(); got != 2 {
			t.Errorf("InFlight: got %d, want 2", got)
		}
		for range 3 {
			e.want(e.view(t.Context(), e.request("GET", "/more")), KindRefused, 503, "")
		}
		e.want(read(t.Context(), e.Direct(t.Context(), e.rules, e.request("POST", "/more"))), KindResponse, 200, "x")
		wait.Wait()
		synctest.Wait() // until both have given their places back
		e.want(e.view(t.Context(), e.request("GET", "/more")), KindResponse, 200, "x")
	})
}

// Past its bound a background fetch waits for the next request; viewers do
// not.
func TestMaxBackground(t *testing.T) {
	run(t, Options{MaxBackground: 2}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "old", swr))
		paths := []string{"/a", "/b", "/c"}
		for _, path := range paths {
			e.view(t.Context(), e.request("GET", path))
		}
		time.Sleep(15 * time.Second)
		e.answer(slowly(5*time.Second, []string{"new"}, respond(200, "", swr)))
		for _, path := range paths {
			e.want(e.view(t.Context(), e.request("GET", path)), KindStored, 200, "old")
		}
		synctest.Wait()
		e.wantRequests(5)
		e.want(e.view(t.Context(), e.request("GET", "/d")), KindResponse, 200, "new")
		e.wantStored("/c", "old")
		e.want(e.view(t.Context(), e.request("GET", "/c")), KindStored, 200, "old")
		time.Sleep(6 * time.Second)
		e.wantStored("/c", "new")
	})
}

func TestDrain(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		if err := e.Drain(t.Context()); err != nil {
			t.Errorf("with nothing to wait for: %v", err)
		}
		e.answer(slowly(10*time.Second, []string{"x"}, respond(200, "", "Cache-Control: max-age=60")))
		a, err := e.get(t.Context(), e.request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		a.Close() // it goes on, because it will be stored
		late := errors.New("too late")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
		defer cancel()
		if err := e.Drain(ctx); !errors.Is(err, late) {
			t.Errorf("before its end: got %v, want %v", err, late)
		}
		start := time.Now()
		if err := e.Drain(t.Context()); err != nil || time.Since(start) != 9*time.Second {
			t.Errorf("got %v after %v, want the end of the fetch", err, time.Since(start))
		}
	})
}

// Close cuts what runs, wherever it waits, and lets nothing start.
func TestClose(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.script = func(ctx context.Context, _ int, r *origin.Request) (*origin.Response, error) {
			switch r.Target {
			case "/no-answer":
				sleep(ctx, time.Hour)
				return nil, &origin.Error{Kind: origin.ErrorCanceled, Err: context.Cause(ctx)}
			case "/slow-viewer":
				return respond(200, strings.Repeat("x", 2<<20))(), nil
			}
			return slowly(time.Hour, []string{"x"}, respond(200, "", "Cache-Control: max-age=60"))(), nil
		}
		var wait sync.WaitGroup
		for path, want := range map[string]Kind{"/no-answer": KindFailed, "/slow-content": KindResponse, "/slow-viewer": KindResponse} {
			wait.Go(func() {
				a, err := e.get(t.Context(), e.request("GET", path))
				if err != nil || a.Kind != want {
					t.Errorf("%s: got %v, %v, want %v", path, a.Kind, err, want)
					return
				}
				time.Sleep(time.Minute)
				if got := read(t.Context(), a); a.Content != nil && got.err == nil {
					t.Errorf("%s: got %v, want it cut off", path, got)
				}
			})
		}
		synctest.Wait()
		start := time.Now()
		e.Close()
		if took := time.Since(start); took != 0 || e.InFlight() != 0 {
			t.Errorf("Close took %v, %d fetches run", took, e.InFlight())
		}
		wait.Wait()
		e.want(e.view(t.Context(), e.request("GET", "/later")), KindRefused, 503, "")
		e.Background(e.rules, e.request("GET", "/later"), nil)
		e.wantRequests(3)
		if log := e.log.String(); log != "" {
			t.Errorf("log: got %q, want nothing about what we ended ourselves", log)
		}
	})
}

// A panic ends its fetch only: every viewer is answered.
func TestPanic(t *testing.T) {
	for name, arm := range map[string]func(*edge){
		"while asking": func(e *edge) {
			e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
				sleep(ctx, time.Second)
				panic("scripted")
			}
		},
		"after the response": func(e *edge) {
			e.answer(respond(200, "content", "Cache-Control: max-age=60"))
			e.rules.Observer = observer(func(string) {
				time.Sleep(time.Second)
				panic("scripted")
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, Options{}, func(t *testing.T, e *edge) {
				arm(e)
				for _, got := range e.views(3, func() *Request { return e.request("GET", "/") }) {
					e.want(got, KindRefused, 500, "")
				}
				e.want(read(t.Context(), e.Direct(t.Context(), e.rules, e.request("POST", "/"))), KindRefused, 500, "")
				if !strings.Contains(e.log.String(), "panic in a fetch") {
					t.Errorf("log: got %q, want the panic", e.log)
				}
			})
		})
	}
}

// A direct fetch passes everything on and stores nothing.
func TestDirect(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Compress = compressible()
		text := strings.Repeat("text ", 1000)
		e.answer(respond(200, text, "Cache-Control: max-age=60", "Content-Type: text/plain", `ETag: "v1"`))
		r := e.request("POST", "/", `If-None-Match: "v0"`, "Range: bytes=0-1")
		r.AcceptEncoding = cachekey.AcceptEncodingGzip
		r.Body, r.ContentLength = strings.NewReader("order"), 5
		got := read(t.Context(), e.Direct(t.Context(), e.rules, r))
		e.want(got, KindResponse, 200, text)
		if got.length != int64(len(text)) || got.fields.Has("Content-Encoding") {
			t.Errorf("got length %d and %q, want the origin's own", got.length, got.fields)
		}
		asked := e.asked[0]
		sent, _ := io.ReadAll(asked.Body)
		if string(sent) != "order" || asked.ContentLength != 5 || !asked.Fields.Has("If-None-Match") || !asked.Fields.Has("Range") {
			t.Errorf("the origin saw %q with %q, want the viewer's content and conditions", sent, asked.Fields)
		}
		e.wantStored("/", "")
	})
}

func TestDirectEndsWithViewer(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.fail(origin.ErrorReadTimeout, time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		a := e.Direct(ctx, e.rules, e.request("POST", "/"))
		if a.Kind != KindFailed || a.Err.Kind != origin.ErrorCanceled || time.Since(start) != time.Second {
			t.Errorf("got %v, %v after %v, want it canceled with the viewer", a.Kind, a.Err, time.Since(start))
		}
		if log := e.log.String(); log != "" {
			t.Errorf("log: got %q, want nothing", log)
		}
	})
}

// The memory of an answer is used again, without anything of it, unless somebody
// may still have a hold of it: the origin side of content, or a keeper.
func TestRecycle(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		for _, m := range []struct {
			what    string
			request *Request
			answer  func() *origin.Response
			want    bool
		}{
			{"a GET", e.request("GET", "/", "Cookie: secret"), respond(200, "x", "Cache-Control: no-store"), true},
			{"what is kept", e.request("GET", "/"), respond(200, "x", "Cache-Control: max-age=60"), false},
			{"content", func() *Request {
				r := e.request("POST", "/")
				r.Body, r.ContentLength = strings.NewReader("order"), 5
				return r
			}(), respond(200, "x", "Cache-Control: no-store"), false},
			{"a group", e.request("GET", "/"), respond(200, "x", "Cache-Control: no-store"), false},
			{"a call", func() *Request { r := e.request("GET", "/"); r.GRPC = true; return r }(), respond(200, "x", "Cache-Control: no-store"), false},
			{"an upgrade", func() *Request { r := e.request("GET", "/"); r.Upgrade = "websocket"; return r }(), respond(200, "x", "Cache-Control: no-store"), false},
		} {
			e.answer(m.answer)
			rules := *e.rules
			if m.what == "a group" {
				rules.Group = &Group{Members: []Member{{Origin: rules.Origin}, {Origin: rules.Origin}}}
			}
			a := e.Direct(t.Context(), &rules, m.request)
			d, asked := a.direct, a.direct.asked
			fields := asked.Fields
			a.Close()
			a.Recycle()
			gone := d.result == nil && d.request.Key == nil && asked.Host == "" && !fields.Has("Cookie") && !fields.Has("Host") && !fields.Has("Via")
			if gone != m.want {
				t.Errorf("%s: recycled: got %t, want %t", m.what, gone, m.want)
			}
		}
		(Answer{}).Recycle()
	})
}

// Closing the Answer of a direct fetch closes the origin's content.
func TestDirectClose(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.answer(respond(200, "content"))
		e.Direct(t.Context(), e.rules, e.request("POST", "/")).Close()
		if !e.bodies[0].closed {
			t.Error("the origin's content is open")
		}
	})
}

// An observer is told what an Observer is told, as text.
type observer func(string)

func (o observer) RoundTrip(status int, t origin.Timing) {
	o(fmt.Sprint("status ", status, ", attempts ", t.Attempts))
}
func (o observer) Content(d time.Duration) { o(fmt.Sprint("content ", d)) }

func TestObserver(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		var got []string
		e.rules.Observer = observer(func(s string) { got = append(got, s) })
		e.script = func(_ context.Context, n int, _ *origin.Request) (*origin.Response, error) {
			if n == 2 {
				return nil, &origin.Error{Kind: origin.ErrorDNS}
			}
			r := slowly(time.Second, []string{"a", "b"}, respond(200, ""))()
			r.Timing.Attempts = 1
			return r, nil
		}
		for range 2 {
			e.view(t.Context(), e.request("GET", "/"))
			synctest.Wait()
		}
		want := []string{"status 200, attempts 1", "content 2s", "status 0, attempts 0"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestLayerNames(t *testing.T) {
	if LayerOrigin.String() != "origin" || LayerShield.String() != "shield" || layerCount.String() != "Layer(?)" {
		t.Errorf("got %v, %v, %v", LayerOrigin, LayerShield, layerCount)
	}
}

func TestKindNames(t *testing.T) {
	names := make(map[string]bool)
	for k := range kindCount {
		if name := k.String(); name == "" || names[name] {
			t.Errorf("Kind %d: got the name %q", k, name)
		} else {
			names[name] = true
		}
	}
	if got := kindCount.String(); got != "Kind(?)" {
		t.Errorf("beyond the last: got %q", got)
	}
}
