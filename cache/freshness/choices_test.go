package freshness

import (
	"testing"
	"time"
)

func choosing(p Policy, c Choices) Policy {
	p.Choices = c
	return p
}

// TestChosenLifetime has the values that are not the default of the choices
// about lifetimes; TestLifetime has the defaults.
func TestChosenLifetime(t *testing.T) {
	maxAge := Choices{NoCacheWithMaxAge: NoCacheWithMaxAgeMaxAge}
	subtracted := Choices{OriginAge: OriginAgeSubtracted}
	redirect := Choices{Redirect: RedirectMinTTL}
	for _, c := range []struct {
		name    string
		policy  Policy
		choices Choices
		in      Response
		reason  NoStoreReason
		want    time.Duration
	}{
		{"CF-TTL-13", ttls(0, 20, 300), maxAge, get(200, fields("no-cache, max-age=60")), NoStoreNone, 60 * s},
		{"CF-TTL-13", ttls(0, 20, 300), maxAge, get(200, fields("no-cache, s-maxage=60, max-age=5")), NoStoreNone, 60 * s},
		{"CF-TTL-13 alone", ttls(0, 20, 300), maxAge, get(200, fields("no-cache")), NoStoreNone, 0},
		{"CF-TTL-13 Expires is neither", ttls(0, 20, 300), maxAge, get(200, fields("no-cache", "Expires", expires(60))), NoStoreNone, 0},
		{"CF-TTL-13 private", ttls(0, 20, 300), maxAge, get(200, fields("no-cache, private, max-age=60")), NoStoreDirectivePrivate, 0},
		{"CF-TTL-13 no-store", ttls(0, 20, 300), maxAge, get(200, fields("no-store, no-cache, max-age=60")), NoStoreDirectiveNoStore, 0},
		{"CF-TTL-07 min", ttls(10, 20, 300), maxAge, get(200, fields("no-cache, max-age=60")), NoStoreNone, 10 * s},
		{"CF-ECT-07", ttls(0, 20, 300), maxAge, get(404, fields("no-cache, max-age=60")), NoStoreDirectiveNoCache, 0},

		{"CF-TTL-21", ttls(0, 20, 300), subtracted, get(200, fields("max-age=60", "Age", "50")), NoStoreNone, 10 * s},
		{"CF-TTL-21 s-maxage", ttls(0, 20, 300), subtracted, get(200, fields("max-age=9, s-maxage=60", "Age", "50")), NoStoreNone, 10 * s},
		{"CF-TTL-21 used up", ttls(0, 20, 300), subtracted, get(200, fields("max-age=60", "Age", "61")), NoStoreNone, 0},
		{"CF-TTL-21 min", ttls(7, 20, 300), subtracted, get(200, fields("max-age=60", "Age", "61")), NoStoreNone, 7 * s},
		{"CF-TTL-21 before max", ttls(0, 20, 300), subtracted, get(200, fields("max-age=600", "Age", "61")), NoStoreNone, 300 * s},
		{"CF-TTL-21 default", ttls(0, 20, 300), subtracted, get(200, fields("-", "Age", "61")), NoStoreNone, 20 * s},
		{"CF-TTL-21 Expires", ttls(0, 20, 300), subtracted, get(200, fields("-", "Expires", expires(60), "Age", "50")), NoStoreNone, 60 * s},
		{"CF-TTL-21 no number", ttls(0, 20, 300), subtracted, get(200, fields("max-age=60", "Age", "-50")), NoStoreNone, 60 * s},
		{"CF-TTL-21 error", ttls(0, 20, 300), subtracted, get(404, fields("max-age=60", "Age", "40")), NoStoreNone, 20 * s},

		{"CF-TTL-26", ttls(10, 20, 300), redirect, get(307, fields("-")), NoStoreNone, 10 * s},
		{"CF-TTL-26 Expires", ttls(10, 20, 300), redirect, get(308, fields("-", "Expires", expires(60))), NoStoreNone, 10 * s},
		{"CF-TTL-26 Cache-Control", ttls(10, 20, 300), redirect, get(307, fields("public")), NoStoreNone, 20 * s},
		{"CF-TTL-26 min 0", ttls(0, 20, 300), redirect, get(307, fields("-")), NoStoreRedirectCacheControl, 0},
	} {
		v := Judge(choosing(c.policy, c.choices), ErrorPolicy{}, c.in)
		if v.NoStore != c.reason || v.Lifetime != c.want {
			t.Errorf("%s: Judge(%+v, %+v): got %v %v, want %v %v", c.name, c.policy, c.in.Fields, v.NoStore, v.Lifetime, c.reason, c.want)
		}
	}
}

