package waf

import (
	"context"
	"fmt"
	"net/netip"
	"testing"

	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/ratelimit"
	"github.com/groundfront/groundfront/waf/transform"
)

// twentyRules is a web ACL such as an API has, of which nothing matches an
// ordinary request: five IP sets of 10,000 prefixes, ten comparisons of texts, two
// rate-based rules, countries and a label, and one rule more.
func twentyRules(tb testing.TB) *ACL {
	var rules []Rule
	add := func(s Statement, h Handling) {
		rules = append(rules, Rule{Name: fmt.Sprint("r", len(rules)), Statement: s, Handling: h, Labels: []string{fmt.Sprint("l", len(rules))}})
	}
	for n := range 5 {
		var prefixes []string
		for i := range ipset.MaxPrefixes {
			prefixes = append(prefixes, fmt.Sprintf("%d.%d.%d.0/24", 11+n, i>>8, i&255))
		}
		set, err := ipset.Parse(prefixes)
		if err != nil {
			tb.Fatal(err)
		}
		add(IPSetReference{Name: fmt.Sprint("set", n), Set: set}, block())
	}
	lower := transform.Lowercase
	path, query := Field{Kind: FieldUriPath}, Field{Kind: FieldQueryString}
	agent, token := Field{Kind: FieldSingleHeader, Name: "user-agent"}, Field{Kind: FieldSingleHeader, Name: "authorization"}
	add(ByteMatch{"/admin", ConstraintStartsWith, inspect(path, lower)}, block())
	add(ByteMatch{".php", ConstraintEndsWith, inspect(path, lower)}, block())
	add(ByteMatch{"/.git/", ConstraintContains, inspect(path, transform.URLDecode)}, block())
	add(ByteMatch{"badbot", ConstraintContains, inspect(agent, lower)}, block())
	add(ByteMatch{"sqlmap", ConstraintContains, inspect(agent, lower)}, block())
	add(ByteMatch{"debug", ConstraintContainsWord, inspect(query, transform.URLDecode, lower)}, block())
	add(ByteMatch{"Basic ", ConstraintStartsWith, inspect(token)}, block())
	add(SizeConstraint{ComparisonGT, 2048, inspect(query)}, block())
	add(RegexMatch{[]string{"^/api/v[0-9]+/internal/"}, inspect(path)}, block())
	add(Not{Or{
		ByteMatch{"GET", ConstraintExactly, inspect(Field{Kind: FieldMethod})}, ByteMatch{"POST", ConstraintExactly, inspect(Field{Kind: FieldMethod})},
	}}, block())
	add(RateBased{Limit: ratelimit.Rule{Limit: 2_000_000_000}}, block())
	add(RateBased{Limit: ratelimit.Rule{Limit: 2_000_000_000}, ScopeDown: ByteMatch{"/login", ConstraintExactly, inspect(path)}}, block())
	add(GeoMatch{Countries: []string{"KP"}}, block())
	add(LabelMatch{LabelScopeLabel, "l3"}, block())
	add(LabelMatch{LabelScopeNamespace, "awswaf:forwardedip:geo:"}, block())
	return newACL(tb, Config{
		Name: "edge", Namespace: namespace, Rules: rules, Place: func(netip.Addr) Place { return Place{Country: "DE"} },
	})
}

// ordinary is a request of a browser with four arguments.
func ordinary() *Request {
	r := get("/api/v2/products?category=shoes&size=42&sort=price&page=3",
		"Accept: application/json", "Accept-Language: en-GB,en;q=0.9", "Accept-Encoding: gzip, deflate, br",
		"Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
		"Cookie: session=0a1b2c3d4e5f; theme=dark", "Referer: https://shop.test/", "Sec-Fetch-Mode: cors",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36")
	r.Now, r.HeadBytes = start, 600
	return r
}

// BenchmarkTwentyRules is the cost of a whole web ACL on a request that goes on.
func BenchmarkTwentyRules(b *testing.B) {
	a, r := twentyRules(b), ordinary()
	p := a.Peer(netip.MustParseAddr("192.0.2.1"))
	b.ReportAllocs()
	for b.Loop() {
		a.Evaluate(context.Background(), p, r, nil)
	}
}
