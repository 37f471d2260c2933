package compile

import (
	"slices"
	"testing"

	configmanaged "github.com/groundfront/groundfront/config/managed"
	"github.com/groundfront/groundfront/waf/managed"
)

// TestManagedNames holds the names that a configuration may use against those
// that there are.
func TestManagedNames(t *testing.T) {
	for _, g := range managed.Groups() {
		known, found := configmanaged.FindRuleGroup("AWS", g.Name)
		if !found || known.Capacity != g.WCU {
			t.Errorf("%s: got %t with %d capacity units, want %d", g.Name, found, known.Capacity, g.WCU)
		}
		var names, lists []string
		emulated := false
		for _, r := range g.Rules {
			names = append(names, r.Name)
			if r.Inspects == managed.ComponentAddress {
				lists = append(lists, r.Name)
			}
			emulated = emulated || r.Coverage != managed.CoverageAbsent
		}
		slices.Sort(names)
		if got := slices.Sorted(slices.Values(known.Rules)); !slices.Equal(got, names) {
			t.Errorf("%s: rules: got %v, want %v", g.Name, got, names)
		}
		if got := known.AddressLists(); !slices.Equal(got, lists) {
			t.Errorf("%s: lists of addresses: got %v, want %v", g.Name, got, lists)
		}
		if known.Emulated != emulated {
			t.Errorf("%s: emulated: got %t, want %t", g.Name, known.Emulated, emulated)
		}
	}
	for _, g := range configmanaged.RuleGroups() {
		if g.Vendor == "AWS" && managed.Lookup(g.Name) == nil {
			t.Errorf("%s is not in package waf/managed", g.Name)
		}
	}
}
