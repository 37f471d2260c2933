package cachekey

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
)

const distribution = "d111111abcdef8.cloudfront.net"

var (
	everything = selection.Selection{Behavior: selection.BehaviorAll}
	bothOn     = Policy{EnableAcceptEncodingGzip: true, EnableAcceptEncodingBrotli: true}
)

func whitelist(names ...string) selection.Selection {
	return selection.Selection{Behavior: selection.BehaviorWhitelist, Names: names}
}

func allExcept(names ...string) selection.Selection {
	return selection.Selection{Behavior: selection.BehaviorAllExcept, Names: names}
}

// headers makes field lines of "Name: value" texts.
func headers(texts ...string) (lines field.Lines) {
	for _, text := range texts {
		name, value, _ := strings.Cut(text, ":")
		lines.Add(name, field.TrimSpace(value))
	}
	return lines
}

// get makes a GET of a raw target with field lines.
func get(target string, texts ...string) Request {
	r := Request{Method: "GET", Host: "www.example.com", Fields: headers(texts...)}
	r.Path, r.Query, r.HasQuery = strings.Cut(target, "?")
	return r
}

// choose returns p with other choices.
func choose(p Policy, c Choices) Policy {
	p.Choices = c
	return p
}

// as returns r with another method.
func (r Request) as(method string) Request {
	r.Method = method
	return r
}

// to returns r with another Host.
func (r Request) to(host string) Request {
	r.Host = host
	return r
}

// http10 returns r as an HTTP/1.0 request.
func (r Request) http10() Request {
	r.HTTP10 = true
	return r
}

func build(t testing.TB, p Policy) *Builder {
	t.Helper()
	b, err := New(p, Options{Distribution: distribution})
	if err != nil {
		t.Fatalf("New(%+v): %v", p, err)
	}
	return b
}

