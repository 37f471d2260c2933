package freshness

import (
	"testing"
	"time"
)

// TestStale is the table of section 14.2 and the window arithmetic.
func TestStale(t *testing.T) {
	for _, c := range []struct {
		name         string
		cacheControl string
		maxTTL       int
		after        time.Duration
		state        State
		onError      bool
	}{
		{"TV-ST-01", "max-age=10, stale-while-revalidate=30", 1000, 20 * s, StateStaleWhileRevalidate, true},
		{"TV-ST-02", "max-age=10, stale-while-revalidate=30", 1000, 50 * s, StateStaleRevalidate, true},
		{"TV-ST-03", "max-age=10, stale-if-error=60", 1000, 30 * s, StateStaleRevalidate, true},
		{"TV-ST-05", "max-age=10, stale-if-error=60", 1000, 100 * s, StateStaleRevalidate, false},
		{"TV-ST-06", "max-age=10", 1000, 30 * s, StateStaleRevalidate, true},
		{"TV-ST-07", "max-age=10, stale-if-error=0", 1000, 30 * s, StateStaleRevalidate, false},
		{"TV-ST-08", "max-age=10", 20, 100 * s, StateStaleRevalidate, false},
		{"TV-ST-09", "max-age=10, stale-while-revalidate", 1000, 20 * s, StateStaleRevalidate, true},
		{"TV-ST-10", "max-age=10, must-revalidate", 1000, 30 * s, StateStaleRevalidate, true},

		{"fresh until the last moment", "max-age=10", 1000, 10*s - 1, StateFresh, true},
		{"stale at the lifetime", "max-age=10", 1000, 10 * s, StateStaleRevalidate, true},
		{"window end included", "max-age=10, stale-while-revalidate=30", 1000, 40 * s, StateStaleWhileRevalidate, true},
		{"window end passed", "max-age=10, stale-while-revalidate=30", 1000, 40*s + 1, StateStaleRevalidate, true},
		{"CF-TTL-08 never fresh", "max-age=0", 1000, 0, StateStaleRevalidate, true},
		{"CF-SWR-01 lifetime 0", "max-age=0, stale-while-revalidate=5", 1000, 0, StateStaleWhileRevalidate, true},
		{"CF-SWR-02 age bounded by max TTL", "max-age=10, stale-while-revalidate=90", 50, 50 * s, StateStaleWhileRevalidate, true},
		{"CF-SWR-02 beyond max TTL", "max-age=10, stale-while-revalidate=90", 50, 50*s + 1, StateStaleRevalidate, false},
		{"CF-SIE-02 beyond max TTL", "max-age=10, stale-if-error=90", 50, 50*s + 1, StateStaleRevalidate, false},
		{"CF-SIE-01 window end included", "max-age=10, stale-if-error=60", 1000, 70 * s, StateStaleRevalidate, true},
		{"CF-SIE-07 first window", "max-age=10, stale-while-revalidate=30, stale-if-error=60", 1000, 30 * s, StateStaleWhileRevalidate, true},
		{"CF-SIE-07 second window", "max-age=10, stale-while-revalidate=30, stale-if-error=60", 1000, 60 * s, StateStaleRevalidate, true},
		{"CF-SIE-07 after both", "max-age=10, stale-while-revalidate=30, stale-if-error=60", 1000, 80 * s, StateStaleRevalidate, false},
		{"CF-SWR-08 explicit zero inside", "max-age=10, stale-while-revalidate=30, stale-if-error=0", 1000, 30 * s, StateStaleWhileRevalidate, true},
		{"CF-SWR-08 explicit zero after", "max-age=10, stale-while-revalidate=30, stale-if-error=0", 1000, 41 * s, StateStaleRevalidate, false},
		{"CF-STALE-04 at max TTL", "max-age=10", 20, 20 * s, StateStaleRevalidate, true},
		{"CF-NC-05 kept for an outage", "no-cache", 1000, 30 * s, StateStaleRevalidate, true},
		{"clock went back", "max-age=10", 1000, -5 * s, StateFresh, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			times := Judge(ttls(0, 0, c.maxTTL), ErrorPolicy{}, get(200, fields(c.cacheControl))).Times(now)
			at := now.Add(c.after)
			if got := times.StateAt(at); got != c.state {
				t.Errorf("StateAt %v after %q: got %v, want %v", c.after, c.cacheControl, got, c.state)
			}
			if got := times.MayServeStaleOnError(at); got != c.onError {
				t.Errorf("MayServeStaleOnError %v after %q: got %v, want %v", c.after, c.cacheControl, got, c.onError)
			}
			if got := times.MayServeStaleWhileRevalidate(at); got != (c.state == StateStaleWhileRevalidate) {
				t.Errorf("MayServeStaleWhileRevalidate %v after %q: got %v in state %v", c.after, c.cacheControl, got, c.state)
			}
		})
	}
}

