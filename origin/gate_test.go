package origin

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestGate: as many at a time as may, the others in their order, and not more nor
// for longer than may wait.
func TestGate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(2, 3, 10*time.Second)
		var mu sync.Mutex
		var log []string
		var all sync.WaitGroup
		ask := func(ctx context.Context, name string, takes time.Duration) {
			all.Go(func() {
				what := " done"
				if err := g.Enter(ctx); err != nil {
					what = " " + err.Kind.String()
				} else {
					time.Sleep(takes)
					g.Leave()
				}
				mu.Lock()
				defer mu.Unlock()
				log = append(log, name+what)
			})
			synctest.Wait()
		}
		want := func(lines string) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(log, ", "); got != lines {
				t.Errorf("got %s, want %s", got, lines)
			}
			log = nil
		}
		gone, leave := context.WithCancel(t.Context())
		ask(t.Context(), "a", 5*time.Second)
		ask(t.Context(), "b", 30*time.Second)
		ask(t.Context(), "c", 30*time.Second)
		ask(gone, "d", time.Second)
		ask(t.Context(), "e", time.Second)
		ask(t.Context(), "f", time.Second)
		if running, waiting := g.Load(); running != 2 || waiting != 3 {
			t.Errorf("load: got %d and %d, want 2 and 3", running, waiting)
		}
		want("f limit")
		leave()
		want("d canceled")
		time.Sleep(6 * time.Second)
		want("a done") // and c runs
		time.Sleep(5 * time.Second)
		want("e limit")
		all.Wait()
		want("b done, c done")
		if running, waiting := g.Load(); running != 0 || waiting != 0 {
			t.Errorf("load in the end: got %d and %d, want none", running, waiting)
		}
	})
}

// TestGateNobodyLost: whenever waiting ends, no place is lost.
func TestGateNobodyLost(t *testing.T) {
	g := NewGate(3, 1000, time.Nanosecond)
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() {
			for range 50 {
				if g.Enter(t.Context()) == nil {
					g.Leave()
				}
			}
		})
	}
	all.Wait()
	if running, waiting := g.Load(); running != 0 || waiting != 0 {
		t.Errorf("load in the end: got %d and %d, want none", running, waiting)
	}
}

type pipe struct {
	io.Reader
	io.Writer
}

func (pipe) Close() error { return nil }

// TestHold: a place is given back once, when content or tunnel has ended.
func TestHold(t *testing.T) {
	for name, end := range map[string]func(r *Response){
		"read to its end": func(r *Response) { _, _ = io.ReadAll(r.Body); r.Body.Close() },
		"closed":          func(r *Response) { r.Body.Close(); r.Body.Close() },
		"a tunnel":        func(r *Response) { _, _ = io.ReadAll(r.Tunnel); r.Tunnel.Close(); r.Tunnel.Close() },
	} {
		g := NewGate(5, 0, time.Second)
		for range 2 {
			if err := g.Enter(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		r := &Response{Body: io.NopCloser(strings.NewReader("hello"))}
		if name == "a tunnel" {
			r.Tunnel = pipe{Reader: strings.NewReader("hello")}
		}
		end(g.Hold(r))
		if running, _ := g.Load(); running != 1 {
			t.Errorf("%s: got %d, want 1 of 2 left", name, running)
		}
	}
	var none *Gate
	r := &Response{Body: io.NopCloser(strings.NewReader("x"))}
	if err := none.Enter(t.Context()); err != nil || none.Hold(r) != r {
		t.Errorf("no gate: got %v, or another response", err)
	}
	none.Leave()
	full := NewGate(1, 0, time.Second)
	_ = full.Enter(t.Context())
	if err := full.Enter(t.Context()); !errors.Is(err, errGateQueue) {
		t.Errorf("full: got %v, want %v", err, errGateQueue)
	}
}
