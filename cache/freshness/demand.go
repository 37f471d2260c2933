package freshness

import (
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
)

// Use says what a request's own directives make of a stored response (RFC
// 9111 section 5.2.1). Only policies of SemanticsRFC9111 heed them.
type Use uint8

const (
	// UseAsFound leaves the decision to StateAt.
	UseAsFound Use = iota
	// UseStale serves a stale response, which max-stale accepts.
	UseStale
	// UseValidated serves the response only if the origin confirms it now.
	UseValidated
	numUses
)

var useNames = [numUses]string{UseAsFound: "as-found", UseStale: "stale", UseValidated: "validated"}

// String returns the word used in explanations.
func (u Use) String() string {
	if u < numUses {
		return useNames[u]
	}
	return "unknown"
}

// UseFor returns what the demands of a request make of the response.
// max-stale is heeded where the origin did not forbid stale answers; a request
// with max-age and without max-stale wants none (section 5.2.1.1).
func (t Times) UseFor(d cachecontrol.Demands, now time.Time) Use {
	age := t.Age(now)
	switch {
	case d.NoCache, d.MaxAge.Present && age > d.MaxAge.Value, d.MinFresh.Present && t.Lifetime-age < d.MinFresh.Value:
		return UseValidated
	case d.MaxAge.Present && !d.MaxStale.Present && age >= t.Lifetime:
		return UseValidated
	case d.MaxStale.Present && age >= t.Lifetime && t.OnError != StaleOnErrorNever && age-t.Lifetime <= d.MaxStale.Value:
		return UseStale
	}
	return UseAsFound
}
