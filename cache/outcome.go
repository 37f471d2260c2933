package cache

// Outcome is the result of a Lookup: what the request may do. The less, the
// better.
type Outcome uint8

// The outcomes. For the first three the Entry is the answer.
const (
	// OutcomeFresh: serve it.
	OutcomeFresh Outcome = iota
	// OutcomeStaleWhileRevalidate: serve it and let one background fetch
	// revalidate it (CF-SWR-01).
	OutcomeStaleWhileRevalidate
	// OutcomeStaleRetryLater: serve it; the origin failed a moment ago and is
	// not asked again yet (CF-STALE-01).
	OutcomeStaleRetryLater
	// OutcomeStale: ask the origin, with the Entry's validators; the Entry is
	// the answer if the origin says so or fails.
	OutcomeStale
	// OutcomeMiss: ask the origin.
	OutcomeMiss
	outcomeCount
)

var outcomeNames = [outcomeCount]string{
	OutcomeFresh:                "fresh",
	OutcomeStaleWhileRevalidate: "stale_while_revalidate",
	OutcomeStaleRetryLater:      "stale_retry_later",
	OutcomeStale:                "stale",
	OutcomeMiss:                 "miss",
}

// String returns the outcome in snake_case.
func (o Outcome) String() string {
	if o < outcomeCount {
		return outcomeNames[o]
	}
	return "Outcome(?)"
}
