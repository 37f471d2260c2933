package waf

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

const namespace = "awswaf:000000000000:webacl:edge:"

func count() Handling { return Handling{Action: ActionCount} }

func label(scope LabelScope, key string) LabelMatch { return LabelMatch{scope, key} }

// TestLabelMatch: keys in full and in part, of labels and namespaces (WF-LBL-04,
// WF-LBL-05, WF-TST-04).
func TestLabelMatch(t *testing.T) {
	other := &RuleGroup{Name: "g", ID: "g", Namespace: "awswaf:000000000000:rulegroup:g:", Rules: []Rule{
		{Name: "inner", Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{"ns:other"}},
	}}
	for _, test := range []struct {
		scope LabelScope
		key   string
		want  bool
	}{
		{LabelScopeLabel, namespace + "a:b:c", true},
		{LabelScopeLabel, namespace + "b:c", false},
		{LabelScopeLabel, "a:b:c", true},
		{LabelScopeLabel, "b:c", true},
		{LabelScopeLabel, "c", true},
		{LabelScopeLabel, "C", false},
		{LabelScopeLabel, "a:b", false},
		{LabelScopeLabel, "edge:a:b:c", false},
		{LabelScopeLabel, ":c", false},
		{LabelScopeLabel, "other", false}, // of another context
		{LabelScopeLabel, other.Namespace + "ns:other", true},
		{LabelScopeNamespace, "a:b:", true},
		{LabelScopeNamespace, "a:", true},
		{LabelScopeNamespace, "b:", true},
		{LabelScopeNamespace, "c:", false},
		{LabelScopeNamespace, "ns:", false},
		{LabelScopeNamespace, namespace, true},
		{LabelScopeNamespace, namespace + "a:", true},
		{LabelScopeNamespace, "awswaf:000000000000:rulegroup:", true},
		{LabelScopeNamespace, "awswaf:000000000001:", false},
	} {
		a := newACL(t, Config{Name: "edge", Namespace: namespace, Rules: []Rule{
			{Name: "first", Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{"a:b:c"}},
			{Name: "group", Statement: GroupReference{Group: other}},
			{Name: "r", Statement: label(test.scope, test.key), Handling: block()},
		}})
		if got := evaluate(a, "192.0.2.1", start).Action == ActionBlock; got != test.want {
			t.Errorf("%v %q: got %t, want %t", test.scope, test.key, got, test.want)
		}
		if evaluate(a, "192.0.3.1", start).Action == ActionBlock { // the labels of the last request are gone
			t.Errorf("%v %q: got a match without a label", test.scope, test.key)
		}
	}
}

// TestLabelOrder: labels are for later rules only, also those of a statement
// whose rule does not match (WF-ORD-05, WF-ALG-01).
func TestLabelOrder(t *testing.T) {
	place := func(netip.Addr) Place { return Place{Country: "US", Region: "OR", ASN: 64496} }
	geo := GeoMatch{Countries: []string{"DE"}}
	for _, test := range []struct {
		name  string
		rules []Rule
		want  string // who blocks
	}{
		{"of the rule itself", []Rule{
			{Name: "a", Statement: And{in("192.0.2.0/24"), label(LabelScopeLabel, "x")}, Handling: block(), Labels: []string{"x"}},
		}, ""},
		{"of a later rule", []Rule{
			{Name: "a", Statement: label(LabelScopeLabel, "x"), Handling: block()},
			{Name: "b", Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{"x"}},
		}, ""},
		{"of an earlier rule that does not match", []Rule{
			{Name: "a", Statement: in("192.0.3.0/24"), Handling: count(), Labels: []string{"x"}},
			{Name: "b", Statement: label(LabelScopeLabel, "x"), Handling: block()},
		}, ""},
		{"of a place, in the rule itself", []Rule{
			{Name: "a", Statement: And{Not{geo}, label(LabelScopeLabel, "awswaf:clientip:geo:country:US")}, Handling: block()},
		}, ""},
		{"of a place, whatever the rule says", []Rule{
			{Name: "a", Statement: geo, Handling: count()},
			{Name: "b", Statement: label(LabelScopeLabel, "awswaf:clientip:geo:country:US"), Handling: block()},
		}, "b"},
		{"of a region", []Rule{
			{Name: "a", Statement: geo, Handling: count()},
			{Name: "b", Statement: label(LabelScopeLabel, "awswaf:clientip:geo:region:US-CA"), Handling: block()},
			{Name: "c", Statement: label(LabelScopeLabel, "awswaf:clientip:geo:region:US-OR"), Handling: block()},
		}, "c"},
		{"of places", []Rule{
			{Name: "a", Statement: geo, Handling: count()},
			{Name: "b", Statement: label(LabelScopeNamespace, "awswaf:forwardedip:geo:"), Handling: block()},
			{Name: "c", Statement: label(LabelScopeNamespace, "awswaf:clientip:geo:country:"), Handling: block()},
		}, "c"},
		{"of nobody asked", []Rule{
			{Name: "c", Statement: label(LabelScopeNamespace, "awswaf:"), Handling: block()},
		}, ""},
		{"of words", []Rule{
			{Name: "a", Statement: Words{Words: []string{"curl", "bot"}, Fold: true, Labels: [][]string{{"awswaf:x:curl"}, {"awswaf:x:bot"}}, Inspection: inspect(Field{Kind: FieldUriPath})}, Handling: count()},
			{Name: "b", Statement: label(LabelScopeLabel, "awswaf:x:curl"), Handling: block()},
			{Name: "c", Statement: label(LabelScopeLabel, "awswaf:x:bot"), Handling: block()},
		}, "c"},
	} {
		a := newACL(t, Config{Name: "edge", Namespace: namespace, Rules: test.rules, Place: place})
		got := ""
		r := get("/Bot")
		if b := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), r, nil).Block; b != nil {
			got = b.Rule
		}
		if got != test.want {
			t.Errorf("%s: got blocked by %q, want %q", test.name, got, test.want)
		}
	}
}

