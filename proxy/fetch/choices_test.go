package fetch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
)

// CF-NC-04: a private copy stands in for the origin that its viewer's own
// request could not reach, never for another's.
func TestOutageCopyIsForOneRequest(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Freshness.MinTTL = 0
		e.rules.Freshness.Choices.PrivateCopies = freshness.PrivateCopiesOutage
		e.answer(respond(200, "mine", "Cache-Control: private"))
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "mine")
		time.Sleep(20 * time.Second)
		e.fail(origin.ErrorConnect, time.Second)
		for _, got := range e.views(5, func() *Request { return e.request("GET", "/") }) {
			e.want(got, KindStaleOnError, 200, "mine")
			if got.collapsed {
				t.Errorf("got %v of another's fetch, want one of its own", got)
			}
		}
		e.wantRequests(1 + 5)
		time.Sleep(20 * time.Second)
		e.fail(origin.ErrorInvalidResponse, 0)
		if got := e.view(t.Context(), e.request("GET", "/")); got.kind != KindFailed {
			t.Errorf("after an answer of no use: got %v, want %v", got, KindFailed)
		}
	})
}

// CF-TTL-28, CF-COL-11: with AbortedDrop a fetch ends with its viewer, and
// with nobody else's: who asks right after that is not drawn into it.
func TestAbortedFetchTakesNobodyAlong(t *testing.T) {
	run(t, Options{}, func(t *testing.T, e *edge) {
		e.rules.Choices.Aborted = AbortedDrop
		e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
			sleep(ctx, 10*time.Second)
			if ctx.Err() != nil {
				return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "read response", Err: ctx.Err()}
			}
			return respond(200, "content", "Cache-Control: max-age=60")(), nil
		}
		ctx, leave := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { leave(errGone) })
		if got := e.view(ctx, e.request("GET", "/")); got.err == nil {
			t.Errorf("the viewer that left: got %v, want its error", got)
		}
		e.want(e.view(t.Context(), e.request("GET", "/")), KindResponse, 200, "content")
		synctest.Wait()
		e.wantRequests(2)
		e.wantStored("/", "content")
	})
}
