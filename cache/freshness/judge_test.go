package freshness

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const s = time.Second

func ttls(least, def, most int) Policy {
	return Policy{MinTTL: time.Duration(least) * s, DefaultTTL: time.Duration(def) * s, MaxTTL: time.Duration(most) * s}
}

// fields makes header fields of a Cache-Control value, if it is not "-", and
// of more name and value pairs.
func fields(cacheControl string, more ...string) field.Lines {
	ls := field.Lines{{Name: "Content-Type", Value: "text/plain"}}
	if cacheControl != "-" {
		ls.Add("cache-control", cacheControl)
	}
	for i := 0; i < len(more); i += 2 {
		ls.Add(more[i], more[i+1])
	}
	return ls
}

func expires(seconds int) string {
	return now.Add(time.Duration(seconds) * s).Format("Mon, 02 Jan 2006 15:04:05 GMT")
}

func get(status int, fs field.Lines) Response {
	return Response{Method: "GET", Status: status, Fields: fs, Now: now}
}

// TestLifetime is the table of section 14.1 and the rest of CF-TTL and CF-NC.
func TestLifetime(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy Policy
		in     Response
		reason NoStoreReason
		want   time.Duration
	}{
		{"TV-TTL-01", ttls(0, 86400, 31536000), get(200, fields("-")), NoStoreNone, 86400 * s},
		{"TV-TTL-02", ttls(0, 86400, 31536000), get(200, fields("max-age=60")), NoStoreNone, 60 * s},
		{"TV-TTL-03", ttls(0, 86400, 31536000), get(200, fields("max-age=60, s-maxage=600")), NoStoreNone, 600 * s},
		{"TV-TTL-04", ttls(0, 86400, 31536000), get(200, fields("max-age=600, s-maxage=60")), NoStoreNone, 60 * s},
		{"TV-TTL-05", ttls(0, 60, 300), get(200, fields("max-age=600")), NoStoreNone, 300 * s},
		{"TV-TTL-06", ttls(10, 20, 300), get(200, fields("max-age=5")), NoStoreNone, 10 * s},
		{"TV-TTL-07", ttls(10, 20, 300), get(200, fields("max-age=0")), NoStoreNone, 10 * s},
		{"TV-TTL-08", ttls(10, 20, 300), get(200, fields("no-store")), NoStoreNone, 10 * s},
		{"TV-TTL-09", ttls(10, 20, 300), get(200, fields("private")), NoStoreNone, 10 * s},
		{"TV-TTL-10", ttls(10, 20, 300), get(200, fields("-")), NoStoreNone, 20 * s},
		{"TV-TTL-11", ttls(30, 20, 300), get(200, fields("-")), NoStoreNone, 30 * s},
		{"TV-TTL-12", ttls(0, 0, 31536000), get(200, fields("-")), NoStoreNone, 0},
		{"TV-TTL-13", ttls(0, 0, 31536000), get(200, fields("max-age=60")), NoStoreNone, 60 * s},
		{"TV-TTL-14", ttls(0, 0, 0), get(200, fields("max-age=60")), NoStoreCachingDisabled, 0},
		{"TV-TTL-15", ttls(0, 20, 300), get(200, fields("-", "Expires", expires(120))), NoStoreNone, 120 * s},
		{"TV-TTL-16", ttls(0, 20, 300), get(200, fields("-", "Expires", expires(900))), NoStoreNone, 300 * s},
		{"TV-TTL-17", ttls(0, 20, 300), get(200, fields("max-age=60", "Expires", expires(200))), NoStoreNone, 60 * s},
		{"TV-TTL-18", ttls(0, 20, 300), get(200, fields("no-cache")), NoStoreNone, 0},
		{"TV-TTL-19", ttls(0, 20, 300), get(200, fields("no-store")), NoStoreDirectiveNoStore, 0},
		{"TV-TTL-20", ttls(0, 20, 300), get(200, fields("no-cache, max-age=60")), NoStoreNone, 0},
		{"TV-TTL-21", ttls(0, 20, 300), get(307, fields("-")), NoStoreRedirectCacheControl, 0},
		{"TV-TTL-22", ttls(0, 20, 300), get(302, fields("-")), NoStoreNone, 20 * s},
		{"TV-TTL-23", ttls(1, 86400, 31536000), get(200, fields("private, no-store")), NoStoreNone, 1 * s},

		{"CF-TTL-03 s-maxage alone", ttls(0, 20, 300), get(200, fields("s-maxage=7")), NoStoreNone, 7 * s},
		{"CF-TTL-04 Expires below min", ttls(30, 40, 300), get(200, fields("-", "Expires", expires(5))), NoStoreNone, 30 * s},
		{"CF-TTL-08", ttls(0, 20, 300), get(200, fields("max-age=60, s-maxage=0")), NoStoreNone, 0},
		{"CF-TTL-09 max does not bound default", ttls(0, 500, 300), get(200, fields("-")), NoStoreNone, 500 * s},
		{"CF-TTL-14", ttls(0, 20, 300), get(200, fields(`no-cache="Set-Cookie"`)), NoStoreNone, 20 * s},
		{"CF-TTL-16", ttls(0, 20, 300), get(200, fields("-", "Pragma", "no-cache")), NoStoreNone, 20 * s},
		{"CF-TTL-18", ttls(0, 20, 300), get(200, fields("must-revalidate, max-age=9")), NoStoreNone, 9 * s},
		{"CF-TTL-19 zero", ttls(0, 20, 300), get(200, fields("-", "Expires", "0")), NoStoreNone, 0},
		{"CF-TTL-19 clamped", ttls(5, 20, 300), get(200, fields("-", "Expires", "-1")), NoStoreNone, 5 * s},
		{"CF-TTL-19 past", ttls(0, 20, 300), get(200, fields("-", "Expires", expires(-9))), NoStoreNone, 0},
		{"CF-TTL-19 several", ttls(0, 20, 300), get(200, fields("-", "Expires", expires(90), "Expires", expires(30))), NoStoreNone, 30 * s},
		{"CF-TTL-20", ttls(0, 20, 300), get(200, fields("max-age=oops")), NoStoreNone, 20 * s},
		{"CF-TTL-21 Age", ttls(0, 20, 300), get(200, fields("max-age=60", "Age", "50")), NoStoreNone, 60 * s},
		{"CF-TTL-23 Set-Cookie", ttls(0, 20, 300), get(200, fields("-", "Set-Cookie", "a=b")), NoStoreNone, 20 * s},
		{"CF-TTL-24 Vary", ttls(0, 20, 300), get(200, fields("-", "Vary", "Accept")), NoStoreNone, 20 * s},
		{"CF-TTL-25 204", ttls(0, 20, 300), get(204, fields("-")), NoStoreNone, 20 * s},
		{"CF-TTL-25 206", ttls(0, 20, 300), get(206, fields("max-age=60")), NoStorePartialContent, 0},
		{"CF-TTL-25 304", ttls(0, 20, 300), get(304, fields("max-age=60")), NoStoreNotModified, 0},
		{"CF-TTL-25 201 implicit", ttls(5, 20, 300), get(201, fields("public")), NoStoreNoExplicitLifetime, 0},
		{"CF-TTL-25 201 max-age", ttls(0, 20, 300), get(201, fields("max-age=60")), NoStoreNone, 60 * s},
		{"CF-TTL-25 201 Expires", ttls(0, 20, 300), get(201, fields("-", "Expires", expires(60))), NoStoreNone, 60 * s},
		{"CF-TTL-25 101", ttls(0, 20, 300), get(101, fields("max-age=60")), NoStoreStatus, 0},
		{"CF-TTL-26 min does not help", ttls(10, 20, 300), get(308, fields("-", "Expires", expires(60))), NoStoreRedirectCacheControl, 0},
		{"CF-TTL-26 with Cache-Control", ttls(0, 20, 300), get(308, fields("public")), NoStoreNone, 20 * s},
		{"CF-TTL-27 POST", ttls(0, 20, 300), Response{Method: "POST", Status: 200, Fields: fields("max-age=60"), Now: now}, NoStoreMethod, 0},
		{"CF-TTL-27 HEAD", ttls(0, 20, 300), Response{Method: "HEAD", Status: 200, Fields: fields("-"), Now: now}, NoStoreNone, 20 * s},
		{"CF-TTL-27 OPTIONS", ttls(0, 20, 300), Response{Method: "OPTIONS", Status: 200, Now: now}, NoStoreMethod, 0},
		{"CF-TTL-27 OPTIONS cached", ttls(0, 20, 300), Response{Method: "OPTIONS", Status: 200, Now: now, OptionsCached: true}, NoStoreNone, 20 * s},
		{"CF-NC-03", ttls(0, 20, 300), get(200, fields("private, max-age=60")), NoStoreDirectivePrivate, 0},
		{"CF-NC-06", ttls(1, 86400, 31536000), get(200, fields("no-cache")), NoStoreNone, 1 * s},
		{"CF-COND-07 min 0", ttls(0, 20, 300), get(200, fields("max-age=60", "Vary", "Accept, *")), NoStoreNone, 0},
		{"CF-COND-07 min above 0", ttls(5, 20, 300), get(200, fields("max-age=60", "Vary", "*")), NoStoreNone, 60 * s},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Judge(c.policy, ErrorPolicy{}, c.in)
			if got.NoStore != c.reason || got.Lifetime != c.want {
				t.Errorf("Judge(%+v, %+v): got %v for %v, want %v for %v", c.policy, c.in, got.NoStore, got.Lifetime, c.reason, c.want)
			}
			if got.Storable() != (c.reason == NoStoreNone) {
				t.Errorf("Storable: got %v with reason %v", got.Storable(), c.reason)
			}
		})
	}
}

