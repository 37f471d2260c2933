package waf

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/waf/transform"
)

// ask evaluates a web ACL of one rule that blocks.
func ask(t testing.TB, s Statement, r *Request) bool {
	t.Helper()
	a := newACL(t, Config{Name: "edge", Rules: []Rule{{Name: "r", Statement: s, Handling: block()}}})
	r.Now = start
	return a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), r, nil).Action == ActionBlock
}

func inspect(f Field, chain ...transform.Kind) Inspection { return Inspection{f, chain} }

// in each of these requests the field is what it is, once.
func get(target string, fields ...string) *Request {
	r := &Request{Method: "GET", Host: "example.com", Fields: lines(fields...)}
	target, r.Fragment, _ = strings.Cut(target, "#")
	r.Path, r.Query, r.HasQuery = strings.Cut(target, "?")
	return r
}

func post(body string) *Request {
	r := get("/")
	r.Method, r.Body = "POST", Body{Present: true, Text: body, Size: int64(len(body))}
	return r
}

// TestFields: what each field has, by statements that it equals something
// (WF-FLD-02 to WF-FLD-20, WF-TST-01).
func TestFields(t *testing.T) {
	header := func(name string) Field { return Field{Kind: FieldSingleHeader, Name: name} }
	argument := func(name string) Field { return Field{Kind: FieldSingleQueryArgument, Name: name} }
	named := func(k FieldKind, s Scope, except bool, names ...string) Field {
		return Field{Kind: k, Scope: s, Except: except, Names: names}
	}
	for _, test := range []struct {
		f    Field
		r    *Request
		want string // the values, separated by spaces
		not  string // some that it must not have
	}{
		{Field{Kind: FieldMethod}, get("/"), "GET", "POST"},
		{Field{Kind: FieldUriPath}, get("/a%2fb?c"), "/a%2fb", "/a/b"},
		{Field{Kind: FieldQueryString}, get("/?a=%20&b?c"), "a=%20&b?c", ""},
		{Field{Kind: FieldUriFragment}, get("/?a#b"), "b", ""},
		{header("USER-agent"), get("/", "User-Agent: a", "user-agent: b"), "a b", "c"},
		{header("host"), get("/"), "example.com", ""},
		{header("Cookie"), get("/", "Cookie: a=1", "Cookie: b=2"), "a=1;_b=2", "a=1"},
		{argument("Q"), get("/?q=1&Q=2&r=3&q=&%71=4"), "1 2 4", "3"},
		{argument("a b"), get("/?a+b=1&a%20b=2"), "1 2", ""},
		{Field{Kind: FieldAllQueryArguments}, get("/?a=1&b=2&=3&c&d=e=f"), "1 2 3 e=f", "a c d"},
		{named(FieldHeaders, ScopeAll, false), get("/", "X: 1", "Y: 2"), "host example.com X 1 Y 2", "x"},
		{named(FieldHeaders, ScopeKey, false, "x"), get("/", "X: 1", "Y: 2"), "X", "1 Y host"},
		{named(FieldHeaders, ScopeValue, true, "x"), get("/", "X: 1", "Y: 2"), "2 example.com", "1 Y"},
		{named(FieldCookies, ScopeAll, false), get("/", "Cookie: a=1; b=\"2\";c", "cookie: d=4"), "a 1 b \"2\" c d 4", "2"},
		{named(FieldCookies, ScopeValue, false, "a"), get("/", "Cookie: a=1; A=2"), "1", "2"},
		{named(FieldCookies, ScopeKey, true, "a"), get("/", "Cookie: a=1; A=2"), "A", "a 1 2"},
		{Field{Kind: FieldHeaderOrder}, get("/", "User-Agent: a", "Accept: b"), "host:user-agent:accept", ""},
		{Field{Kind: FieldBody}, post("a=b"), "a=b", ""},
		{Field{Kind: FieldJA3Fingerprint}, &Request{JA3: "3"}, "3", ""},
		{Field{Kind: FieldJA4Fingerprint}, &Request{JA4: "4"}, "4", ""},
	} {
		for want, text := range map[bool]string{true: test.want, false: test.not} {
			for _, v := range strings.Fields(text) {
				v = strings.ReplaceAll(v, "_", " ")
				if got := ask(t, ByteMatch{v, ConstraintExactly, inspect(test.f)}, test.r); got != want {
					t.Errorf("%v is %q: got %t, want %t", &test.f, v, got, want)
				}
			}
		}
	}
}