// TestPlaces: countries and autonomous systems, of the connection and of a field
// (WF-GEO-01, WF-ASN-01, WF-IP-02, WF-IP-03).
func TestPlaces(t *testing.T) {
	place := func(a netip.Addr) Place {
		switch a.String() {
		case "192.0.2.1":
			return Place{Country: "US", Region: "OR", ASN: 64496}
		case "198.51.100.1":
			return Place{Country: "DE", ASN: 64511}
		}
		return Place{}
	}
	forwarded := &Forwarded{Field: "X-Forwarded-For", Fallback: FallbackMatch}
	for _, test := range []struct {
		s      Statement
		addr   string
		fields []string
		want   bool
	}{
		{GeoMatch{Countries: []string{"US", "CN"}}, "192.0.2.1", nil, true},
		{GeoMatch{Countries: []string{"US", "CN"}}, "198.51.100.1", nil, false},
		{GeoMatch{Countries: []string{"XX"}}, "203.0.113.1", nil, true},
		{AsnMatch{Numbers: []uint32{64511, 64496}}, "192.0.2.1", nil, true},
		{AsnMatch{Numbers: []uint32{64511}}, "192.0.2.1", nil, false},
		{AsnMatch{Numbers: []uint32{0}}, "203.0.113.1", nil, true},
		{GeoMatch{[]string{"DE"}, forwarded}, "192.0.2.1", []string{"X-Forwarded-For: 198.51.100.1, 192.0.2.1"}, true},
		{GeoMatch{[]string{"US"}, forwarded}, "192.0.2.1", []string{"X-Forwarded-For: 198.51.100.1, 192.0.2.1"}, false},
		{GeoMatch{[]string{"US"}, forwarded}, "192.0.2.1", []string{"X-Forwarded-For: x"}, true},
		{Not{GeoMatch{[]string{"US"}, forwarded}}, "192.0.2.1", nil, false},
		{AsnMatch{[]uint32{64511}, forwarded}, "192.0.2.1", []string{"X-Forwarded-For: 198.51.100.1"}, true},
	} {
		a := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: test.s, Handling: block()}}, Place: place})
		if got := evaluate(a, test.addr, start, test.fields...).Action == ActionBlock; got != test.want {
			t.Errorf("%v from %s: got %t, want %t", test.s, test.addr, got, test.want)
		}
	}
	a := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: GeoMatch{Countries: []string{"XX"}}, Handling: block()}}})
	if evaluate(a, "192.0.2.1", start).Action != ActionBlock {
		t.Error("no geo data: got a place")
	}
}

