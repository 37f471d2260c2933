package freshness

import (
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
)

// errorRule says when an error status is cached (CF-ECT-02 to CF-ECT-05).
type errorRule uint8

const (
	errorNever      errorRule = iota // 401, 416, 429 and all that are not listed
	errorAlways                      // when the behavior caches at all
	errorWithMaxAge                  // only with max-age or s-maxage
)

// ruleOf returns the rule of a status. 410 appears in no AWS list but has a
// rule about its directives (CF-ECT-07); choice: it is cached like 403.
func ruleOf(status int) errorRule {
	switch status {
	case 404, 414, 500, 501, 502, 503, 504:
		return errorAlways
	case 400, 403, 405, 410, 412, 415:
		return errorWithMaxAge
	}
	return errorNever
}

// judgeError applies section 8.3 of the specification, CF-ECT, to a status of
// 400 or more. A stored error has no stale windows: the directives for them
// are read from good responses only (CF-SIE-09).
func judgeError(p Policy, e ErrorPolicy, in Response, d *cachecontrol.Directives) Verdict {
	switch rule := ruleOf(in.Status); {
	case rule == errorNever:
		return refuseError(p, in, d, NoStoreStatus)
	case rule == errorWithMaxAge && !d.MaxAge.Present && !d.SMaxAge.Present:
		return refuseError(p, in, d, NoStoreErrorMaxAge)
	}
	if r := errorRefusedByDirective(p, in.Status, d); r != NoStoreNone {
		return refuse(r)
	}
	v := Verdict{
		Lifetime:          errorLifetime(p, e, in, d),
		DropFields:        d.NoCacheFields,
		DropPrivateFields: d.PrivateFields,
		Revalidation:      RevalidationFull,
	}
	if v.Lifetime == 0 {
		return refuseError(p, in, d, NoStoreErrorTTLZero)
	}
	v.StaleLimit = v.Lifetime
	if !in.CookiesForwarded {
		v.Share = ShareAllowed // CF-COL-07: cacheable errors answer waiters too
	}
	return v
}

// refuseError is the verdict on an error that is not stored. Whether those
// that waited for it get it too is a choice (CF-COL-07); what is not for
// everybody never is.
func refuseError(p Policy, in Response, d *cachecontrol.Directives, r NoStoreReason) Verdict {
	v := Verdict{NoStore: r, DropFields: d.NoCacheFields, DropPrivateFields: d.PrivateFields}
	if p.Choices.CollapsedErrors == CollapsedErrorsAll && !restricted(d) && !in.CookiesForwarded {
		v.Share = ShareAllowed
	}
	return v
}

// errorRefusedByDirective applies CF-ECT-07: on four statuses the restrictive
// directives prevent caching, on all others they do not unless the policy is
// strict about them.
func errorRefusedByDirective(p Policy, status int, d *cachecontrol.Directives) NoStoreReason {
	switch status {
	case 404, 410, 414, 501:
	default:
		if !p.StrictPrivate {
			return NoStoreNone
		}
	}
	switch {
	case d.NoStore:
		return NoStoreDirectiveNoStore
	case d.Private:
		return NoStoreDirectivePrivate
	case d.NoCache:
		return NoStoreDirectiveNoCache
	}
	return NoStoreNone
}

// errorLifetime applies CF-ECT-06: the greater of the error caching minimum
// TTL and what the origin asked for, which only MaxTTL bounds (CF-ECT-09).
// With a restrictive directive it is the minimum (CF-ECT-07).
func errorLifetime(p Policy, e ErrorPolicy, in Response, d *cachecontrol.Directives) time.Duration {
	asked := time.Duration(0)
	switch {
	case restricted(d):
	case d.SMaxAge.Present:
		asked = d.SMaxAge.Value
	case d.MaxAge.Present:
		asked = d.MaxAge.Value
	default:
		asked, _ = remainingUntilExpires(in.Fields, in.Now)
	}
	return max(e.MinTTL(in.Status), min(asked, p.MaxTTL))
}