// TestErrorLifetime is the table of section 14.6 and the rest of CF-ECT.
func TestErrorLifetime(t *testing.T) {
	zero := func(status int, s3 bool) ErrorPolicy {
		return ErrorPolicy{PerStatus: []ErrorTTL{{Status: status}}, S3Origin: s3}
	}
	p, tenMinutes := ttls(0, 86400, 300), ErrorPolicy{PerStatus: []ErrorTTL{{404, 600 * s}, {503, 5 * s}}}
	for _, c := range []struct {
		name   string
		policy Policy
		errors ErrorPolicy
		in     Response
		reason NoStoreReason
		want   time.Duration
	}{
		{"TV-ERR-01", p, ErrorPolicy{}, get(404, fields("-")), NoStoreNone, 10 * s},
		{"TV-ERR-02", p, ErrorPolicy{}, get(404, fields("max-age=60")), NoStoreNone, 60 * s},
		{"TV-ERR-03", p, ErrorPolicy{}, get(404, fields("max-age=5")), NoStoreNone, 10 * s},
		{"TV-ERR-04", p, ErrorPolicy{}, get(404, fields("no-store")), NoStoreDirectiveNoStore, 0},
		{"TV-ERR-05", p, ErrorPolicy{}, get(500, fields("no-store")), NoStoreNone, 10 * s},
		{"TV-ERR-06", p, ErrorPolicy{}, get(503, fields("max-age=900")), NoStoreNone, 300 * s},
		{"TV-ERR-07", p, ErrorPolicy{}, get(403, fields("-")), NoStoreErrorMaxAge, 0},
		{"TV-ERR-08", p, ErrorPolicy{}, get(403, fields("max-age=60")), NoStoreNone, 60 * s},
		{"TV-ERR-09 401", p, ErrorPolicy{}, get(401, fields("max-age=60")), NoStoreStatus, 0},
		{"TV-ERR-09 429", p, ErrorPolicy{}, get(429, fields("-")), NoStoreStatus, 0},
		{"TV-ERR-10", p, ErrorPolicy{}, get(416, fields("max-age=60")), NoStoreStatus, 0},
		{"TV-ERR-11", ttls(0, 0, 0), ErrorPolicy{}, get(503, fields("max-age=60")), NoStoreCachingDisabled, 0},
		{"TV-ERR-12 custom origin", p, zero(404, false), get(404, fields("-")), NoStoreErrorTTLZero, 0},
		{"TV-ERR-12 S3", p, zero(404, true), get(404, fields("-")), NoStoreNone, 1 * s},
		{"TV-ERR-13", p, ErrorPolicy{}, Response{Method: "POST", Status: 500, Now: now}, NoStoreMethod, 0},

		{"CF-ECT-03 Expires is not enough", p, ErrorPolicy{}, get(400, fields("-", "Expires", expires(60))), NoStoreErrorMaxAge, 0},
		{"CF-ECT-03 s-maxage", p, ErrorPolicy{}, get(405, fields("s-maxage=60, max-age=1")), NoStoreNone, 60 * s},
		{"CF-ECT-04 410", p, ErrorPolicy{}, get(410, fields("max-age=60")), NoStoreNone, 60 * s},
		{"CF-ECT-04 505", p, ErrorPolicy{}, get(505, fields("max-age=60")), NoStoreStatus, 0},
		{"CF-ECT-06 Expires", p, ErrorPolicy{}, get(504, fields("-", "Expires", expires(60))), NoStoreNone, 60 * s},
		{"CF-ECT-06 minimum above max TTL", p, tenMinutes, get(404, fields("max-age=900")), NoStoreNone, 600 * s},
		{"CF-ECT-07 private", p, ErrorPolicy{}, get(414, fields("private, max-age=60")), NoStoreDirectivePrivate, 0},
		{"CF-ECT-07 no-cache with min TTL", ttls(5, 20, 300), ErrorPolicy{S3Origin: true}, get(501, fields("no-cache")), NoStoreDirectiveNoCache, 0},
		{"CF-ECT-07 minimum", p, ErrorPolicy{}, get(503, fields("private, max-age=60")), NoStoreNone, 10 * s},
		{"CF-ECT-09", ttls(60, 600, 900), ErrorPolicy{}, get(404, fields("-")), NoStoreNone, 10 * s},
		{"CF-ECT-15 made by the edge", p, tenMinutes, get(503, nil), NoStoreNone, 5 * s},
		{"CF-TTL-25 600", p, ErrorPolicy{}, get(600, fields("max-age=60")), NoStoreStatus, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Judge(c.policy, c.errors, c.in)
			if got.NoStore != c.reason || got.Lifetime != c.want {
				t.Errorf("Judge(%+v, %+v, %+v): got %v for %v, want %v for %v", c.policy, c.errors, c.in, got.NoStore, got.Lifetime, c.reason, c.want)
			}
			if got.OnError != StaleOnErrorNever {
				t.Errorf("OnError of an error: got %v, want never", got.OnError)
			}
		})
	}
}