// TestSameEntry asks of two requests whether they select the same entry: the
// vectors of spec section 14.4 and the statements of section 2.1.
func TestSameEntry(t *testing.T) {
	queryAll := Policy{QueryStrings: everything}
	cookiesAll := Policy{Cookies: everything}
	language := Policy{Headers: []string{"Accept-Language"}}
	tests := []struct {
		name   string
		policy Policy
		a, b   Request
		want   bool
	}{
		{"TV-KEY-01", Policy{}, get("/a?x=1"), get("/a?x=2"), true},
		{"TV-KEY-02", queryAll, get("/a?x=1&y=2"), get("/a?y=2&x=1"), false},
		{"TV-KEY-03", Policy{QueryStrings: whitelist("x")}, get("/a?x=1&y=2"), get("/a?x=1&y=3"), true},
		{"TV-KEY-04", Policy{QueryStrings: whitelist("color")}, get("/a?color=red;size=1"), get("/a?color=red"), false},
		{"TV-KEY-05", Policy{QueryStrings: allExcept("utm_source")}, get("/a?utm_source=q&p=1"), get("/a?p=1"), true},
		{"TV-KEY-06", language, get("/", "Accept-Language: en-US,en"), get("/", "Accept-Language: en-US, en"), false},
		{"TV-KEY-07", Policy{}, get("/a").to("www.example.com"), get("/a").to(distribution), true},
		{"TV-KEY-08", bothOn, get("/", "Accept-Encoding: gzip, deflate, br"), get("/", "Accept-Encoding: br;q=1.0, gzip;q=0.8"), true},
		{"TV-KEY-09", bothOn, get("/", "Accept-Encoding: gzip"), get("/", "Accept-Encoding: br"), false},
		{"TV-KEY-10", bothOn, get("/", "Accept-Encoding: deflate"), get("/"), true},
		{"TV-KEY-11", Policy{}, get("/a"), get("/a").as("HEAD"), true},
		{"TV-KEY-12", Policy{}, get("/a"), get("/a").as("OPTIONS"), false},
		{"TV-KEY-13", Policy{}, get("/a%7Eb"), get("/a~b"), false},

		{"CF-KEY-01 path", Policy{}, get("/a"), get("/b"), false},
		{"CF-KEY-02 headers", Policy{}, get("/", "Accept: a", "Authorization: x"), get("/", "Accept: b"), true},
		{"CF-KEY-02 cookies", Policy{}, get("/", "Cookie: a=1"), get("/", "Cookie: a=2"), true},
		{"CF-KEY-03 OPTIONS and HEAD", Policy{}, get("/").as("OPTIONS"), get("/").as("HEAD"), false},
		{"CF-KEY-03 methods never cached stay apart", Policy{}, get("/").as("POST"), get("/"), false},
		{"CF-KEY-08 literal star in headers", Policy{Headers: []string{"X-*"}}, get("/", "X-A: 1"), get("/", "X-A: 2"), true},
		{"CF-KEY-10 name case", language, get("/", "Accept-Language: en"), get("/", "ACCEPT-LANGUAGE: en"), true},
		{"CF-KEY-10 value case", language, get("/", "Accept-Language: en"), get("/", "Accept-Language: EN"), false},
		{"CF-KEY-10 order of different headers", Policy{Headers: []string{"A", "B"}}, get("/", "A: 1", "B: 2"), get("/", "B: 2", "A: 1"), true},
		{"CF-KEY-12 lines are joined", language, get("/", "Accept-Language: en", "X: 1", "accept-language: de"), get("/", "Accept-Language: en, de"), true},
		{"CF-KEY-12 in the order received", language, get("/", "Accept-Language: en", "Accept-Language: de"), get("/", "Accept-Language: de", "Accept-Language: en"), false},
		{"CF-KEY-12 empty first line", language, get("/", "Accept-Language:", "Accept-Language: de"), get("/", "Accept-Language: de"), false},
		{"CF-KEY-13 missing or empty", language, get("/"), get("/", "Accept-Language:"), false},
		{"CF-KEY-14", queryAll, get("/?a=1&b=2"), get("/?b=2&a=1"), false},
		{"CF-KEY-15 value", queryAll, get("/?color=red"), get("/?color=Red"), false},
		{"CF-KEY-15 name", queryAll, get("/?color=red"), get("/?Color=red"), false},
		{"CF-KEY-16", Policy{QueryStrings: whitelist("color")}, get("/?size=large;color=red"), get("/"), true},
		{"CF-KEY-17", Policy{QueryStrings: whitelist("a", "b")}, get("/?a=1&b=2"), get("/?b=2&a=1"), false},
		{"CF-KEY-18", queryAll, get("/?a=1&a=2"), get("/?a=1"), false},
		{"CF-KEY-19", queryAll, get("/?a=%7E"), get("/?a=~"), false},
		{"CF-KEY-20", queryAll, get("/a?"), get("/a"), true},
		{"CF-KEY-12 first", choose(language, Choices{RepeatedHeader: RepeatedHeaderFirst}), get("/", "Accept-Language: en", "Accept-Language: de"), get("/", "Accept-Language: en"), true},
		{"CF-KEY-12 last", choose(language, Choices{RepeatedHeader: RepeatedHeaderLast}), get("/", "Accept-Language: en", "Accept-Language: de"), get("/", "Accept-Language: de"), true},
		{"CF-KEY-13 missing", choose(language, Choices{EmptyHeader: EmptyHeaderMissing}), get("/"), get("/", "Accept-Language:"), true},
		{"CF-KEY-13 two empty lines", choose(language, Choices{EmptyHeader: EmptyHeaderMissing}), get("/"), get("/", "Accept-Language:", "Accept-Language:"), false},
		{"CF-KEY-18 first", choose(queryAll, Choices{RepeatedQuery: query.RepeatedFirst}), get("/?a=1&b=3&a=2"), get("/?a=1&b=3"), true},
		{"CF-KEY-18 last", choose(queryAll, Choices{RepeatedQuery: query.RepeatedLast}), get("/?a=1&b=3&a=2"), get("/?b=3&a=2"), true},
		{"CF-KEY-20 distinct", choose(queryAll, Choices{EmptyQuery: EmptyQueryDistinct}), get("/a?"), get("/a"), false},
		{"CF-KEY-20 nothing is keyed", choose(Policy{}, Choices{EmptyQuery: EmptyQueryDistinct}), get("/a?"), get("/a"), true},
		{"CF-AE-13 zero weight", bothOn, get("/", "Accept-Encoding: gzip;q=0"), get("/", "Accept-Encoding: gzip"), false},
		{"CF-AE-13 zero weight accepted", choose(bothOn, Choices{ZeroWeight: ZeroWeightAccepted}), get("/", "Accept-Encoding: gzip;q=0"), get("/", "Accept-Encoding: gzip"), true},
		{"CF-AE-13 wildcard", bothOn, get("/", "Accept-Encoding: *"), get("/", "Accept-Encoding: gzip, br"), false},
		{"CF-AE-13 wildcard accepted", choose(bothOn, Choices{Wildcard: WildcardAccepted}), get("/", "Accept-Encoding: *"), get("/", "Accept-Encoding: gzip, br"), true},
		{"CF-AE-13 wildcard and a refused coding", choose(bothOn, Choices{Wildcard: WildcardAccepted}), get("/", "Accept-Encoding: *, gzip;q=0"), get("/", "Accept-Encoding: br"), true},

		{"CF-KEY-21 dot segments", Policy{}, get("/a/../b"), get("/b"), false},
		{"CF-KEY-21 slashes", Policy{}, get("//a"), get("/a"), false},
		{"CF-KEY-23 value", cookiesAll, get("/", "Cookie: a=x"), get("/", "Cookie: a=X"), false},
		{"CF-KEY-23 name", cookiesAll, get("/", "Cookie: a=x"), get("/", "Cookie: A=x"), false},
		{"CF-KEY-24", cookiesAll, get("/", "Cookie: CloudFront-Signature=s; a=1"), get("/", "Cookie: a=1"), true},
		{"CF-COOK-03 cookie order", cookiesAll, get("/", "Cookie: a=1; b=2"), get("/", "Cookie: b=2; a=1"), true},
		{"CF-REQ-21 split cookies", cookiesAll, get("/", "Cookie: a=1; b=2"), get("/", "Cookie: a=1", "Cookie: b=2"), true},
		{"CF-KEY-29 Host listed", Policy{Headers: []string{"Host"}}, get("/").to("a.example"), get("/").to("b.example"), false},
		{"CF-KEY-29 a Host line is no Host", Policy{Headers: []string{"Host"}}, get("/", "Host: x"), get("/", "Host: y"), true},
		{"CF-KEY-28", Policy{Headers: []string{"CloudFront-Forwarded-Proto"}}, get("/", "CloudFront-Forwarded-Proto: http"), get("/", "CloudFront-Forwarded-Proto: https"), false},
		{"CF-RNG-09", bothOn, get("/", "Range: bytes=0-1"), get("/"), true},

		{"CF-AE-10 out of the key", Policy{}, get("/", "Accept-Encoding: gzip"), get("/", "Accept-Encoding: br"), true},
		{"CF-AE-12 listed is ordinary", Policy{Headers: []string{"accept-encoding"}, EnableAcceptEncodingGzip: true}, get("/", "Accept-Encoding: gzip"), get("/", "Accept-Encoding: gzip, x"), false},
		{"CF-AE-15 HTTP/1.0", bothOn, get("/", "Accept-Encoding: gzip").http10(), get("/"), true},
		{"CF-AE-15 HTTP/1.0 and listed", Policy{Headers: []string{"Accept-Encoding"}}, get("/", "Accept-Encoding: gzip").http10(), get("/"), true},

		{"SortQuery", Policy{QueryStrings: everything, SortQuery: true}, get("/?a=1&b=2"), get("/?b=2&a=1"), true},
		{"SortQuery keeps repeats in order", Policy{QueryStrings: everything, SortQuery: true}, get("/?a=1&a=2"), get("/?a=2&a=1"), false},
		{"DropTracking", Policy{QueryStrings: everything, DropTracking: true}, get("/?utm_source=x&p=1&gclid=y"), get("/?p=1"), true},
		{"DropTracking off", queryAll, get("/?gclid=y"), get("/"), false},

		{"borders: header against header", Policy{Headers: []string{"A", "B"}}, get("/", "A: 1b", "B:"), get("/", "A: 1", "B: b"), false},
		{"borders: path against query", queryAll, get("/a?b=1"), Request{Method: "GET", Path: "/a?b=1"}, false},
		{"borders: method against path", Policy{}, get("/").as("OPTIONS/"), get("//").as("OPTIONS"), false},
	}
	for _, test := range tests {
		b := build(t, test.policy)
		got := bytes.Equal(b.Append(nil, &test.a), b.Append(nil, &test.b))
		if got != test.want {
			t.Errorf("%s: same entry: got %v, want %v\npolicy %+v\na %+v\nb %+v",
				test.name, got, test.want, test.policy, test.a, test.b)
		}
	}
}

