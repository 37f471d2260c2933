package requestpolicy_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/selection"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
)

func sel(b selection.Behavior, names ...string) selection.Selection {
	return selection.Selection{Behavior: b, Names: names}
}

func newPolicy(t testing.TB, c requestpolicy.Config) *requestpolicy.Policy {
	t.Helper()
	p, err := requestpolicy.New(c)
	if err != nil {
		t.Fatalf("%+v: %v", c, err)
	}
	return p
}

// lines parses "Name: value" texts.
func lines(texts ...string) field.Lines {
	var ls field.Lines
	for _, s := range texts {
		name, value, _ := strings.Cut(s, ": ")
		ls.Add(name, value)
	}
	return ls
}

func input(fields ...string) requestpolicy.Input {
	return requestpolicy.Input{
		Method: "GET", Fields: lines(fields...), Proto: "2.0", Viewer: netip.MustParseAddr("192.0.2.2"),
		EdgeHost: "2afae0d44e2540f472c0635ab62c232b.cloudfront.net", RequestID: "id",
		AcceptEncoding: cachekey.AcceptEncodingAbsent,
	}
}

// always is what every origin request has for input without fields.
var always = map[string]string{
	"User-Agent":      "Amazon CloudFront",
	"Via":             "2.0 2afae0d44e2540f472c0635ab62c232b.cloudfront.net (CloudFront)",
	"X-Forwarded-For": "192.0.2.2",
	"X-Amz-Cf-Id":     "id",
	"CDN-Loop":        "cloudfront",
}

// TestUnion is table CF-ORPX, for query strings and cookies.
func TestUnion(t *testing.T) {
	none, all := sel(selection.BehaviorNone), sel(selection.BehaviorAll)
	allow := func(n ...string) selection.Selection { return sel(selection.BehaviorWhitelist, n...) }
	block := func(n ...string) selection.Selection { return sel(selection.BehaviorAllExcept, n...) }
	tests := []struct {
		name     string
		key, orp selection.Selection
		want     string // of a, b, c, d
	}{
		{"CF-ORPX-01 none", none, none, ""},
		{"CF-ORPX-01 all", none, all, "abcd"},
		{"CF-ORPX-01 allow", none, allow("a"), "a"},
		{"CF-ORPX-01 block", none, block("a"), "bcd"},
		{"CF-ORPX-02 none", all, none, "abcd"},
		{"CF-ORPX-02 all", all, all, "abcd"},
		{"CF-ORPX-02 allow", all, allow("a"), "abcd"},
		{"CF-ORPX-02 block", all, block("a"), "abcd"},
		{"CF-ORPX-03 none", allow("a"), none, "a"},
		{"CF-ORPX-03 all", allow("a"), all, "abcd"},
		{"CF-ORPX-03 allow", allow("a"), allow("b"), "ab"},
		{"CF-ORPX-03 CF-ORPX-05 block", allow("a"), block("a", "b"), "acd"},
		{"CF-ORPX-03 block overridden", allow("a"), block("a"), "abcd"},
		{"CF-ORPX-04 none", block("a"), none, "bcd"},
		{"CF-ORPX-04 all", block("a"), all, "abcd"},
		{"CF-ORPX-04 allow", block("a", "b"), allow("a"), "acd"},
		{"CF-ORPX-04 CF-ORPX-06 block", block("a"), block("b"), "cd"},
	}
	for _, tt := range tests {
		p := newPolicy(t, requestpolicy.Config{
			Key:     cachekey.Policy{Cookies: tt.key, QueryStrings: tt.key},
			Cookies: tt.orp, QueryStrings: tt.orp,
		})
		want := strings.Split(tt.want, "")
		if tt.want == "" {
			want = nil
		}
		target := p.Target(&origin.Origin{}, "/", "a&b&c&d", true)
		_, got, _ := strings.Cut(target, "?")
		if got != strings.Join(want, "&") {
			t.Errorf("%s: got query %q, want %q", tt.name, got, want)
		}
		var cookies []string
		for _, n := range want {
			cookies = append(cookies, n+"=1")
		}
		fields := p.Fields(nil, input("Cookie: d=1; c=1; b=1; a=1"))
		if got := fields.Get("Cookie"); got != strings.Join(cookies, "; ") {
			t.Errorf("%s: got cookies %q, want %q", tt.name, got, cookies)
		}
		if p.ForwardsCookies() != (tt.key.Behavior != selection.BehaviorNone || tt.orp.Behavior != selection.BehaviorNone) {
			t.Errorf("%s: got ForwardsCookies %v", tt.name, p.ForwardsCookies())
		}
	}
}

