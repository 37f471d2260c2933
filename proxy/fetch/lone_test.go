package fetch

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// unshare makes the path one whose responses are not for sharing.
func (e *edge) unshare(path string) {
	e.t.Helper()
	e.answer(respond(200, "private", "Cache-Control: private"))
	e.want(e.view(e.t.Context(), e.request("GET", path)), KindResponse, 200, "private")
	synctest.Wait()
}

// TestLone: what is not for sharing comes straight from the origin, and what
// can be stored after all is.
func TestLone(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.unshare("/")
		e.answer(slowly(time.Second, []string{"a", "b", "c"}, respond(200, "", "Cache-Control: no-store", "Set-Cookie: a=b")))
		began := time.Now()
		a, err := e.get(t.Context(), e.request("GET", "/"))
		if err != nil || a.Direct == nil || a.Body != nil || time.Since(began) != 0 || e.InFlight() != 1 {
			t.Fatalf("got %+v, %v, %d in flight, want the content as it comes", a, err, e.InFlight())
		}
		e.want(read(t.Context(), a), KindResponse, 200, "abc")
		if took := time.Since(began); took != 3*time.Second || e.InFlight() != 0 {
			t.Errorf("took %v, %d in flight", took, e.InFlight())
		}
		e.wantStored("/", "")
		e.answer(respond(200, "keep me", "Cache-Control: max-age=60"))
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "keep me")
		e.wantStored("/", "keep me")
	})
}

// TestLoneViewerLeaves: before there is a head, and while content comes that
// nobody else gets, the fetch ends with its viewer; if the response is to be
// stored, it goes on.
func TestLoneViewerLeaves(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.unshare("/")
		e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, time.Minute)
			return nil, &origin.Error{Kind: origin.ErrorCanceled, Err: context.Cause(ctx)}
		}
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		began := time.Now()
		if _, err := e.get(ctx, e.request("GET", "/")); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("before the head: got %v after %v", err, time.Since(began))
		}
		e.answer(slowly(time.Minute, []string{"a", "b"}, respond(200, "", "Cache-Control: private")))
		a, err := e.get(t.Context(), e.request("GET", "/"))
		if err != nil {
			t.Fatal(err)
		}
		a.Close()
		synctest.Wait()
		if e.InFlight() != 0 || e.trips[2].Err() == nil {
			t.Errorf("while content comes: %d in flight, the trip has ended with %v", e.InFlight(), e.trips[2].Err())
		}
		e.answer(slowly(time.Minute, []string{"a", "b"}, respond(200, "", "Cache-Control: max-age=600")))
		ctx, leave = context.WithCancel(t.Context())
		a, err = e.get(ctx, e.request("GET", "/"))
		if err != nil || a.Direct != nil {
			t.Fatalf("got %+v, %v, want content that is stored", a, err)
		}
		leave()
		a.Close()
		time.Sleep(3 * time.Minute)
		e.wantStored("/", "ab")
		if log := e.log.String(); log != "" {
			t.Errorf("log: got %q, want nothing about viewers that leave", log)
		}
	})
}

// TestLoneTrouble: a fault of the origin's is told, one of ours ends the fetch
// alone, interim responses come through, and too many are too many.
func TestLoneTrouble(t *testing.T) {
	run(t, Options{MaxFetches: 1}, func(t *testing.T, e *edge) {
		e.unshare("/")
		e.answer(func() *origin.Response {
			r := respond(200, "half", "Cache-Control: private")()
			r.Body.(*content).end = &origin.Error{Kind: origin.ErrorRead, Op: "read body"}
			return r
		})
		if got := e.view(t.Context(), e.request("GET", "/")); got.body != "half" || origin.KindOf(got.err) != origin.ErrorRead || !strings.Contains(e.log.String(), "cut off") {
			t.Errorf("cut off: got %v, log %q", got, e.log.String())
		}
		e.script = func(context.Context, int, *origin.Request) (*origin.Response, error) { panic(errTestPanic) }
		e.want(e.view(t.Context(), e.request("GET", "/")), KindRefused, 500, "")
		e.script = func(_ context.Context, _ int, r *origin.Request) (*origin.Response, error) {
			r.Interim(103, field.Lines{{Name: "Link", Value: "</a>"}})
			return respond(200, "x", "Cache-Control: private")(), nil
		}
		hints := 0
		r := e.request("GET", "/")
		r.Interim = func(int, field.Lines) { hints++ }
		a, err := e.get(t.Context(), r)
		if err != nil || hints != 1 {
			t.Errorf("got %v, %d interim responses, want 1", err, hints)
		}
		e.want(e.view(t.Context(), e.request("GET", "/")), KindRefused, 503, "")
		a.Close()
		a.Close()
		e.want(read(t.Context(), mustGet(t, e)), KindResponse, 200, "x")
	})
}

func mustGet(t *testing.T, e *edge) Answer {
	t.Helper()
	r := e.request("GET", "/")
	r.Interim = func(int, field.Lines) {}
	a, err := e.get(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
