package freshness

import (
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
)

// strict is a policy of a strict shared cache.
var strict = Policy{Semantics: SemanticsRFC9111, MaxTTL: 365 * 24 * time.Hour}

func dated(fs field.Lines) field.Lines {
	fs.Add("Date", expires(0))
	return fs
}

// TestStrictLifetime is RFC 9111 sections 3, 4.2.1 and 4.2.2.
func TestStrictLifetime(t *testing.T) {
	for _, c := range []struct {
		name   string
		in     Response
		reason NoStoreReason
		want   time.Duration
	}{
		{"max-age", get(200, fields("max-age=60")), NoStoreNone, 60 * s},
		{"s-maxage first, smaller", get(200, fields("s-maxage=60, max-age=600", "Expires", expires(900))), NoStoreNone, 60 * s},
		{"s-maxage first, greater", get(200, fields("s-maxage=600, max-age=60")), NoStoreNone, 600 * s},
		{"max-age before Expires", get(200, fields("max-age=60", "Expires", expires(600))), NoStoreNone, 60 * s},
		{"Expires less Date", get(200, fields("-", "Expires", expires(60), "Date", expires(-40))), NoStoreNone, 100 * s},
		{"Expires in any case", get(200, dated(fields("-", "Expires", "sun, 01 MAR 2026 12:00:30 gMT"))), NoStoreNone, 30 * s},
		{"Expires twice", get(200, dated(fields("-", "Expires", expires(60), "Expires", expires(60)))), NoStoreNone, 0},
		{"Expires 0", get(200, dated(fields("-", "Expires", "0"))), NoStoreNone, 0},
		{"Expires with two spaces", get(200, dated(fields("-", "Expires", "Sun,  01 Mar 2026 12:00:30 GMT"))), NoStoreNone, 0},
		{"Expires before Date", get(200, dated(fields("-", "Expires", expires(-60)))), NoStoreNone, 0},
		{"max-age malformed", get(200, fields("max-age=x", "Expires", expires(60))), NoStoreNone, 0},
		{"max TTL bounds", get(200, fields("max-age=99999999999")), NoStoreNone, strict.MaxTTL},
		{"heuristic", get(200, dated(fields("-", "Last-Modified", expires(-1000)))), NoStoreNone, 100 * s},
		{"heuristic 404", get(404, dated(fields("-", "Last-Modified", expires(-1000)))), NoStoreNone, 100 * s},
		{"heuristic 410 with directives of no lifetime", get(410, dated(fields("no-transform", "Last-Modified", expires(-1000)))), NoStoreNone, 100 * s},
		{"heuristic 201", get(201, dated(fields("-", "Last-Modified", expires(-1000)))), NoStoreNoExplicitLifetime, 0},
		{"heuristic 403", get(403, dated(fields("-", "Last-Modified", expires(-1000)))), NoStoreNoExplicitLifetime, 0},
		{"heuristic 503", get(503, dated(fields("-", "Last-Modified", expires(-1000)))), NoStoreNoExplicitLifetime, 0},
		{"public 201", get(201, dated(fields("public", "Last-Modified", expires(-1000)))), NoStoreNone, 100 * s},
		{"modified in the future", get(200, dated(fields("-", "Last-Modified", expires(1000)))), NoStoreNone, 0},
		{"nothing to go by", get(200, dated(fields("-"))), NoStoreNoExplicitLifetime, 0},
		{"only a validator", get(200, dated(fields("-", "ETag", `"a"`))), NoStoreNone, 0},
		{"any final status", get(599, fields("max-age=60")), NoStoreNone, 60 * s},
		{"unknown success", get(299, fields("max-age=60")), NoStoreNone, 60 * s},
		{"not found, without minimum", get(404, fields("max-age=1")), NoStoreNone, 1 * s},
		{"partial content", get(206, fields("max-age=60")), NoStorePartialContent, 0},
		{"not modified", get(304, fields("max-age=60")), NoStoreNotModified, 0},
		{"interim", get(103, fields("max-age=60")), NoStoreStatus, 0},
		{"no-store", get(200, fields("max-age=60, no-store")), NoStoreDirectiveNoStore, 0},
		{"private", get(200, fields("max-age=60, private")), NoStoreDirectivePrivate, 0},
		{"private for a field", get(200, fields(`max-age=60, private="X-A"`)), NoStoreNone, 60 * s},
		{"no-cache", get(200, fields("max-age=60, no-cache")), NoStoreNone, 0},
		{"no-cache for a field", get(200, fields(`max-age=60, no-cache="X-A"`)), NoStoreNone, 60 * s},
		{"must-understand overrides no-store", get(200, fields("max-age=60, no-store, must-understand")), NoStoreNone, 60 * s},
		{"must-understand, unknown status", get(599, fields("max-age=60, must-understand")), NoStoreNotUnderstood, 0},
		{"Vary: *", get(200, fields("max-age=60", "Vary", "Accept", "Vary", "Foo, *")), NoStoreVary, 0},
		{"targeted", get(200, fields("no-store", "Expires", "0", "CDN-Cache-Control", "max-age=60")), NoStoreNone, 60 * s},
		{"targeted hides Expires", get(200, fields("max-age=60", "Expires", expires(9), "CDN-Cache-Control", "public")), NoStoreNoExplicitLifetime, 0},
		{"targeted, malformed", get(200, fields("max-age=5", "CDN-Cache-Control", "max-age=60, &")), NoStoreNone, 5 * s},
		{"method", Response{Method: "POST", Status: 200, Fields: fields("max-age=60"), Now: now}, NoStoreMethod, 0},
		{"OPTIONS", Response{Method: "OPTIONS", Status: 200, Fields: fields("max-age=60"), Now: now, OptionsCached: true}, NoStoreMethod, 0},
		{"request no-store", Response{Method: "GET", Status: 200, Fields: fields("max-age=60"), Now: now, NoStore: true}, NoStoreRequest, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(strict, ErrorPolicy{}, c.in)
			if v.NoStore != c.reason || v.Lifetime != c.want {
				t.Errorf("Judge(%v): got %v and %v, want %v and %v", c.in, v.NoStore, v.Lifetime, c.reason, c.want)
			}
		})
	}
}

