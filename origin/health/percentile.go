package health

import (
	"slices"
	"time"
)

// A recent holds the latest durations of one kind and knows the 95th
// percentile of them. It is worked out anew after each eighth of them.
type recent struct {
	last [128]time.Duration
	n    int // how many there have been
	p95  time.Duration
}

// minRecent is how many durations it takes for a percentile of them.
const minRecent = 20

func (r *recent) add(d time.Duration) {
	r.last[r.n%len(r.last)] = d
	r.n++
	if r.n < minRecent || r.n > minRecent && r.n%(len(r.last)/8) != 0 {
		return
	}
	sorted := r.last
	have := sorted[:min(r.n, len(sorted))]
	slices.Sort(have)
	r.p95 = have[len(have)*95/100]
}
