package group

import (
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin/health"
)

// Policy is how one of several origins, or origin groups, is chosen before
// anything is asked (AG-LAT-05). The policies are those of Route 53, brought from
// the resolver to the edge.
type Policy uint8

// The policies.
const (
	PolicyLatency  Policy = iota // the nearest one (AG-R53-01, AG-LAT-01)
	PolicyWeighted               // by shares (AG-R53-05)
	PolicyFailover               // the first (AG-R53-06)
	PolicyGeo                    // by where the viewer is (AG-R53-07)
)

// String returns the policy's word in the configuration.
func (p Policy) String() string {
	switch p {
	case PolicyLatency:
		return "latency"
	case PolicyWeighted:
		return "weighted"
	case PolicyFailover:
		return "failover"
	case PolicyGeo:
		return "geo"
	}
	return "Policy(?)"
}

// A Routing is how a Router chooses.
type Routing struct {
	Policy Policy
	// TTL is how long a choice holds, for all requests: as long as the answer of
	// a resolver would (AG-LAT-03). 0 makes one for each request.
	TTL time.Duration
	// Weights are those of the members, for PolicyWeighted.
	Weights []int
	// Latencies are those of the members, for PolicyLatency. Without them what
	// is measured counts, and another member has to be nearer by the share
	// Better, 0 to 1, for the time For until it is chosen instead (AG-LAT-01 b).
	Latencies []time.Duration
	Better    float64
	For       time.Duration
	// Locations are those of the members, for PolicyGeo.
	Locations Locations
}

// A Candidate is what is known of a member now.
type Candidate struct {
	Availability health.Availability
	// Latency is what was measured, 0 if nothing was.
	Latency time.Duration
}

// A Router chooses. Its methods may be called from any goroutine. What it has
// chosen is forgotten with it, as a resolver's answer would be by a restart.
type Router struct {
	routing Routing

	mu      sync.Mutex // guards what follows
	chosen  bool       // there was a choice
	current int        // the latest one
	until   time.Time  // it holds
	rival   int        // the member that was nearer than current since a time
	since   time.Time  // zero without a rival
}

// NewRouter returns a Router that has chosen nothing yet.
func NewRouter(r Routing) *Router { return &Router{routing: r} }

// Unnamed is a request that asks for no candidate.
const Unnamed = -1

// An Inquiry is who asks for a choice.
type Inquiry struct {
	// Named is the candidate that the request asks for, or Unnamed.
	Named int
	// Viewer is where the viewer is, for PolicyGeo.
	Viewer Place
}

// Choose returns one of the candidates, at least one. random is from 0 to 1.
//
// Members that are not available are left out. If none is, all count as
// available (AG-R53-08). A choice ends before its time if its member is not
// available any more: a resolver's answer would not, but here it is known.
//
// A candidate that is named is the choice if it counts as available, whatever the
// policy says of it. That is nobody else's choice: nothing is remembered of it.
func (r *Router) Choose(candidates []Candidate, q Inquiry, now time.Time, random float64) (int, Choice) {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := true
	for i := range candidates {
		open = open && candidates[i].Availability != health.Available
	}
	usable := func(i int) bool { return open || candidates[i].Availability == health.Available }
	if q.Named != Unnamed && usable(q.Named) {
		return q.Named, ChoiceHeader
	}
	if r.routing.Policy == PolicyGeo { // nor is the choice for one place that of another
		return r.routing.Locations.choose(candidates, q.Viewer)
	}
	if r.chosen && now.Before(r.until) && usable(r.current) {
		return r.current, ChoiceSticky
	}
	member, why := r.decideLocked(candidates, usable, now, random)
	if open {
		why = ChoiceFailOpen
	}
	r.chosen, r.current, r.until = true, member, now.Add(r.routing.TTL)
	return member, why
}

func (r *Router) decideLocked(candidates []Candidate, usable func(int) bool, now time.Time, random float64) (int, Choice) {
	switch r.routing.Policy {
	case PolicyWeighted:
		return weighted(r.routing.Weights, usable, random), ChoiceWeighted
	case PolicyFailover:
		return First(len(candidates), func(i int) health.Availability { return candidates[i].Availability })
	}
	if r.routing.Latencies != nil {
		nearest := nearest(len(candidates), usable, func(i int) time.Duration { return r.routing.Latencies[i] })
		return nearest, ChoiceLatency
	}
	return r.measuredLocked(candidates, usable, now)
}

// weighted chooses by shares among those that are usable. A weight of 0 is never
// chosen, unless all of these have it: then they have equal shares (AG-R53-05).
func weighted(weights []int, usable func(int) bool, random float64) int {
	sum, count := 0, 0
	for i, w := range weights {
		if usable(i) {
			sum, count = sum+w, count+1
		}
	}
	share := func(i int) int { return weights[i] }
	if sum == 0 {
		sum, share = count, func(int) int { return 1 }
	}
	at, last := int(random*float64(sum)), 0
	for i := range weights {
		if !usable(i) || share(i) == 0 {
			continue
		}
		if last = i; at < share(i) {
			return i
		}
		at -= share(i)
	}
	return last
}

// nearest returns the usable member with the least latency above 0, the first of
// several; -1 if there is none.
func nearest(n int, usable func(int) bool, latency func(int) time.Duration) int {
	best := -1
	for i := range n {
		if l := latency(i); usable(i) && l > 0 && (best < 0 || l < latency(best)) {
			best = i
		}
	}
	return best
}

// measuredLocked chooses by what was measured, slowly: the current member stays
// until another has been clearly nearer for a while.
func (r *Router) measuredLocked(candidates []Candidate, usable func(int) bool, now time.Time) (int, Choice) {
	latency := func(i int) time.Duration { return candidates[i].Latency }
	best := nearest(len(candidates), usable, latency)
	if best < 0 {
		r.since = time.Time{}
		for i := range candidates {
			if usable(i) {
				return i, ChoiceUnmeasured
			}
		}
	}
	if !r.chosen || !usable(r.current) || latency(r.current) == 0 {
		r.since = time.Time{}
		return best, ChoiceLatency
	}
	if float64(latency(best)) > float64(latency(r.current))*(1-r.routing.Better) {
		r.since = time.Time{}
		return r.current, kept(best == r.current)
	}
	if r.since.IsZero() || r.rival != best {
		r.rival, r.since = best, now
	}
	if now.Sub(r.since) < r.routing.For {
		return r.current, ChoiceHysteresis
	}
	r.since = time.Time{}
	return best, ChoiceLatency
}

// kept is why the current member is chosen again: it is the nearest, or not by
// enough another.
func kept(nearest bool) Choice {
	if nearest {
		return ChoiceLatency
	}
	return ChoiceHysteresis
}
