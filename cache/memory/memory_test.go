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

// The names are those of the configuration.
func TestEvictionNames(t *testing.T) {
	for e, want := range map[Eviction]string{EvictionTinyLFU: "tinylfu", EvictionS3FIFO: "s3fifo", evictionCount: "Eviction(?)"} {
		if got := e.String(); got != want {
			t.Errorf("Eviction %d: got %q, want %q", e, got, want)
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type value struct {
	version int
	hash    cachekey.Hash
}

func (v *value) place() cachekey.Hash { return v.hash }

// put stores v, which was stored nowhere else.
func put(s *Store[value], h cachekey.Hash, v *value, cost int64) bool {
	v.hash = h
	return s.Put(h, v, cost)
}

func hashOf(i int) cachekey.Hash { return cachekey.Sum([]byte{byte(i), byte(i >> 8), byte(i >> 16)}) }

// eachPolicy runs test as a subtest for every policy.
func eachPolicy(t *testing.T, test func(*testing.T, Eviction)) {
	for e := range evictionCount {
		t.Run(e.String(), func(t *testing.T) { test(t, e) })
	}
}

func newStore(tb testing.TB, e Eviction, maxBytes int64, evicted func(cachekey.Hash)) *Store[value] {
	tb.Helper()
	s, err := New(Options{MaxBytes: maxBytes, Eviction: e, OnEvict: evicted}, (*value).place)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.Close)
	return s
}

// checkStats holds the counters against what the policy has, and lets the
// policy check itself.
func checkStats(t *testing.T, s *Store[value]) {
	t.Helper()
	s.Flush()
	p := s.policy.(interface {
		kept() (values, bytes int64)
		check(*testing.T)
	})
	got := s.Stats()
	values, bytes := p.kept()
	if got.Values != values || got.Bytes != bytes || bytes > got.MaxBytes {
		t.Errorf("Stats: got %+v, want %d values of %d bytes within the bound", got, values, bytes)
	}
	p.check(t)
}

func TestNewRefuses(t *testing.T) {
	for _, size := range []int64{0, -1} {
		if s, err := New(Options{MaxBytes: size}, (*value).place); err == nil {
			s.Close()
			t.Errorf("New with MaxBytes %d: got no error", size)
		}
	}
	if s, err := New(Options{MaxBytes: 1, Eviction: evictionCount}, (*value).place); err == nil {
		s.Close()
		t.Error("New with an unknown policy: got no error")
	}
}

// ristretto makes a Set visible later; a Put is visible when it returns.
func TestPutIsVisibleAtOnce(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 64<<20, nil)
		for i := range 500 {
			v := &value{version: i}
			if !put(s, hashOf(i), v, 100) {
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
	})
}

// Of two Sets of a key that is still pending ristretto keeps the first.
func TestNewestPutWins(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 64<<20, nil)
		for round := range 200 {
			var last *value
			for v := range 5 {
				last = &value{version: v}
				for !put(s, hashOf(round), last, int64(100+v%2)) {
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
	})
}

// ristretto's update path books a greater cost without making room, so values
// that grow could exceed the bound without end.
func TestGrowingValuesKeepTheBound(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		const maxBytes, keys = 100_000, 50
		s := newStore(t, e, maxBytes, nil)
		for size := int64(100); size <= 20_000; size += size / 2 {
			for k := range keys {
				put(s, hashOf(k), &value{}, size)
				checkStats(t, s)
			}
		}
	})
}

func TestRandomPutsKeepTheBound(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		rnd := rand.New(rand.NewPCG(seed, 0))
		s := newStore(t, e, 200_000, nil)
		for i := range 3000 {
			put(s, hashOf(rnd.IntN(300)), &value{}, int64(1+rnd.IntN(5000)))
			if i%100 == 0 {
				checkStats(t, s)
			}
		}
		checkStats(t, s)
		got := s.Stats()
		if got.Evictions == 0 || got.MaxBytes != 200_000 {
			t.Errorf("Stats: got %+v, want evictions below the bound", got)
		}
	})
}

