package waf

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

// TestTrace: what people read of why a rule matches, whatever its statement.
func TestTrace(t *testing.T) {
	here := netip.MustParseAddr("192.0.2.1")
	set := in("192.0.2.0/24").Set
	from := &Forwarded{Field: "X-From", Fallback: FallbackMatch}
	path := inspect(Field{Kind: FieldUriPath})
	many := inspect(Field{Kind: FieldHeaders, Oversize: OversizeMatch})
	for _, test := range []struct {
		s      Statement
		fields string
		want   string // what was asked | of what | the value with what matched in brackets
	}{
		{IPSetReference{Name: "office", Set: set}, "", `in IP set "office"||[192.0.2.1]`},
		{IPSetReference{Name: "office", Set: set, Forwarded: from}, "X-From: 192.0.2.9", `in IP set "office"|X-From|[192.0.2.9]`},
		{IPSetReference{Name: "office", Set: set, Forwarded: from}, "X-From: here", "no address|X-From|[]"},
		{GeoMatch{Countries: []string{"US", "DE"}}, "", "in country DE||[192.0.2.1]"},
		{GeoMatch{Countries: []string{"DE"}, Forwarded: from}, "X-From: 192.0.2.9, 10.0.0.1", "in country DE|X-From|[192.0.2.9]"},
		{AsnMatch{Numbers: []uint32{64500}}, "", "in autonomous system 64500||[192.0.2.1]"},
		{LabelMatch{Scope: LabelScopeLabel, Key: "seen"}, "", `label "seen"||[]`},
		{LabelMatch{Scope: LabelScopeNamespace, Key: "ns:"}, "", `label in namespace "ns:"||[]`},
		{TokenAbsent{}, "", "no token||[]"},
		{ByteMatch{"/a", ConstraintStartsWith, path}, "", `starts with "/a"|UriPath|[/a]/b`},
		{ByteMatch{"b", ConstraintEndsWith, path}, "", `ends with "b"|UriPath|/a/[b]`},
		{ByteMatch{"x", ConstraintExactly, many}, "X: " + strings.Repeat("a", 8192), "more than is inspected|Headers|[]"},
		{ByteMatch{"x", ConstraintExactly, inspect(Field{Kind: FieldJA3Fingerprint, Fallback: FallbackMatch})}, "", "none|JA3Fingerprint|[]"},
	} {
		var lines []string
		if test.fields != "" {
			lines = append(lines, test.fields)
		}
		a := newACL(t, Config{Name: "edge", Namespace: "awswaf:1:webacl:edge:", Place: func(netip.Addr) Place { return Place{Country: "DE", ASN: 64500} }, Rules: []Rule{
			{Name: "before", Statement: ByteMatch{"/", ConstraintStartsWith, path}, Handling: Handling{Action: ActionCount}, Labels: []string{"seen", "ns:x"}},
			{Name: "r", Statement: test.s, Handling: block()},
		}})
		record := Record{Trace: true}
		r := get("/a/b", lines...)
		r.Now = start
		a.Evaluate(context.Background(), a.Peer(here), r, &record)
		var got []string
		for _, m := range record.Steps[1].Matches {
			got = append(got, fmt.Sprintf("%s|%s|%s[%s]%s", m.Statement, m.Field, m.Value[:m.From], m.Value[m.From:m.To], m.Value[m.To:]))
		}
		if strings.Join(got, "\n") != test.want {
			t.Errorf("%v: got %q, want %q", test.s, got, test.want)
		}
	}
}
