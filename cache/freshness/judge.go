package freshness

import (
	"slices"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
)

// Response is what Judge needs to know about an origin's answer. An error
// that the edge made because the origin failed (502, 504) is judged like one
// from the origin, with no Fields (CF-ECT-15).
type Response struct {
	Method string // of the origin request
	Status int
	Fields field.Lines // as received from the origin, or as merged after a 304
	Now    time.Time   // when the answer was received
	// OptionsCached says that the behavior also caches OPTIONS.
	OptionsCached bool
	// CookiesForwarded says that any cookie goes to the origin, by whatever
	// policy: then nothing is shared and nothing revalidated conditionally
	// (CF-COL-06, CF-COND-06).
	CookiesForwarded bool
	// Part says that a 206 is a part that the cache can keep.
	Part bool

	// The rest matters to SemanticsRFC9111 alone.

	// Delay is the time between the request and Now.
	Delay time.Duration
	// Authorization says that the viewer's credentials went to the origin.
	Authorization bool
	// NoStore says that the request had the directive no-store.
	NoStore bool
	// NamesTarget says that Content-Location is the target of the request.
	NamesTarget bool
	// Generated says that the edge made the error, for want of an answer.
	Generated bool
}

// Judge decides what happens to a response: whether it is stored, for how
// long, and with whom it is shared. It allocates only for directives that
// list field names.
//
// Ignored on purpose: Pragma (CF-TTL-16), must-revalidate and its kin
// (CF-TTL-18), Set-Cookie (CF-TTL-23), Vary except "*" (CF-TTL-24),
// Authorization in the request (CF-TTL-22), and, unless the policy chooses
// otherwise, the response's Age (CF-TTL-21).
func Judge(p Policy, e ErrorPolicy, in Response) Verdict {
	switch {
	case p.Semantics == SemanticsRFC9111:
		return judgeStrict(p, in)
	case !methodCached(in.Method, in.OptionsCached):
		return refuse(NoStoreMethod)
	case p.CachingDisabled():
		return refuse(NoStoreCachingDisabled)
	}
	d := cachecontrol.Parse(in.Fields)
	if p.Choices.OriginAge == OriginAgeSubtracted {
		subtractAge(&d, in.Fields)
	}
	if p.StrictPrivate && restricted(&d) {
		p.MinTTL = 0
	}
	if in.Status >= 400 {
		return judgeError(p, e, in, &d)
	}
	return judgeGood(p, in, &d)
}

// refuse is the verdict on a response that is neither stored nor shared.
func refuse(r NoStoreReason) Verdict { return Verdict{NoStore: r} }

// methodCached reports whether responses to a method are ever stored.
func methodCached(method string, optionsCached bool) bool {
	switch method {
	case "GET", "HEAD":
		return true
	case "OPTIONS":
		return optionsCached
	}
	return false
}

// subtractAge leaves of max-age and s-maxage what the caches before this one
// have not used up.
func subtractAge(d *cachecontrol.Directives, fields field.Lines) {
	if age, has := cachecontrol.ParseAge(fields); has {
		d.MaxAge.Value = max(0, d.MaxAge.Value-age)
		d.SMaxAge.Value = max(0, d.SMaxAge.Value-age)
	}
}

// judgeGood applies the table CF-TTL-01 to CF-TTL-08 to a status below 400.
func judgeGood(p Policy, in Response, d *cachecontrol.Directives) Verdict {
	expires, hasExpires := remainingUntilExpires(in.Fields, in.Now)
	explicit := d.MaxAge.Present || d.SMaxAge.Present || hasExpires
	v := Verdict{DropFields: d.NoCacheFields, DropPrivateFields: d.PrivateFields} // also when a 304 ends the storing
	if v.NoStore = refusedByStatus(p, in, d.Present, explicit); v.NoStore != NoStoreNone {
		return v
	}
	if v.NoStore = refusedByDirective(p, in, d); v.NoStore != NoStoreNone {
		return v
	}
	if p.MinTTL == 0 && p.Choices.NoCacheWithMaxAge == NoCacheWithMaxAgeMaxAge && (d.MaxAge.Present || d.SMaxAge.Present) {
		d.NoCache = false
	}
	v.Lifetime = lifetime(p, d, expires, hasExpires)
	if !d.Present && needsCacheControl(in.Status) {
		v.Lifetime = p.MinTTL // the choice of CF-TTL-26: neither DefaultTTL nor Expires counts
	}
	varies := variesOnEverything(in.Fields) && p.MinTTL == 0
	v.MustValidate = varies || restricted(d) && p.MinTTL == 0
	if v.MustValidate {
		v.Lifetime = 0
	}
	if varies || in.CookiesForwarded {
		v.Revalidation = RevalidationFull
	}
	v.addWindows(p, d)
	if forOutage(p, in, d) {
		v.restrictToOutage(d)
	}
	// CF-COL-04 and CF-COL-05: a lifetime of 0 is exactly what the listed
	// directives give when MinTTL is 0. Choice: a DefaultTTL of 0 counts like
	// max-age=0, because what no second request may reuse is not shared.
	if v.Lifetime > 0 && !in.CookiesForwarded {
		v.Share = ShareAllowed
	}
	return v
}

// needsCacheControl reports whether a status is stored only with a
// Cache-Control field (CF-TTL-26).
func needsCacheControl(status int) bool { return status == 307 || status == 308 }