// TestAbsent: what a request does not have matches nothing, whatever is asked,
// unless the field has a fallback (WF-FLD-01, WF-SIZE-05, WF-LOG-02).
func TestAbsent(t *testing.T) {
	for _, f := range []Field{
		{Kind: FieldSingleHeader, Name: "x"}, {Kind: FieldSingleQueryArgument, Name: "x"}, {Kind: FieldAllQueryArguments},
		{Kind: FieldQueryString}, {Kind: FieldBody}, {Kind: FieldJsonBody}, {Kind: FieldCookies}, {Kind: FieldHeaders},
		{Kind: FieldHeaderOrder}, {Kind: FieldUriFragment, Fallback: FallbackNoMatch},
		{Kind: FieldJA3Fingerprint, Fallback: FallbackNoMatch}, {Kind: FieldJA4Fingerprint, Fallback: FallbackNoMatch},
	} {
		r := &Request{Method: "GET", Path: "/"}
		size := SizeConstraint{ComparisonGE, 0, inspect(f)}
		if ask(t, size, r) {
			t.Errorf("%v: got its size at least 0, want no match", &f)
		}
		if !ask(t, Not{size}, r) {
			t.Errorf("%v: got no match of a Not", &f)
		}
		f.Fallback = FallbackMatch
		want := f.Kind == FieldUriFragment || f.Kind == FieldJA3Fingerprint || f.Kind == FieldJA4Fingerprint
		if got := ask(t, SizeConstraint{ComparisonGE, 0, inspect(f)}, r); got != want {
			t.Errorf("%v: got %t, want %t", &f, got, want)
		}
	}
	if !ask(t, SizeConstraint{ComparisonEQ, 0, inspect(Field{Kind: FieldQueryString})}, get("/?")) {
		t.Error("an empty query string: got no size")
	}
}

// TestOversize: more than is inspected (WF-OVR-01 to WF-OVR-05).
func TestOversize(t *testing.T) {
	long := strings.Repeat("a", 8192)
	many := func(n int, line string) *Request {
		r := get("/")
		for i := range n {
			name, value, _ := strings.Cut(fmt.Sprintf(line, i), ": ")
			r.Fields.Add(name, value)
		}
		return r
	}
	var cookies strings.Builder
	for i := range 201 {
		fmt.Fprintf(&cookies, "c%d=%d; ", i, i)
	}
	truncated := post(long)
	truncated.Body.Truncated = true
	truncatedJSON := post(`{"a":"` + long)
	truncatedJSON.Body.Truncated = true
	for _, test := range []struct {
		name string
		kind FieldKind
		r    *Request
		want bool // it is oversize
	}{
		{"few headers", FieldHeaders, get("/", "X: "+long[:8192-len("hostexample.comX")]), false},
		{"long headers", FieldHeaders, get("/", "X: "+long[:8193-len("hostexample.comX")]), true},
		{"200 headers", FieldHeaders, many(199, "X%d: 1"), false},
		{"201 headers", FieldHeaders, many(200, "X%d: 1"), true},
		{"header order", FieldHeaderOrder, many(200, "X%d: 1"), true},
		{"short cookies", FieldCookies, get("/", "Cookie: a="+long[:8190]), false},
		{"long cookies", FieldCookies, get("/", "Cookie: a="+long[:8191]), true},
		{"long cookies apart", FieldCookies, get("/", "Cookie: a="+long[:8190], "Cookie: b"), true},
		{"201 cookies", FieldCookies, get("/", "Cookie: "+cookies.String()), true},
		{"body", FieldBody, post(long), false},
		{"long body", FieldBody, truncated, true},
		{"long JSON body", FieldJsonBody, truncatedJSON, true},
	} {
		for o, want := range map[Oversize]bool{OversizeContinue: false, OversizeMatch: test.want, OversizeNoMatch: false} {
			f := Field{Kind: test.kind, Oversize: o}
			if got := ask(t, ByteMatch{"nowhere", ConstraintContains, inspect(f)}, test.r); got != want {
				t.Errorf("%s, %v: got %t, want %t", test.name, o, got, want)
			}
			all := SizeConstraint{ComparisonGE, 0, inspect(f)}
			if got, want := ask(t, all, test.r), !test.want || o != OversizeNoMatch; got != want {
				t.Errorf("%s, %v, anything: got %t, want %t", test.name, o, got, want)
			}
		}
	}
	// All of the field counts, not only what has the names: what has them may be beyond.
	for _, o := range []Oversize{OversizeContinue, OversizeMatch, OversizeNoMatch} {
		f := Field{Kind: FieldHeaders, Names: []string{"y"}, Oversize: o}
		if got, want := ask(t, ByteMatch{"1", ConstraintExactly, inspect(f)}, get("/", "X: "+long, "Y: 1")), o == OversizeMatch; got != want {
			t.Errorf("a named header beyond the limit, %v: got %t, want %t", o, got, want)
		}
	}
	// What is beyond is not there, and what is cut is what is left of it.
	beyond := get("/", "X: "+long, "Y: 1")
	if ask(t, SizeConstraint{ComparisonGE, 0, inspect(Field{Kind: FieldSingleHeader, Name: "y"})}, beyond) {
		t.Error("a header beyond the limit: got a match")
	}
	if !ask(t, SizeConstraint{ComparisonEQ, int64(8192 - len("hostexample.comX")), inspect(Field{Kind: FieldSingleHeader, Name: "x"})}, beyond) {
		t.Error("a header that is cut: got another size")
	}
	if !ask(t, SizeConstraint{ComparisonEQ, 8192, inspect(Field{Kind: FieldSingleHeader, Name: "x", Whole: true})}, beyond) {
		t.Error("a header that is not to be cut: got another size")
	}
}

