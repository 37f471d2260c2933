package ratelimit

import (
	"math"
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

// A window counts the requests of one instance. A request adds to the count of
// the current step; the first one of a later step moves that to the ring of
// earlier steps, by step number modulo its length, and adds these up.
type window struct {
	step    uint32 // number of the current step; 0 before the first request
	count   uint32 // in that step
	earlier uint64 // in the steps before, as many as the ring has
	over    bool   // found at the beginning of the step
}

// hit counts a request and says how the instance stands with it.
func (w *window) hit(r *Rule, ring []uint32, now uint32) Rate {
	w.begin(r, ring, now)
	if w.count < math.MaxUint32 {
		w.count++
	}
	over := w.over
	if r.Evaluation == EvaluationExact {
		over = w.total() > r.Limit
	}
	if over {
		return RateOver
	}
	return RateUnder
}

// total is the number of requests in the current step and in the window
// before.
func (w *window) total() uint64 { return w.earlier + uint64(w.count) }

// limited reports whether a request of the instance would have been over the
// limit, or in this step already is.
func (w *window) limited(r *Rule) bool { return w.over || w.total() > r.Limit }

// begin makes now the current step, unless that is earlier.
func (w *window) begin(r *Rule, ring []uint32, now uint32) {
	last := w.step
	if now <= last {
		return
	}
	w.step = now
	if w.total() == 0 {
		w.over = false
		return
	}
	size := uint32(len(ring))
	ring[last%size], w.count = w.count, 0
	if now-last > size {
		clear(ring)
	}
	for s := last + 1; s < min(now, last+size); s++ {
		ring[s%size] = 0
	}
	w.earlier = 0
	for _, n := range ring {
		w.earlier += uint64(n)
	}
	w.over = w.earlier > r.Limit // until the next step (WF-RATE-10)
}

// stepOf returns the number of the step that now is in, from 1.
func stepOf(now time.Time) uint32 { return uint32(max(0, now.Unix()/int64(step/time.Second))) + 1 }