// refusedByStatus applies CF-TTL-25 and CF-TTL-26 to a status below 400.
func refusedByStatus(p Policy, in Response, hasCacheControl, explicit bool) NoStoreReason {
	switch in.Status {
	case 200, 203, 204, 300, 301, 302, 303:
		return NoStoreNone
	case 206:
		if !in.Part {
			return NoStorePartialContent
		}
		return NoStoreNone
	case 304:
		return NoStoreNotModified
	}
	switch {
	case needsCacheControl(in.Status):
		if hasCacheControl || p.Choices.Redirect == RedirectMinTTL && p.MinTTL > 0 {
			return NoStoreNone
		}
		return NoStoreRedirectCacheControl
	case in.Status < 200:
		return NoStoreStatus
	case !explicit:
		return NoStoreNoExplicitLifetime
	}
	return NoStoreNone
}

// refusedByDirective applies CF-NC-02, CF-NC-03 and the choice of CF-NC-05:
// with a MinTTL of 0 no copy of a private response is kept, not even for an
// outage unless that was chosen, while no-cache keeps one. A MinTTL above 0
// overrides all of them (CF-TTL-07).
func refusedByDirective(p Policy, in Response, d *cachecontrol.Directives) NoStoreReason {
	switch {
	case p.MinTTL > 0, forOutage(p, in, d):
		return NoStoreNone
	case d.NoStore:
		return NoStoreDirectiveNoStore
	case d.Private:
		return NoStoreDirectivePrivate
	}
	return NoStoreNone
}

// forOutage reports whether a copy is kept that answers only while the origin
// can not be reached. stale-if-error=0 prevents it (CF-NC-04). Parts are not
// kept like that: they would be put together with others.
func forOutage(p Policy, in Response, d *cachecontrol.Directives) bool {
	return p.Choices.PrivateCopies == PrivateCopiesOutage && p.MinTTL == 0 && (d.NoStore || d.Private) && in.Status != 206 &&
		(!d.StaleIfError.Present || d.StaleIfError.Value > 0)
}

// restricted reports whether one of the three directives of CF-TTL-07 is
// there without a field-name list. They win over every lifetime (CF-TTL-13),
// unless no-cache was taken out for NoCacheWithMaxAge.
func restricted(d *cachecontrol.Directives) bool {
	return d.NoCache || d.NoStore || d.Private
}

// lifetime is the table CF-TTL-01 to CF-TTL-08. s-maxage precedes max-age
// even when smaller (CF-TTL-12), and both precede Expires (CF-TTL-05).
func lifetime(p Policy, d *cachecontrol.Directives, expires time.Duration, hasExpires bool) time.Duration {
	switch {
	case restricted(d):
		return p.MinTTL
	case d.SMaxAge.Present:
		return p.clamp(d.SMaxAge.Value)
	case d.MaxAge.Present:
		return p.clamp(d.MaxAge.Value)
	case hasExpires:
		return p.clamp(expires)
	}
	return max(p.MinTTL, p.DefaultTTL)
}

// addWindows sets what may happen after the lifetime's end. A response that
// each request must validate, or that the origin wanted unshared, is never
// served ahead of its revalidation; during an outage it is (CF-NC-04).
func (v *Verdict) addWindows(p Policy, d *cachecontrol.Directives) {
	v.StaleLimit = max(p.MaxTTL, v.Lifetime)
	if p.Choices.StaleLimit == StaleLimitSinceExpiry {
		v.StaleLimit = v.Lifetime + p.MaxTTL
	}
	if !v.MustValidate && !restricted(d) {
		v.StaleWhileRevalidate = min(d.StaleWhileRevalidate.Value, p.MaxTTL)
	}
	switch {
	case !d.StaleIfError.Present,
		d.StaleIfError.Value > 0 && p.Choices.StaleIfErrorEnded == StaleIfErrorEndedStale:
		v.OnError = StaleOnErrorDefault
	case d.StaleIfError.Value > 0:
		v.OnError = StaleOnErrorWindow
		v.StaleIfError = min(d.StaleIfError.Value, p.MaxTTL)
	}
}

// restrictToOutage makes v that of a copy that answers no request unless the
// origin can not be reached. It is not asked about either: each request is a
// miss (CF-NC-02). Cookies that were set for one viewer are not kept, which
// CloudFront does not promise.
func (v *Verdict) restrictToOutage(d *cachecontrol.Directives) {
	v.OnError, v.Revalidation = StaleOnErrorOutage, RevalidationFull
	if d.StaleIfError.Present {
		v.StaleLimit = min(v.StaleLimit, d.StaleIfError.Value)
	}
	v.StaleIfError = 0
	v.DropPrivateFields = append(slices.Clip(v.DropPrivateFields), "Set-Cookie")
}

// remainingUntilExpires returns how far the Expires field lies ahead of now,
// not less than 0. A bad date is already past (CF-TTL-19); of several lines
// the earliest counts, as for directives.
func remainingUntilExpires(fields field.Lines, now time.Time) (d time.Duration, present bool) {
	for i := range fields {
		if !field.EqualName(fields[i].Name, "Expires") {
			continue
		}
		left := time.Duration(0)
		if t, err := cachecontrol.ParseDate(fields[i].Value, now); err == nil {
			left = max(0, t.Sub(now))
		}
		if !present || left < d {
			d, present = left, true
		}
	}
	return d, present
}

// variesOnEverything reports whether a Vary line has the member "*".
func variesOnEverything(fields field.Lines) bool {
	for i := range fields {
		if field.EqualName(fields[i].Name, "Vary") && hasStar(fields[i].Value) {
			return true
		}
	}
	return false
}

func hasStar(list string) bool {
	for list != "" {
		var member string
		member, list, _ = strings.Cut(list, ",")
		if strings.Trim(member, " \t") == "*" {
			return true
		}
	}
	return false
}
