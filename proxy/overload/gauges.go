package overload

import (
	"math"
	"runtime"
	"runtime/metrics"
)

// Memory returns what reads the memory in use as a part of limit, in bytes: what is
// reachable, stacks, and what the runtime needs for itself. What could be collected
// does not count: the heap grows up to its limit in any case.
func Memory(limit int64) func() float64 {
	samples := []metrics.Sample{
		{Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/stacks:bytes"},
		{Name: "/memory/classes/metadata/mspan/inuse:bytes"},
		{Name: "/memory/classes/metadata/other:bytes"},
		{Name: "/memory/classes/os-stacks:bytes"},
		{Name: "/memory/classes/other:bytes"},
	}
	return func() float64 {
		metrics.Read(samples)
		var sum uint64
		for i := range samples {
			sum += samples[i].Value.Uint64()
		}
		return float64(sum) / float64(limit)
	}
}

// Collect returns what has Memory read what is reachable now, for a Gauge's Renew: it
// runs the collector, unless that has run since the last call. Memory reads what the
// last collection has found, and where only hits are answered, which allocate
// nothing, there is none for two minutes.
func Collect() func() {
	sample := []metrics.Sample{{Name: "/gc/cycles/total:gc-cycles"}}
	var before uint64
	return func() {
		if metrics.Read(sample); sample[0].Value.Uint64() == before {
			runtime.GC()
			metrics.Read(sample)
		}
		before = sample[0].Value.Uint64()
	}
}

// delayQuantile is the part of goroutines that wait less for a processor than what
// Delay reads.
const delayQuantile = 0.9

// delayFewest is how many goroutines must have become ready between two readings for
// their delay to tell anything. An edge that does next to nothing has about ten in a
// second: one moment in which the machine did something else is no overload.
const delayFewest = 32

// Delay returns what reads how long goroutines wait for a processor, in seconds: the
// lower bound of what the slowest tenth has waited since the last reading but three,
// or 0 if there were fewer than delayFewest.
func Delay() func() float64 {
	sample := []metrics.Sample{{Name: "/sched/latencies:seconds"}}
	var readings [4][]uint64
	at := 0
	return func() float64 {
		metrics.Read(sample)
		h := sample[0].Value.Float64Histogram()
		before := readings[at]
		readings[at] = append(readings[at][:0:0], h.Counts...)
		at = (at + 1) % len(readings)
		if before == nil {
			return 0
		}
		return quantile(h.Counts, before, h.Buckets, delayQuantile, delayFewest)
	}
}

// quantile returns the lower bound of the bucket that has a quantile of what came
// between two readings of a histogram, 0 if that was less than fewest.
func quantile(now, before []uint64, bounds []float64, q float64, fewest uint64) float64 {
	var total uint64
	for i := range now {
		total += now[i] - before[i]
	}
	if total < max(1, fewest) {
		return 0
	}
	rank := uint64(math.Ceil(q * float64(total)))
	var seen uint64
	for i := range now {
		if seen += now[i] - before[i]; seen >= rank {
			return max(0, bounds[i])
		}
	}
	return 0
}
