package waf

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// in refers to a set with one prefix, which is its name as well.
func in(prefix string) IPSetReference {
	s, err := ipset.Parse([]string{prefix})
	if err != nil {
		panic(err)
	}
	return IPSetReference{Name: prefix, Set: s}
}

func forwardedIn(prefix, name string, f Fallback, p Position) IPSetReference {
	s := in(prefix)
	s.Forwarded = &Forwarded{Field: name, Fallback: f, Position: p}
	return s
}

func block() Handling { return Handling{Action: ActionBlock} }

// counts is a Config.Counter that notes what it is told: "rule action".
type counts map[string]int

type counter struct {
	counts counts
	name   string
}

func (c counter) Add(uint8) { c.counts[c.name]++ }

func (c counts) counter(_, rule string, a Action) Counter { return counter{c, rule + " " + a.String()} }

func newACL(t testing.TB, c Config) *ACL {
	t.Helper()
	a, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// lines makes field lines of "Name: value".
func lines(texts ...string) (all field.Lines) {
	for _, text := range texts {
		name, value, _ := strings.Cut(text, ": ")
		all.Add(name, value)
	}
	return all
}

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// evaluate evaluates a request of an address.
func evaluate(a *ACL, addr string, now time.Time, fields ...string) Verdict {
	return a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr(addr)), &Request{Fields: lines(fields...), Now: now}, nil)
}

// TestStatements: what each statement says of a request from 192.0.2.1
// (WF-IP-01 to WF-IP-05, WF-LOG-01, WF-ORD-06).
func TestStatements(t *testing.T) {
	yes, no := in("192.0.2.0/24"), in("198.51.100.0/24")
	absent := forwardedIn("192.0.2.0/24", "X-Absent", FallbackMatch, PositionFirst)
	for _, test := range []struct {
		s      Statement
		fields []string
		want   bool
	}{
		{yes, nil, true},
		{no, nil, false},
		{And{yes, yes}, nil, true},
		{And{yes, no}, nil, false},
		{And{no, yes}, nil, false},
		{Or{no, yes}, nil, true},
		{Or{no, no}, nil, false},
		{Not{no}, nil, true},
		{Not{yes}, nil, false},
		{Not{Not{Or{no, And{yes, Not{no}}}}}, nil, true},
		// Where the field is absent the rule is not applied (WF-IP-04)...
		{absent, nil, false},
		{Not{absent}, nil, false},
		{And{yes, absent}, nil, false},
		{Or{no, absent, yes}, nil, false},
		// ... unless the answer is known without it.
		{Or{yes, absent}, nil, true},
		{Not{And{no, absent}}, nil, true},
	} {
		a := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: test.s, Handling: block()}}})
		if got := evaluate(a, "192.0.2.1", start, test.fields...).Action == ActionBlock; got != test.want {
			t.Errorf("%v: got match %t, want %t", test.s, got, test.want)
		}
	}
}

// TestPeer: the address of a connection however it is written; the set that
// has it is found by its number among many.
func TestPeer(t *testing.T) {
	var rules []Rule
	for i := range 50 {
		rules = append(rules, Rule{Name: fmt.Sprint(i), Statement: in(fmt.Sprintf("10.0.%d.0/24", i)), Handling: block()})
	}
	rules = append(rules, Rule{Name: "six", Statement: in("2001:db8::/32"), Handling: block()})
	a := newACL(t, Config{Rules: rules})
	for addr, want := range map[string]string{
		"10.0.0.1": "0", "10.0.49.255": "49", "::ffff:10.0.7.1": "7", "2001:db8::1": "six", "fe80::1%eth0": "", "10.0.50.0": "",
	} {
		got := ""
		if b := evaluate(a, addr, start).Block; b != nil {
			got = b.Rule
		}
		if got != want {
			t.Errorf("%s: got blocked by %q, want %q", addr, got, want)
		}
	}
	if v := a.Evaluate(context.Background(), a.Peer(netip.Addr{}), &Request{}, nil); v.Action != ActionAllow {
		t.Errorf("no address: got %v, want allow", v.Action)
	}
}

