package standin

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"
)

const (
	testKey  = "d41d8cd98f00b204e980"
	otherKey = "0123456789abcdef0123"
)

// TestUsagePlan: who may call is told by the key, and how often by its plan
// (AG-KEY-01, AG-KEY-03, AG-THR-01).
func TestUsagePlan(t *testing.T) {
	now := testTime
	s := newTest(t, Options{
		Now: func() time.Time { return now },
		UsagePlans: []UsagePlan{
			{Keys: []string{testKey}, Quota: Quota{Limit: 2, Period: QuotaDay}},
			{Keys: []string{otherKey}, Throttle: Throttle{Rate: 1, Burst: 1}},
		},
	})
	for _, tt := range []struct {
		name   string
		later  time.Duration
		key    string
		status int
		want   string // the message, "" for content
	}{
		{"AG-ERR-02 no key", 0, "", 403, `{"message":"Forbidden"}`},
		{"AG-ERR-02 unknown key", 0, "x", 403, `{"message":"Forbidden"}`},
		{"first of two", 0, testKey, 200, ""},
		{"second of two", time.Hour, testKey, 200, ""},
		{"AG-ERR-10", 0, testKey, 429, `{"message":"Limit Exceeded"}`},
		{"another key has its own", 0, otherKey, 200, ""},
		{"AG-ERR-09", 0, otherKey, 429, `{"message":"Too Many Requests"}`},
		{"its bucket fills", time.Second, otherKey, 200, ""},
		{"the next day", 24 * time.Hour, testKey, 200, ""},
	} {
		now = now.Add(tt.later)
		w := send(s, "GET /prod/products/p01", "x-api-key: "+tt.key)
		if w.Code != tt.status || tt.want != "" && w.Body.String() != tt.want {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, w.Code, w.Body, tt.status, tt.want)
		}
	}
	wantAnswer(t, "no such resource, no key", send(s, "GET /prod/nothing"), 403, `{"message":"Missing Authentication Token"}`)
}

func TestQuotaPeriods(t *testing.T) {
	at := func(s string) time.Time { v, _ := time.Parse(time.DateTime, s); return v }
	for _, tt := range []struct {
		period   QuotaPeriod
		in, want string
	}{
		{QuotaDay, "2026-05-04 23:59:59", "2026-05-04 00:00:00"},
		{QuotaWeek, "2026-05-04 00:00:00", "2026-05-04 00:00:00"}, // a Monday
		{QuotaWeek, "2026-05-10 12:00:00", "2026-05-04 00:00:00"}, // a Sunday
		{QuotaWeek, "2026-05-01 12:00:00", "2026-04-27 00:00:00"},
		{QuotaMonth, "2026-05-31 12:00:00", "2026-05-01 00:00:00"},
	} {
		if got := tt.period.begin(at(tt.in)); !got.Equal(at(tt.want)) {
			t.Errorf("%v of %s: got %v, want %s", tt.period, tt.in, got, tt.want)
		}
	}
}

// TestSourcePolicy: a policy must allow, and a denial wins (AG-POL-02).
func TestSourcePolicy(t *testing.T) {
	const arn = "arn:aws:execute-api:us-east-1:********9012:a1b2c3d4e5/prod/GET/products/p01"
	const denied = `{"Message":"User: anonymous is not authorized to perform: execute-api:Invoke on resource: ` + arn
	s := newTest(t, Options{Policy: SourcePolicy{
		Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		Deny:  []netip.Prefix{netip.MustParsePrefix("192.0.2.66/32")},
	}})
	for _, tt := range []struct {
		remote string
		status int
		want   string
	}{
		{"192.0.2.7:4711", 200, ""},
		{"[2001:db8::1]:4711", 200, ""},
		{"[::ffff:192.0.2.7]:4711", 200, ""},
		{"192.0.2.66:4711", 403, denied + ` with an explicit deny"}`},
		{"198.51.100.1:4711", 403, denied + `"}`},
		{"pipe", 403, denied + `"}`},
	} {
		r := httptest.NewRequest("GET", "/prod/products/p01", nil)
		r.Host, r.RemoteAddr = s.Host(), tt.remote
		r.Header.Set("X-Forwarded-For", "192.0.2.7") // which anybody may send
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != tt.status || tt.want != "" && w.Body.String() != tt.want {
			t.Errorf("AG-ERR-04 from %s: got %d %s, want %d %s", tt.remote, w.Code, w.Body, tt.status, tt.want)
		}
	}
}

// TestPlansAndPoliciesOfRESTOnly also has what is malformed.
func TestPlansAndPoliciesOfRESTOnly(t *testing.T) {
	all := []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}
	for name, o := range map[string]Options{
		"AG-THR-04":       {Flavor: FlavorHTTP, UsagePlans: []UsagePlan{{Keys: []string{testKey}}}},
		"AG-KEY-02 short": {UsagePlans: []UsagePlan{{Keys: []string{"short"}}}},
		"AG-KEY-02 twice": {UsagePlans: []UsagePlan{{Keys: []string{testKey}}, {Keys: []string{testKey}}}},
		"no keys":         {UsagePlans: []UsagePlan{{}}},
		"plan's throttle": {UsagePlans: []UsagePlan{{Keys: []string{testKey}, Throttle: Throttle{Burst: 1}}}},
		"plan's quota":    {UsagePlans: []UsagePlan{{Keys: []string{testKey}, Quota: Quota{Limit: -1}}}},
		"AG-POL-04":       {Flavor: FlavorHTTP, Policy: SourcePolicy{Allow: all}},
		"nobody":          {Policy: SourcePolicy{Deny: all}},
		"no range":        {Policy: SourcePolicy{Allow: []netip.Prefix{{}}}},
	} {
		if s, err := New(o); err == nil {
			s.Close()
			t.Errorf("%s: New(%+v): got no error, want one", name, o)
		}
	}
}
