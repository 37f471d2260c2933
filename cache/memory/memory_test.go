package memory

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/cachekey"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type value struct{ version, size int }

func hashOf(i int) cachekey.Hash { return cachekey.Sum([]byte{byte(i), byte(i >> 8), byte(i >> 16)}) }

func newStore(tb testing.TB, maxBytes int64, evicted func(cachekey.Hash)) *Store[*value] {
	tb.Helper()
	s, err := New[*value](Options{MaxBytes: maxBytes, OnEvict: evicted})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// realBytes adds up what ristretto holds.
func realBytes(s *Store[*value]) (values, bytes int64) {
	s.ristretto.IterValues(func(i item[*value]) bool {
		values++
		bytes += i.cost
		return false
	})
	return values, bytes
}

func checkStats(t *testing.T, s *Store[*value]) {
	t.Helper()
	s.Flush()
	got := s.Stats()
	values, bytes := realBytes(s)
	if got.Values != values || got.Bytes != bytes {
		t.Errorf("Stats: got %d values of %d bytes, want %d of %d", got.Values, got.Bytes, values, bytes)
	}
	if bytes > s.maxBytes || bytes != s.maxBytes-s.ristretto.RemainingCost() {
		t.Errorf("kept: got %d bytes (policy says %d), want at most %d", bytes, s.maxBytes-s.ristretto.RemainingCost(), s.maxBytes)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, size := range []int64{0, -1} {
		if s, err := New[*value](Options{MaxBytes: size}); err == nil {
			s.Close()
			t.Errorf("New with MaxBytes %d: got no error", size)
		}
	}
}

// ristretto makes a Set visible later; a Put is visible when it returns.
func TestPutIsVisibleAtOnce(t *testing.T) {
	s := newStore(t, 64<<20, nil)
	for i := range 500 {
		v := &value{version: i}
		if !s.Put(hashOf(i), v, 100) {
			t.Fatalf("Put %d was refused", i)
		}
		if got, ok := s.Get(hashOf(i)); !ok || got != v {
			t.Fatalf("Get %d after Put: got %v, %v, want the value", i, got, ok)
		}
	}
	s.Flush()
	for i := range 500 {
		if got, ok := s.Get(hashOf(i)); !ok || got.version != i {
			t.Fatalf("Get %d after Flush: got %v, %v, want the value", i, got, ok)
		}
	}
	checkStats(t, s)
}

// Of two Sets of a key that is still pending ristretto keeps the first.
func TestNewestPutWins(t *testing.T) {
	s := newStore(t, 64<<20, nil)
	for round := range 200 {
		var last *value
		for v := range 5 {
			last = &value{version: v}
			for !s.Put(hashOf(round), last, int64(100+v%2)) {
				s.Flush()
			}
		}
		if got, _ := s.Get(hashOf(round)); got != last {
			t.Fatalf("round %d, at once: got %v, want the last", round, got)
		}
		if round%10 == 0 {
			s.Flush()
		}
		if got, _ := s.Get(hashOf(round)); got != last {
			t.Fatalf("round %d: got %v, want the last", round, got)
		}
	}
	checkStats(t, s)
}

// ristretto's update path books a greater cost without making room, so values
// that grow could exceed the bound without end.
func TestGrowingValuesKeepTheBound(t *testing.T) {
	const maxBytes, keys = 100_000, 50
	s := newStore(t, maxBytes, nil)
	for size := int64(100); size <= 20_000; size += size / 2 {
		for k := range keys {
			s.Put(hashOf(k), &value{}, size)
			checkStats(t, s)
		}
	}
}

func TestRandomPutsKeepTheBound(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	s := newStore(t, 200_000, nil)
	for i := range 3000 {
		s.Put(hashOf(rnd.IntN(300)), &value{}, int64(1+rnd.IntN(5000)))
		if i%100 == 0 {
			checkStats(t, s)
		}
	}
	checkStats(t, s)
	got := s.Stats()
	if got.Evictions == 0 || got.MaxBytes != 200_000 {
		t.Errorf("Stats: got %+v, want evictions below the bound", got)
	}
}

func TestTooLargeValue(t *testing.T) {
	s := newStore(t, 1000, nil)
	s.Put(hashOf(1), &value{}, 1001)
	checkStats(t, s)
	if _, ok := s.Get(hashOf(1)); ok {
		t.Error("got a value larger than the whole store")
	}
	if got := s.Stats().Rejections; got != 1 {
		t.Errorf("Rejections: got %d, want 1", got)
	}
}

func TestOnEvict(t *testing.T) {
	var mu sync.Mutex
	evicted := make(map[cachekey.Hash]bool)
	s := newStore(t, 10_000, func(h cachekey.Hash) {
		mu.Lock()
		defer mu.Unlock()
		evicted[h] = true
	})
	for i := range 200 {
		s.Put(hashOf(i), &value{}, 100)
		s.Flush()
	}
	mu.Lock()
	defer mu.Unlock()
	if uint64(len(evicted)) != s.Stats().Evictions {
		t.Errorf("told of %d evictions, counted %d", len(evicted), s.Stats().Evictions)
	}
	if len(evicted) == 0 {
		t.Error("nothing was evicted by 200 values where 100 fit")
	}
	for i := range 200 {
		if _, ok := s.Get(hashOf(i)); ok && evicted[hashOf(i)] {
			t.Errorf("value %d was evicted and is there", i)
		}
	}
}

// Two hashes with equal low halves share a slot of ristretto; neither is ever
// returned for the other.
func TestHalfEqualHashes(t *testing.T) {
	s := newStore(t, 1<<20, nil)
	a, b := cachekey.Hash{Hi: 1, Lo: 7}, cachekey.Hash{Hi: 2, Lo: 7}
	va, vb := &value{version: 1}, &value{version: 2}
	s.Put(a, va, 10)
	s.Flush()
	s.Put(b, vb, 10)
	s.Flush()
	if got, ok := s.Get(b); !ok || got != vb {
		t.Errorf("Get of the second: got %v, %v", got, ok)
	}
	if got, ok := s.Get(a); ok {
		t.Errorf("Get of the first: got %v, want none", got)
	}
	checkStats(t, s)
}

func TestFlushEmptiesTheOverlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, 160_000, nil)
		for k := range 10 { // of 1000 bytes are the overlay's share
			if !s.Put(hashOf(k), &value{}, 1000) {
				t.Errorf("value %d does not fit", k)
			}
		}
		s.Flush()
		if s.overlay.bytes != 0 || s.overlaid.Load() != 0 || len(s.overlay.values) != 0 {
			t.Errorf("after Flush: got %d bytes of %d values overlaid, want none", s.overlay.bytes, s.overlaid.Load())
		}
		checkStats(t, s)
	})
}

