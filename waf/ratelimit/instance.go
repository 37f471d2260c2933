package ratelimit

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// A Rate says how an instance stands to the limit of its rule.
type Rate uint8

// The rates.
const (
	RateUnder Rate = iota
	RateOver       // the rule's action applies to the request
)

// String returns the name.
func (r Rate) String() string {
	switch r {
	case RateUnder:
		return "under"
	case RateOver:
		return "over"
	}
	return "Rate(?)"
}

// An instance counts the requests with one key. A request adds to the count of
// the current step; the first one of a later step moves it to the ring of
// earlier steps and adds these up.
type instance struct {
	step    atomic.Int64  // number of the current step
	count   atomic.Uint64 // in that step
	earlier atomic.Uint64 // in the steps before, as many as the window has
	over    atomic.Bool   // found at the beginning of the step
	evicted atomic.Bool   // the rule counts in another one now

	mu   sync.Mutex // held by who begins a step; guards ring
	ring []uint32   // by step number modulo its length; nil while all are 0
}

// hit counts a request and says how the instance stands with it.
func (i *instance) hit(r *Rule, now int64) Rate {
	if now > i.step.Load() {
		i.begin(r, now)
	}
	count := i.count.Add(1)
	if r.Evaluation == EvaluationExact && i.earlier.Load()+count > r.Limit {
		return RateOver
	}
	return i.rate(r)
}

// rate says how the instance stands without a request more.
func (i *instance) rate(r *Rule) Rate {
	over := i.over.Load()
	if r.Evaluation == EvaluationExact {
		over = i.total() > r.Limit
	}
	if over {
		return RateOver
	}
	return RateUnder
}

// total is the number of requests in the current step and in the window
// before.
func (i *instance) total() uint64 { return i.earlier.Load() + i.count.Load() }

// begin makes now the current step. Who counts at the same moment may do so in
// the step before or in this one.
func (i *instance) begin(r *Rule, now int64) {
	i.mu.Lock()
	defer i.mu.Unlock()
	last := i.step.Load()
	if now <= last {
		return
	}
	n := i.count.Swap(0)
	if i.ring == nil && n > 0 {
		i.ring = make([]uint32, r.Window/step)
	}
	var sum uint64
	if size := int64(len(i.ring)); size > 0 {
		i.ring[last%size] = uint32(min(n, math.MaxUint32))
		if now-last > size {
			clear(i.ring)
		}
		for s := last + 1; s < min(now, last+size); s++ {
			i.ring[s%size] = 0
		}
		for _, n := range i.ring {
			sum += uint64(n)
		}
	}
	if sum == 0 {
		i.ring = nil
	}
	i.earlier.Store(sum)
	i.over.Store(sum > r.Limit) // until the next step (WF-RATE-10)
	i.step.Store(now)
}

// stepOf returns the number of the step that now is in.
func stepOf(now time.Time) int64 { return now.Unix() / int64(step/time.Second) }