// TestOrder: rules run in their order until one ends it; counts go on; where
// none ends it the default action is taken (WF-ORD-01 to WF-ORD-04).
func TestOrder(t *testing.T) {
	seen := counts{}
	a := newACL(t, Config{
		Name: "edge", Counter: seen.counter, Default: block(),
		Rules: []Rule{
			{Name: "count", Statement: in("192.0.2.0/24"), Handling: Handling{Action: ActionCount}},
			{Name: "allow", Statement: in("192.0.2.1/32"), Handling: Handling{Action: ActionAllow}},
			{Name: "block", Statement: in("192.0.2.0/25"), Handling: Handling{Action: ActionBlock, Response: &Response{Status: 429}}},
			{Name: "late", Statement: in("192.0.2.0/24"), Handling: Handling{Action: ActionCount}},
		},
	})
	if v := evaluate(a, "192.0.2.1", start); v.Action != ActionAllow || v.Block != nil {
		t.Errorf("allow: got %+v", v)
	}
	if v := evaluate(a, "192.0.2.2", start); v.Action != ActionBlock || v.Block.Rule != "block" || v.Block.ACL != "edge" || v.Block.Response.Status != 429 {
		t.Errorf("block: got %+v", v.Block)
	}
	if v := evaluate(a, "192.0.2.200", start); v.Action != ActionBlock || v.Block.Rule != DefaultRule || v.Block.Response != nil {
		t.Errorf("default: got %+v", v.Block)
	}
	want := counts{"count count": 3, "allow allow": 1, "block block": 1, "late count": 1, "Default_Action block": 1}
	if got := fmt.Sprint(seen); got != fmt.Sprint(want) {
		t.Errorf("counters: got %v, want %v", got, want)
	}
}

// TestInsert: fields of counts and of what allows come together, of two with one
// name the last wins, and a blocked request has none (WF-ACT-07, WF-ACT-15).
func TestInsert(t *testing.T) {
	insert := func(a Action, texts ...string) Handling { return Handling{Action: a, Insert: lines(texts...)} }
	a := newACL(t, Config{
		Default: insert(ActionAllow, "d: 1"),
		Rules: []Rule{
			{Name: "count", Statement: in("192.0.2.0/24"), Handling: insert(ActionCount, "a: 1", "b: 1")},
			{Name: "allow", Statement: in("192.0.2.1/32"), Handling: insert(ActionAllow, "B: 2")},
			{Name: "block", Statement: in("192.0.2.2/32"), Handling: block()},
		},
	})
	for addr, want := range map[string]string{
		"192.0.2.1": "[{a 1} {B 2}]", "192.0.2.2": "[]", "192.0.2.3": "[{a 1} {b 1} {d 1}]", "192.0.3.1": "[{d 1}]",
	} {
		for range 2 { // nothing is changed for the next request
			if got := fmt.Sprint(evaluate(a, addr, start).Insert); got != want {
				t.Errorf("%s: got %s, want %s", addr, got, want)
			}
		}
	}
	if got, want := fmt.Sprint(a.Inserts()), "[a b B d]"; got != want {
		t.Errorf("Inserts: got %s, want %s", got, want)
	}
}

// limit is a rate-based statement of ten a minute, exactly.
func limit() RateBased {
	return RateBased{Limit: ratelimit.Rule{Limit: 10, Window: time.Minute, Evaluation: ratelimit.EvaluationExact}}
}

// passed sends n requests and returns how many were not blocked.
func passed(a *ACL, n int, addr string, fields ...string) int {
	count := 0
	for range n {
		if evaluate(a, addr, start, fields...).Action == ActionAllow {
			count++
		}
	}
	return count
}

