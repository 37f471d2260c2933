//go:build unix

package memory

import (
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey"
)

// BenchmarkLayout reports what the policy's own books of a million values take
// in memory, and what they cost the garbage collector each time, beside the
// values themselves:
//
//	slab      44 bytes a value   10 ms of CPU a collection
//	objects  104 bytes a value  100 ms of CPU a collection
//
// objects is what s3FIFO was before: an object for each value and maps that
// lead to them.
func BenchmarkLayout(b *testing.B) {
	const values = 1_000_000
	hash := func(i int) cachekey.Hash {
		return cachekey.Hash{Hi: uint64(i) * 0x9e3779b97f4a7c15, Lo: uint64(i) * 0xbf58476d1ce4e5b9}
	}
	v := &value{}
	for name, fill := range map[string]func() any{
		"slab": func() any {
			s := newStore(b, EvictionS3FIFO, values, nil)
			for i := range values {
				s.Put(hash(i), v, 1)
			}
			return s
		},
		"objects": func() any {
			type object struct {
				hash cachekey.Hash
				v    *value
				_    int64 // its cost
				next *object
				_    uint32 // its hits
			}
			var shards [indexShards]map[cachekey.Hash]*object
			var last *object
			for i := range values {
				h := hash(i)
				last = &object{hash: h, v: v, next: last}
				shard := &shards[h.Hi>>58]
				if *shard == nil {
					*shard = make(map[cachekey.Hash]*object)
				}
				(*shard)[h] = last
			}
			return &shards
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				before, base := heap(), collection(b)
				kept := fill()
				b.ReportMetric(float64(heap()-before)/values, "B/value")
				b.ReportMetric(float64((collection(b)-base).Microseconds())/1000, "cpu-ms/cycle")
				runtime.KeepAlive(kept)
			}
		})
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// collection returns the processor time of one, the median of nine.
func collection(b *testing.B) time.Duration {
	var costs [9]time.Duration
	for i := range costs {
		var before, after syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &before); err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &after); err != nil {
			b.Fatal(err)
		}
		costs[i] = time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
	}
	slices.Sort(costs[:])
	return costs[len(costs)/2]
}
