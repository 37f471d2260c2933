package waf

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/waf/ratelimit"
	"github.com/groundfront/groundfront/waf/transform"
)

// by is a rate-based statement of ten a minute, exactly, with custom keys.
func by(keys ...RateKey) RateBased {
	s := limit()
	s.Key, s.Keys = AggregateKeyCustom, keys
	s.Forwarded = &Forwarded{Field: "X-Forwarded-For", Fallback: FallbackNoMatch}
	return s
}

func byField(f Field, chain ...transform.Kind) RateKey {
	return RateKey{Kind: RateKeyField, Inspection: inspect(f, chain...)}
}

// TestRateKeys: which requests count together, by each custom key and by several
// (WF-RATE-04, WF-RATE-05).
func TestRateKeys(t *testing.T) {
	header := byField(Field{Kind: FieldSingleHeader, Name: "X-User"}, transform.Lowercase)
	cookie := byField(Field{Kind: FieldCookies, Names: []string{"id"}, Scope: ScopeValue})
	argument := byField(Field{Kind: FieldSingleQueryArgument, Name: "q"}, transform.URLDecode)
	query := byField(Field{Kind: FieldQueryString})
	path := byField(Field{Kind: FieldUriPath}, transform.Lowercase)
	method := byField(Field{Kind: FieldMethod})
	ip, forwarded, as := RateKey{Kind: RateKeyIP}, RateKey{Kind: RateKeyForwardedIP}, RateKey{Kind: RateKeyASN}
	ja3 := func(f Fallback) RateKey { return byField(Field{Kind: FieldJA3Fingerprint, Fallback: f}) }
	ja4 := byField(Field{Kind: FieldJA4Fingerprint, Fallback: FallbackNoMatch})

	type sent struct {
		r    *Request
		addr string
	}
	const a, b = "192.0.2.1", "198.51.100.1"
	from := func(addr, target string, fields ...string) sent { return sent{get(target, fields...), addr} }
	tls := func(ja3, ja4 string) sent {
		r := get("/")
		r.JA3, r.JA4 = ja3, ja4
		return sent{r, a}
	}
	for _, test := range []struct {
		name          string
		keys          []RateKey
		first, second sent
		want          [2]int // passed, of 15 each
	}{
		{"header", []RateKey{header}, from(a, "/", "x-user: Me"), from(b, "/?x", "X-User: me"), [2]int{10, 0}},
		{"header apart", []RateKey{header}, from(a, "/", "X-User: me"), from(a, "/", "X-User: you"), [2]int{10, 10}},
		{"header absent", []RateKey{header}, from(a, "/"), from(a, "/", "X-User: "), [2]int{15, 10}},
		{"header twice", []RateKey{header}, from(a, "/", "X-User: a", "X-User: b"), from(a, "/", "X-User: ab"), [2]int{10, 10}},
		{"cookie", []RateKey{cookie}, from(a, "/", "Cookie: a=1; id=7"), from(a, "/", "Cookie: id=7; a=2"), [2]int{10, 0}},
		{"cookie absent", []RateKey{cookie}, from(a, "/", "Cookie: a=1"), from(a, "/", "Cookie: id=7"), [2]int{15, 10}},
		{"argument", []RateKey{argument}, from(a, "/?q=a%20b"), from(a, "/x?y=1&Q=a b"), [2]int{10, 0}},
		{"argument absent", []RateKey{argument}, from(a, "/?p=1"), from(a, "/?q"), [2]int{15, 10}},
		{"query", []RateKey{query}, from(a, "/?a=1"), from(a, "/x?a=1"), [2]int{10, 0}},
		{"query absent", []RateKey{query}, from(a, "/"), from(a, "/?"), [2]int{15, 10}},
		{"path", []RateKey{path}, from(a, "/A?1"), from(b, "/a?2"), [2]int{10, 0}},
		{"method", []RateKey{method}, from(a, "/1"), sent{post("x"), a}, [2]int{10, 10}},
		{"fingerprints", []RateKey{ja3(FallbackNoMatch), ja4}, tls("3", "4"), tls("3", "5"), [2]int{10, 10}},
		{"a fingerprint absent", []RateKey{ja3(FallbackNoMatch)}, tls("", ""), tls("3", ""), [2]int{15, 10}},
		{"a fingerprint absent, to match", []RateKey{ja3(FallbackMatch)}, tls("", ""), tls("3", ""), [2]int{0, 10}},
		{"another absent besides", []RateKey{ja3(FallbackMatch), ja4}, tls("", ""), tls("", "4"), [2]int{15, 0}},
		{"address and path", []RateKey{ip, path}, from(a, "/a"), from(b, "/a"), [2]int{10, 10}},
		{"address and path again", []RateKey{ip, path}, from(a, "/a"), from(a, "/a?2"), [2]int{10, 0}},
		{"order of parts", []RateKey{header, argument}, from(a, "/?q=b", "X-User: a"), from(a, "/?q=a", "X-User: b"), [2]int{10, 10}},
		{"forwarded", []RateKey{forwarded, method}, from(a, "/", "X-Forwarded-For: 10.0.0.1, 1.1.1.1"), from(b, "/", "X-Forwarded-For: 10.0.0.1"), [2]int{10, 0}},
		{"forwarded absent", []RateKey{forwarded, method}, from(a, "/"), from(a, "/", "X-Forwarded-For: x"), [2]int{15, 15}},
		{"autonomous system", []RateKey{as}, from(a, "/"), from("192.0.2.9", "/"), [2]int{10, 0}},
		{"unknown autonomous system", []RateKey{as}, from("203.0.113.1", "/"), from(a, "/"), [2]int{10, 10}},
		{"five", []RateKey{header, cookie, argument, path, ip}, from(a, "/?q=1", "X-User: a", "Cookie: id=1"), from(a, "/?q=1&x", "X-User: A", "Cookie: id=1"), [2]int{10, 0}},
	} {
		place := func(a netip.Addr) Place {
			if netip.MustParsePrefix("192.0.2.0/24").Contains(a) {
				return Place{ASN: 64496}
			}
			return Place{}
		}
		acl := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: by(test.keys...), Handling: block()}}, Place: place})
		for i, s := range []sent{test.first, test.second} {
			got := 0
			for range 15 {
				s.r.Now = start
				if acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr(s.addr)), s.r, nil).Action == ActionAllow {
					got++
				}
			}
			if got != test.want[i] {
				t.Errorf("%s: got %d of 15 passed of request %d, want %d", test.name, got, i+1, test.want[i])
			}
		}
	}
}