// CF-KEY-01: two distributions never share an entry.
func TestDistributionsApart(t *testing.T) {
	r := get("/a")
	one := build(t, Policy{})
	two, err := New(Policy{}, Options{Distribution: "d2.cloudfront.net"})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(one.Append(nil, &r), two.Append(nil, &r)) {
		t.Errorf("two distributions have one key for %+v", r)
	}
}

func TestAppendKeepsBuffer(t *testing.T) {
	b, r := build(t, bothOn), get("/a")
	key := b.Append(nil, &r)
	got := b.Append([]byte("before"), &r)
	if want := append([]byte("before"), key...); !bytes.Equal(got, want) {
		t.Errorf("Append to a buffer: got %q, want %q", got, want)
	}
}

func TestFingerprint(t *testing.T) {
	base := Policy{
		EnableAcceptEncodingGzip: true,
		Headers:                  []string{"Origin", "Accept"},
		Cookies:                  whitelist("a", "b"),
		QueryStrings:             allExcept("a"),
	}
	tests := []struct {
		name   string
		change func(*Policy)
		same   bool
	}{
		{"nothing", func(*Policy) {}, true},
		{"order and case of headers", func(p *Policy) { p.Headers = []string{"ACCEPT", "origin"} }, true},
		{"repeated header", func(p *Policy) { p.Headers = []string{"Accept", "origin", "accept"} }, true},
		{"order of cookie names", func(p *Policy) { p.Cookies = whitelist("b", "a", "b") }, true},
		{"case of a cookie name", func(p *Policy) { p.Cookies = whitelist("A", "b") }, false},
		{"another header", func(p *Policy) { p.Headers = []string{"Origin"} }, false},
		{"cookie behavior", func(p *Policy) { p.Cookies = allExcept("a", "b") }, false},
		{"query behavior", func(p *Policy) { p.QueryStrings = whitelist("a") }, false},
		{"query name", func(p *Policy) { p.QueryStrings = allExcept("b") }, false},
		{"gzip", func(p *Policy) { p.EnableAcceptEncodingGzip = false }, false},
		{"brotli", func(p *Policy) { p.EnableAcceptEncodingBrotli = true }, false},
		{"sort", func(p *Policy) { p.SortQuery = true }, false},
		{"tracking", func(p *Policy) { p.DropTracking = true }, false},
		{"names move from cookies to query", func(p *Policy) { p.Cookies, p.QueryStrings = whitelist("a"), allExcept("a", "b") }, false},
	}
	r := get("/a")
	want := build(t, base)
	for _, test := range tests {
		p := base
		test.change(&p)
		got := build(t, p)
		if same := got.Fingerprint() == want.Fingerprint(); same != test.same {
			t.Errorf("%s: same fingerprint: got %v, want %v", test.name, same, test.same)
		}
		if same := bytes.Equal(got.Append(nil, &r), want.Append(nil, &r)); same != test.same {
			t.Errorf("%s: old entries in reach: got %v, want %v", test.name, same, test.same)
		}
	}
}