// TestStrictRevalidation is RFC 9110 section 13.2.1: a 304 confirms no error.
func TestStrictRevalidation(t *testing.T) {
	for status, want := range map[int]Revalidation{
		200: RevalidationConditional, 301: RevalidationConditional, 404: RevalidationFull, 503: RevalidationFull,
	} {
		if got := Judge(strict, ErrorPolicy{}, get(status, fields("max-age=60", "ETag", `"a"`))).Revalidation; got != want {
			t.Errorf("%d: got %v, want %v", status, got, want)
		}
	}
}

// TestStrictPost is RFC 9110 section 9.3.3.
func TestStrictPost(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Response
		want NoStoreReason
	}{
		{"the target's, explicit", Response{Status: 200, Fields: fields("max-age=60"), NamesTarget: true}, NoStoreNone},
		{"not the target's", Response{Status: 200, Fields: fields("max-age=60")}, NoStoreMethod},
		{"heuristic", Response{Status: 200, Fields: dated(fields("public", "Last-Modified", expires(-1000))), NamesTarget: true}, NoStoreMethod},
		{"another status", Response{Status: 201, Fields: fields("max-age=60"), NamesTarget: true}, NoStoreMethod},
		{"private", Response{Status: 200, Fields: fields("max-age=60, private"), NamesTarget: true}, NoStoreDirectivePrivate},
		{"credentials", Response{Status: 200, Fields: fields("max-age=60"), NamesTarget: true, Authorization: true}, NoStoreAuthorization},
	} {
		c.in.Method, c.in.Now = "POST", now
		if v := Judge(strict, ErrorPolicy{}, c.in); v.NoStore != c.want {
			t.Errorf("%s: got %v, want %v", c.name, v.NoStore, c.want)
		}
		if v := Judge(ttls(0, 20, 300), ErrorPolicy{}, c.in); v.NoStore != NoStoreMethod {
			t.Errorf("%s, at CloudFront: got %v, want %v (CF-METH-05)", c.name, v.NoStore, NoStoreMethod)
		}
	}
}

