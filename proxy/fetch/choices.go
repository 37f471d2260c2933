package fetch

import "time"

// Choices are the answers to what AWS does not document about fetches. The
// zero value has the specification's choice of each. The names of the values
// are the words of the configuration.
type Choices struct {
	UnsafeMethods UnsafeMethods
	StaleAfter4xx StaleAfter4xx
	Aborted       Aborted
	// CollapsedWait is how long a viewer waits for the head of the response
	// to another's request before it asks the origin itself. 0 is for as long
	// as that takes, which the origin's timeouts bound (CF-COL-08).
	CollapsedWait time.Duration
	Conditions    Conditions
	// SigningCookies of the viewer go where others go.
	SigningCookies SigningCookies
}

// SigningCookies says whether origins get the cookies that sign requests, where
// cookies are forwarded (CF-SIG-31).
type SigningCookies uint8

const (
	// SigningCookiesForwarded forwards them like others.
	SigningCookiesForwarded SigningCookies = iota
	// SigningCookiesRemoved keeps them from origins.
	SigningCookiesRemoved
)

// String returns the word of the configuration.
func (c SigningCookies) String() string {
	switch c {
	case SigningCookiesForwarded:
		return "forwarded"
	case SigningCookiesRemoved:
		return "removed"
	}
	return "SigningCookies(?)"
}

// UnsafeMethods says what PUT, POST, PATCH and DELETE do to the stored
// responses of their target (CF-METH-06).
type UnsafeMethods uint8

const (
	// UnsafeMethodsKeep does nothing.
	UnsafeMethodsKeep UnsafeMethods = iota
	// UnsafeMethodsInvalidate makes them unusable when the origin did not
	// answer with an error (RFC 9111 section 4.4).
	UnsafeMethodsInvalidate
)

// String returns the word of the configuration.
func (c UnsafeMethods) String() string {
	switch c {
	case UnsafeMethodsKeep:
		return "keep"
	case UnsafeMethodsInvalidate:
		return "invalidate"
	}
	return "UnsafeMethods(?)"
}

// StaleAfter4xx says what becomes of a stale response when its revalidation
// is answered with a 4xx that is not stored in its place (CF-STALE-05).
type StaleAfter4xx uint8

const (
	// StaleAfter4xxKeep keeps it for what a later revalidation brings.
	StaleAfter4xxKeep StaleAfter4xx = iota
	// StaleAfter4xxDrop drops it.
	StaleAfter4xxDrop
)

// String returns the word of the configuration.
func (c StaleAfter4xx) String() string {
	switch c {
	case StaleAfter4xxKeep:
		return "keep"
	case StaleAfter4xxDrop:
		return "drop"
	}
	return "StaleAfter4xx(?)"
}

// Aborted says what becomes of the response to a viewer that left before it
// had it, if no other waited for the same (CF-TTL-28, CF-COL-11).
type Aborted uint8

const (
	// AbortedStore goes on fetching what can be stored.
	AbortedStore Aborted = iota
	// AbortedDrop ends the fetch.
	AbortedDrop
)

// String returns the word of the configuration.
func (c Aborted) String() string {
	switch c {
	case AbortedStore:
		return "store"
	case AbortedDrop:
		return "drop"
	}
	return "Aborted(?)"
}

// Conditions says where the viewer's own condition is answered when nothing
// is stored (CF-COND-05).
type Conditions uint8

const (
	// ConditionsEdge asks the origin for the whole response and answers the
	// condition from that.
	ConditionsEdge Conditions = iota
	// ConditionsOrigin forwards it, and passes a 304 or 412 on.
	ConditionsOrigin
)

// String returns the word of the configuration.
func (c Conditions) String() string {
	switch c {
	case ConditionsEdge:
		return "edge"
	case ConditionsOrigin:
		return "origin"
	}
	return "Conditions(?)"
}