// TestFields: table CF-HDR under the behaviors of an origin request policy.
func TestFields(t *testing.T) {
	key := func(names ...string) cachekey.Policy { return cachekey.Policy{Headers: names} }
	none := requestpolicy.Config{}
	allViewer := requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer}
	whitelist := func(names ...string) requestpolicy.Config {
		return requestpolicy.Config{Headers: requestpolicy.HeadersWhitelist, HeaderNames: names}
	}
	allExcept := func(names ...string) requestpolicy.Config {
		return requestpolicy.Config{Headers: requestpolicy.HeadersAllExcept, HeaderNames: names}
	}
	tests := []struct {
		name   string
		config requestpolicy.Config
		in     []string
		edit   func(*requestpolicy.Input)
		want   []string // beside and instead of always; "Name: " alone means absent
	}{
		{name: "CF-ORP-01", config: none},
		{name: "CF-ORP-02 unselected", config: none, in: []string{"Accept: a", "X-Any: b", "Authorization: c", "Origin: d", "Cache-Control: e", "Pragma: f", "Date: g", "Referer: h", "Cookie: i=j", "User-Agent: k", "X-HTTP-Method-Override: PUT"}},
		{name: "CF-KEY-05 keyed", config: requestpolicy.Config{Key: key("X-Any", "authorization")}, in: []string{"x-any: 1", "Authorization: a", "Other: o"}, want: []string{"X-Any: 1", "Authorization: a"}},
		{name: "CF-ORP-03 whitelist", config: whitelist("Origin"), in: []string{"origin: o", "Referer: r"}, want: []string{"Origin: o"}},
		{name: "CF-ORP-03 allExcept", config: allExcept("Referer"), in: []string{"Origin: o", "referer: r"}, want: []string{"Origin: o"}},
		{name: "CF-ORPX-03 key overrides block", config: requestpolicy.Config{Key: key("Referer"), Headers: requestpolicy.HeadersAllExcept, HeaderNames: []string{"Referer"}}, in: []string{"Referer: r", "A: b"}, want: []string{"Referer: r", "A: b"}},
		{name: "CF-HDR-61 all viewer", config: allViewer, in: []string{"Accept: a", "Referer: b", "Authorization: c", "User-Agent: d", "X-HTTP-Method-Override: e"},
			want: []string{"Accept: a", "Referer: b", "Authorization: c", "User-Agent: d", "X-Http-Method-Override: e"}},
		{name: "CF-HDR-61 rows in force", config: allViewer, in: []string{"Connection: keep-alive", "Proxy-Authenticate: a", "Proxy-Authorization: b", "Proxy-Connection: c", "TE: trailers", "Trailer: d", "Upgrade: h2c",
			"X-Edge-Any: e", "X-Forwarded-Proto: f", "X-Real-IP: g", "Keep-Alive: h", "Transfer-Encoding: chunked", "Content-Length: 3", "Expect: 100-continue", "Host: i", "X-Amz-Cf-Id: forged"}},
		{name: "aliases with underscores", config: allViewer, in: []string{"X_Forwarded_For: 10.0.0.1", "x_real-ip: 10.0.0.1", "CloudFront_Viewer_Country: XX", "a_b: c"}, want: []string{"A_b: c"}},
		{name: "R11 alias of a keyed header", config: requestpolicy.Config{Key: key("X-Tenant", "a_b"), Headers: requestpolicy.HeadersAllViewer},
			in: []string{"X-Tenant: victim", "X_Tenant: evil", "x_tenant: evil", "A_b: mine", "a-b: evil", "A_C: other"}, want: []string{"X-Tenant: victim", "A_b: mine", "A_c: other"}},
		{name: "R11 alias of a custom header", config: allViewer, in: []string{"X_Api_Key: viewer", "x-api_key: viewer", "X_Api: other"},
			edit: func(in *requestpolicy.Input) { in.CustomHeaders = lines("X-Api-Key: secret") }, want: []string{"X_api: other", "X-Api-Key: secret"}},
		{name: "R11 alias of what a web ACL inserts", config: allViewer, in: []string{"X_Amzn_Waf_Label: viewer"},
			edit: func(in *requestpolicy.Input) { in.Generated = lines("x-amzn-waf-label: bot") }, want: []string{"x-amzn-waf-label: bot"}},
		{name: "CF-HDR-36", config: allViewer},
		{name: "CF-HDR-37 CF-HDR-52", config: none, in: []string{"Via: 1.1 a", "Via: 1.0 b"}, want: []string{"Via: 1.1 a, 1.0 b, 2.0 2afae0d44e2540f472c0635ab62c232b.cloudfront.net (CloudFront)"}},
		{name: "CF-HDR-50", config: none, in: []string{"X-Forwarded-For: 192.0.2.4,192.0.2.3"}, want: []string{"X-Forwarded-For: 192.0.2.4,192.0.2.3,192.0.2.2"}},
		{name: "CF-HDR-50 with spaces", config: none, in: []string{"X-Forwarded-For: 192.0.2.4, 192.0.2.3"}, want: []string{"X-Forwarded-For: 192.0.2.4, 192.0.2.3, 192.0.2.2"}},
		{name: "CF-HDR-50 IPv6", config: none, edit: func(in *requestpolicy.Input) { in.Viewer = netip.MustParseAddr("2001:db8::1%eth0") }, want: []string{"X-Forwarded-For: 2001:db8::1"}},
		{name: "CF-HDR-51", config: none, in: []string{"X-Forwarded-For: a", "x-forwarded-for: b"}, want: []string{"X-Forwarded-For: a, b, 192.0.2.2"}},
		{name: "CF-HDR-54", config: none, in: []string{"CDN-Loop: other"}, want: []string{"CDN-Loop: other, cloudfront"}},
		{name: "CF-HDR-57", config: whitelist("x-tEST"), in: []string{"x-test: a"}, want: []string{"X-Test: a"}},
		{name: "CF-HDR-58", config: allViewer, in: []string{"Connection: close, X-Hop", "x-hop: a", "X-End: b"}, want: []string{"X-End: b"}},
		{name: "CF-HDR-58 keyed stays", config: requestpolicy.Config{Key: key("X-Tenant")}, in: []string{"Connection: X-Tenant", "X-Tenant: victim"}, want: []string{"X-Tenant: victim"}},
		{name: "CF-HDR-60 body", config: none, in: []string{"Content-Type: a", "Content-Encoding: b", "Content-MD5: c"}, edit: func(in *requestpolicy.Input) { in.HasBody = true }, want: []string{"Content-Type: a", "Content-Encoding: b", "Content-Md5: c"}},
		{name: "CF-HDR-60 no body", config: none, in: []string{"Content-Type: a"}},
		{name: "CF-HDR-60 conditions", config: none, in: []string{"Range: bytes=0-1", "If-Range: a", "If-None-Match: b", "If-Match: c", "If-Modified-Since: d", "If-Unmodified-Since: e"},
			want: []string{"Range: bytes=0-1", "If-Range: a", "If-None-Match: b", "If-Match: c", "If-Modified-Since: d", "If-Unmodified-Since: e"}},
		{name: "CF-AE-01", config: none, in: []string{"Accept-Encoding: gzip, br"}, edit: func(in *requestpolicy.Input) { in.AcceptEncoding = cachekey.AcceptEncodingBrotliGzip }, want: []string{"Accept-Encoding: br,gzip"}},
		{name: "CF-AE-04", config: none, in: []string{"Accept-Encoding: *"}, edit: func(in *requestpolicy.Input) { in.AcceptEncoding = cachekey.AcceptEncodingIdentity }, want: []string{"Accept-Encoding: identity"}},
		{name: "CF-AE-10 not selected", config: none, in: []string{"Accept-Encoding: gzip"}, edit: func(in *requestpolicy.Input) { in.AcceptEncoding = cachekey.AcceptEncodingOrdinary }},
		{name: "CF-AE-10 selected", config: allViewer, in: []string{"Accept-Encoding: x;q=1"}, edit: func(in *requestpolicy.Input) { in.AcceptEncoding = cachekey.AcceptEncodingOrdinary }, want: []string{"Accept-Encoding: x;q=1"}},
		{name: "CF-AE-11", config: whitelist("Accept-Encoding"), in: []string{"Accept-Encoding: deflate, gzip"}, edit: func(in *requestpolicy.Input) { in.AcceptEncoding = cachekey.AcceptEncodingGzip }, want: []string{"Accept-Encoding: gzip"}},
		{name: "CF-CFH-32 forged", config: allViewer, in: []string{"CloudFront-Viewer-Country: XX"}},
		{name: "CF-CFH-31 generated", config: whitelist("CloudFront-Viewer-Country"), in: []string{"CloudFront-Viewer-Country: XX"},
			edit: func(in *requestpolicy.Input) { in.Generated = lines("CloudFront-Viewer-Country: DE") }, want: []string{"CloudFront-Viewer-Country: DE"}},
		{name: "CF-OCH-03", config: allViewer, in: []string{"X-Api-Key: viewer", "User-Agent: v"}, edit: func(in *requestpolicy.Input) { in.CustomHeaders = lines("x-api-key: secret", "user-agent: edge") }, want: []string{"x-api-key: secret", "User-Agent: ", "user-agent: edge"}},
		{name: "CF-COOK-05", config: requestpolicy.Config{Cookies: sel(selection.BehaviorAll)}, in: []string{"Cookie: a=1; nonsense"}},
		{name: "CF-COOK-03 CF-COOK-06 CF-REQ-21", config: requestpolicy.Config{Cookies: sel(selection.BehaviorAll)}, in: []string{"Cookie: b=2; $v=1", "cookie: a=1"}, want: []string{"Cookie: a=1; b=2"}},
	}
	for _, tt := range tests {
		in := input(tt.in...)
		if tt.edit != nil {
			tt.edit(&in)
		}
		want := map[string]string{}
		for n, v := range always {
			want[n] = v
		}
		for _, l := range lines(tt.want...) {
			if want[l.Name] = l.Value; l.Value == "" {
				delete(want, l.Name)
			}
		}
		got := map[string]string{}
		for _, l := range newPolicy(t, tt.config).Fields(nil, in) {
			if _, twice := got[l.Name]; twice {
				t.Errorf("%s: got %s twice", tt.name, l.Name)
			}
			got[l.Name] = l.Value
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %q\ngot  %v\nwant %v", tt.name, tt.in, got, want)
		}
	}
}

