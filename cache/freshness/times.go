package freshness

import "time"

// Times is what a stored response keeps of its Verdict: enough to say at any
// moment whether it may be served. It is a value; freshening a response makes
// a new one.
//
//	Validated      +Lifetime            +StaleWhileRevalidate
//	    |  fresh       |  stale, background     |  stale, ask the origin first
//	    |------------------------- StaleLimit: no stale answer after it -->|
type Times struct {
	Validated            Moment        // reception, or the last successful validation, less the age it had then
	Lifetime             time.Duration // see Verdict for these
	StaleWhileRevalidate time.Duration
	StaleIfError         time.Duration
	StaleLimit           time.Duration
	OnError              StaleOnError
}

// A Moment is a point in time, in nanoseconds since 1970: what many responses
// are kept with has one word and no pointer. It goes by the wall clock, which
// runs on while the machine sleeps.
type Moment int64

// MomentOf returns t, of the years from 1678 to 2262.
func MomentOf(t time.Time) Moment { return Moment(t.UnixNano()) }

// Time returns the Moment as a time.
func (m Moment) Time() time.Time { return time.Unix(0, int64(m)) }

// State says what a request may do with a stored response.
type State uint8

const (
	// StateFresh serves it.
	StateFresh State = iota
	// StateStaleWhileRevalidate serves it and starts one background fetch
	// unless one runs (CF-SWR-01, CF-SWR-05).
	StateStaleWhileRevalidate
	// StateStaleRevalidate asks the origin first. If the origin fails,
	// MayServeStaleOnError says whether the copy is the answer.
	StateStaleRevalidate
	numStates
)

var stateNames = [numStates]string{
	StateFresh:                "fresh",
	StateStaleWhileRevalidate: "stale-while-revalidate",
	StateStaleRevalidate:      "stale-revalidate",
}

// String returns the word used in logs and explanations.
func (s State) String() string {
	if s < numStates {
		return stateNames[s]
	}
	return "unknown"
}

// StateAt returns the state at a moment.
func (t Times) StateAt(now time.Time) State {
	age := t.Age(now)
	switch {
	case age < t.Lifetime:
		return StateFresh
	case t.inWindow(age, t.StaleWhileRevalidate):
		return StateStaleWhileRevalidate
	}
	return StateStaleRevalidate
}

// Age returns the time since the response was received or last validated,
// never negative (CF-AGE-01). The Age field of the origin does not count
// (CF-TTL-21).
func (t Times) Age(now time.Time) time.Duration {
	return max(0, time.Duration(MomentOf(now)-t.Validated))
}

// AgeSeconds returns the value of the Age field.
func (t Times) AgeSeconds(now time.Time) int64 {
	return int64(t.Age(now) / time.Second)
}

// Remaining returns how much of the lifetime is left, negative when stale.
func (t Times) Remaining(now time.Time) time.Duration {
	return t.Lifetime - t.Age(now)
}

// MayServeStaleWhileRevalidate reports whether the response is stale and
// inside its stale-while-revalidate window.
func (t Times) MayServeStaleWhileRevalidate(now time.Time) bool {
	return t.StateAt(now) == StateStaleWhileRevalidate
}

// MayServeStaleOnError reports whether the response answers a request after
// the origin failed to answer or answered 5xx. A 4xx is never masked
// (CF-SIE-08, CF-STALE-05): do not ask then. A failed background fetch does
// not close the stale-while-revalidate window (CF-SWR-08).
func (t Times) MayServeStaleOnError(now time.Time) bool {
	age := t.Age(now)
	switch t.OnError {
	case StaleOnErrorDefault:
		return age <= t.StaleLimit || t.inWindow(age, t.StaleWhileRevalidate)
	case StaleOnErrorWindow:
		return t.inWindow(age, max(t.StaleIfError, t.StaleWhileRevalidate))
	}
	return t.inWindow(age, t.StaleWhileRevalidate)
}

// MayServeInOutage reports whether the response answers a request for which
// the origin could not be reached although MayServeStaleOnError forbids it:
// by PrivateCopiesOutage, for that request alone (CF-NC-04).
func (t Times) MayServeInOutage(now time.Time) bool {
	return t.OnError == StaleOnErrorOutage && t.Age(now) <= t.StaleLimit
}

// inWindow reports whether a response of this age is within a window that
// opens when the lifetime ends. Choice of CF-SWR-02: both the time since
// expiry and the age are bounded, the age by StaleLimit.
func (t Times) inWindow(age, window time.Duration) bool {
	return window > 0 && age-t.Lifetime <= window && age <= t.StaleLimit
}
