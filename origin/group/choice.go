package group

import "github.com/groundfront/groundfront/origin/health"

// Choice says why an origin is asked.
type Choice uint8

// The reasons. Those of failover are in the order of Failover.
const (
	ChoicePrimary         Choice = iota // it comes first
	ChoiceFailoverStatus                // the one before has answered with a criterion
	ChoiceFailoverConnect               // the one before could not be connected to
	ChoiceFailoverTimeout               // the one before did not answer in time
	ChoiceFailoverBroken                // the one before gave no response
	ChoiceUnhealthy                     // those before are unhealthy
	ChoiceEjected                       // those before are ejected, or unhealthy
	ChoiceFailOpen                      // none may be asked, so the first is
	ChoiceHedge                         // the one before has not answered yet
	ChoiceTry                           // to see how it does; nobody waits for the answer
	ChoiceLatency                       // it is the nearest
	ChoiceHysteresis                    // another is nearer, but not by enough or not for long enough
	ChoiceUnmeasured                    // nobody knows yet which is the nearest
	ChoiceWeighted                      // its share
	ChoiceSticky                        // it was chosen a short time ago
	ChoiceHeader                        // the viewer's request names it
	ChoiceCountry                       // the viewer's country is its
	ChoiceContinent                     // the viewer's continent is its
	ChoiceDefault                       // it is for viewers of whom nothing else is said
	NumChoices
)

var choiceNames = [NumChoices]string{
	"primary", "failover_status", "failover_connect", "failover_timeout", "failover_broken",
	"unhealthy", "ejected", "fail_open", "hedge", "try",
	"latency", "hysteresis", "unmeasured", "weighted", "sticky", "header",
	"country", "continent", "default",
}

// String returns the reason in snake_case.
func (c Choice) String() string {
	if c < NumChoices {
		return choiceNames[c]
	}
	return "Choice(?)"
}

// Choice returns the reason for which the next member is asked.
func (f Failover) Choice() Choice {
	switch f {
	case FailoverConnect:
		return ChoiceFailoverConnect
	case FailoverTimeout:
		return ChoiceFailoverTimeout
	case FailoverBroken:
		return ChoiceFailoverBroken
	}
	return ChoiceFailoverStatus
}

// First returns which of n members, at least one, a fetch begins with: the
// first that is available. If none is, all count as available (AG-R53-08), and
// that is the primary (AG-R53-06). Where nothing is known of members, that is
// the primary too (CF-OG-05).
func First(n int, availability func(i int) health.Availability) (member int, why Choice) {
	for i := range n {
		switch availability(i) {
		case health.Available:
			return i, why
		case health.Unhealthy:
			why = max(why, ChoiceUnhealthy)
		case health.Ejected:
			why = max(why, ChoiceEjected)
		}
	}
	return 0, ChoiceFailOpen
}