func TestPutRefusedWhenFull(t *testing.T) {
	// Without a writer nothing leaves the overlay.
	idle := func(maxBytes int64) *Store[*value] {
		s := &Store[*value]{maxBytes: maxBytes, queue: make(chan cachekey.Hash, queueLength)}
		s.overlay.values = make(map[cachekey.Hash]item[*value])
		return s
	}
	t.Run("by bytes", func(t *testing.T) {
		s := idle(16_000)
		for k := range 2 {
			if got, want := s.Put(hashOf(k), &value{}, 600), k == 0; got != want {
				t.Errorf("Put %d of 600 bytes where 1000 may wait: got %v, want %v", k, got, want)
			}
		}
		if !s.Put(hashOf(0), &value{}, 700) {
			t.Error("a value was not replaced by a larger one that fits")
		}
		if s.overlay.bytes != 700 || s.overlaid.Load() != 1 {
			t.Errorf("overlaid: got %d bytes of %d values, want 700 of 1", s.overlay.bytes, s.overlaid.Load())
		}
	})
	t.Run("one that is larger than the share", func(t *testing.T) {
		s := idle(16_000)
		if !s.Put(hashOf(0), &value{}, 9000) {
			t.Error("got refused while nothing waits")
		}
		if s.Put(hashOf(1), &value{}, 9000) {
			t.Error("got taken while another waits")
		}
	})
	t.Run("by count", func(t *testing.T) {
		s := idle(1 << 40)
		for range queueLength {
			if !s.Put(hashOf(0), &value{}, 1) {
				t.Fatal("refused below the bound")
			}
		}
		if s.Put(hashOf(0), &value{}, 1) {
			t.Error("taken beyond the bound")
		}
		if got := s.Stats().Rejections; got != 1 {
			t.Errorf("Rejections: got %d, want 1", got)
		}
	})
}

func TestClose(t *testing.T) {
	s := newStore(t, 1<<20, nil)
	s.Put(hashOf(1), &value{}, 1)
	s.Close()
	s.Close()
	if s.Put(hashOf(2), &value{}, 1) {
		t.Error("Put after Close was taken")
	}
}

// In a bubble every goroutine must end by Close.
func TestCloseEndsGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := New[*value](Options{MaxBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		s.Put(hashOf(1), &value{}, 1)
		s.Close()
	})
}

// Many goroutines put rising versions of few keys: nobody ever sees a version
// go back, which needs each key's Puts to be ordered (here by a lock).
func TestConcurrentPutsNeverGoBack(t *testing.T) {
	s := newStore(t, 64<<20, nil)
	var wait sync.WaitGroup
	var stop atomic.Bool
	for k := range 3 {
		wait.Go(func() {
			for v := range 2000 {
				for !s.Put(hashOf(k), &value{version: v}, int64(100+v%7)) {
					s.Flush()
				}
			}
			stop.Store(true)
		})
		wait.Go(func() {
			last := 0
			for !stop.Load() {
				got, ok := s.Get(hashOf(k))
				if !ok {
					continue
				}
				if got.version < last {
					t.Errorf("key %d: got version %d after %d", k, got.version, last)
					return
				}
				last = got.version
			}
		})
	}
	wait.Wait()
	for k := range 3 {
		if got, ok := s.Get(hashOf(k)); !ok || got.version != 1999 {
			t.Errorf("key %d in the end: got %v, %v, want version 1999", k, got, ok)
		}
	}
	checkStats(t, s)
}

func TestGetDoesNotAllocate(t *testing.T) {
	s := newStore(t, 1<<20, nil)
	s.Put(hashOf(1), &value{}, 1)
	s.Flush()
	if n := testing.AllocsPerRun(1000, func() { s.Get(hashOf(1)) }); n != 0 {
		t.Errorf("Get: got %v allocations, want 0", n)
	}
}

func BenchmarkGet(b *testing.B) {
	s := newStore(b, 1<<20, nil)
	s.Put(hashOf(1), &value{}, 1)
	s.Flush()
	hash := hashOf(1)
	b.ReportAllocs()
	for b.Loop() {
		s.Get(hash)
	}
}
