package ratelimit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// start is the beginning of a step.
var start = time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time {
	return start.Add(time.Duration(seconds * float64(time.Second)))
}

// key makes a Key of anything that prints.
func key(parts ...any) (k Key) {
	if text := fmt.Sprint(parts...); copy(k[:], text) < len(text) {
		panic(text + " is too long")
	}
	return k
}

func mustNew(t testing.TB, r Rule) *Counter {
	t.Helper()
	c, err := New(r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestRule proves WF-RATE-01 and WF-RATE-02.
func TestRule(t *testing.T) {
	for _, tt := range []struct {
		rule Rule
		want error
	}{
		{Rule{Limit: 10}, nil},
		{Rule{Limit: 2_000_000_000, Window: time.Minute}, nil},
		{Rule{Limit: 100, Window: 2 * time.Minute}, nil},
		{Rule{Limit: 100, Window: 10 * time.Minute}, nil},
		{Rule{Limit: 9}, ErrLimit},
		{Rule{Limit: 2_000_000_001}, ErrLimit},
		{Rule{Limit: 10, Window: time.Second}, ErrWindow},
		{Rule{Limit: 10, Window: -time.Minute}, ErrWindow},
	} {
		if _, err := New(tt.rule); !errors.Is(err, tt.want) {
			t.Errorf("rule %+v: got %v, want %v", tt.rule, err, tt.want)
		}
	}
}

// A burst is requests with one key that come at one moment.
type burst struct {
	at   float64 // seconds
	key  string
	n    int
	over int // of them
}

func TestCounter(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rule   Rule
		bursts []burst
	}{
		{
			"WF-RATE-02, WF-RATE-09: more than the limit may pass until the next step",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{1, "a", 11, 0}, {9.9, "a", 90, 0}, {10, "a", 1, 1}, {19, "a", 1, 1}},
		}, {
			"the limit itself is not over it",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{0, "a", 10, 0}, {10, "a", 1, 0}, {20, "a", 1, 1}},
		}, {
			"WF-RATE-10: it ends when the count of the window is not above the limit",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{0, "a", 3, 0}, {10, "a", 8, 0}, {20, "a", 7, 7}, {69, "a", 1, 1}, {70, "a", 1, 1}, {80, "a", 1, 0}},
		}, {
			"WF-RATE-10: limited requests count",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{0, "a", 11, 0}, {30, "a", 11, 11}, {60, "a", 11, 11}, {90, "a", 11, 11}, {120, "a", 1, 1}},
		}, {
			"WF-RATE-05: instances are apart",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{0, "a", 20, 0}, {0, "b", 10, 0}, {10, "a", 1, 1}, {10, "b", 1, 0}},
		}, {
			"a pause longer than the window",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{0, "a", 20, 0}, {10, "a", 1, 1}, {1000, "a", 20, 0}, {1010, "a", 1, 1}},
		}, {
			"the default window of five minutes",
			Rule{Limit: 10},
			[]burst{{0, "a", 20, 0}, {299, "a", 1, 1}, {300, "a", 1, 1}, {310, "a", 1, 0}},
		}, {
			"time that goes back",
			Rule{Limit: 10, Window: time.Minute},
			[]burst{{100, "a", 5, 0}, {0, "a", 6, 0}, {110, "a", 1, 1}, {50, "a", 1, 1}},
		}, {
			"exact: the limit passes, not one more",
			Rule{Limit: 10, Window: time.Minute, Evaluation: EvaluationExact},
			[]burst{{0, "a", 11, 1}, {10, "a", 1, 1}, {69, "a", 1, 1}, {70, "a", 8, 0}, {70, "b", 8, 0}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustNew(t, tt.rule)
			for _, b := range tt.bursts {
				over := 0
				for range b.n {
					if c.Hit(key(b.key), at(b.at)) == RateOver {
						over++
					}
				}
				if over != b.over {
					t.Errorf("%d requests of %s at %v s: got %d over the limit, want %d", b.n, b.key, b.at, over, b.over)
				}
			}
		})
	}
}

// naive keeps the moments of all requests.
type naive struct {
	rule Rule
	hits []time.Time
	over bool // found at the beginning of the step
	step uint32
}

func (n *naive) hit(now time.Time) Rate {
	steps := uint32(n.rule.Window / step)
	from := stepOf(now) - steps
	n.hits = slices.DeleteFunc(n.hits, func(h time.Time) bool { return stepOf(h) < from })
	if stepOf(now) > n.step {
		n.step = stepOf(now)
		n.over = uint64(len(n.hits)) > n.rule.Limit
	}
	n.hits = append(n.hits, now)
	if n.rule.Evaluation == EvaluationExact {
		n.over = uint64(len(n.hits)) > n.rule.Limit
	}
	if n.over {
		return RateOver
	}
	return RateUnder
}

