package ratelimit

import (
	"errors"
	"time"
)

// A Rule is what a rate-based statement says about counting.
type Rule struct {
	// Limit is how many requests of an instance may come within the window,
	// from 10 to 2,000,000,000 (WF-RATE-01).
	Limit uint64
	// Window is how far back the count looks: 1, 2, 5 or 10 minutes
	// (WF-RATE-02). 0 is 5 minutes.
	Window time.Duration
	// Evaluation says when the count is compared with the limit.
	Evaluation Evaluation
	// MaxInstances is how many instances are kept; 0 is 100,000 (WF-RATE-18).
	MaxInstances int
}

// An Evaluation says when the count of an instance is compared with the limit
// (WF-RATE-17).
type Evaluation uint8

// The ways to evaluate.
const (
	// EvaluationSteps compares every 10 seconds, and what it finds holds for
	// the next 10, as at AWS: more than the limit may pass before (WF-RATE-02,
	// WF-RATE-09). How AWS weighs recent requests is not known (WF-RATE-08), so
	// that all of the window weigh the same.
	EvaluationSteps Evaluation = iota
	// EvaluationExact compares with each request: in no window do more than
	// the limit pass. It may look back up to 10 seconds more than the window.
	EvaluationExact
)

// String returns the name.
func (e Evaluation) String() string {
	switch e {
	case EvaluationSteps:
		return "steps"
	case EvaluationExact:
		return "exact"
	}
	return "Evaluation(?)"
}

// step is how long requests are counted together.
const step = 10 * time.Second

// What is wrong with a rule.
var (
	ErrLimit  = errors.New("the limit is not from 10 to 2000000000")
	ErrWindow = errors.New("the window is not 60, 120, 300 or 600 seconds")
)

const (
	defaultWindow       = 5 * time.Minute
	defaultMaxInstances = 100_000
)

// complete returns r with its defaults.
func (r Rule) complete() (Rule, error) {
	if r.Window == 0 {
		r.Window = defaultWindow
	}
	if r.MaxInstances <= 0 {
		r.MaxInstances = defaultMaxInstances
	}
	if r.Limit < 10 || r.Limit > 2_000_000_000 {
		return r, ErrLimit
	}
	switch r.Window {
	case time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute:
		return r, nil
	}
	return r, ErrWindow
}
