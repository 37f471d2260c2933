package freshness

import (
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
)

// judgeStrict is Judge for SemanticsRFC9111: RFC 9111 section 3 says whether
// a shared cache may store a response, section 4.2 for how long it is fresh.
//
// An answer to OPTIONS is never stored.
func judgeStrict(p Policy, in Response) Verdict {
	if in.Generated { // no answer is nobody's secret: all that waited share it
		return Verdict{NoStore: NoStoreStatus, Share: ShareAllowed}
	}
	d, targeted := directivesOf(in.Fields)
	date := dateOf(in)
	v := Verdict{
		Age:               initialAge(in, date),
		MustValidate:      d.NoCache,
		DropFields:        d.NoCacheFields,
		DropPrivateFields: d.PrivateFields,
	}
	if r := strictlyRefused(p, in, &d); r != NoStoreNone {
		return v.Refused(r)
	}
	lifetime, explicit := explicitLifetime(in, &d, targeted, date)
	if !explicit {
		if in.Method == "POST" {
			return v.Refused(NoStoreMethod) // RFC 9110 section 9.3.3: only with an explicit one
		}
		if !d.Public && !heuristicallyCacheable(in.Status) {
			return v.Refused(NoStoreNoExplicitLifetime)
		}
		lifetime = heuristicLifetime(in, date)
	}
	v.Lifetime = min(lifetime, p.MaxTTL)
	if v.MustValidate {
		v.Lifetime = 0
	}
	if !explicit && v.Lifetime == 0 && !hasValidator(in.Fields) {
		return v.Refused(NoStoreNoExplicitLifetime) // nothing could ever be done with it
	}
	v.addStrictWindows(&d)
	if in.Status >= 500 { // an old failure is no better answer than a new one
		v.OnError, v.StaleIfError = StaleOnErrorNever, 0
	}
	if v.Lifetime > v.Age {
		v.Share = ShareAllowed
	}
	if in.Status >= 400 {
		// An origin evaluates no condition where it would answer with an error
		// (RFC 9110 section 13.2.1): its 304 would speak of a good response.
		v.Revalidation = RevalidationFull
	}
	return v
}

// directivesOf returns what the origin says to this cache: the targeted field
// if it is valid, and then neither Cache-Control nor Expires (RFC 9213
// section 2.2).
func directivesOf(fields field.Lines) (d cachecontrol.Directives, targeted bool) {
	if d, targeted = cachecontrol.ParseTargeted(fields); targeted {
		return d, true
	}
	return cachecontrol.ParseStrict(fields), false
}

// strictlyRefused applies RFC 9111 section 3, but for the question of a
// lifetime.
func strictlyRefused(p Policy, in Response, d *cachecontrol.Directives) NoStoreReason {
	switch {
	case in.Method != "GET" && in.Method != "HEAD" && !isGetInPost(in):
		return NoStoreMethod
	case p.CachingDisabled():
		return NoStoreCachingDisabled
	case in.NoStore:
		return NoStoreRequest
	case in.Status == 206 && !in.Part:
		return NoStorePartialContent
	case in.Status == 304:
		return NoStoreNotModified
	case in.Status < 200, neverStored(in.Status):
		return NoStoreStatus
	case d.MustUnderstand && !understood(in.Status):
		return NoStoreNotUnderstood
	case d.NoStore && !d.MustUnderstand:
		return NoStoreDirectiveNoStore
	case d.Private:
		return NoStoreDirectivePrivate
	case variesOnEverything(in.Fields):
		return NoStoreVary
	case in.Authorization && !d.Public && !d.MustRevalidate && !d.SMaxAge.Present:
		return NoStoreAuthorization
	}
	return NoStoreNone
}

// isGetInPost reports whether the answer to a POST is what a GET would get:
// its content is the target's, by the Content-Location (RFC 9110 sections 8.7
// and 9.3.3).
func isGetInPost(in Response) bool {
	return in.Method == "POST" && in.Status == 200 && in.NamesTarget
}

// neverStored reports whether a status is not for caches, whatever else the
// response says: four by RFC 6585 sections 3 to 6, and 416, which answers the
// Range of one request and would be the answer to all.
func neverStored(status int) bool {
	switch status {
	case 416, 428, 429, 431, 511:
		return true
	}
	return false
}

