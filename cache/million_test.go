//go:build unix

package cache

import (
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
// each takes on the heap beyond its own bytes (key, fields and content), and
// the part of one processor that garbage collection takes while 50,000 hits a
// second make garbage as the whole edge does.
//
// The heap is that after a collection. The process may hold up to twice as
// much between two of them (GOGC), unless GOMEMLIMIT says otherwise.
func BenchmarkMillionEntries(b *testing.B) {
	const (
		entries       = 1_000_000
		hitsPerSecond = 50_000
		garbagePerHit = 6400 // 5,000 by net/http's server, 1,300 by the stages
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
				b.ReportMetric(float64(empty-before)/entries, "B-fixed/entry")
				cost := cycleCost(b)
				cycles := cyclesIn(func() { load(b, c, entries, hitsPerSecond, garbagePerHit) })
				b.ReportMetric(float64(cost.Milliseconds()), "cpu-ms/cycle")
				b.ReportMetric(float64(cycles), "cycles")
				b.ReportMetric(100*float64(cycles)*cost.Seconds()/loadSeconds, "%one-cpu")
				c.Close()
			}
		})
	}
}

// storeMany stores n Entries as a fetch makes them and returns the bytes of
// all.
func storeMany(c *Cache, n int, fields field.Lines) (payload int64) {
	content := make([]byte, 1024)
	for i := range n {
		hash, key := product(i)
		prefix := PrefixSize(key, "", fields)
		block := append(AppendPrefix(make([]byte, 0, prefix+len(content)), key, "", fields), content...)
		payload += int64(len(block))
		e := NewEntry(Meta{
			Hash: hash, Status: 200, Length: int64(len(content)),
			Times: freshness.Times{Validated: freshness.MomentOf(start), Lifetime: time.Hour, StaleLimit: time.Hour},
		}, block, len(key), 0, prefix)
		for c.Store(e) != StoreKept {
			c.memory.Flush()
		}
	}
	c.memory.Flush()
	return payload
}

// garbage keeps the compiler from leaving it out.
var garbage []byte

const loadSeconds = 20

// load looks n keys up for loadSeconds, so many times a second.
func load(b *testing.B, c *Cache, n, perSecond, garbagePerHit int) {
	began := time.Now()
	for i := range loadSeconds * perSecond {
		hash, key := product(i * 7919 % n)
		if c.Lookup(hash, key, "GET", start).Outcome != OutcomeFresh {
			b.Fatalf("%s is not there", key)
		}
		garbage = make([]byte, garbagePerHit)
		if ahead := time.Duration(i)*time.Second/time.Duration(perSecond) - time.Since(began); ahead > time.Millisecond {
			time.Sleep(ahead)
		}
	}
}

// cyclesIn returns how often the collector ran while f did.
func cyclesIn(f func()) uint32 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
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
