package waf

import (
	"fmt"
	"testing"
)

// TestSortByCost: what costs little is asked first, unless somebody could tell:
// a place is labelled, a request counted, a rule not applied, or of an Or that a
// detector's details are recorded (WF-ORD-06).
func TestSortByCost(t *testing.T) {
	method := ByteMatch{"GET", ConstraintExactly, inspect(Field{Kind: FieldMethod})}
	body := RegexMatch{[]string{"a+b"}, inspect(Field{Kind: FieldBody})}
	sql := SqliMatch{Inspection: inspect(Field{Kind: FieldQueryString})}
	address := in("192.0.2.0/24")
	for _, test := range []struct {
		s    Statement
		want string // the kinds, in the order in which they are asked
	}{
		{And{body, sql, method, address}, "ip set, exactly, sqli low, regex"},
		{Or{body, method, address}, "ip set, exactly, regex"},
		{And{Not{body}, method}, "exactly, not"},
		{Or{sql, method}, "sqli low, exactly"},
		{And{body, GeoMatch{Countries: []string{"US"}}, method}, "regex, geo, exactly"},
		{And{body, forwardedIn("192.0.2.0/24", "X", FallbackMatch, PositionFirst), method}, "regex, forwarded ip set, exactly"},
	} {
		a := newACL(t, Config{Rules: []Rule{{Name: "r", Statement: test.s, Handling: block()}}})
		got := ""
		for i, s := range a.rules[0].statement.nested {
			if i > 0 {
				got += ", "
			}
			if s.leaf != nil {
				got += s.leaf.kind.String()
				continue
			}
			got += fmt.Sprint(s.kind)
		}
		if got != test.want {
			t.Errorf("%v: got %s, want %s", test.s, got, test.want)
		}
	}
}
