package ratelimit

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func mustThrottle(t testing.TB, tokens Tokens) *Throttle {
	t.Helper()
	throttle, err := NewThrottle(tokens)
	if err != nil {
		t.Fatal(err)
	}
	return throttle
}

func TestTokens(t *testing.T) {
	for _, tt := range []struct {
		tokens Tokens
		want   error
	}{
		{Tokens{Rate: 0.001, Burst: 1_000_000}, nil},
		{Tokens{Rate: 1_000_000, Burst: 1}, nil},
		{Tokens{Rate: 0.0009, Burst: 1}, ErrTokenRate},
		{Tokens{Rate: 1_000_001, Burst: 1}, ErrTokenRate},
		{Tokens{Rate: math.NaN(), Burst: 1}, ErrTokenRate},
		{Tokens{Rate: 1}, ErrBurst},
		{Tokens{Rate: 1, Burst: 1_000_001}, ErrBurst},
	} {
		if _, err := NewThrottle(tt.tokens); !errors.Is(err, tt.want) {
			t.Errorf("tokens %+v: got %v, want %v", tt.tokens, err, tt.want)
		}
	}
}

// TestTake proves AG-THR-02: the burst at once, then the rate.
func TestTake(t *testing.T) {
	throttle := mustThrottle(t, Tokens{Rate: 0.5, Burst: 3})
	for _, step := range []struct {
		at   float64
		key  string
		want time.Duration
	}{
		{0, "a", 0}, {0, "a", 0}, {0, "a", 0},
		{0, "a", 2 * time.Second}, {0, "b", 0}, {1.5, "a", 500 * time.Millisecond},
		{2, "a", 0}, {2, "a", 2 * time.Second},
		{100, "a", 0}, {100, "a", 0}, {100, "a", 0}, {100, "a", 2 * time.Second},
		{50, "a", 2 * time.Second}, // time that goes back
		{52, "a", 2 * time.Second}, // is not remembered where nothing was taken
	} {
		if got := throttle.Take(key(step.key), at(step.at)); got != step.want {
			t.Errorf("%s at %v s: got to wait %v, want %v", step.key, step.at, got, step.want)
		}
	}
	if got := throttle.Keys(at(1)); got != 2 {
		t.Errorf("keys: got %d, want 2", got)
	}
	if got := throttle.Keys(at(1000)); got != 0 {
		t.Errorf("keys whose buckets are not full, later: got %d, want 0", got)
	}
}

// TestTakeAgainstTokens compares with buckets that count tokens.
func TestTakeAgainstTokens(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 3))
		tokens := Tokens{Rate: []float64{0.25, 1, 8, 500}[seed%4], Burst: 1 + random.IntN(20)} // each a whole number of nanoseconds
		throttle := mustThrottle(t, tokens)
		type bucket struct {
			left float64
			last time.Time
		}
		buckets := map[string]*bucket{}
		now := start
		for i := range 3000 {
			now = now.Add(time.Duration(random.ExpFloat64() / tokens.Rate / 4 * float64(time.Second)))
			if random.IntN(100) == 0 {
				now = now.Add(time.Duration(2 * float64(tokens.Burst) / tokens.Rate * float64(time.Second)))
			}
			name := fmt.Sprint(random.IntN(3))
			b := buckets[name]
			if b == nil {
				b = &bucket{float64(tokens.Burst), now}
				buckets[name] = b
			}
			b.left, b.last = min(float64(tokens.Burst), b.left+now.Sub(b.last).Seconds()*tokens.Rate), now
			want := time.Duration(math.Max(0, (1-b.left)/tokens.Rate) * float64(time.Second))
			if want == 0 {
				b.left--
			}
			if got := throttle.Take(key(name), now); (got - want).Abs() > time.Microsecond {
				t.Fatalf("seed %d, request %d: got to wait %v, want %v", seed, i, got, want)
			}
		}
	}
}

// TestThrottleBound proves that 300,000 keys take no more memory than MaxKeys
// may, and that whose bucket is empty stays throttled among them.
func TestThrottleBound(t *testing.T) {
	before := heap()
	throttle := mustThrottle(t, Tokens{Rate: 1, Burst: 100, MaxKeys: 10_000})
	for range 101 {
		throttle.Take(key("offender"), at(0))
	}
	refused := 0
	for i := range uint32(300_000) {
		now := at(float64(i) * 60 / 300_000)
		throttle.Take(numbered(i), now)
		if i%300 == 0 && throttle.Take(key("offender"), now) > 0 {
			refused++
		}
	}
	if refused != 1000-59 { // one token in a second
		t.Errorf("requests of the offender: got %d of 1000 refused, want 941", refused)
	}
	if after, most := heap(), throttle.table.bound(); after > before+most {
		t.Errorf("heap: got %d bytes, want at most %d", after-before, most)
	}
	empty := mustThrottle(t, Tokens{Rate: 1, Burst: 1, MaxKeys: 1})
	if first, second := empty.Take(key(1), at(0)), empty.Take(key(2), at(0)); first != 0 || second != 0 {
		t.Errorf("a key without a place: got to wait %v and %v, want that it is let go", first, second)
	}
}

// TestTakeAtOnce proves that no token is given twice.
func TestTakeAtOnce(t *testing.T) {
	throttle := mustThrottle(t, Tokens{Rate: 1, Burst: 1000})
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if throttle.Take(Key{}, start) == 0 {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if got := taken.Load(); got != 1000 {
		t.Errorf("tokens taken of 1000: got %d", got)
	}
}

func TestTakeAllocates(t *testing.T) {
	throttle := mustThrottle(t, Tokens{Rate: 1, Burst: 10, MaxKeys: 100})
	i := uint32(0)
	for range 1000 {
		throttle.Take(numbered(i), start)
		i++
	}
	if got := testing.AllocsPerRun(1000, func() { throttle.Take(numbered(i), start); i++ }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

func BenchmarkTake(b *testing.B) {
	throttle := mustThrottle(b, Tokens{Rate: 1_000_000, Burst: 1_000_000})
	b.Run("one for all", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				throttle.Take(Key{}, start)
			}
		})
	})
	b.Run("of 100,000", func(b *testing.B) {
		b.ReportAllocs()
		var last atomic.Uint32
		b.RunParallel(func(pb *testing.PB) {
			i := last.Add(1) * 64
			for pb.Next() {
				throttle.Take(numbered(i%100_000), start)
				i += 7919
			}
		})
	})
}

func ExampleThrottle() {
	throttle, _ := NewThrottle(Tokens{Rate: 10, Burst: 2})
	viewer := KeyOfAddr(netip.MustParseAddr("192.0.2.1"))
	for range 3 {
		fmt.Println(throttle.Take(viewer, start))
	}
	// Output:
	// 0s
	// 0s
	// 100ms
}