// TestJudgeRest checks what a verdict says besides the lifetime.
func TestJudgeRest(t *testing.T) {
	type rest struct {
		share        Share
		swr          time.Duration
		onError      StaleOnError
		sie, limit   time.Duration
		mustValidate bool
		revalidation Revalidation
	}
	p := ttls(0, 20, 300)
	withCookies := get(200, fields("max-age=10"))
	withCookies.CookiesForwarded = true
	for _, c := range []struct {
		name   string
		policy Policy
		in     Response
		want   rest
	}{
		{"no directives", p, get(200, fields("-")), rest{ShareAllowed, 0, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"lifetime above max TTL", ttls(0, 900, 300), get(200, fields("-")), rest{ShareAllowed, 0, StaleOnErrorDefault, 0, 900 * s, false, RevalidationConditional}},
		{"CF-SWR-01", p, get(200, fields("max-age=10, stale-while-revalidate=30")), rest{ShareAllowed, 30 * s, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"CF-SWR-02", p, get(200, fields("max-age=10, stale-while-revalidate=900")), rest{ShareAllowed, 300 * s, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"CF-SWR-04", p, get(200, fields("s-maxage=10, stale-while-revalidate=30")), rest{ShareAllowed, 30 * s, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"CF-SIE-01", p, get(200, fields("max-age=10, stale-if-error=60")), rest{ShareAllowed, 0, StaleOnErrorWindow, 60 * s, 300 * s, false, RevalidationConditional}},
		{"CF-SIE-02", p, get(200, fields("max-age=10, stale-if-error=900")), rest{ShareAllowed, 0, StaleOnErrorWindow, 300 * s, 300 * s, false, RevalidationConditional}},
		{"CF-SIE-06", p, get(200, fields("max-age=10, stale-if-error=0")), rest{ShareAllowed, 0, StaleOnErrorNever, 0, 300 * s, false, RevalidationConditional}},
		{"CF-NC-01", p, get(200, fields("no-cache, stale-while-revalidate=30")), rest{ShareForbidden, 0, StaleOnErrorDefault, 0, 300 * s, true, RevalidationConditional}},
		{"CF-NC-04", p, get(200, fields("no-cache, stale-if-error=0")), rest{ShareForbidden, 0, StaleOnErrorNever, 0, 300 * s, true, RevalidationConditional}},
		{"CF-NC-06", ttls(1, 20, 300), get(200, fields("no-cache, stale-while-revalidate=30")), rest{ShareAllowed, 0, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"CF-COL-04 max-age=0", p, get(200, fields("max-age=0")), rest{ShareForbidden, 0, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"CF-COL-04 no-store", p, get(200, fields("no-store")), rest{}},
		{"CF-COL-04 private", p, get(200, fields("private")), rest{}},
		{"CF-COL-05", ttls(1, 20, 300), get(200, fields("private")), rest{ShareAllowed, 0, StaleOnErrorDefault, 0, 300 * s, false, RevalidationConditional}},
		{"CF-COL-06 CF-COND-06", p, withCookies, rest{ShareForbidden, 0, StaleOnErrorDefault, 0, 300 * s, false, RevalidationFull}},
		{"CF-COL-07", p, get(503, fields("-")), rest{ShareAllowed, 0, StaleOnErrorNever, 0, 10 * s, false, RevalidationFull}},
		{"CF-COL-07 not cacheable", p, get(429, fields("-")), rest{}},
		{"CF-COND-07", p, get(200, fields("-", "Vary", "*")), rest{ShareForbidden, 0, StaleOnErrorDefault, 0, 300 * s, true, RevalidationFull}},
		{"CF-SWR-11 CF-COL-03", ttls(0, 0, 0), get(200, fields("max-age=10, stale-while-revalidate=30")), rest{}},
		{"CF-SIE-09", p, get(503, fields("max-age=60, stale-if-error=600")), rest{ShareAllowed, 0, StaleOnErrorNever, 0, 60 * s, false, RevalidationFull}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := Judge(c.policy, ErrorPolicy{}, c.in)
			got := rest{v.Share, v.StaleWhileRevalidate, v.OnError, v.StaleIfError, v.StaleLimit, v.MustValidate, v.Revalidation}
			if got != c.want {
				t.Errorf("Judge(%+v, %+v):\n got %+v\nwant %+v", c.policy, c.in, got, c.want)
			}
		})
	}
}

// TestDropFields proves CF-TTL-14 for both directives, also where nothing is
// stored: after a 304 the viewer gets the fields that were.
func TestDropFields(t *testing.T) {
	strict := ttls(0, 20, 300)
	strict.Semantics = SemanticsRFC9111
	for _, p := range []Policy{ttls(0, 20, 300), strict} {
		for _, more := range []string{"", ", no-store", ", private"} {
			testDropFields(t, Judge(p, ErrorPolicy{}, get(200, fields(`no-cache="Set-Cookie", private="X-User", max-age=9`+more))))
		}
	}
}

func testDropFields(t *testing.T, v Verdict) {
	t.Helper()
	if !reflect.DeepEqual(v.DropFields, []string{"Set-Cookie"}) || !reflect.DeepEqual(v.DropPrivateFields, []string{"X-User"}) {
		t.Errorf("got %q and %q, want Set-Cookie and X-User", v.DropFields, v.DropPrivateFields)
	}
	for name, want := range map[string]bool{"set-cookie": true, "x-user": true, "ETag": false} {
		if got := v.Drops(name); got != want {
			t.Errorf("Drops(%q): got %v, want %v", name, got, want)
		}
	}
}

func TestErrorPolicyMinTTL(t *testing.T) {
	e := ErrorPolicy{PerStatus: []ErrorTTL{{404, 30 * s}, {503, 0}}}
	for status, want := range map[int]time.Duration{404: 30 * s, 503: 0, 500: 10 * s} {
		if got := e.MinTTL(status); got != want {
			t.Errorf("MinTTL(%d): got %v, want %v", status, got, want)
		}
	}
}

var common = get(200, field.Lines{
	{Name: "Date", Value: "Sun, 01 Mar 2026 12:00:00 GMT"},
	{Name: "Content-Type", Value: "application/json"},
	{Name: "Content-Length", Value: "1234"},
	{Name: "Cache-Control", Value: "public, max-age=60, stale-while-revalidate=30"},
	{Name: "Expires", Value: "Sun, 01 Mar 2026 12:01:00 GMT"},
	{Name: "ETag", Value: `"abc"`},
	{Name: "Vary", Value: "Accept-Encoding"},
})

func TestJudgeAllocates(t *testing.T) {
	p := ttls(0, 20, 300)
	if n := testing.AllocsPerRun(100, func() { Judge(p, ErrorPolicy{}, common) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkJudge(b *testing.B) {
	p := ttls(0, 20, 300)
	b.ReportAllocs()
	for b.Loop() {
		Judge(p, ErrorPolicy{}, common)
	}
}

func ExampleJudge() {
	policy := Policy{MinTTL: 0, DefaultTTL: 24 * time.Hour, MaxTTL: 365 * 24 * time.Hour}
	received := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	v := Judge(policy, ErrorPolicy{}, Response{
		Method: "GET",
		Status: 200,
		Fields: field.Lines{{Name: "Cache-Control", Value: "max-age=10, stale-while-revalidate=30"}},
		Now:    received,
	})
	times := v.Times(received)
	for _, after := range []time.Duration{5, 20, 50} {
		fmt.Println(v.NoStore, times.StateAt(received.Add(after*time.Second)))
	}
	// Output:
	// stored fresh
	// stored stale-while-revalidate
	// stored stale-revalidate
}