// TestGroups: a group's first rule that ends it ends the evaluation; what
// replaces the actions of its rules, and of the group (WF-GRP-03 to WF-GRP-06,
// WF-TST-03).
func TestGroups(t *testing.T) {
	g := &RuleGroup{Name: "g", ID: "AWS#g", Namespace: "awswaf:managed:aws:g:", Managed: true, Rules: []Rule{
		{Name: "one", Statement: in("192.0.2.0/24"), Handling: block(), Labels: []string{"one"}},
		{Name: "two", Statement: in("192.0.2.0/25"), Handling: block(), Labels: []string{"two"}},
	}}
	one, two := "awswaf:managed:aws:g:one", "awswaf:managed:aws:g:two"
	to := func(rule string, h Handling) Override { return Override{Rule: rule, Handling: h} }
	for _, test := range []struct {
		name    string
		s       GroupReference
		blocked string   // rule and group's rule
		labels  []string // in the end
		steps   string
	}{
		{"as it is", GroupReference{}, "ref/one", []string{one}, "one block ref AWS#g;"},
		{"out of scope", GroupReference{ScopeDown: in("198.51.100.0/24")}, "", nil, "Default_Action allow  ;"},
		{"in scope", GroupReference{ScopeDown: in("192.0.2.0/24")}, "ref/one", []string{one}, "one block ref AWS#g;"},
		{"counted", GroupReference{Count: true}, "", []string{one}, "one block ref AWS#g;ref count  ;Default_Action allow  ;"},
		{"inner one counted", GroupReference{Overrides: []Override{to("one", count())}}, "ref/two", []string{one, two}, "one count ref AWS#g was block;two block ref AWS#g;"},
		{"both counted", GroupReference{Overrides: []Override{to("one", count()), {Rule: "two", Handling: count(), Excluded: true}}}, "", []string{one, two},
			"one count ref AWS#g was block;two count ref AWS#g was block excluded;Default_Action allow  ;"},
		{"allowed", GroupReference{Overrides: []Override{to("one", Handling{Action: ActionAllow}), to("none", count())}}, "", []string{one}, "one allow ref AWS#g was block;"},
	} {
		test.s.Group = g
		a := newACL(t, Config{Name: "edge", Rules: []Rule{{Name: "ref", Statement: test.s}}})
		var record Record
		v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), get("/"), &record)
		blocked := ""
		if v.Block != nil {
			blocked = v.Block.Rule + "/" + v.Block.GroupRule
		}
		steps := ""
		for _, s := range record.Steps {
			steps += fmt.Sprintf("%s %v %s %s", s.Rule, s.Action, s.Group, s.GroupID)
			if s.Overridden != nil {
				steps += fmt.Sprint(" was ", *s.Overridden)
			}
			if s.Excluded {
				steps += " excluded"
			}
			steps += ";"
		}
		if blocked != test.blocked || !slices.Equal(record.Labels, test.labels) || steps != test.steps {
			t.Errorf("%s: got blocked by %q, labels %q, steps %q; want %q, %q, %q", test.name, blocked, record.Labels, steps, test.blocked, test.labels, test.steps)
		}
	}
}

// tokens say of every token what its text is.
type tokens struct{}

func (tokens) Check(value, host string, a Action, immunity time.Duration, now time.Time) TokenState {
	if value == host+a.String()+immunity.String() {
		return TokenState{TokenValid, now}
	}
	return TokenState{Failure: TokenExpired}
}

func (tokens) Page(host string, a Action, immunity time.Duration, _ time.Time) []byte {
	return []byte(fmt.Sprint(host, a, immunity))
}

// TestChallenge: a viewer with a valid token goes on, and others do not
// (WF-ACT-04, WF-ACT-05, WF-TOK-01).
func TestChallenge(t *testing.T) {
	for _, kind := range []Action{ActionCaptcha, ActionChallenge} {
		a := newACL(t, Config{Name: "edge", Tokens: tokens{}, Rules: []Rule{
			{Name: "r", Statement: in("192.0.2.0/24"), Handling: Handling{Action: kind, Immunity: time.Minute, Insert: lines("a: 1")}, Labels: []string{"l"}},
		}})
		for field, want := range map[string]TokenFailure{
			"":                             TokenMissing,
			"Cookie: b=aws-waf-token=c":    TokenMissing,
			"Cookie: a=1; aws-waf-token=c": TokenExpired,
			"X-Aws-Waf-Token: c":           TokenExpired,
			"Cookie: a=1;aws-waf-token=example.com" + kind.String() + "1m0s": TokenValid,
			"X-Aws-Waf-Token: example.com" + kind.String() + "1m0s":          TokenValid,
		} {
			r := get("/")
			if field != "" {
				r.Fields = lines(field)
			}
			var record Record
			v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), r, &record)
			step := record.Steps[0]
			if step.Token.Failure != want || !slices.Equal(record.Labels, []string{"l"}) {
				t.Errorf("%v with %q: got %v and labels %q, want %v", kind, field, step.Token.Failure, record.Labels, want)
			}
			if want == TokenValid && (v.Action != ActionAllow || v.Insert.Get("a") != "1" || step.Terminating) ||
				want != TokenValid && (v.Action != kind || v.Block.Action != kind || v.Insert != nil || !step.Terminating) {
				t.Errorf("%v with %q: got %+v, %+v", kind, field, v, step)
			}
		}
	}
}

// TestDetailsOfOthers: what a detector has found for a rule that does not match
// is not recorded for the next one that does (WF-SQLI-05).
func TestDetailsOfOthers(t *testing.T) {
	script := XssMatch{Inspection: inspect(Field{Kind: FieldQueryString})}
	a := newACL(t, Config{Name: "edge", Rules: []Rule{
		{Name: "elsewhere", Statement: And{script, GeoMatch{Countries: []string{"US"}}}, Handling: block()},
		{Name: "address", Statement: in("192.0.2.0/24"), Handling: count()},
		{Name: "script", Statement: And{script, Not{GeoMatch{Countries: []string{"US"}}}}, Handling: count()},
	}})
	var record Record
	a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), get("/?<script>"), &record)
	got := ""
	for _, s := range record.Steps {
		got += fmt.Sprint(s.Rule, " ", len(s.Details), ";")
	}
	if want := "address 0;script 1;Default_Action 0;"; got != want {
		t.Errorf("got details %q, want %q", got, want)
	}
}