// The recipe is stored on disk inside keys, so a fingerprint may not change
// from one release to the next without formatVersion.
func TestFingerprintIsStable(t *testing.T) {
	p := Policy{EnableAcceptEncodingGzip: true, Headers: []string{"Origin"}, Cookies: whitelist("a"), QueryStrings: everything}
	if got, want := build(t, p).Fingerprint(), uint64(0x72fc75f6f87831ab); got != want {
		t.Errorf("fingerprint of %+v: got %#x, want %#x", p, got, want)
	}
}

func TestBuilderDoesNotShareThePolicy(t *testing.T) {
	p := Policy{Headers: []string{"B", "A"}, Cookies: whitelist("b", "a"), QueryStrings: whitelist("x")}
	b, r := build(t, p), get("/?x=1&y=2", "A: 1", "Cookie: a=1")
	before := b.Append(nil, &r)
	if p.Headers[0] != "B" || p.Cookies.Names[0] != "b" {
		t.Errorf("New changed its argument: %+v", p)
	}
	p.Headers[0], p.Cookies.Names[1], p.QueryStrings.Names[0] = "C", "z", "y"
	if after := b.Append(nil, &r); !bytes.Equal(before, after) {
		t.Errorf("changing the policy after New: got key %q, want %q", after, before)
	}
}

func TestNewErrors(t *testing.T) {
	tests := []struct {
		name    string
		policy  Policy
		options Options
		want    error
	}{
		{"no distribution", Policy{}, Options{}, ErrDistribution},
		{"long distribution", Policy{}, Options{strings.Repeat("d", 254)}, ErrDistribution},
		{"header name", Policy{Headers: []string{"Accept Language"}}, Options{"d"}, ErrHeaderName},
		{"empty header name", Policy{Headers: []string{""}}, Options{"d"}, ErrHeaderName},
		{"CF-KEY-30", Policy{Headers: []string{"cookie"}}, Options{"d"}, ErrHeaderKey},
		{"CF-KEY-07 cookies", Policy{Cookies: whitelist()}, Options{"d"}, selection.ErrInvalid},
		{"CF-KEY-07 query", Policy{QueryStrings: allExcept("")}, Options{"d"}, selection.ErrInvalid},
		{"longest distribution", Policy{}, Options{strings.Repeat("d", 253)}, nil},
	}
	for _, test := range tests {
		if _, err := New(test.policy, test.options); !errors.Is(err, test.want) {
			t.Errorf("%s: New(%+v): got error %v, want %v", test.name, test.policy, err, test.want)
		}
	}
}