// understood reports whether what a status demands of caches is implemented
// here (RFC 9111 section 5.2.2.3): those of RFC 9110 that make no demands
// beyond their class, and 206, of which only parts that can be kept come here.
func understood(status int) bool {
	switch status {
	case 200, 201, 202, 203, 204, 205, 206, 300, 301, 302, 303, 307, 308, 451, 501, 502, 503, 504, 505:
		return true
	}
	return status >= 400 && status <= 417 || status >= 421 && status <= 422 || status == 426 || status == 500
}

// heuristicallyCacheable reports whether a response with this status may be
// stored without an explicit lifetime (RFC 9110 section 15.1).
func heuristicallyCacheable(status int) bool {
	switch status {
	case 200, 203, 204, 206, 300, 301, 308, 404, 405, 410, 414, 501:
		return true
	}
	return false
}

// explicitLifetime applies RFC 9111 section 4.2.1: s-maxage, else max-age,
// else Expires less Date.
func explicitLifetime(in Response, d *cachecontrol.Directives, targeted bool, date time.Time) (lifetime time.Duration, ok bool) {
	switch {
	case d.SMaxAge.Present:
		return d.SMaxAge.Value, true
	case d.MaxAge.Present:
		return d.MaxAge.Value, true
	case targeted || !in.Fields.Has("Expires"):
		return 0, false
	}
	expires, ok := onlyDate(in.Fields, "Expires", in.Now)
	if !ok {
		return 0, true // section 5.3: a bad date is already past
	}
	return min(max(0, expires.Sub(date)), cachecontrol.MaxDelta), true
}

// heuristicLifetime is a tenth of the time since the last modification (RFC
// 9111 section 4.2.2).
func heuristicLifetime(in Response, date time.Time) time.Duration {
	modified, ok := onlyDate(in.Fields, "Last-Modified", in.Now)
	if !ok {
		return 0
	}
	return min(max(0, date.Sub(modified)/10), cachecontrol.MaxDelta)
}

// dateOf returns when the origin made the response; without a good Date that
// is when it came (RFC 9110 section 6.6.1).
func dateOf(in Response) time.Time {
	if date, ok := onlyDate(in.Fields, "Date", in.Now); ok {
		return date
	}
	return in.Now
}

// onlyDate returns the date of a field that must have exactly one line.
func onlyDate(fields field.Lines, name string, now time.Time) (t time.Time, ok bool) {
	n := 0
	for i := range fields {
		if field.EqualName(fields[i].Name, name) {
			var err error
			t, err = cachecontrol.ParseDateFold(fields[i].Value, now)
			ok = err == nil
			n++
		}
	}
	return t, ok && n == 1
}

// initialAge is corrected_initial_age of RFC 9111 section 4.2.3: the greater
// of what the Date says and what the caches on the way say.
func initialAge(in Response, date time.Time) time.Duration {
	apparent := max(0, in.Now.Sub(date))
	age, _ := cachecontrol.ParseAge(in.Fields)
	return min(max(apparent, age+max(0, in.Delay)), cachecontrol.MaxDelta)
}

func hasValidator(fields field.Lines) bool {
	return fields.Has("ETag") || fields.Has("Last-Modified")
}

// addStrictWindows sets what may happen after the lifetime's end. Four
// directives forbid every stale answer (RFC 9111 section 4.2.4; s-maxage by
// section 5.2.2.10). Otherwise a cache that is disconnected may serve stale
// responses; stale-if-error says for how long (RFC 5861 section 4). Choice:
// a 5xx counts as being disconnected, which section 4.3.3 allows.
func (v *Verdict) addStrictWindows(d *cachecontrol.Directives) {
	v.StaleLimit = 2 * cachecontrol.MaxDelta // any lifetime and window together
	switch {
	case d.MustRevalidate || d.ProxyRevalidate || d.NoCache || d.SMaxAge.Present:
		return
	case !d.StaleIfError.Present:
		v.OnError = StaleOnErrorDefault
	case d.StaleIfError.Value > 0:
		v.OnError, v.StaleIfError = StaleOnErrorWindow, d.StaleIfError.Value
	}
	v.StaleWhileRevalidate = d.StaleWhileRevalidate.Value
}
