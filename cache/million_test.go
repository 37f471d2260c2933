//go:build unix

package cache

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
)

// BenchmarkMillionEntries stores a million responses of 1 KiB and reports what
// each takes on the heap beyond its own bytes (key, fields and content), what a
// garbage collection costs, and the part of one processor that collections
// take at 50,000 hits a second. They come as often as hits make garbage for the
// room that the heap has to grow. As cmd/groundfront/memory.go sets it that is
// twice what the heap holds in a cache of which less than half is used, as here,
// and half of the cache if it is full.
//
// The responses are stored in another order than they were made: after a while
// those that follow each other in memory have come at different times, and the
// collector, which goes by that, finds nothing side by side. In the order in
// which they were made a collection takes half the time.
func BenchmarkMillionEntries(b *testing.B) {
	const (
		entries       = 1_000_000
		hitsPerSecond = 50_000
		stageGarbage  = 1300 // bytes for each hit that goes through the stages; the others leave none
	)
	fields := field.Lines{
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Date", Value: "Sat, 01 Jan 2000 00:00:00 GMT"},
		{Name: "Cache-Control", Value: "max-age=3600"},
		{Name: "ETag", Value: `"0123456789abcdef"`},
	}
	for _, eviction := range []Eviction{EvictionTinyLFU, EvictionS3FIFO} {
		b.Run(eviction.String(), func(b *testing.B) {
			for b.Loop() {
				before := heapInUse()
				c := newCache(b, Options{MaxSize: 4 << 30, Eviction: eviction, Invalidations: invalidation.New()})
				empty := heapInUse()
				payload := storeMany(c, entries, fields)
				full := heapInUse()
				b.ReportMetric(float64(full-empty-payload)/entries, "B-over/entry")
				b.ReportMetric(float64(empty-before)/(1<<20), "MiB-fixed")
				cost := cycleCost(b)
				b.ReportMetric(float64(cost.Milliseconds()), "cpu-ms/cycle")
				share := func(room int64, garbage float64) float64 {
					return 100 * cost.Seconds() * hitsPerSecond * garbage / float64(room)
				}
				b.ReportMetric(share(2*full, stageGarbage), "%cpu-stages")
				b.ReportMetric(share(c.Stats().Bytes/2, stageGarbage), "%cpu-full-stages")
				c.Close()
			}
		})
	}
}

// storeMany stores n Entries as a fetch makes them and returns the bytes of
// all.
func storeMany(c *Cache, n int, fields field.Lines) (payload int64) {
	content := make([]byte, 1024)
	made := make([]*Entry, n)
	for i := range made {
		hash, key := product(i)
		prefix := PrefixSize(key, "", fields)
		block := append(AppendPrefix(make([]byte, 0, prefix+len(content)), key, "", fields), content...)
		payload += int64(len(block))
		made[i] = NewEntry(Meta{
			Hash: hash, Status: 200, Length: int64(len(content)),
			Times: freshness.Times{Validated: freshness.MomentOf(start), Lifetime: time.Hour, StaleLimit: time.Hour},
		}, block, len(key), 0, prefix)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { made[i], made[j] = made[j], made[i] })
	for _, e := range made {
		for c.Store(e) != StoreKept {
			c.memory.Flush()
		}
	}
	c.memory.Flush()
	return payload
}

// cycleCost returns the processor time of one collection, the median of five.
// The kernel's figure, because the runtime's own go by the clock and show too
// much on a machine that is busy with other processes.
func cycleCost(b *testing.B) time.Duration {
	var costs [5]time.Duration
	for i := range costs {
		before := processorTime(b)
		runtime.GC()
		costs[i] = processorTime(b) - before
	}
	slices.Sort(costs[:])
	return costs[len(costs)/2]
}

func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
