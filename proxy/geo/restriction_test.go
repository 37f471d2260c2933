package geo

import (
	"slices"
	"testing"

	"github.com/groundfront/groundfront/proxy/geo/country"
)

// TestRestriction: each country is served by a list of it and by a list of all
// others to refuse, and by no other list of one (CF-GEO-01, CF-GEO-03).
func TestRestriction(t *testing.T) {
	all := country.Codes()
	for _, code := range all {
		others := slices.DeleteFunc(slices.Clone(all), func(c string) bool { return c == code })
		for _, test := range []struct {
			kind RestrictionKind
			list []string
			want bool // of code; of all others it is the opposite
		}{
			{RestrictionAllow, []string{code}, true},
			{RestrictionDeny, others, true},
			{RestrictionDeny, []string{code}, false},
			{RestrictionAllow, others, false},
		} {
			r := NewRestriction(test.kind, test.list)
			for _, c := range all {
				if got, want := r.Admits(c), test.want == (c == code); got != want {
					t.Fatalf("%v of %d with%s %s: %s admitted: got %t, want %t", test.kind, len(test.list), map[bool]string{false: "out"}[slices.Contains(test.list, code)], code, c, got, want)
				}
			}
			if !r.Admits("") || !r.Restricts() {
				t.Errorf("%v: a viewer of whom nothing is known is refused, or nobody is", test.kind)
			}
		}
	}
	for _, r := range []Restriction{{}, NewRestriction(RestrictionNone, all), NewRestriction(RestrictionNone, nil)} {
		if !r.Admits("DE") || !r.Admits("") || r.Restricts() {
			t.Error("none: somebody is refused")
		}
	}
}

func TestRestrictionKindHasName(t *testing.T) {
	for kind, want := range map[RestrictionKind]string{RestrictionNone: "none", RestrictionAllow: "whitelist", RestrictionDeny: "blacklist", 3: "RestrictionKind(?)"} {
		if got := kind.String(); got != want {
			t.Errorf("%d: got %q, want %q", kind, got, want)
		}
	}
}