// TestCheckHeader is column "key" of table CF-HDR.
func TestCheckHeader(t *testing.T) {
	yes := []string{
		"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Authorization", // CF-HDR-02 to -06
		"Content-MD5", "Content-Type", "Date", "Expect", "From", "Host", // CF-HDR-11, -12, -14 to -17
		"If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", // CF-HDR-18 to -22
		"Origin", "Range", "Referer", "User-Agent", "Via", "Warning", // CF-HDR-24, -29, -30, -36 to -38
		"X-Forwarded-For", "X-HTTP-Method-Override", "X-Anything", // CF-HDR-41, -43, -01
		"CloudFront-Viewer-Country", "CloudFront-Anything", // CF-HDR-08
	}
	for _, name := range yes {
		if err := CheckHeader(name); err != nil {
			t.Errorf("CheckHeader(%s): got %v, want none", name, err)
		}
	}
	no := []string{
		"Cache-Control", "Connection", "Content-Length", "Cookie", "Max-Forwards", "Pragma", // CF-HDR-07, -09, -10, -13, -23, -25
		"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Request-Range", // CF-HDR-26 to -28, -31
		"TE", "Trailer", "Transfer-Encoding", "Upgrade", "X-Amz-Cf-Id", "X-Edge-Anything", // CF-HDR-32 to -35, -39, -40
		"X-Forwarded-Proto", "X-Real-IP", "Keep-Alive", // CF-HDR-42, -44
		"CloudFront-Viewer-TLS", "cloudfront-viewer-asn", // CF-CFH-25, -08
	}
	for _, name := range no {
		if err := CheckHeader(name); !errors.Is(err, ErrHeaderKey) {
			t.Errorf("CheckHeader(%s): got %v, want ErrHeaderKey", name, err)
		}
	}
}

// Every field of one connection is kept out of keys.
func TestHopByHopIsUnkeyed(t *testing.T) {
	for _, name := range []string{"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade"} {
		if !field.HopByHop(name) || CheckHeader(name) == nil {
			t.Errorf("%s: hop-by-hop and keyable", name)
		}
	}
}

func TestAppendAllocations(t *testing.T) {
	r := browserRequest()
	dst := make([]byte, 0, 2048)
	for name, p := range benchmarkPolicies() {
		b := build(t, p)
		if got := testing.AllocsPerRun(100, func() { dst = b.Append(dst[:0], &r) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
	if got := testing.AllocsPerRun(100, func() { Sum(dst); Path(dst); Query(dst); Target(dst); Distribution(dst) }); got != 0 {
		t.Errorf("Sum, Path, Query, Target: got %v allocations, want 0", got)
	}
}

// browserRequest is a request with the fields a browser sends.
func browserRequest() Request {
	return get("/products/1234?lang=en&page=2&utm_source=mail&sort=price",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
		"Accept-Language: en-US,en;q=0.5",
		"Accept-Encoding: gzip, deflate, br, zstd",
		"Referer: https://www.example.com/products",
		"Cookie: session=8f3a2c; theme=dark; lang=en",
		"Sec-Fetch-Dest: document",
		"Authorization: Bearer abcdef")
}

func benchmarkPolicies() map[string]Policy {
	return map[string]Policy{
		"none":     {},
		"encoding": bothOn,
		"whitelist": {
			EnableAcceptEncodingGzip: true, EnableAcceptEncodingBrotli: true,
			Headers:      []string{"Authorization", "Accept-Language"},
			Cookies:      whitelist("session"),
			QueryStrings: whitelist("page", "lang"),
		},
		"allExcept": {
			EnableAcceptEncodingGzip: true, EnableAcceptEncodingBrotli: true,
			Cookies: allExcept("theme"), QueryStrings: allExcept("utm_source"),
		},
		"all": {
			EnableAcceptEncodingGzip: true, EnableAcceptEncodingBrotli: true,
			Headers: []string{"Host", "Authorization"}, Cookies: everything, QueryStrings: everything,
		},
		"beyond": {QueryStrings: everything, SortQuery: true, DropTracking: true},
	}
}

func BenchmarkAppend(b *testing.B) {
	r := browserRequest()
	for name, p := range benchmarkPolicies() {
		builder := build(b, p)
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 2048)
			b.ReportAllocs()
			for b.Loop() {
				dst = builder.Append(dst[:0], &r)
			}
		})
	}
}