func TestTooLargeValue(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 1000, nil)
		put(s, hashOf(1), &value{}, 1001)
		checkStats(t, s)
		if _, ok := s.Get(hashOf(1)); ok {
			t.Error("got a value larger than the whole store")
		}
		if got := s.Stats().Rejections; got != 1 {
			t.Errorf("Rejections: got %d, want 1", got)
		}
	})
}

func TestOnEvict(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		var mu sync.Mutex
		evicted := make(map[cachekey.Hash]bool)
		s := newStore(t, e, 10_000, func(h cachekey.Hash) {
			mu.Lock()
			defer mu.Unlock()
			evicted[h] = true
		})
		for i := range 200 {
			put(s, hashOf(i), &value{}, 100)
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
	})
}

func TestClose(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 1<<20, nil)
		put(s, hashOf(1), &value{}, 1)
		s.Close()
		s.Close()
		if put(s, hashOf(2), &value{}, 1) {
			t.Error("Put after Close was taken")
		}
	})
}

// In a bubble every goroutine must end by Close.
func TestCloseEndsGoroutines(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		synctest.Test(t, func(t *testing.T) {
			s, err := New(Options{MaxBytes: 1 << 20, Eviction: e}, (*value).place)
			if err != nil {
				t.Fatal(err)
			}
			put(s, hashOf(1), &value{}, 1)
			s.Close()
		})
	})
}

// Many goroutines put rising versions of few keys: nobody ever sees a version
// go back, which needs each key's Puts to be ordered (here by a lock).
func TestConcurrentPutsNeverGoBack(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 64<<20, nil)
		var wait sync.WaitGroup
		var stop atomic.Bool
		for k := range 3 {
			wait.Go(func() {
				for v := range 2000 {
					for !put(s, hashOf(k), &value{version: v}, int64(100+v%7)) {
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
	})
}

func TestGetDoesNotAllocate(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 1<<20, nil)
		put(s, hashOf(1), &value{}, 1)
		s.Flush()
		if n := testing.AllocsPerRun(1000, func() { s.Get(hashOf(1)) }); n != 0 {
			t.Errorf("Get: got %v allocations, want 0", n)
		}
	})
}

func BenchmarkGet(b *testing.B) {
	for e := range evictionCount {
		b.Run(e.String(), func(b *testing.B) {
			s := newStore(b, e, 1<<20, nil)
			put(s, hashOf(1), &value{}, 1)
			s.Flush()
			hash := hashOf(1)
			b.ReportAllocs()
			for b.Loop() {
				s.Get(hash)
			}
		})
	}
}

// BenchmarkGetParallel gets of many values from all processors.
func BenchmarkGetParallel(b *testing.B) {
	for e := range evictionCount {
		b.Run(e.String(), func(b *testing.B) {
			s := newStore(b, e, 1<<30, nil)
			var hashes [1 << 10]cachekey.Hash
			for i := range hashes {
				hashes[i] = hashOf(i)
				put(s, hashes[i], &value{}, 1)
			}
			s.Flush()
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					s.Get(hashes[i%len(hashes)])
				}
			})
		})
	}
}

// BenchmarkPutEvict puts new values into a store that is full of as large
// ones.
func BenchmarkPutEvict(b *testing.B) {
	for e := range evictionCount {
		b.Run(e.String(), func(b *testing.B) {
			const values = 100_000
			s := newStore(b, e, values, nil)
			i := uint64(0)
			for ; i < values; i++ {
				put(s, cachekey.Hash{Hi: i, Lo: i}, &value{}, 1)
			}
			b.ReportAllocs()
			for b.Loop() {
				i++
				put(s, cachekey.Hash{Hi: i, Lo: i}, &value{}, 1)
			}
		})
	}
}