// TestStrictAuthorization is RFC 9111 section 3.5.
func TestStrictAuthorization(t *testing.T) {
	for cc, want := range map[string]NoStoreReason{
		"max-age=60":                   NoStoreAuthorization,
		"max-age=60, no-cache":         NoStoreAuthorization,
		"max-age=60, proxy-revalidate": NoStoreAuthorization,
		"max-age=60, public":           NoStoreNone,
		"max-age=60, must-revalidate":  NoStoreNone,
		"s-maxage=60":                  NoStoreNone,
		"private, s-maxage=60":         NoStoreDirectivePrivate,
	} {
		in := get(200, fields(cc))
		in.Authorization = true
		if v := Judge(strict, ErrorPolicy{}, in); v.NoStore != want {
			t.Errorf("Judge of %q after a request with credentials: got %v, want %v", cc, v.NoStore, want)
		}
	}
}

// TestStrictAge is RFC 9111 section 4.2.3.
func TestStrictAge(t *testing.T) {
	for _, c := range []struct {
		name  string
		age   string
		date  string
		delay time.Duration
		want  time.Duration
	}{
		{"none", "", "", 0, 0},
		{"Age", "40", expires(0), 0, 40 * s},
		{"Age and delay", "40", expires(0), 3 * s, 43 * s},
		{"Date", "", expires(-50), 0, 50 * s},
		{"the greater", "40", expires(-50), 3 * s, 50 * s},
		{"Date in the future", "40", expires(50), 0, 40 * s},
		{"Date malformed", "40", "yesterday", 0, 40 * s},
		{"first element", "40, 90", expires(0), 0, 40 * s},
		{"Age malformed", "4x", expires(0), 0, 0},
	} {
		in := get(200, fields("max-age=60", "Age", c.age, "Date", c.date))
		in.Delay = c.delay
		v := Judge(strict, ErrorPolicy{}, in)
		if got := v.Times(now).AgeSeconds(now.Add(5 * s)); got != int64((c.want+5*s)/s) {
			t.Errorf("%s: got age %d s after 5 s, want %v more", c.name, got, c.want)
		}
		if got, want := v.Times(now).StateAt(now.Add(60*s-c.want)), StateFresh; got == want {
			t.Errorf("%s: got %v when the age is the lifetime, want stale", c.name, got)
		}
	}
}

// TestStrictStale is RFC 9111 section 4.2.4 and RFC 5861.
func TestStrictStale(t *testing.T) {
	for _, c := range []struct {
		cc      string
		late    time.Duration // after the lifetime
		onError bool
		state   State
	}{
		{"max-age=10", time.Hour, true, StateStaleRevalidate},
		{"max-age=10, must-revalidate", s, false, StateStaleRevalidate},
		{"max-age=10, proxy-revalidate", s, false, StateStaleRevalidate},
		{"s-maxage=10", s, false, StateStaleRevalidate},
		{"no-cache", s, false, StateStaleRevalidate},
		{"max-age=10, stale-if-error=60", 60 * s, true, StateStaleRevalidate},
		{"max-age=10, stale-if-error=60", 61 * s, false, StateStaleRevalidate},
		{"max-age=10, stale-if-error=0", s, false, StateStaleRevalidate},
		{"max-age=10, stale-if-error=60, must-revalidate", s, false, StateStaleRevalidate},
		{"max-age=10, stale-while-revalidate=60", 60 * s, true, StateStaleWhileRevalidate},
		{"max-age=10, stale-while-revalidate=60", 61 * s, true, StateStaleRevalidate},
		{"s-maxage=10, stale-while-revalidate=60", s, false, StateStaleRevalidate},
	} {
		times := Judge(strict, ErrorPolicy{}, get(200, fields(c.cc))).Times(now)
		at := now.Add(times.Lifetime + c.late)
		if got := times.MayServeStaleOnError(at); got != c.onError {
			t.Errorf("%s, %v late: got stale on error %v, want %v", c.cc, c.late, got, c.onError)
		}
		if got := times.StateAt(at); got != c.state {
			t.Errorf("%s, %v late: got %v, want %v", c.cc, c.late, got, c.state)
		}
	}
}

