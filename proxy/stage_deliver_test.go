package proxy

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/origin"
)

// TestPending: the viewer has the head of a response that passes before its
// content, if that does not come at once.
func TestPending(t *testing.T) {
	for _, pending := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			content, say := io.Pipe()
			e := newEdge(t, func(*origin.Request) (*origin.Response, error) {
				a := response(200, "Content-Type: text/event-stream", "")
				a.ContentLength, a.Body, a.Pending = -1, content, pending
				return a, nil
			}, func(s *Snapshot) {
				s.Distributions[0].Behaviors[0] = newBehavior(t, s.Distributions[0], freshness.Policy{})
			})
			c := &caller{arrives: make(chan string)}
			go e.server.Serve(t.Context(), c, request("GET http://shop.test/events", ""))
			if pending {
				if got := <-c.arrives; got != "200 " {
					t.Errorf("first: got %q, want the head", got)
				}
				time.Sleep(time.Minute)
			}
			go io.WriteString(say, "data: x")
			if got := <-c.arrives; got != "200 data: x" {
				t.Errorf("pending %v: got %q, want head and content", pending, got)
			}
			say.Close()
			synctest.Wait()
		})
	}
}
