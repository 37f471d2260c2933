package proxy

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/origin"
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
				timed, long := 0, 0
				for range n {
					var h viewer.Hit
					r := request(url, "")
					if e.server.Hit(&h, r) {
						h.Done(&h, r, 100)
						if h.ServerTiming != "" {
							timed++
						}
						continue
					}
					long++
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
				if throttles == nil && long != 0 {
					t.Errorf("got %d hits the long way, want all the short one", long)
				}
			})
		})
	}
}

// TestServerTimingOfHits: a hit says the same on either way, of its own id and time,
// behind all other fields (CF-STM-04).
func TestServerTimingOfHits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEdge(t, ok("Cache-Control: max-age=60", "hello"), func(s *Snapshot) {
			s.Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, respheaders.Policy{ServerTiming: &respheaders.ServerTiming{SamplingRate: 1_000_000}})
		})
		const url = "GET http://shop.test/p"
		e.ask(url, "")
		long := e.ask(url, "").fields
		want := `cdn-cache-hit,cdn-pop;desc="GND1-P1",cdn-rid;desc="ID",cdn-hit-layer;desc="EDGE",cdn-downstream-fbl;dur=`
		if last := long[len(long)-1]; last.Name != "Server-Timing" || strings.ReplaceAll(last.Value, long.Get("X-Amz-Cf-Id"), "ID") != want+"0" {
			t.Errorf("the long way: got %v at last, want Server-Timing: %s0", last, want)
		}
		var h viewer.Hit
		for _, took := range []string{"7", "11"} { // with the memory of the one before
			r := request(url, "")
			r.Received = time.Now()
			d, _ := time.ParseDuration(took + "ms")
			time.Sleep(d)
			if !e.server.Hit(&h, r) {
				t.Fatal("got no hit, want one with Server-Timing")
			}
			if got := strings.ReplaceAll(h.ServerTiming, string(h.ID[:]), "ID"); got != want+took {
				t.Errorf("the short way: got %q, want %q", got, want+took)
			}
			h.Done(&h, r, 100)
		}
		e.server.random = func() uint32 { return 1<<32 - 1 }
		e.server.Snapshot().Distributions[0].Behaviors[0].ResponseHeaders = rewriter(t, respheaders.Policy{ServerTiming: &respheaders.ServerTiming{}})
		if r := request(url, ""); !e.server.Hit(&h, r) || h.ServerTiming != "" {
			t.Errorf("nobody is drawn: got Server-Timing %q, want a hit without", h.ServerTiming)
		}
	})
}

// TestServerTimingOfOrigin: what the origin took, with TLS in the time to
// connect, 0 for what a reused connection did not need (CF-STM-05); and a response
// that Origin Shield had is a hit of that layer (CF-STM-02).
func TestServerTimingOfOrigin(t *testing.T) {
	for _, tt := range []struct {
		name   string
		timing origin.Timing
		fields string
		shield bool
		want   string
	}{
		{name: "new connection", timing: origin.Timing{DNS: 5 * time.Millisecond, Connect: 60 * time.Millisecond, TLS: 40 * time.Millisecond, FirstByte: 177 * time.Millisecond},
			want: `cdn-upstream-layer;desc="EDGE",cdn-upstream-dns;dur=5,cdn-upstream-connect;dur=100,cdn-upstream-fbl;dur=177,cdn-cache-miss,cdn-pop;desc="GND1-P1",cdn-rid;desc="ID",cdn-downstream-fbl;dur=0`},
		{name: "reused", timing: origin.Timing{Reused: true, FirstByte: 20 * time.Millisecond},
			want: `cdn-upstream-layer;desc="EDGE",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=0,cdn-upstream-fbl;dur=20,cdn-cache-miss,cdn-pop;desc="GND1-P1",cdn-rid;desc="ID",cdn-downstream-fbl;dur=0`},
		{name: "shield hit", shield: true, fields: "X-Cache: Hit from cloudfront",
			want: `cdn-cache-hit,cdn-pop;desc="GND1-P1",cdn-rid;desc="ID",cdn-hit-layer;desc="Origin Shield",cdn-downstream-fbl;dur=0`},
		{name: "shield miss", shield: true, fields: "X-Cache: Miss from cloudfront",
			want: `cdn-upstream-layer;desc="EDGE",cdn-upstream-dns;dur=0,cdn-upstream-connect;dur=0,cdn-upstream-fbl;dur=0,cdn-cache-miss,cdn-pop;desc="GND1-P1",cdn-rid;desc="ID",cdn-downstream-fbl;dur=0`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := newEdge(t, func(*origin.Request) (*origin.Response, error) {
					r := response(200, tt.fields, "hello")
					r.Timing = tt.timing
					return r, nil
				}, func(s *Snapshot) {
					b := s.Distributions[0].Behaviors[0]
					b.ResponseHeaders = rewriter(t, respheaders.Policy{ServerTiming: &respheaders.ServerTiming{SamplingRate: 1_000_000}})
					if tt.shield {
						b.Origin.Shield = "eu-central-1"
					}
				})
				g := e.ask("GET http://shop.test/p", "")
				if got := strings.ReplaceAll(g.fields.Get("Server-Timing"), g.fields.Get("X-Amz-Cf-Id"), "ID"); got != tt.want {
					t.Errorf("got\n%s\nwant\n%s", got, tt.want)
				}
			})
		})
	}
}
