package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A Phase is a part of a request to an origin.
type Phase uint8

// The phases in their order. A reused connection has neither of the first
// two.
const (
	PhaseConnect Phase = iota // name resolution and TCP
	PhaseTLS
	PhaseFirstByte // from the request sent to the first byte of the response
	PhaseBody      // from there to the last byte
	numPhases
)

var phaseNames = [numPhases]string{
	PhaseConnect:   "connect",
	PhaseTLS:       "tls",
	PhaseFirstByte: "ttfb",
	PhaseBody:      "body",
}

// String returns the label value.
func (p Phase) String() string { return name(phaseNames[:], int(p)) }

// An Origin counts the requests to one origin. Its methods may be called
// from any goroutine.
type Origin struct {
	requests [numClasses]prometheus.Counter // classNone: no answer
	phases   [numPhases]prometheus.Observer
}

// Origin returns the counters of an origin. Like Behavior it is called when
// a configuration is compiled.
func (s *Set) Origin(distribution, origin string) *Origin {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [2]string{distribution, origin}
	s.wantLocked(originKey(key))
	if o, found := s.mu.origins[key]; found {
		return o
	}
	o := &Origin{}
	for c := range numClasses {
		label := c.String()
		if c == classNone {
			label = "error"
		}
		o.requests[c] = s.originRequests.WithLabelValues(distribution, origin, label)
	}
	for p := range numPhases {
		o.phases[p] = s.originDuration.WithLabelValues(distribution, origin, p.String())
	}
	s.mu.origins[key] = o
	return o
}

// Observe counts a request by the status of its answer, 0 for none.
func (o *Origin) Observe(status int) { o.requests[classOf(status)].Inc() }

// ObservePhase records how long a phase of a request took.
func (o *Origin) ObservePhase(p Phase, d time.Duration) {
	if p < numPhases {
		o.phases[p].Observe(d.Seconds())
	}
}

// Injected returns what counts the faults of one kind that are injected into
// what an origin answers. Like Origin it is called when a configuration is
// compiled.
func (s *Set) Injected(distribution, origin, kind string) (count func()) {
	return s.injected.WithLabelValues(distribution, origin, kind).Inc
}

// Choices are the counters of one origin of a group by reason, in the order of
// reasons, which must be a closed list. It is called when a configuration is
// compiled.
func (s *Set) Choices(distribution, group, origin string, reasons []string) *Choices {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [3]string{distribution, group, origin}
	s.wantLocked(key)
	s.mu.choices[key] = true
	c := &Choices{by: make([]prometheus.Counter, len(reasons))}
	for i, reason := range reasons {
		c.by[i] = s.originChoices.WithLabelValues(distribution, group, origin, reason)
	}
	return c
}

// Choices count how often an origin of a group was chosen. Its methods may be
// called from any goroutine.
type Choices struct{ by []prometheus.Counter }

// Observe counts a choice for the reason of that number.
func (c *Choices) Observe(reason int) {
	if reason < len(c.by) {
		c.by[reason].Inc()
	}
}