// TestChosenStale has the last moment, in seconds after the reception, at
// which a failing origin leads to a stale answer.
func TestChosenStale(t *testing.T) {
	expiry := Choices{StaleLimit: StaleLimitSinceExpiry}
	ended := Choices{StaleIfErrorEnded: StaleIfErrorEndedStale}
	for _, c := range []struct {
		name         string
		policy       Policy
		choices      Choices
		cacheControl string
		last         int
	}{
		{"CF-SWR-02 default", ttls(0, 0, 20), Choices{}, "max-age=10", 20},
		{"CF-SWR-02", ttls(0, 0, 20), expiry, "max-age=10", 30},
		{"CF-SWR-02 default, SIE", ttls(0, 0, 20), Choices{}, "max-age=10, stale-if-error=15", 20},
		{"CF-SWR-02 SIE", ttls(0, 0, 20), expiry, "max-age=10, stale-if-error=15", 25},
		{"CF-SIE-02", ttls(0, 0, 20), expiry, "max-age=10, stale-if-error=100", 30},
		{"TV-ST-05 default", ttls(0, 0, 1000), Choices{}, "max-age=10, stale-if-error=60", 70},
		{"TV-ST-05", ttls(0, 0, 1000), ended, "max-age=10, stale-if-error=60", 1000},
		{"both", ttls(0, 0, 1000), Choices{StaleLimit: StaleLimitSinceExpiry, StaleIfErrorEnded: StaleIfErrorEndedStale}, "max-age=10, stale-if-error=60", 1010},
		{"CF-SIE-06", ttls(0, 0, 1000), ended, "max-age=10, stale-if-error=0", -1},
	} {
		times := Judge(choosing(c.policy, c.choices), ErrorPolicy{}, get(200, fields(c.cacheControl))).Times(now)
		for _, after := range []int{c.last, c.last + 1} {
			if got, want := times.MayServeStaleOnError(now.Add(time.Duration(after)*s)), after == c.last && c.last >= 0; got != want {
				t.Errorf("%s: %q with max TTL %s after %d s: got %v, want %v", c.name, c.cacheControl, c.policy.MaxTTL, after, got, want)
			}
		}
	}
}

// TestChosenShare proves the limits of CollapsedErrorsAll (CF-COL-07).
func TestChosenShare(t *testing.T) {
	cookies := get(403, fields("-"))
	cookies.CookiesForwarded = true
	for _, c := range []struct {
		name string
		in   Response
		def  Share
		all  Share
	}{
		{"stored", get(404, fields("-")), ShareAllowed, ShareAllowed},
		{"without max-age", get(403, fields("-")), ShareForbidden, ShareAllowed},
		{"never stored", get(429, fields("-")), ShareForbidden, ShareAllowed},
		{"private", get(403, fields("private")), ShareForbidden, ShareForbidden},
		{"no-store", get(404, fields("no-store")), ShareForbidden, ShareForbidden},
		{"no-cache", get(429, fields("no-cache")), ShareForbidden, ShareForbidden},
		{"CF-COL-06 cookies", cookies, ShareForbidden, ShareForbidden},
	} {
		p := ttls(0, 20, 300)
		if got := Judge(p, ErrorPolicy{}, c.in).Share; got != c.def {
			t.Errorf("%s, cacheable: got share %v, want %v", c.name, got, c.def)
		}
		if got := Judge(choosing(p, Choices{CollapsedErrors: CollapsedErrorsAll}), ErrorPolicy{}, c.in).Share; got != c.all {
			t.Errorf("%s, all: got share %v, want %v", c.name, got, c.all)
		}
	}
	p := choosing(ttls(0, 20, 300), Choices{CollapsedErrors: CollapsedErrorsAll})
	testDropFields(t, Judge(p, ErrorPolicy{}, get(403, fields(`no-cache="Set-Cookie", private="X-User"`))))
}