// TestRateLabels: each label in the namespace makes an instance, of rules before
// and of places (WF-RATE-06).
func TestRateLabels(t *testing.T) {
	labelled := func(name, header string) Rule {
		return Rule{Name: name, Statement: ByteMatch{Search: "1", Constraint: ConstraintExactly, Inspection: inspect(Field{Kind: FieldSingleHeader, Name: header})}, Handling: count(), Labels: []string{"ns:" + name, "other:" + name}}
	}
	place := func(netip.Addr) Place { return Place{Country: "US", Region: "OR"} }
	for _, test := range []struct {
		name     string
		keys     []RateKey
		requests [][]string
		want     []int // passed, of 15 each
	}{
		{"one", []RateKey{{Kind: RateKeyLabels, Namespace: "ns:"}}, [][]string{{"A: 1"}, {"B: 1"}, {}}, []int{10, 10, 15}},
		{"both, and one of them", []RateKey{{Kind: RateKeyLabels, Namespace: "ns:"}}, [][]string{{"A: 1", "B: 1"}, {"B: 1"}, {"A: 1"}}, []int{10, 0, 0}},
		{"one that is over", []RateKey{{Kind: RateKeyLabels, Namespace: "ns:"}}, [][]string{{"B: 1"}, {"A: 1", "B: 1"}, {"A: 1"}}, []int{10, 0, 0}},
		{"in full", []RateKey{{Kind: RateKeyLabels, Namespace: namespace + "ns:"}}, [][]string{{"A: 1"}, {"A: 1"}}, []int{10, 0}},
		{"of two namespaces", []RateKey{{Kind: RateKeyLabels, Namespace: "ns:"}, {Kind: RateKeyLabels, Namespace: "other:"}}, [][]string{{"A: 1", "B: 1"}, {"A: 1"}}, []int{10, 0}},
		{"of a country", []RateKey{{Kind: RateKeyLabels, Namespace: "awswaf:clientip:geo:country:"}}, [][]string{{"A: 1"}, {}}, []int{10, 0}},
		{"of a region", []RateKey{{Kind: RateKeyLabels, Namespace: "awswaf:clientip:geo:region:"}}, [][]string{{}}, []int{10}},
		{"of a place that nobody asked for", []RateKey{{Kind: RateKeyLabels, Namespace: "awswaf:forwardedip:geo:country:"}}, [][]string{{}}, []int{15}},
	} {
		acl := newACL(t, Config{Name: "edge", Namespace: namespace, Place: place, Rules: []Rule{
			labelled("a", "A"), labelled("b", "B"),
			{Name: "geo", Statement: GeoMatch{Countries: []string{"DE"}}, Handling: count()},
			{Name: "r", Statement: by(test.keys...), Handling: block()},
		}})
		for i, fields := range test.requests {
			if got := passed(acl, 15, "192.0.2.1", fields...); got != test.want[i] {
				t.Errorf("%s: got %d of 15 passed of request %d, want %d", test.name, got, i+1, test.want[i])
			}
		}
	}
	many := Config{Name: "edge", Namespace: namespace}
	for i := range 2 * maxRateInstances {
		many.Rules = append(many.Rules, Rule{Name: fmt.Sprint(i), Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{fmt.Sprint("ns:", i)}})
	}
	many.Rules = append(many.Rules, Rule{Name: "r", Statement: by(RateKey{Kind: RateKeyLabels, Namespace: "ns:"}), Handling: block()})
	acl := newACL(t, many)
	passed(acl, 1, "192.0.2.1")
	if got := acl.rates[0].counter.Instances(start); got != maxRateInstances {
		t.Errorf("instances of a request with %d labels: got %d, want %d", 2*maxRateInstances, got, maxRateInstances)
	}
}

