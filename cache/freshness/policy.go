// Package freshness decides whether an origin's answer is stored, for how
// long it is fresh, and what may be done with it afterwards. It is arithmetic
// over a policy, a response and a time: no clock, no lock, no state.
//
//	Judge    policy + response            -> Verdict (storable? lifetimes?)
//	Times    what an Entry keeps of it    -> State at a moment
//
// The rules are those of CloudFront (CF-TTL, CF-NC, CF-SWR, CF-SIE, CF-STALE,
// CF-ECT). They differ from RFC 9111 on purpose: a minimum TTL overrides the
// origin, a default TTL replaces heuristics, must-revalidate does not stop a
// stale answer during an outage, and errors have a rule of their own. Where
// AWS documents nothing, the choice is a sentence at the code with its id.
//
// A policy may ask for SemanticsRFC9111 instead: a strict shared cache, whose
// rules are in rfc9111.go. Both give the same Verdict, so that nothing that
// comes after needs to know which it was.
//
// It is a part of cache.
package freshness

import (
	"time"
)

// Semantics selects the set of rules that a policy follows.
type Semantics uint8

const (
	// SemanticsCloudFront is CloudFront's behavior, and the zero value.
	SemanticsCloudFront Semantics = iota
	// SemanticsRFC9111 is that of a strict shared cache: no default TTL, no
	// minimum, and MaxTTL only bounds.
	SemanticsRFC9111
	numSemantics
)

var semanticsNames = [numSemantics]string{SemanticsCloudFront: "cloudfront", SemanticsRFC9111: "rfc9111"}

// String returns the name used in configuration.
func (s Semantics) String() string {
	if s < numSemantics {
		return semanticsNames[s]
	}
	return "unknown"
}

// Policy is the part of a cache policy that concerns time. Defaults
// (CF-TTL-10) and the order MinTTL <= DefaultTTL <= MaxTTL are settled where
// the configuration is compiled; nothing here depends on the order.
type Policy struct {
	Semantics Semantics
	// MinTTL is the least freshness lifetime, whatever the origin says.
	MinTTL time.Duration
	// DefaultTTL is the lifetime when the origin says nothing.
	DefaultTTL time.Duration
	// MaxTTL is the greatest lifetime that the origin can ask for, and the
	// bound of every stale window. It does not bound DefaultTTL (CF-TTL-09).
	MaxTTL time.Duration
	// StrictPrivate takes MinTTL, and an error's caching minimum TTL, from a
	// response with no-cache, no-store or private, which override these
	// at CloudFront (CF-TTL-07, CF-ECT-07).
	StrictPrivate bool
	// Choices are those of SemanticsCloudFront where AWS documents nothing.
	Choices Choices
}

// CachingDisabled reports whether the policy stores nothing at all, neither
// good answers nor errors (CF-TTL-29, CF-ECT-10).
func (p Policy) CachingDisabled() bool {
	return p.MinTTL == 0 && p.DefaultTTL == 0 && p.MaxTTL == 0
}

// clamp bounds a lifetime that the origin asked for.
func (p Policy) clamp(d time.Duration) time.Duration {
	return max(p.MinTTL, min(d, p.MaxTTL))
}

// DefaultErrorTTL is the error caching minimum TTL of a status for which none
// is configured (CF-ECT-01).
const DefaultErrorTTL = 10 * time.Second

// s3ErrorTTL is what an error caching minimum TTL of 0 means for an S3 origin
// (CF-ECT-11).
const s3ErrorTTL = time.Second

// ErrorPolicy is how long errors are kept. The zero value keeps every status
// for DefaultErrorTTL.
type ErrorPolicy struct {
	// PerStatus lists the configured minimum TTLs, at most one per status.
	PerStatus []ErrorTTL
	// S3Origin says that the answer came from an S3 origin.
	S3Origin bool
}

// ErrorTTL is the error caching minimum TTL of one status.
type ErrorTTL struct {
	Status int
	MinTTL time.Duration // 0 keeps nothing, except from S3 origins
}

// MinTTL returns the error caching minimum TTL of a status. After a failed
// revalidation it is also the time for which a stale copy is served without
// asking the origin again (CF-STALE-01).
func (e ErrorPolicy) MinTTL(status int) time.Duration {
	ttl := DefaultErrorTTL
	for i := range e.PerStatus {
		if e.PerStatus[i].Status == status {
			ttl = e.PerStatus[i].MinTTL
			break
		}
	}
	if ttl == 0 && e.S3Origin {
		return s3ErrorTTL
	}
	return ttl
}