// TestOutageCopies: a response with no-store or private is kept by choice, and
// is then good for nothing but an outage (CF-NC-04, CF-NC-05).
func TestOutageCopies(t *testing.T) {
	outage := Choices{PrivateCopies: PrivateCopiesOutage}
	for _, c := range []struct {
		name         string
		policy       Policy
		status       int
		cacheControl string
		reason       NoStoreReason
		last         int // second of the outage's answers, -1 for none
	}{
		{"CF-NC-02", ttls(0, 20, 300), 200, "no-store", NoStoreNone, 300},
		{"CF-NC-03", ttls(0, 20, 300), 200, "private, max-age=60", NoStoreNone, 300},
		{"both", ttls(0, 0, 300), 200, "private, no-store, no-cache, stale-while-revalidate=60", NoStoreNone, 300},
		{"CF-NC-04 stale-if-error", ttls(0, 20, 300), 200, "private, stale-if-error=60", NoStoreNone, 60},
		{"CF-SIE-02", ttls(0, 20, 300), 200, "private, stale-if-error=600", NoStoreNone, 300},
		{"CF-NC-04 stale-if-error=0", ttls(0, 20, 300), 200, "private, stale-if-error=0", NoStoreDirectivePrivate, -1},
		{"TV-TTL-14", ttls(0, 0, 0), 200, "private", NoStoreCachingDisabled, -1},
		{"CF-ECT-07", ttls(0, 20, 300), 404, "private", NoStoreDirectivePrivate, -1},
		{"CF-TTL-07 min", ttls(10, 20, 300), 200, "private", NoStoreNone, -1},
	} {
		v := Judge(choosing(c.policy, outage), ErrorPolicy{}, get(c.status, fields(c.cacheControl)))
		if v.NoStore != c.reason {
			t.Errorf("%s: %q: got %v, want %v", c.name, c.cacheControl, v.NoStore, c.reason)
		}
		times := v.Times(now)
		for _, after := range []int{c.last, c.last + 1} {
			at := now.Add(time.Duration(after) * s)
			if got, want := v.Storable() && times.MayServeInOutage(at), after == c.last && c.last >= 0; got != want {
				t.Errorf("%s: %q after %d s of outage: got %v, want %v", c.name, c.cacheControl, after, got, want)
			}
			if c.last < 0 {
				continue
			}
			if state := times.StateAt(at); state != StateStaleRevalidate || times.MayServeStaleOnError(at) || v.Share != ShareForbidden ||
				v.Revalidation != RevalidationFull || !v.Drops("set-cookie") {
				t.Errorf("%s: %q after %d s: got %v, %+v, want a copy that nothing but an outage uses", c.name, c.cacheControl, after, state, v)
			}
		}
	}
}

// Parts of a private response are not kept for an outage either.
func TestOutagePart(t *testing.T) {
	in := get(206, fields("private"))
	in.Part = true
	if got := Judge(choosing(ttls(0, 20, 300), Choices{PrivateCopies: PrivateCopiesOutage}), ErrorPolicy{}, in); got.NoStore != NoStoreDirectivePrivate {
		t.Errorf("a part: got %v, want %v", got.NoStore, NoStoreDirectivePrivate)
	}
}

// TestStrictHasNoChoices: rfc9111 has answers of its own.
func TestStrictHasNoChoices(t *testing.T) {
	strict := ttls(0, 0, 300)
	strict.Semantics = SemanticsRFC9111
	chosen := choosing(strict, Choices{
		StaleLimit: StaleLimitSinceExpiry, StaleIfErrorEnded: StaleIfErrorEndedStale, NoCacheWithMaxAge: NoCacheWithMaxAgeMaxAge,
		OriginAge: OriginAgeSubtracted, Redirect: RedirectMinTTL, CollapsedErrors: CollapsedErrorsAll,
		PrivateCopies: PrivateCopiesOutage,
	})
	for _, in := range []Response{
		get(200, fields("no-cache, max-age=60, stale-if-error=9", "Age", "5")), get(307, fields("-")), get(403, fields("-")),
		get(200, fields("private")), get(200, fields("no-store")),
	} {
		got, want := Judge(chosen, ErrorPolicy{}, in), Judge(strict, ErrorPolicy{}, in)
		if got.NoStore != want.NoStore || got.Share != want.Share || got.Times(now) != want.Times(now) {
			t.Errorf("%d %v: got %+v, want %+v", in.Status, in.Fields, got, want)
		}
	}
}