// TestRateRecord: log records say who was over the limit, of every kind of key
// (WF-LOGS-03).
func TestRateRecord(t *testing.T) {
	forwarded := limit()
	forwarded.Key, forwarded.Forwarded = AggregateKeyForwardedIP, &Forwarded{Field: "X-Forwarded-For", Fallback: FallbackMatch}
	constant := limit()
	constant.Key, constant.ScopeDown = AggregateKeyConstant, in("192.0.2.0/24")
	all := by(
		byField(Field{Kind: FieldSingleHeader, Name: "X-User"}, transform.Lowercase), byField(Field{Kind: FieldCookies, Names: []string{"id"}, Scope: ScopeValue}),
		RateKey{Kind: RateKeyForwardedIP}, RateKey{Kind: RateKeyASN}, RateKey{Kind: RateKeyLabels, Namespace: "ns:"},
	)
	fallback := by(byField(Field{Kind: FieldJA3Fingerprint, Fallback: FallbackMatch}), RateKey{Kind: RateKeyIP})
	fields := []string{"X-Forwarded-For: 10.0.0.1", "X-User: ME", "Cookie: id=7"}
	for _, test := range []struct {
		s      RateBased
		fields []string
		want   string
	}{
		{limit(), fields, "{r IP 192.0.2.1 10 60 []}"},
		{forwarded, fields, "{r FORWARDED_IP 10.0.0.1 10 60 []}"},
		{forwarded, []string{"X-Forwarded-For: x"}, "{r FORWARDED_IP INVALID 10 60 []}"},
		{constant, fields, "{r CONSTANT  10 60 []}"},
		{all, fields, "{r CUSTOMKEYS  10 60 [{HEADER X-User me} {COOKIE id 7} {FORWARDED_IP  10.0.0.1} {ASN  0} {LABEL_NAMESPACE ns: " + namespace + "ns:x}]}"},
		{fallback, fields, "{r CUSTOMKEYS  10 60 [{JA3_FINGERPRINT  } {IP  192.0.2.1}]}"},
	} {
		acl := newACL(t, Config{Name: "edge", Namespace: namespace, Rules: []Rule{
			{Name: "label", Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{"ns:x"}},
			{Name: "r", Statement: test.s, Handling: block()},
		}})
		var record Record
		for range 11 {
			record = Record{}
			r := get("/", test.fields...)
			r.Now = start
			acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.1")), r, &record)
		}
		if got := fmt.Sprint(record.Rates); got != "["+test.want+"]" {
			t.Errorf("%v: got %s, want [%s]", test.s, got, test.want)
		}
	}
}

func TestRateKeysRefused(t *testing.T) {
	path := byField(Field{Kind: FieldUriPath})
	noForwarded := by(RateKey{Kind: RateKeyForwardedIP}, path)
	noForwarded.Forwarded = nil
	unused := limit()
	unused.Keys = []RateKey{path}
	for name, s := range map[string]RateBased{
		"none": by(), "six": by(path, path, path, path, path, path), "of another kind": by(byField(Field{Kind: FieldBody})),
		"no header": noForwarded, "no namespace": by(RateKey{Kind: RateKeyLabels}), "not custom": unused,
	} {
		if _, err := New(Config{Rules: []Rule{{Name: "r", Statement: s, Handling: block()}}}); !errors.Is(err, ErrRateKeys) {
			t.Errorf("%s: got %v, want %v", name, err, ErrRateKeys)
		}
	}
	wide := limit()
	wide.IPv6Prefix = 129
	if _, err := New(Config{Rules: []Rule{{Name: "r", Statement: wide, Handling: block()}}}); !errors.Is(err, ErrPrefix) {
		t.Errorf("prefix of 129 bits: got %v, want %v", err, ErrPrefix)
	}
}