// An old failure does not stand in for a new one, a 404 does for an outage.
func TestStrictStaleError(t *testing.T) {
	for status, want := range map[int]bool{200: true, 404: true, 500: false, 503: false, 599: false} {
		times := Judge(strict, ErrorPolicy{}, get(status, fields("max-age=10, stale-if-error=60"))).Times(now)
		if got := times.MayServeStaleOnError(now.Add(20 * s)); got != want {
			t.Errorf("%d: got stale on error %v, want %v", status, got, want)
		}
	}
}

// TestStrictShare: waiters share what a later request could reuse, and the
// failure of an origin.
func TestStrictShare(t *testing.T) {
	old := get(200, fields("max-age=60", "Age", "60"))
	for _, c := range []struct {
		name string
		in   Response
		want Share
	}{
		{"fresh", get(200, fields("max-age=60")), ShareAllowed},
		{"stale on arrival", old, ShareForbidden},
		{"no-cache", get(200, fields("no-cache")), ShareForbidden},
		{"private", get(200, fields("private")), ShareForbidden},
		{"error of the origin", get(502, nil), ShareForbidden},
		{"no answer", Response{Method: "GET", Status: 502, Now: now, Generated: true}, ShareAllowed},
	} {
		if got := Judge(strict, ErrorPolicy{}, c.in).Share; got != c.want {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// TestUseFor is RFC 9111 section 5.2.1.
func TestUseFor(t *testing.T) {
	for _, c := range []struct {
		response string
		age      int
		demand   string
		want     Use
	}{
		{"max-age=60", 10, "max-age=10", UseAsFound},
		{"max-age=60", 10, "max-age=9", UseValidated},
		{"max-age=60", 10, "max-age=x", UseValidated},
		{"max-age=60", 10, "no-cache", UseValidated},
		{"max-age=60", 10, "min-fresh=50", UseAsFound},
		{"max-age=60", 10, "min-fresh=51", UseValidated},
		{"max-age=60", 10, "only-if-cached, no-store", UseAsFound},
		{"max-age=60", 70, "max-stale=10", UseStale},
		{"max-age=60", 70, "max-stale=9", UseAsFound},
		{"max-age=60", 70, "max-stale", UseStale},
		{"max-age=60, must-revalidate", 70, "max-stale", UseAsFound},
		{"no-cache", 0, "max-stale", UseAsFound},
		{"max-age=60", 70, "max-age=100", UseValidated},
		{"max-age=60", 59, "max-age=100", UseAsFound},
		{"max-age=60", 70, "max-age=100, max-stale=10", UseStale},
		{"max-age=60, stale-while-revalidate=60", 70, "max-age=100", UseValidated},
	} {
		times := Judge(strict, ErrorPolicy{}, get(200, fields(c.response))).Times(now)
		demands := cachecontrol.ParseRequest(fields(c.demand))
		if got := times.UseFor(demands, now.Add(time.Duration(c.age)*s)); got != c.want {
			t.Errorf("%q aged %d s for a request with %q: got %v, want %v", c.response, c.age, c.demand, got, c.want)
		}
	}
}
