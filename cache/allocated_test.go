package cache

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// What the runtime takes for n bytes is what allocated says.
func TestAllocated(t *testing.T) {
	for _, n := range []int{16, 100, 1024, 1025, 1200, 9000, 27264, 28000, 32768, 32769, 65536, 65537, 300_000} {
		got, want := takenFor(n), int64(allocated(n))
		if got < want || got > want+want/8+64 {
			t.Errorf("%d bytes: got %d on the heap, want %d", n, got, want)
		}
	}
	for n := 1; n < 100_000; n += 7 {
		if got := allocated(n); got < n || n > 1024 && got > n+n/4 {
			t.Errorf("allocated(%d): got %d", n, got)
		}
	}
}

// takenFor returns what the heap takes for n bytes: the least of several tries,
// for other goroutines allocate too.
func takenFor(n int) int64 {
	const objects = 64
	least := int64(math.MaxInt64)
	for range 5 {
		var keep [objects][]byte
		before := allocatedSoFar()
		for i := range keep {
			keep[i] = make([]byte, n)
		}
		least = min(least, (allocatedSoFar()-before)/objects)
		runtime.KeepAlive(&keep)
	}
	return least
}

// allocatedSoFar only grows: what is freed makes no difference.
func allocatedSoFar() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

// The bytes that the memory tier counts are those that it takes. A policy
// needs more or less for its own books, by how full its tables happen to be.
func TestCostIsWhatIsTaken(t *testing.T) {
	fields := field.Lines{{Name: "Content-Type", Value: "application/json"}, {Name: "ETag", Value: `"0123456789abcdef"`}}
	for _, eviction := range []Eviction{EvictionTinyLFU, EvictionS3FIFO} {
		for name, test := range map[string]struct{ entries, least, most int }{
			"small":      {40_000, 100, 400},
			"around 1KB": {20_000, 500, 2000},
			"around 8KB": {4000, 2000, 14_000},
			"large":      {600, 33_000, 90_000},
		} {
			t.Run(eviction.String()+"/"+name, func(t *testing.T) {
				rnd := rand.New(rand.NewPCG(1, 2))
				c := newCache(t, Options{MaxSize: 128 << 20, Eviction: eviction, Invalidations: invalidation.New()})
				before := heapInUse()
				for i := range test.entries {
					hash, key := product(i)
					block := make([]byte, PrefixSize(key, "", fields)+test.least+rnd.IntN(test.most-test.least))
					prefix := len(AppendPrefix(block[:0], key, "", fields))
					e := NewEntry(Meta{Hash: hash, Status: 200, Times: freshness.Times{Validated: freshness.MomentOf(start)}}, block, len(key), 0, prefix)
					for c.Store(e) != StoreKept {
						c.memory.Flush()
					}
				}
				c.memory.Flush()
				taken, counted := heapInUse()-before, c.Stats().Bytes
				if c.Stats().Values != int64(test.entries) {
					t.Fatalf("got %d entries stored, want %d", c.Stats().Values, test.entries)
				}
				t.Logf("%d bytes taken, %d counted", taken, counted)
				if ratio := float64(counted) / float64(taken); ratio < 0.93 || ratio > 1.25 {
					t.Errorf("got %d bytes counted where %d are taken, want about as many", counted, taken)
				}
			})
		}
	}
}

func product(i int) (cachekey.Hash, []byte) { return keyOf(fmt.Sprintf("/products/p%07d", i)) }

func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // what the first one's sweep left
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
