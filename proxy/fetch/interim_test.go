package fetch

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// hint makes the origin send n interim responses of so many bytes, a second
// after the request and after the first of them, and then its answer.
func (e *edge) hint(n, size int, then func() *origin.Response) {
	e.script = func(ctx context.Context, _ int, r *origin.Request) (*origin.Response, error) {
		sleep(ctx, time.Second)
		for i := range n {
			r.Interim(103, field.Lines{{Name: "X", Value: fmt.Sprintf("%0*d", size-1, i)}, {Name: "Content-Length", Value: "1"}})
			if i == 0 {
				sleep(ctx, time.Second)
			}
		}
		return then(), nil
	}
}

// What waits for a viewer is bounded in number and size, and nothing else
// waits for it.
func TestInterimBounds(t *testing.T) {
	for _, c := range []struct{ n, size, want int }{
		{0, 10, 0}, {1, 10, 1}, {1 + maxInterims, 10, 1 + maxInterims}, {5 + maxInterims, 10, 1 + maxInterims},
		{4, maxInterimBytes / 2, 2}, {1, maxInterimBytes + 1, 0},
	} {
		run(t, Options{}, func(t *testing.T, e *edge) {
			e.hint(c.n, c.size, respond(200, "x", "Cache-Control: max-age=60"))
			got := 0
			q := e.request("GET", "/")
			q.Interim = func(status int, fields field.Lines) {
				if number := strings.TrimLeft(fields.Get("X"), "0"); status != 103 || len(fields) != 1 || got > 0 && number != fmt.Sprint(got) {
					t.Errorf("interim response %d: got %d with %.40q", got, status, fields)
				}
				if got++; got == 1 {
					time.Sleep(time.Minute) // a slow viewer
				}
			}
			done := make(chan seen, 1)
			go func() { done <- e.view(t.Context(), q) }()
			time.Sleep(2 * time.Second)
			e.wantStored("/", "x")
			e.want(<-done, KindResponse, 200, "x")
			if got != c.want {
				t.Errorf("%d interim responses of %d bytes: got %d, want %d", c.n, c.size, got, c.want)
			}
		})
	}
}

// A viewer that has gone gets nothing more.
func TestInterimWithoutViewer(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.hint(2, 10, respond(200, "x", "Cache-Control: max-age=60"))
		q := e.request("GET", "/")
		q.Interim = func(int, field.Lines) { t.Error("interim response for a viewer that has gone") }
		ctx, leave := context.WithTimeout(t.Context(), time.Millisecond)
		defer leave()
		if _, err := e.get(ctx, q); err == nil {
			t.Error("got no error")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		e.wantStored("/", "x")
	})
}
