package health

import (
	"math"
	"time"
)

// An average is a mean of durations in which older ones count less: half as
// much after each half-life (AG-LAT-01 b). It is by time and not by number, so
// that a burst of requests does not wipe out what was known.
type average struct {
	value  float64   // nanoseconds
	weight float64   // of all up to then, each 1 when it was new
	at     time.Time // of the latest
}

// add notes a duration.
func (a *average) add(d time.Duration, now time.Time, halfLife time.Duration) {
	if a.weight > 0 && halfLife > 0 {
		a.weight *= math.Exp2(-max(0, now.Sub(a.at).Seconds()) / halfLife.Seconds())
	}
	a.weight++
	a.value += (float64(d) - a.value) / a.weight
	a.at = now
	a.weight = min(a.weight, maxWeight)
}

// maxWeight bounds how much the past weighs against one new duration: with very
// many in a half-life the average would otherwise hardly move.
const maxWeight = 1000

// mean returns the average, 0 if there is nothing yet.
func (a *average) mean() time.Duration { return time.Duration(a.value) }