// TestConstraints: where a text must be, and lengths (WF-BYTE, WF-SIZE).
func TestConstraints(t *testing.T) {
	path := inspect(Field{Kind: FieldUriPath})
	for _, test := range []struct {
		s    Statement
		path string
		want bool
	}{
		{ByteMatch{"/a", ConstraintExactly, path}, "/a", true},
		{ByteMatch{"/a", ConstraintExactly, path}, "/A", false},
		{ByteMatch{"/a", ConstraintStartsWith, path}, "/ab", true},
		{ByteMatch{"/a", ConstraintStartsWith, path}, "/ba", false},
		{ByteMatch{"a", ConstraintEndsWith, path}, "/ba", true},
		{ByteMatch{"a", ConstraintEndsWith, path}, "/ab", false},
		{ByteMatch{"b", ConstraintContains, path}, "/abc", true},
		{ByteMatch{"B", ConstraintContains, path}, "/abc", false},
		{ByteMatch{"ab", ConstraintContainsWord, path}, "/ab", true},
		{ByteMatch{"ab", ConstraintContainsWord, path}, "/abc/x-ab-y", true},
		{ByteMatch{"ab", ConstraintContainsWord, path}, "/abc/ab_/1ab", false},
		{SizeConstraint{ComparisonEQ, 9, path}, "/logo.jpg", true},
		{SizeConstraint{ComparisonNE, 9, path}, "/logo.jpg", false},
		{SizeConstraint{ComparisonLE, 9, path}, "/logo.jpg", true},
		{SizeConstraint{ComparisonLT, 9, path}, "/logo.jpg", false},
		{SizeConstraint{ComparisonGE, 9, path}, "/logo.jpg", true},
		{SizeConstraint{ComparisonGT, 9, path}, "/logo.jpg", false},
		{RegexMatch{[]string{"^/api/v[0-9]+/"}, path}, "/api/v12/x", true},
		{RegexMatch{[]string{"^/api/v[0-9]+/"}, path}, "/x/api/v1/", false},
		{RegexMatch{[]string{"x$", "b.*d"}, path}, "/abcd", true},
		{Words{Words: []string{"nessus", "NMAP"}, Fold: true, Inspection: path}, "/Nmap", true},
		{Words{Words: []string{"nessus", "NMAP"}, Inspection: path}, "/Nmap", false},
		{SizeConstraint{ComparisonEQ, 4, inspect(Field{Kind: FieldUriPath}, transform.URLDecode)}, "/a%20b", true},
		{ByteMatch{"/a b", ConstraintExactly, inspect(Field{Kind: FieldUriPath}, transform.URLDecode, transform.URLDecode)}, "/a%2520b", true},
		{ByteMatch{"/a b", ConstraintExactly, inspect(Field{Kind: FieldUriPath}, transform.URLDecode)}, "/a%2520b", false},
		{And{ByteMatch{"A", ConstraintContains, path}, ByteMatch{"a", ConstraintContains, inspect(Field{Kind: FieldUriPath}, transform.Lowercase)}}, "/A", true},
	} {
		if got := ask(t, test.s, get(test.path)); got != test.want {
			t.Errorf("%v of %s: got %t, want %t", test.s, test.path, got, test.want)
		}
	}
}