// TestStaleAfterMinTTL proves CF-SWR-10: the window begins where the minimum
// TTL ends.
func TestStaleAfterMinTTL(t *testing.T) {
	in := get(200, fields("max-age=5, stale-while-revalidate=30"))
	times := Judge(ttls(20, 20, 1000), ErrorPolicy{}, in).Times(now)
	for after, want := range map[time.Duration]State{
		19 * s: StateFresh, 20 * s: StateStaleWhileRevalidate, 50 * s: StateStaleWhileRevalidate, 51 * s: StateStaleRevalidate,
	} {
		if got := times.StateAt(now.Add(after)); got != want {
			t.Errorf("StateAt %v: got %v, want %v", after, got, want)
		}
	}
}

// TestErrorIsNeverStale: a stored error past its time is no answer to a
// failure of the origin.
func TestErrorIsNeverStale(t *testing.T) {
	times := Judge(ttls(0, 20, 300), ErrorPolicy{}, get(503, fields("-"))).Times(now)
	if at := now.Add(11 * s); times.MayServeStaleOnError(at) || times.StateAt(at) != StateStaleRevalidate {
		t.Errorf("got %v, stale on error %v, want an end", times.StateAt(at), times.MayServeStaleOnError(at))
	}
}

func TestAge(t *testing.T) {
	times := Times{Validated: MomentOf(now), Lifetime: 10 * s}
	for _, c := range []struct {
		after          time.Duration
		age, remaining time.Duration
		seconds        int64
	}{
		{0, 0, 10 * s, 0},
		{2900 * time.Millisecond, 2900 * time.Millisecond, 7100 * time.Millisecond, 2},
		{15 * s, 15 * s, -5 * s, 15},
		{-3 * s, 0, 10 * s, 0},
	} {
		at := now.Add(c.after)
		if a, r, n := times.Age(at), times.Remaining(at), times.AgeSeconds(at); a != c.age || r != c.remaining || n != c.seconds {
			t.Errorf("%v after: got age %v (%d), remaining %v, want %v (%d), %v", c.after, a, n, r, c.age, c.seconds, c.remaining)
		}
	}
}

// TestNames checks that every value of every enum has a name of its own.
func TestNames(t *testing.T) {
	check := func(kind string, n int, name func(uint8) string) {
		seen := map[string]bool{"": true, "unknown": true}
		for i := range n {
			if got := name(uint8(i)); seen[got] {
				t.Errorf("%s %d: got name %q, want one of its own", kind, i, got)
			} else {
				seen[got] = true
			}
		}
		if got := name(uint8(n)); got != "unknown" {
			t.Errorf("%s %d: got name %q, want unknown", kind, n, got)
		}
	}
	check("Semantics", int(numSemantics), func(i uint8) string { return Semantics(i).String() })
	check("NoStoreReason", int(numNoStoreReasons), func(i uint8) string { return NoStoreReason(i).String() })
	check("Share", 2, func(i uint8) string { return Share(i).String() })
	check("StaleOnError", 4, func(i uint8) string { return StaleOnError(i).String() })
	check("Revalidation", 2, func(i uint8) string { return Revalidation(i).String() })
	check("Use", int(numUses), func(i uint8) string { return Use(i).String() })
	check("StaleLimit", int(numStaleLimits), func(i uint8) string { return StaleLimit(i).String() })
	check("StaleIfErrorEnded", int(numStaleIfErrorEnded), func(i uint8) string { return StaleIfErrorEnded(i).String() })
	check("NoCacheWithMaxAge", int(numNoCacheWithMaxAge), func(i uint8) string { return NoCacheWithMaxAge(i).String() })
	check("OriginAge", int(numOriginAges), func(i uint8) string { return OriginAge(i).String() })
	check("Redirect", int(numRedirects), func(i uint8) string { return Redirect(i).String() })
	check("CollapsedErrors", int(numCollapsedErrors), func(i uint8) string { return CollapsedErrors(i).String() })
	check("PrivateCopies", int(numPrivateCopies), func(i uint8) string { return PrivateCopies(i).String() })
	check("State", int(numStates), func(i uint8) string { return State(i).String() })
}

func TestStateAtAllocates(t *testing.T) {
	times := Times{Validated: MomentOf(now), Lifetime: 10 * s, StaleWhileRevalidate: 5 * s, StaleLimit: 60 * s}
	if n := testing.AllocsPerRun(100, func() { times.StateAt(now.Add(12 * s)) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkStateAt(b *testing.B) {
	times := Times{Validated: MomentOf(now), Lifetime: 10 * s, StaleWhileRevalidate: 5 * s, StaleLimit: 60 * s}
	at := now.Add(3 * s)
	b.ReportAllocs()
	for b.Loop() {
		times.StateAt(at)
	}
}
