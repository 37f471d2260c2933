package health

import (
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// Settings say what is done for an origin. The zero value is nothing.
type Settings struct {
	Check    *Check // nil for none
	Ejection Ejection
	// HalfLife is that of the average of latencies, and Measure what is averaged.
	HalfLife time.Duration
	Measure  Measure
	// Retries and Hedges bound the requests beyond the ordinary ones.
	Retries, Hedges Share
	// Concurrency bounds the requests at a time.
	Concurrency Concurrency
}

// Concurrency is how many requests an origin has at a time, how many may wait,
// and for how long. The zero value has no bound.
type Concurrency struct {
	Max, MaxWaiting int
	MaxWait         time.Duration
}

func (c Concurrency) gate() *origin.Gate {
	if c == (Concurrency{}) {
		return nil
	}
	return origin.NewGate(c.Max, c.MaxWaiting, c.MaxWait)
}

// A Share is that of requests beyond the ordinary ones, in percent of these, and
// how many more there may be at once. The zero value has no bound.
type Share struct{ Percent, Burst int }

func (s Share) budget() *origin.Budget {
	if s == (Share{}) {
		return nil
	}
	return origin.NewBudget(float64(s.Percent)/100, s.Burst)
}

// Measure is what is taken for an origin's latency (AG-LAT-01 b).
type Measure uint8

// The measures.
const (
	MeasureConnect   Measure = iota // the time of TCP to connect
	MeasureFirstByte                // from the request to the first byte of the answer
)

// String returns the measure's word in the configuration.
func (m Measure) String() string {
	switch m {
	case MeasureConnect:
		return "connect"
	case MeasureFirstByte:
		return "first_byte"
	}
	return "Measure(?)"
}

// Availability says whether an origin may be asked.
type Availability uint8

// The availabilities.
const (
	Available Availability = iota
	Unhealthy              // its health check says so
	Ejected                // it has failed viewers' requests
	availabilityCount
)

var availabilityNames = [availabilityCount]string{"available", "unhealthy", "ejected"}

// String returns the availability in snake_case.
func (a Availability) String() string {
	if a < availabilityCount {
		return availabilityNames[a]
	}
	return "Availability(?)"
}

// Outcome is how a request to an origin ended, as far as that tells something
// of the origin.
type Outcome uint8

// The outcomes.
const (
	OutcomeNone      Outcome = iota // nothing: it was given up, or not sent at all
	OutcomeGood                     // an answer
	OutcomeBad                      // 500, 502, 503, 504, or none
	OutcomeOvertaken                // another origin, asked later, had answered first
)

// String returns the outcome in snake_case.
func (o Outcome) String() string {
	switch o {
	case OutcomeNone:
		return "none"
	case OutcomeGood:
		return "good"
	case OutcomeBad:
		return "bad"
	case OutcomeOvertaken:
		return "overtaken"
	}
	return "Outcome(?)"
}

// OutcomeOf returns the outcome of a round trip: of its error, or without one
// of the answer's status.
func OutcomeOf(status int, err *origin.Error) Outcome {
	if err != nil {
		switch err.Kind {
		case origin.ErrorCanceled, origin.ErrorLimit:
			return OutcomeNone
		}
		return OutcomeBad
	}
	switch status {
	case 500, 502, 503, 504:
		return OutcomeBad
	}
	return OutcomeGood
}

// A State is what is known of one origin. Its methods may be called from any
// goroutine; those of a nil State know of nothing and refuse nothing.
type State struct {
	settings        Settings
	retries, hedges *origin.Budget
	gate            *origin.Gate

	mu      sync.Mutex // guards what follows
	verdict verdict
	ejector ejector
	latency average
	recent  recent
}

// NewState returns the State of an origin of which nothing is known: it is
// healthy (AG-HC-08).
func NewState(s Settings) *State {
	return &State{settings: s, retries: s.Retries.budget(), hedges: s.Hedges.budget(), gate: s.Concurrency.gate()}
}

// Retries returns the budget of attempts after the first, and Hedges that of
// requests that are made a second time; nil for no bound.
func (s *State) Retries() *origin.Budget { return s.retries }

// Hedges is described with Retries.
func (s *State) Hedges() *origin.Budget { return s.hedges }

// Gate is what bounds the requests at a time; nil for no bound.
func (s *State) Gate() *origin.Gate { return s.gate }

// Availability reports whether the origin may be asked.
func (s *State) Availability() Availability {
	if s == nil {
		return Available
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.verdict.unhealthy:
		return Unhealthy
	case s.ejector.out:
		return Ejected
	}
	return Available
}

// Change is what a report has changed.
type Change uint8

// The changes.
const (
	ChangeNone     Change = iota
	ChangeEjected         // it gets no requests for a while
	ChangeReturned        // it gets them again
)

// String returns the change in snake_case.
func (c Change) String() string {
	switch c {
	case ChangeNone:
		return "none"
	case ChangeEjected:
		return "ejected"
	case ChangeReturned:
		return "returned"
	}
	return "Change(?)"
}

// A Report is how a request to an origin went.
type Report struct {
	Outcome Outcome
	Timing  origin.Timing // of an answer
	// Tried is set for what TryAgain has allowed.
	Tried bool
}

// Report notes how a request went.
func (s *State) Report(r Report, now time.Time) Change {
	if s == nil {
		return ChangeNone
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Outcome {
	case OutcomeNone:
		if r.Tried {
			s.ejector.trying = false
		}
	case OutcomeBad, OutcomeOvertaken:
		if s.ejector.failed(s.settings.Ejection, now, r.Tried) {
			return ChangeEjected
		}
	case OutcomeGood:
		s.measureLocked(r.Timing, now)
		s.recent.add(r.Timing.FirstByte)
		if s.ejector.succeeded(now) {
			return ChangeReturned
		}
	}
	return ChangeNone
}

func (s *State) measureLocked(t origin.Timing, now time.Time) {
	switch {
	case s.settings.Measure == MeasureFirstByte && t.FirstByte > 0:
		s.latency.add(t.FirstByte, now, s.settings.HalfLife)
	case s.settings.Measure == MeasureConnect && !t.Reused && t.Connect > 0:
		s.latency.add(t.Connect, now, s.settings.HalfLife)
	}
}

// TryAgain reports whether the caller may, and then must, find out how an
// ejected origin does: its time is over and nobody else is about it. The caller
// reports with Tried set.
func (s *State) TryAgain(now time.Time) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.verdict.unhealthy && s.ejector.try(now)
}

// Checked notes the result of a health check, and reports whether it has
// changed the verdict. One that is good also measures.
func (s *State) Checked(good bool, t origin.Timing, now time.Time) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if good {
		s.measureLocked(t, now)
	}
	if s.settings.Check == nil || s.settings.Check.MeasureOnly {
		return false
	}
	return s.verdict.add(good, s.settings.Check.Threshold)
}

// Latency returns the average latency, 0 if none is known.
func (s *State) Latency() time.Duration {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latency.mean()
}

// Usual returns the time within which 95 of 100 answers began lately, 0 if there
// were too few to tell.
func (s *State) Usual() time.Duration {
	if s == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recent.p95
}
