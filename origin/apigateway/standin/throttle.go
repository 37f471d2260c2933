package standin

import (
	"errors"

	"golang.org/x/time/rate"
)

// A Throttle is a token bucket as stages have it: Burst tokens at most,
// refilled at Rate tokens per second (AG-THR-02). The stand-in's bucket is
// exact where the service's is best effort. The zero value admits everything.
type Throttle struct {
	Rate  float64 // tokens per second
	Burst int     // capacity, at least 1 with a rate
}

func (t Throttle) check() error {
	switch {
	case t == Throttle{}:
		return nil
	case !(t.Rate > 0):
		return errors.New("rate: want more than 0")
	case t.Burst < 1:
		return errors.New("burst: want 1 or more")
	}
	return nil
}

func (t Throttle) limiter() *rate.Limiter {
	if t == (Throttle{}) {
		return rate.NewLimiter(rate.Inf, 0)
	}
	return rate.NewLimiter(rate.Limit(t.Rate), t.Burst)
}
