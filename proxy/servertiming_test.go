package proxy

import (
	"context"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// TestServerTimingRate: the short way and the stages together give Server-Timing
// to as many hits as the sampling rate says, no matter on which way they end. The
// same is true of requests that a throttle refuses, of which the short way knows
// first (CF-STM-01).
func TestServerTimingRate(t *testing.T) {
	const rate, n = 200_000, 20_000
	const url = "GET http://shop.test/p"
	for name, throttles := range map[string][]Throttle{
		"hits":      nil,
		"throttled": {throttle(t, ThrottleKeyAll, ratelimit.Tokens{Rate: 0.001, Burst: 2})},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, ok("Cache-Control: max-age=60", "hello"), func(s *Snapshot) {
					b := s.Distributions[0].Behaviors[0]
					b.Throttles = throttles
					b.ResponseHeaders = rewriter(t, respheaders.Policy{ServerTiming: &respheaders.ServerTiming{SamplingRate: rate}})
				})
				e.server.random = func() uint32 { return 1<<32 - 1 } // none
				e.ask(url, "")
				e.ask(url, "") // learned
				e.server.random = rand.New(rand.NewPCG(1, 2)).Uint32
				timed, short := 0, 0
				for range n {
					var h viewer.Hit
					r := request(url, "")
					if e.server.Hit(&h, r) {
						short++
						h.Done(&h, r, 100)
						continue
					}
					r.Tried = true
					g := &got{}
					e.server.Serve(context.Background(), g, r)
					if g.fields.Has("Server-Timing") {
						timed++
					}
				}
				if want := n * rate / 1_000_000; timed < want-350 || timed > want+350 { // six standard deviations
					t.Errorf("got %d of %d responses with Server-Timing, want about %d", timed, n, want)
				}
				if want := n - timed; throttles == nil && short != want {
					t.Errorf("got %d hits the short way, want all that are not timed, %d", short, want)
				}
			})
		})
	}
}