// TestAgainstNaive compares with all moments kept, over random arrivals with
// pauses, of several instances that are hit in either way, and proves what
// EvaluationExact promises. Requests at the edges of steps are among them.
func TestAgainstNaive(t *testing.T) {
	for seed := range uint64(80) {
		random := rand.New(rand.NewPCG(seed, 1))
		rule := Rule{Limit: 10 + random.Uint64N(40), Window: []time.Duration{60e9, 120e9, 300e9, 600e9}[seed%4], Evaluation: Evaluation(seed / 4 % 2)}
		c := mustNew(t, rule)
		names := []string{"a", "b", "c"}
		naives, handles := map[string]*naive{}, map[string]*Handle{}
		for _, n := range names {
			naives[n], handles[n] = &naive{rule: rule}, c.Handle(key(n))
		}
		now := start
		passed := map[string][]time.Time{}
		for i := range 3000 {
			now = now.Add(time.Duration(random.ExpFloat64() * float64(rule.Window) / float64(rule.Limit) * []float64{0.07, 0.3, 0.3, 0.3, 1.5, 10}[random.IntN(6)]))
			if random.IntN(4) == 0 { // to an edge, or just before
				now = now.Truncate(step).Add(step - time.Duration(random.IntN(2)))
			}
			name := names[random.IntN(3)]
			got := handles[name].Hit
			if random.IntN(2) == 0 {
				got = func(now time.Time) Rate { return c.Hit(key(name), now) }
			}
			rate, want := got(now), naives[name].hit(now)
			if rate != want {
				t.Fatalf("seed %d, request %d at %v: got %v, want %v", seed, i, now.Sub(start), rate, want)
			}
			if rate == RateUnder {
				passed[name] = append(passed[name], now)
			}
		}
		for name, moments := range passed {
			for i := range moments {
				if j := i + int(rule.Limit); rule.Evaluation == EvaluationExact && j < len(moments) && moments[j].Sub(moments[i]) < rule.Window {
					t.Fatalf("seed %d: got more than %d requests of %s passed within %v of %v", seed, rule.Limit, name, moments[j].Sub(moments[i]), rule.Window)
				}
			}
		}
	}
}

// TestBound proves that instances are bounded, and that those over the limit
// stay while others come once (WF-RATE-14, WF-RATE-18).
func TestBound(t *testing.T) {
	for _, most := range []int{100, 10_000} {
		c := mustNew(t, Rule{Limit: 10, Window: time.Minute, MaxInstances: most})
		hot := most / 20
		for i := range hot {
			for range 20 {
				c.Hit(key("hot", i), at(0))
			}
		}
		for i := range 3 * most {
			c.Hit(key("once", i), at(10))
		}
		if got := c.Instances(at(10)); got > most || got < most*9/10 {
			t.Errorf("instances: got %d, want at most %d and not much less", got, most)
		}
		if got := len(c.Over(at(10))); got != hot {
			t.Errorf("instances over the limit, of at most %d: got %d, want %d", most, got, hot)
		}
		if over, all := len(c.Over(at(80))), c.Instances(at(80)); over != 0 || all != 0 {
			t.Errorf("instances after a window: got %d, %d over the limit, want none", all, over)
		}
	}
}

// TestNothingForgotten proves that what fits is counted exactly, and that quiet
// instances make room before the table grows.
func TestNothingForgotten(t *testing.T) {
	const most, fit = 6400, 5300 // no shard has more than its part
	c := mustNew(t, Rule{Limit: 10, Window: time.Minute, Evaluation: EvaluationExact, MaxInstances: most})
	for second := range 11 {
		for i := range fit {
			want := RateUnder
			if second == 10 {
				want = RateOver
			}
			if got := c.Hit(key("a", i), at(float64(second))); got != want {
				t.Fatalf("request %d of instance %d: got %v, want %v", second+1, i, got, want)
			}
		}
	}
	few := mustNew(t, Rule{Limit: 10, Window: time.Minute})
	for i := range 100_000 { // 7 in a minute
		few.Hit(key("a", i), at(10*float64(i)))
	}
	if got := few.table.cells(); got > 64*looked {
		t.Errorf("cells for 7 instances at a time: got %d, want no more than are looked at", got)
	}
}

// TestAllOver proves that an instance that is over the limit never goes, also
// where there is no other.
func TestAllOver(t *testing.T) {
	c := mustNew(t, Rule{Limit: 10, Window: time.Minute, Evaluation: EvaluationExact, MaxInstances: 64})
	for i := range 64 {
		for range 11 {
			c.Hit(key("over", i), at(0))
		}
	}
	h := c.Handle(key("another"))
	for range 100 {
		if got := h.Hit(at(1)); got != RateUnder {
			t.Fatalf("an instance without a place: got %v, want %v", got, RateUnder)
		}
	}
	if got := len(c.Over(at(1))); got != 64 {
		t.Errorf("instances over the limit: got %d, want 64", got)
	}
	for range 10 {
		h.Hit(at(70))
	}
	if got := h.Hit(at(70)); got != RateOver {
		t.Errorf("when the others are not over it any more: got %v, want %v", got, RateOver)
	}
}