// TestRate: who counts together, and whom the limit holds for (WF-RATE-03,
// WF-RATE-05, WF-RATE-07).
func TestRate(t *testing.T) {
	forwarded := limit()
	forwarded.Key, forwarded.Forwarded = AggregateKeyForwardedIP, &Forwarded{Field: "X-Forwarded-For", Fallback: FallbackMatch}
	constant := limit()
	constant.Key, constant.ScopeDown = AggregateKeyConstant, in("192.0.2.0/24")
	networks, forwardedNetworks := limit(), forwarded
	networks.IPv6Prefix, forwardedNetworks.IPv6Prefix = 64, 48
	scoped := limit()
	scoped.ScopeDown = forwardedIn("192.0.2.0/24", "X", FallbackNoMatch, PositionFirst)
	for _, test := range []struct {
		name   string
		s      RateBased
		addrs  [2]string
		fields [2]string
		want   [2]int // of 15 each
	}{
		{"address", limit(), [2]string{"192.0.2.1", "192.0.2.1"}, [2]string{}, [2]int{10, 0}},
		{"addresses", limit(), [2]string{"192.0.2.1", "192.0.2.2"}, [2]string{}, [2]int{10, 10}},
		{"address in IPv6", limit(), [2]string{"192.0.2.1", "::ffff:192.0.2.1"}, [2]string{}, [2]int{10, 0}},
		{"addresses of IPv6", limit(), [2]string{"2001:db8::1", "2001:db8::2"}, [2]string{}, [2]int{10, 10}},
		{"networks of IPv6", networks, [2]string{"2001:db8::1", "2001:db8::2"}, [2]string{}, [2]int{10, 0}},
		{"networks of IPv6 apart", networks, [2]string{"2001:db8::1", "2001:db8:0:1::1"}, [2]string{}, [2]int{10, 10}},
		{"networks and IPv4", networks, [2]string{"192.0.2.1", "192.0.2.2"}, [2]string{}, [2]int{10, 10}},
		{"forwarded networks", forwardedNetworks, [2]string{"192.0.2.1", "192.0.2.1"}, [2]string{"X-Forwarded-For: 2001:db8::1", "X-Forwarded-For: 2001:db8:0:1::1"}, [2]int{10, 0}},
		{"forwarded", forwarded, [2]string{"192.0.2.1", "192.0.2.2"}, [2]string{"X-Forwarded-For: 1.1.1.1, 2.2.2.2", "x-forwarded-for: 1.1.1.1"}, [2]int{10, 0}},
		{"forwarded apart", forwarded, [2]string{"192.0.2.1", "192.0.2.1"}, [2]string{"X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2.2.2.2, 1.1.1.1"}, [2]int{10, 10}},
		{"forwarded absent or malformed", forwarded, [2]string{"192.0.2.1", "192.0.2.1"}, [2]string{"Y: 1", "X-Forwarded-For: x"}, [2]int{15, 0}},
		{"constant", constant, [2]string{"192.0.2.1", "192.0.2.2"}, [2]string{}, [2]int{10, 0}},
		{"constant, out of scope", constant, [2]string{"192.0.3.1", "192.0.2.2"}, [2]string{}, [2]int{15, 10}},
		{"scope", scoped, [2]string{"192.0.3.1", "192.0.3.1"}, [2]string{"X: 192.0.2.1", "X: 192.0.3.1"}, [2]int{10, 15}},
		{"scope absent", scoped, [2]string{"192.0.3.1", "192.0.3.1"}, [2]string{"Y: 1", "X: 192.0.2.1"}, [2]int{15, 10}},
	} {
		a := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: test.s, Handling: block()}}})
		for i, want := range test.want {
			if got := passed(a, 15, test.addrs[i], test.fields[i]); got != want {
				t.Errorf("%s: of 15 requests from %s with %q: got %d passed, want %d", test.name, test.addrs[i], test.fields[i], got, want)
			}
		}
	}
	a := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: limit(), Handling: block()}}})
	passed(a, 10, "192.0.2.1")
	if b := evaluate(a, "192.0.2.1", start).Block; b == nil || b.Kind != RuleKindRateBased {
		t.Errorf("got %+v, want blocked by a rate-based rule", b)
	}
}