// TestPreviousKeys: a rule goes on with its counts unless its keys are others
// (WF-RATE-12).
func TestPreviousKeys(t *testing.T) {
	rules := func(keys ...RateKey) Config {
		return Config{Rules: []Rule{{Name: "r", Statement: by(keys...), Handling: block()}}}
	}
	path, header := byField(Field{Kind: FieldUriPath}), byField(Field{Kind: FieldSingleHeader, Name: "a"})
	first := newACL(t, rules(path))
	passed(first, 10, "192.0.2.1", "a: 1")
	same, other := rules(path), rules(header)
	same.Previous, other.Previous = first, first
	if got := passed(newACL(t, same), 5, "192.0.2.1", "a: 1"); got != 0 {
		t.Errorf("the same statement: got %d passed, want 0", got)
	}
	if got := passed(newACL(t, other), 5, "192.0.2.1", "a: 1"); got != 5 {
		t.Errorf("other keys: got %d passed, want 5", got)
	}
}

func TestRateNames(t *testing.T) {
	for k := range RateKeyLabels + 1 {
		if k.String() == "RateKeyKind(?)" {
			t.Errorf("kind %d has no name", k)
		}
	}
	for p := range presenceFallback + 1 {
		if p.String() == "presence(?)" {
			t.Errorf("presence %d has no name", p)
		}
	}
}

// fiveKeys has every sort of custom key.
func fiveKeys(tb testing.TB) (*ACL, *Request) {
	keys := by(
		byField(Field{Kind: FieldSingleHeader, Name: "X-User"}, transform.Lowercase), byField(Field{Kind: FieldUriPath}),
		RateKey{Kind: RateKeyIP}, RateKey{Kind: RateKeyASN}, RateKey{Kind: RateKeyLabels, Namespace: "ns:"},
	)
	keys.Limit = ratelimit.Rule{Limit: 2_000_000_000, Window: time.Minute}
	a := newACL(tb, Config{Name: "edge", Namespace: namespace, Rules: []Rule{
		{Name: "label", Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{"ns:x", "ns:y"}},
		{Name: "geo", Statement: GeoMatch{Countries: []string{"DE"}}, Handling: count()},
		{Name: "r", Statement: keys, Handling: block()},
		{Name: "places", Statement: by(RateKey{Kind: RateKeyLabels, Namespace: "awswaf:clientip:geo:"}), Handling: count()},
	}})
	r := get("/api/orders?page=1", "X-User: Somebody", "Accept: */*")
	r.Now = start
	return a, r
}

func BenchmarkRateKeys(b *testing.B) {
	a, r := fiveKeys(b)
	p := a.Peer(netip.MustParseAddr("192.0.2.1"))
	b.ReportAllocs()
	for b.Loop() {
		a.Evaluate(context.Background(), p, r, nil)
	}
}

// TestRates: what operators are told of rate-based rules (WF-RATE-14).
func TestRates(t *testing.T) {
	networks, constant := limit(), limit()
	networks.IPv6Prefix = 64
	constant.Key, constant.ScopeDown = AggregateKeyConstant, in("192.0.2.0/24")
	g := &RuleGroup{Name: "g", ID: "g", Rules: []Rule{{Name: "inner", Statement: networks, Handling: count()}}}
	a := newACL(t, Config{Rules: []Rule{
		{Name: "limit", Statement: limit(), Handling: count()},
		{Name: "group", Statement: GroupReference{Group: g}},
		{Name: "all", Statement: constant, Handling: count()},
	}})
	passed(a, 11, "192.0.2.1")
	passed(a, 11, "2001:db8::1")
	passed(a, 11, "2001:db8::2")
	passed(a, 2, "192.0.2.2")
	if got, want := fmt.Sprint(a.Rates(start)), "[{ limit 4} {group inner 3} { all 1}]"; got != want {
		t.Errorf("rates: got %s, want %s", got, want)
	}
	for _, test := range []struct{ group, rule, want string }{
		{"", "limit", "[192.0.2.1/32 2001:db8::1/128 2001:db8::2/128] true"},
		{"group", "inner", "[192.0.2.1/32 2001:db8::/64] true"},
		{"", "all", "[] false"},
		{"", "inner", "[] false"},
	} {
		prefixes, found := a.LimitedAddrs(test.group, test.rule, start)
		slices.SortFunc(prefixes, func(a, b netip.Prefix) int { return strings.Compare(a.String(), b.String()) })
		if got := fmt.Sprint(prefixes, found); got != test.want {
			t.Errorf("limited by %s %s: got %s, want %s", test.group, test.rule, got, test.want)
		}
	}
	if got, want := fmt.Sprint(a.Rates(start.Add(2*time.Minute))), "[{ limit 0} {group inner 0} { all 0}]"; got != want {
		t.Errorf("rates after the window: got %s, want %s", got, want)
	}
}