// TestHandleOfEvicted proves that two handles of one key never count apart, nor
// for whoever has the place.
func TestHandleOfEvicted(t *testing.T) {
	c := mustNew(t, Rule{Limit: 10, Window: time.Minute, Evaluation: EvaluationExact, MaxInstances: 64})
	first, second := c.Handle(key("a")), c.Handle(key("a"))
	for range 4 {
		first.Hit(at(0))
	}
	for i := range 1000 { // all hotter: the instance goes
		for range 5 {
			c.Hit(key(i), at(0))
		}
	}
	counted, got := 0, RateUnder
	for i := 0; got == RateUnder && i < 1000; i++ { // it takes some until it is taken in
		got = []*Handle{first, second}[i%2].Hit(at(1))
		if first.at.Load() != 0 || second.at.Load() != 0 {
			counted++
		}
	}
	if got != RateOver || counted != 11 {
		t.Errorf("requests of two handles: got %v after %d, want %v after 11", got, counted, RateOver)
	}
}

// TestConcurrent proves that no request is lost, whatever step it comes in.
func TestConcurrent(t *testing.T) {
	const goroutines, each = 8, 5000
	c := mustNew(t, Rule{Limit: 2_000_000_000, Window: 10 * time.Minute})
	var clock atomic.Int64
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			h := c.Handle(key("a"))
			for i := range each {
				now := start.Add(time.Duration(clock.Add(1)) * 5 * time.Millisecond)
				if g%2 == 0 {
					h.Hit(now)
				} else {
					c.Hit(key("a"), now)
				}
				c.Hit(key(g, i), now)
			}
		})
	}
	wg.Wait()
	var got uint64
	c.table.each(func(k *Key, w *window, _ []uint32) {
		if *k == key("a") {
			got = w.total()
		}
	})
	if want := uint64(goroutines * each); got != want {
		t.Errorf("requests: got %d, want %d", got, want)
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{RateUnder.String(), "under"}, {RateOver.String(), "over"}, {Rate(9).String(), "Rate(?)"},
		{EvaluationSteps.String(), "steps"}, {EvaluationExact.String(), "exact"}, {Evaluation(9).String(), "Evaluation(?)"},
	} {
		if tt.got != tt.want {
			t.Errorf("name: got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestHitAllocates(t *testing.T) {
	c := mustNew(t, Rule{Limit: 2000})
	addr := KeyOfAddr(netip.MustParseAddr("192.0.2.1"))
	h := c.Handle(addr)
	if got := testing.AllocsPerRun(1000, func() { h.Hit(start); c.Hit(addr, start) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
	long := strings.Repeat("x", 1000)
	if got := testing.AllocsPerRun(1000, func() {
		tuple := c.Tuple()
		tuple.Add("/path")
		tuple.Add(long)
		c.Hit(tuple.Key(), start)
	}); got != 0 {
		t.Errorf("allocations with a tuple: got %v, want 0", got)
	}
}

// BenchmarkHit has one goroutine for each processor, with an address of its
// own of 100,000.
func BenchmarkHit(b *testing.B) {
	c := mustNew(b, Rule{Limit: 2000})
	keys := make([]Key, 100_000)
	for i := range keys {
		keys[i] = KeyOfAddr(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}))
		c.Hit(keys[i], start)
	}
	var last atomic.Uint32
	b.Run("held by a connection", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			h := c.Handle(keys[last.Add(1)*64])
			for pb.Next() {
				h.Hit(start)
			}
		})
	})
	b.Run("one for all", func(b *testing.B) {
		b.ReportAllocs()
		h := c.Handle(Key{})
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				h.Hit(start)
			}
		})
	})
	b.Run("found each time", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			i := int(last.Add(1) * 64)
			for pb.Next() {
				c.Hit(keys[i%len(keys)], start)
				i += 7919
			}
		})
	})
	b.Run("by a tuple", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				tuple := c.Tuple()
				tuple.Add("192.0.2.1")
				tuple.Add("/api/orders")
				c.Hit(tuple.Key(), start)
			}
		})
	})
	b.Run("a new one each time, all full", func(b *testing.B) {
		b.ReportAllocs()
		i := uint32(0)
		for b.Loop() {
			i++
			c.Hit(KeyOfAddr(netip.AddrFrom4([4]byte{11, byte(i >> 16), byte(i >> 8), byte(i)})), start)
		}
	})
}

func ExampleHandle() {
	c, _ := New(Rule{Limit: 100, Window: time.Minute})
	h := c.Handle(KeyOfAddr(netip.MustParseAddr("192.0.2.1"))) // when the connection begins
	for range 150 {
		h.Hit(start)
	}
	fmt.Println(h.Hit(start), h.Hit(start.Add(10*time.Second)))
	// Output: under over
}
