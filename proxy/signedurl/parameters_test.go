package signedurl

import (
	"strings"
	"testing"
)

// FuzzOwnQuery: what is left is the pairs that are no parameters, in their order,
// and nothing of it is one or decodes to one (CF-SIG-30).
func FuzzOwnQuery(f *testing.F) {
	for _, s := range []string{"", "a=1&Expires=2&b=3", "&Expires=1&a=1", "Policy", "Expires=1&&a", "a=1&%45xpires=1", "Expires=1&a&Policy=&&b&Signature="} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		var p parameters
		own, _ := p.read(nil, query, nil)
		var want []string
		signed := false
		for _, pair := range strings.Split(query, "&") {
			if name, _, _ := strings.Cut(pair, "="); parameterOf(name) == notParam {
				want = append(want, pair)
			} else {
				signed = true
			}
		}
		if own != strings.Join(want, "&") {
			t.Errorf("%q: got %q, want %q", query, own, strings.Join(want, "&"))
		}
		if signed != (p.source == SourceURL) {
			t.Errorf("%q: got %v, want signed %v", query, p.source, signed)
		}
		for _, pair := range want {
			name, _, _ := strings.Cut(pair, "=")
			if parameterOf(unescaped(name)) != notParam && p.fault == FaultNone {
				t.Errorf("%q: %q is left and decodes to a parameter", query, pair)
			}
		}
	})
}

func TestNames(t *testing.T) {
	for p := range numParams {
		if parameterOf(p.String()) != p || parameterOf(strings.ToLower(p.String())) != notParam {
			t.Errorf("%d: got %q, want the name of a parameter", p, p)
		}
	}
	seen := map[string]bool{}
	for f := range numFaults {
		if f.String() == "" || seen[f.String()] || (f.Denial() == DenialNone) != (f == FaultNone) {
			t.Errorf("fault %d: got %q, %v, want a name of its own and a denial", f, f, f.Denial())
		}
		seen[f.String()] = true
	}
	for d := DenialMissingKey; d < numDenials; d++ {
		if d.String() == "" || d.Message() == "" {
			t.Errorf("denial %d: got %q, %q, want a code and a message", d, d, d.Message())
		}
	}
}