func TestHost(t *testing.T) {
	custom := origin.Origin{DomainName: "api.example", Protocol: origin.ProtocolMatchViewer, HTTPPort: 80, HTTPSPort: 443}
	ports, s3 := custom, custom
	ports.HTTPPort, ports.HTTPSPort, s3.S3 = 8080, 8443, true
	allViewer := requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer}
	tests := []struct {
		name   string
		config requestpolicy.Config
		origin origin.Origin
		scheme string
		want   string
	}{
		{"CF-HDR-17", requestpolicy.Config{}, custom, "http", "api.example"},
		{"CF-HDR-55", requestpolicy.Config{}, custom, "https", "api.example"},
		{"CF-HDR-55 port", requestpolicy.Config{}, ports, "http", "api.example:8080"},
		{"CF-HDR-55 TLS port", requestpolicy.Config{}, ports, "https", "api.example:8443"},
		{"CF-HDR-56 all", allViewer, ports, "https", "www.example"},
		{"CF-HDR-56 keyed", requestpolicy.Config{Key: cachekey.Policy{Headers: []string{"Host"}}}, custom, "http", "www.example"},
		{"CF-ORP-05", requestpolicy.Config{Headers: requestpolicy.HeadersAllExcept, HeaderNames: []string{"host"}}, custom, "http", "api.example"},
		{"CF-HDR-63", allViewer, s3, "http", "api.example"},
	}
	for _, tt := range tests {
		if got := newPolicy(t, tt.config).Host(&tt.origin, tt.scheme, "www.example"); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestTarget(t *testing.T) {
	all := requestpolicy.Config{QueryStrings: sel(selection.BehaviorAll)}
	some := requestpolicy.Config{QueryStrings: sel(selection.BehaviorWhitelist, "a", "gclid")}
	keyAll := cachekey.Policy{QueryStrings: sel(selection.BehaviorAll), DropTracking: true}
	tests := []struct {
		name        string
		config      requestpolicy.Config
		path, query string
		has         bool
		want        string
	}{
		{"CF-OPATH-01", requestpolicy.Config{}, "/acme/index.html", "", false, "/production/acme/index.html"},
		{"CF-REQ-07 raw", all, "//x/..%2f;", "%7e=~&&", true, "/production//x/..%2f;?%7e=~&&"},
		{"CF-REQ-10 none", requestpolicy.Config{}, "/x", "a=1", true, "/production/x"},
		{"CF-REQ-10 some", some, "/x", "b=2&a=%31", true, "/production/x?a=%31"},
		{"CF-REQ-10 nothing left", some, "/x", "b=2", true, "/production/x"},
		{"CF-KEY-20", all, "/x", "", true, "/production/x?"},
		{"CF-KEY-20 without", all, "/x", "", false, "/production/x"},
		{"asterisk", all, "*", "", false, "*"},
		{"tracking is not keyed", requestpolicy.Config{Key: keyAll}, "/x", "a=1&gclid=2&b", true, "/production/x?a=1&b"},
		{"tracking is selected", requestpolicy.Config{Key: keyAll, QueryStrings: some.QueryStrings}, "/x", "a=1&gclid=2&utm_id=3", true, "/production/x?a=1&gclid=2"},
		{"sorted as the key", requestpolicy.Config{Key: cachekey.Policy{QueryStrings: sel(selection.BehaviorAll), SortQuery: true}}, "/x", "b&a", true, "/production/x?a&b"},
	}
	for _, tt := range tests {
		if got := newPolicy(t, tt.config).Target(&origin.Origin{Path: "/production"}, tt.path, tt.query, tt.has); got != tt.want {
			t.Errorf("%s: Target(%q, %q): got %q, want %q", tt.name, tt.path, tt.query, got, tt.want)
		}
	}
}

// TestResponseRules: what was forwarded decides about Set-Cookie and Vary.
// TestWholeTarget: of two requests whose target differs in what reaches the
// origin, each has its own key.
func TestWholeTarget(t *testing.T) {
	list := func(names ...string) selection.Selection { return sel(selection.BehaviorWhitelist, names...) }
	for _, tt := range []struct {
		name    string
		config  requestpolicy.Config
		query   selection.Selection
		headers []string
	}{
		{"no policy", requestpolicy.Config{Key: cachekey.Policy{QueryStrings: list("a")}}, list("a"), nil},
		{"all", requestpolicy.Config{Headers: requestpolicy.HeadersAllViewer, QueryStrings: sel(selection.BehaviorAll)},
			sel(selection.BehaviorAll), []string{"Host"}},
		{"lists", requestpolicy.Config{Key: cachekey.Policy{QueryStrings: list("a"), Headers: []string{"X"}}, Headers: requestpolicy.HeadersWhitelist, HeaderNames: []string{"host"}, QueryStrings: list("b")},
			list("a", "b"), []string{"X", "Host"}},
		{"all but Host", requestpolicy.Config{Headers: requestpolicy.HeadersAllExcept, HeaderNames: []string{"Host"}}, selection.Selection{}, nil},
	} {
		p, err := requestpolicy.New(tt.config)
		if err != nil {
			t.Fatal(err)
		}
		got := p.WholeTarget(tt.config.Key)
		if !reflect.DeepEqual(got.QueryStrings, tt.query) || !slices.Equal(got.Headers, tt.headers) {
			t.Errorf("%s: got query %v, headers %v, want %v and %v", tt.name, got.QueryStrings, got.Headers, tt.query, tt.headers)
		}
	}
}

func TestResponseRules(t *testing.T) {
	p := newPolicy(t, requestpolicy.Config{
		Key:     cachekey.Policy{Headers: []string{"CloudFront-Is-Mobile-Viewer"}},
		Headers: requestpolicy.HeadersWhitelist, HeaderNames: []string{"Origin"},
		Cookies: sel(selection.BehaviorWhitelist, "a"),
	})
	r := p.ResponseRules(true)
	if !r.Cookies || !r.Device || !r.DropStar || !r.Forwards("origin") || r.Forwards("Accept") {
		t.Errorf("got %+v", r)
	}
	if got := p.Generated(); !slices.Equal(got, []string{"CloudFront-Is-Mobile-Viewer"}) {
		t.Errorf("got generated %q", got)
	}
}

func TestHeaderBehaviorNames(t *testing.T) {
	for b := requestpolicy.HeadersNone; b <= requestpolicy.HeadersAllExcept; b++ {
		if strings.Contains(b.String(), "?") {
			t.Errorf("behavior %d has no name", b)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := requestpolicy.New(requestpolicy.Config{Cookies: sel(selection.BehaviorWhitelist)}); err == nil {
		t.Error("whitelist without names: got no error")
	}
}

// FuzzNothingUnselected: whatever a viewer sends, only what is keyed,
// selected, or on the list below reaches the origin, and a field that the
// edge sets has the edge's value.
func FuzzNothingUnselected(f *testing.F) {
	f.Add("Accept", "a", "X-Forwarded-For", "10.0.0.1", "Cookie", "a=1; b=2", "q=1&r=2")
	f.Add("Connection", "X-Keyed", "X-Keyed", "1", "x_amz_cf_id", "2", "r&r")
	f.Add("CloudFront-Viewer-Country", "XX", "X-Edge-Id", "1", "Proxy-Authorization", "x", "")
	standing := []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range",
		"User-Agent", "Via", "X-Forwarded-For", "X-Amz-Cf-Id", "Cdn-Loop", "X-Keyed", "X-Listed", "Cookie"}
	p := newPolicy(f, requestpolicy.Config{
		Key:     cachekey.Policy{Headers: []string{"X-Keyed"}, QueryStrings: sel(selection.BehaviorWhitelist, "q")},
		Headers: requestpolicy.HeadersWhitelist, HeaderNames: []string{"X-Listed"},
		Cookies: sel(selection.BehaviorWhitelist, "a"),
	})
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2, n3, v3, query string) {
		in := input()
		in.Fields = field.Lines{{Name: n1, Value: v1}, {Name: n2, Value: v2}, {Name: n3, Value: v3}}
		got := p.Fields(nil, in)
		for _, l := range got {
			if !slices.ContainsFunc(standing, func(s string) bool { return field.EqualName(s, l.Name) }) {
				t.Errorf("%q: got %s: %s", in.Fields, l.Name, l.Value)
			}
		}
		if got.Get("X-Amz-Cf-Id") != "id" || got.Get("User-Agent") != "Amazon CloudFront" || !strings.HasSuffix(got.Get("X-Forwarded-For"), "192.0.2.2") {
			t.Errorf("%q: got %q", in.Fields, got)
		}
		for pair := range strings.SplitSeq(got.Get("Cookie"), "; ") {
			if pair != "" && !strings.HasPrefix(pair, "a=") {
				t.Errorf("%q: got cookie %q", in.Fields, pair)
			}
		}
		_, selected, _ := strings.Cut(p.Target(&origin.Origin{}, "/", query, true), "?")
		for pair := range strings.SplitSeq(selected, "&") {
			if name, _, _ := strings.Cut(pair, "="); pair != "" && name != "q" {
				t.Errorf("%q: got pair %q", query, pair)
			}
		}
	})
}

