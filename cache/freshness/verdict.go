package freshness

import (
	"slices"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Verdict is what Judge found. NoStore comes first: if it gives a reason, the
// fields below Share mean nothing, except Age and which fields to drop: a 304
// may end the storing and name them, and its viewer still gets a response
// that is so old.
type Verdict struct {
	// NoStore is NoStoreNone if the response may be stored, else the reason.
	NoStore NoStoreReason
	// Share says whether requests that waited for this fetch may be answered
	// with it.
	Share Share
	// Age is how old the response was when it came (RFC 9111 section 4.2.3),
	// always 0 under SemanticsCloudFront (CF-TTL-21).
	Age time.Duration
	// Lifetime is how long the response is fresh; 0 revalidates each time.
	Lifetime time.Duration
	// StaleWhileRevalidate is the window after the lifetime's end in which
	// the response is served while one background fetch runs (CF-SWR-02).
	StaleWhileRevalidate time.Duration
	// OnError is the rule for serving the response stale when the origin
	// fails, and StaleIfError the window after the lifetime's end if that
	// rule is StaleOnErrorWindow (CF-SIE-02).
	OnError      StaleOnError
	StaleIfError time.Duration
	// StaleLimit is the age after which the response is not served stale for
	// any reason (CF-STALE-04).
	StaleLimit time.Duration
	// MustValidate marks a copy that no request may use before the origin
	// was asked (no-cache with a MinTTL of 0, CF-NC-01). Its Lifetime and
	// StaleWhileRevalidate are 0.
	MustValidate bool
	// Revalidation is the form of the request that revalidates the copy.
	Revalidation Revalidation
	// DropFields and DropPrivateFields name fields that reach the viewer of
	// this fetch but are not stored (CF-TTL-14): those of no-cache="..." and
	// of private="...". Each may be nil.
	DropFields        []string
	DropPrivateFields []string
}

// Refused returns the verdict that the response is not stored after all.
func (v Verdict) Refused(r NoStoreReason) Verdict {
	return Verdict{NoStore: r, Age: v.Age, DropFields: v.DropFields, DropPrivateFields: v.DropPrivateFields}
}

// Storable reports whether the response may be stored.
func (v Verdict) Storable() bool { return v.NoStore == NoStoreNone }

// Drops reports whether a field must not be stored with the response, nor
// given to waiters.
func (v Verdict) Drops(name string) bool {
	named := func(n string) bool { return field.EqualName(n, name) }
	return slices.ContainsFunc(v.DropFields, named) || slices.ContainsFunc(v.DropPrivateFields, named)
}

// Times returns the part of a verdict that a stored response keeps.
// validated is when the response, or the 304 that freshened it, was received.
func (v Verdict) Times(validated time.Time) Times {
	return Times{
		Validated:            MomentOf(validated.Add(-v.Age)),
		Lifetime:             v.Lifetime,
		StaleWhileRevalidate: v.StaleWhileRevalidate,
		StaleIfError:         v.StaleIfError,
		StaleLimit:           v.StaleLimit,
		OnError:              v.OnError,
	}
}

// NoStoreReason says why a response is not stored.
type NoStoreReason uint8

const (
	NoStoreNone                 NoStoreReason = iota // it is stored
	NoStoreMethod                                    // not GET, HEAD or a cached OPTIONS (CF-TTL-27, CF-ECT-12); of POST most
	NoStoreCachingDisabled                           // all three TTLs are 0 (CF-TTL-29)
	NoStoreStatus                                    // a status that is never cached (CF-ECT-04, CF-ECT-05)
	NoStoreNotModified                               // 304 validates, it is not an answer to keep (CF-TTL-25)
	NoStorePartialContent                            // 206: only complete representations are kept
	NoStoreNoExplicitLifetime                        // a status that needs max-age, s-maxage or Expires (CF-TTL-25)
	NoStoreRedirectCacheControl                      // 307 or 308 without Cache-Control (CF-TTL-26)
	NoStoreDirectiveNoStore                          // no-store (CF-NC-02)
	NoStoreDirectivePrivate                          // private (CF-NC-03)
	NoStoreDirectiveNoCache                          // no-cache on an error (CF-ECT-07)
	NoStoreErrorMaxAge                               // an error that needs max-age or s-maxage (CF-ECT-03)
	NoStoreErrorTTLZero                              // error caching minimum TTL 0 (CF-ECT-11)
	NoStoreVary                                      // Vary has the member "*" (RFC 9111 section 4.1)
	NoStoreAuthorization                             // the request had credentials (RFC 9111 section 3.5)
	NoStoreNotUnderstood                             // must-understand with a status that is not (RFC 9111 section 5.2.2.3)
	NoStoreRequest                                   // no-store in the request (RFC 9111 section 5.2.1.5)
	NoStoreFull                                      // there is no memory for it
	numNoStoreReasons
)

var noStoreNames = [numNoStoreReasons]string{
	NoStoreNone:                 "stored",
	NoStoreMethod:               "method",
	NoStoreCachingDisabled:      "caching-disabled",
	NoStoreStatus:               "status",
	NoStoreNotModified:          "not-modified",
	NoStorePartialContent:       "partial-content",
	NoStoreNoExplicitLifetime:   "no-explicit-lifetime",
	NoStoreRedirectCacheControl: "redirect-without-cache-control",
	NoStoreDirectiveNoStore:     "no-store",
	NoStoreDirectivePrivate:     "private",
	NoStoreDirectiveNoCache:     "no-cache",
	NoStoreErrorMaxAge:          "error-without-max-age",
	NoStoreErrorTTLZero:         "error-ttl-zero",
	NoStoreVary:                 "vary",
	NoStoreAuthorization:        "authorization",
	NoStoreNotUnderstood:        "not-understood",
	NoStoreRequest:              "request-no-store",
	NoStoreFull:                 "full",
}

// String returns the word used in logs, metrics and explanations.
func (r NoStoreReason) String() string {
	if r < numNoStoreReasons {
		return noStoreNames[r]
	}
	return "unknown"
}

// Share says whether collapsed requests may be answered with the response of
// the fetch that they waited for. The zero value is the safe one.
type Share uint8

const (
	// ShareForbidden sends each waiter to the origin itself (CF-COL-04).
	ShareForbidden Share = iota
	// ShareAllowed answers the waiters with this response (CF-COL-01).
	ShareAllowed
)

// String returns the word used in logs and explanations.
func (s Share) String() string {
	switch s {
	case ShareForbidden:
		return "forbidden"
	case ShareAllowed:
		return "allowed"
	}
	return "unknown"
}

// StaleOnError is the rule by which a stale copy is served when the origin
// does not answer or answers 5xx.
type StaleOnError uint8

const (
	// StaleOnErrorNever returns the failure: stale-if-error=0 (CF-SIE-06),
	// and copies that are errors themselves.
	StaleOnErrorNever StaleOnError = iota
	// StaleOnErrorDefault serves the copy until its age reaches StaleLimit:
	// no stale-if-error was sent (CF-STALE-01, CF-STALE-04).
	StaleOnErrorDefault
	// StaleOnErrorWindow serves the copy for StaleIfError after its lifetime
	// and never later (CF-SIE-01). Choice, CF-OPEN-04: the end of an explicit
	// window also ends the default rule.
	StaleOnErrorWindow
	// StaleOnErrorOutage serves the copy only if the origin could not be
	// reached, and until its age reaches StaleLimit: the copy is of a response
	// with no-store or private (PrivateCopiesOutage).
	StaleOnErrorOutage
)

// String returns the word used in explanations.
func (s StaleOnError) String() string {
	switch s {
	case StaleOnErrorNever:
		return "never"
	case StaleOnErrorDefault:
		return "default"
	case StaleOnErrorWindow:
		return "window"
	case StaleOnErrorOutage:
		return "outage"
	}
	return "unknown"
}

// Revalidation is the form of the request that revalidates a stored response.
type Revalidation uint8

const (
	// RevalidationConditional sends the stored validators (CF-COND-01).
	RevalidationConditional Revalidation = iota
	// RevalidationFull fetches the whole response again: cookies are
	// forwarded (CF-COND-06) or the response has Vary: * (CF-COND-07).
	RevalidationFull
)

// String returns the word used in explanations.
func (r Revalidation) String() string {
	switch r {
	case RevalidationConditional:
		return "conditional"
	case RevalidationFull:
		return "full"
	}
	return "unknown"
}