// TestJSON: keys and values of content, and what there is where it is not JSON
// to its end (WF-JSON-02 to WF-JSON-07, WF-TST-06).
func TestJSON(t *testing.T) {
	const body = `{"a":{"c":"d","b":{"e":{"f":"g%20h"}}},"n":[1,true,null]}`
	field := func(s Scope, paths ...string) Field { return Field{Kind: FieldJsonBody, Scope: s, Paths: paths} }
	for _, test := range []struct {
		f    Field
		want string
		not  string
	}{
		{field(ScopeAll), "a c d b e f g_h n 1 true null", "x"},
		{field(ScopeKey), "a b c e f n", "d g_h 1"},
		{field(ScopeValue), "d g_h 1 true null", "a b"},
		{field(ScopeAll, "/a/b"), "e f g_h", "a b c d n"},
		{field(ScopeKey, "/a/b"), "e f", "g_h"},
		{field(ScopeValue, "/a/b", "/n/1"), "g_h true", "1 e"},
	} {
		for want, text := range map[bool]string{true: test.want, false: test.not} {
			for _, v := range strings.Fields(text) {
				v = strings.ReplaceAll(v, "_", " ")
				if got := ask(t, ByteMatch{v, ConstraintExactly, inspect(test.f, transform.URLDecode)}, post(body)); got != want {
					t.Errorf("%v is %q: got %t, want %t", &test.f, v, got, want)
				}
			}
		}
	}
	for invalid, want := range map[InvalidJSON][3]bool{ // of what was parsed, of what was not, of nothing
		InvalidJSONParsed:   {true, false, false},
		InvalidJSONAsString: {true, true, false},
		InvalidJSONMatch:    {true, true, true},
		InvalidJSONNoMatch:  {false, false, false},
	} {
		f := field(ScopeAll)
		f.Invalid = invalid
		for i, search := range []string{"before", "behind", "nowhere"} {
			s := ByteMatch{search, ConstraintContains, inspect(f)}
			if got := ask(t, s, post(`{"a":"before","a":"behind"}`)); got != want[i] {
				t.Errorf("%v of a duplicate key, %q: got %t, want %t", invalid, search, got, want[i])
			}
			if got := ask(t, s, post(`{"a":"before and behind"}`)); got != (search != "nowhere") {
				t.Errorf("%v of JSON, %q: got %t", invalid, search, got)
			}
		}
	}
	if ask(t, ByteMatch{"x", ConstraintContains, inspect(field(ScopeAll))}, post("x=y")) {
		t.Error("a form: got a match of what is no JSON")
	}
}

// TestDuplicateKeys: what is behind a key that an object has twice is not
// inspected (WF-JSON-04), except where a field is inspected as a whole.
func TestDuplicateKeys(t *testing.T) {
	for _, whole := range []bool{false, true} {
		s := ByteMatch{Search: "late", Constraint: ConstraintExactly, Inspection: inspect(Field{Kind: FieldJsonBody, Whole: whole})}
		if got := ask(t, s, post(`{"a": 1, "a": 2, "b": "late"}`)); got != whole {
			t.Errorf("whole %t: got a match %t", whole, got)
		}
	}
}