// TestPrevious: a rule whose statement stays the same goes on counting, one
// that changes begins anew (WF-RATE-12); so does the same statement in another
// rule (WF-RATE-13).
func TestPrevious(t *testing.T) {
	scoped := limit()
	scoped.ScopeDown = in("192.0.2.0/24")
	other := limit()
	other.Limit.Limit = 11
	for _, test := range []struct {
		name, rule string
		s          Statement
		want       int
	}{
		{"same", "r", scoped, 0},
		{"other limit", "r", other, 11},
		{"no scope", "r", limit(), 10},
		{"other rule", "q", scoped, 10},
	} {
		before := newACL(t, Config{Name: "edge", Rules: []Rule{{Name: "r", Statement: scoped, Handling: block()}}})
		p := before.Peer(netip.MustParseAddr("192.0.2.1"))
		for range 10 {
			before.Evaluate(context.Background(), p, &Request{Now: start}, nil)
		}
		after := newACL(t, Config{Name: "edge", Previous: before, Rules: []Rule{{Name: test.rule, Statement: test.s, Handling: block()}}})
		if got := passed(after, 20, "192.0.2.1"); got != test.want {
			t.Errorf("%s: got %d of 20 passed, want %d", test.name, got, test.want)
		}
		if p.ACL() != before || after.Peer(netip.Addr{}).ACL() != after {
			t.Errorf("%s: a Peer does not know its web ACL", test.name)
		}
	}
}

// TestNewRefuses: what a web ACL cannot be.
func TestNewRefuses(t *testing.T) {
	constant, tooLow := limit(), limit()
	constant.Key, tooLow.Limit.Limit = AggregateKeyConstant, 9
	for _, test := range []struct {
		rule Rule
		want error
	}{
		{Rule{Name: "r", Statement: nil, Handling: block()}, ErrNoStatement},
		{Rule{Name: "r", Statement: And{}, Handling: block()}, ErrNoStatement},
		{Rule{Name: "r", Statement: Not{}, Handling: block()}, ErrNoStatement},
		{Rule{Name: "r", Statement: Or{in("192.0.2.0/24"), limit()}, Handling: block()}, ErrNested},
		{Rule{Name: "r", Statement: limit(), Handling: Handling{Action: ActionAllow}}, ErrRateAllow},
		{Rule{Name: "r", Statement: constant, Handling: block()}, ErrNoScope},
		{Rule{Name: "r", Statement: tooLow, Handling: block()}, ratelimit.ErrLimit},
	} {
		if _, err := New(Config{Rules: []Rule{test.rule}}); !errors.Is(err, test.want) {
			t.Errorf("%+v: got %v, want %v", test.rule, err, test.want)
		}
	}
}

// bench is a web ACL with an IP set of 10,000 prefixes and one rate-based
// rule, neither of which matches.
func bench(tb testing.TB) (*ACL, *Peer) {
	var prefixes []string
	for i := range ipset.MaxPrefixes {
		prefixes = append(prefixes, fmt.Sprintf("10.%d.%d.0/24", i>>8, i&255))
	}
	set, err := ipset.Parse(prefixes)
	if err != nil {
		tb.Fatal(err)
	}
	a := newACL(tb, Config{Rules: []Rule{
		{Name: "banned", Statement: IPSetReference{Name: "banned", Set: set}, Handling: block()},
		{Name: "limit", Statement: RateBased{Limit: ratelimit.Rule{Limit: 2_000_000_000}}, Handling: block()},
	}})
	return a, a.Peer(netip.MustParseAddr("192.0.2.1"))
}

// TestEvaluateAllocates: evaluation has nothing on the heap.
func TestEvaluateAllocates(t *testing.T) {
	a, p := bench(t)
	fields := lines("X-Forwarded-For: 192.0.2.1, 192.0.2.2")
	more := newACL(t, Config{Rules: []Rule{
		{Name: "any", Statement: Not{forwardedIn("192.0.2.0/24", "X-Forwarded-For", FallbackMatch, PositionAny)}, Handling: block()},
		{Name: "insert", Statement: in("192.0.2.0/24"), Handling: Handling{Action: ActionCount, Insert: lines("a: 1")}},
	}})
	q := more.Peer(netip.MustParseAddr("192.0.2.1"))
	if n := testing.AllocsPerRun(100, func() {
		a.Evaluate(context.Background(), p, &Request{Fields: fields, Now: start}, nil)
		more.Evaluate(context.Background(), q, &Request{Fields: fields, Now: start}, nil)
	}); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	a, p := bench(b)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			a.Evaluate(context.Background(), p, &Request{Now: start}, nil)
		}
	})
}