func BenchmarkFields(b *testing.B) {
	p := newPolicy(b, requestpolicy.Config{Headers: requestpolicy.HeadersAllExcept, HeaderNames: []string{"Host"}})
	in := input("Accept: */*", "Accept-Encoding: gzip, br", "Accept-Language: en", "User-Agent: x", "Referer: y", "Cookie: a=1", "Authorization: z")
	dst := make(field.Lines, 0, 32)
	b.ReportAllocs()
	for b.Loop() {
		dst = p.Fields(dst[:0], in)
	}
}

func ExamplePolicy_Fields() {
	p, err := requestpolicy.New(requestpolicy.Config{
		Key:     cachekey.Policy{Headers: []string{"Accept-Language"}},
		Headers: requestpolicy.HeadersWhitelist, HeaderNames: []string{"Origin"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range p.Fields(nil, requestpolicy.Input{
		Fields: field.Lines{{Name: "accept-language", Value: "de"}, {Name: "origin", Value: "https://a.example"}, {Name: "referer", Value: "dropped"}},
		Proto:  "1.1", EdgeHost: "0123.cloudfront.net", Viewer: netip.MustParseAddr("192.0.2.7"), RequestID: "abc==",
	}) {
		fmt.Printf("%s: %s\n", l.Name, l.Value)
	}
	// Output:
	// Accept-Language: de
	// Origin: https://a.example
	// User-Agent: Amazon CloudFront
	// Via: 1.1 0123.cloudfront.net (CloudFront)
	// X-Forwarded-For: 192.0.2.7
	// X-Amz-Cf-Id: abc==
	// CDN-Loop: cloudfront
}
