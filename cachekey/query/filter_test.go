package query

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/selection"
)

var all = selection.Selection{Behavior: selection.BehaviorAll}

func whitelist(names ...string) selection.Selection {
	return selection.Selection{Behavior: selection.BehaviorWhitelist, Names: names}
}

func allExcept(names ...string) selection.Selection {
	return selection.Selection{Behavior: selection.BehaviorAllExcept, Names: names}
}

func TestAppend(t *testing.T) {
	tests := []struct {
		name     string
		filter   Filter
		in, want string
	}{
		{"CF-KEY-07 none", Filter{}, "a=1", ""},
		{"CF-KEY-07 all", Filter{Selection: all}, "b=2&a=1", "b=2&a=1"},
		{"CF-KEY-07 whitelist", Filter{Selection: whitelist("a", "c")}, "a=1&b=2&c=3", "a=1&c=3"},
		{"CF-KEY-07 allExcept", Filter{Selection: allExcept("b")}, "a=1&b=2&c=3", "a=1&c=3"},
		{"CF-KEY-14 order stays", Filter{Selection: all}, "b=1&a=2", "b=1&a=2"},
		{"CF-KEY-15 letter case", Filter{Selection: whitelist("color")}, "Color=red&color=Red", "color=Red"},
		{"CF-KEY-16 semicolon is no separator", Filter{Selection: whitelist("color")}, "color=red;size=large", "color=red;size=large"},
		{"CF-KEY-16 no color parameter", Filter{Selection: whitelist("color")}, "size=large;color=red", ""},
		{"CF-KEY-17 request order, not list order", Filter{Selection: whitelist("a", "b")}, "b=1&x=0&a=2", "b=1&a=2"},
		{"CF-KEY-18 repeats stay", Filter{Selection: whitelist("a")}, "a=1&b=0&a=1&a", "a=1&a=1&a"},
		{"CF-KEY-19 nothing is decoded", Filter{Selection: whitelist("a")}, "%61=1&a=%7E", "a=%7E"},
		{"CF-KEY-08 star is a character", Filter{Selection: whitelist("a*")}, "ab=1&a*=2", "a*=2"},
		{"TV-KEY-05", Filter{Selection: allExcept("utm_source")}, "utm_source=q&p=1", "p=1"},
		{"all is byte for byte", Filter{Selection: all}, "&a&&", "&a&&"},
		{"empty pairs go when taken apart", Filter{Selection: allExcept("x")}, "&a&x=1&&b&", "a&b"},
		{"no name is a name", Filter{Selection: allExcept("x")}, "=1&x=2", "=1"},
		{"sorted, stable", Filter{Selection: all, Sort: true}, "b=2&a=9&B=0&a=1", "B=0&a=9&a=1&b=2"},
		{"sorted whitelist", Filter{Selection: whitelist("a", "b"), Sort: true}, "b=2&c=3&a=1", "a=1&b=2"},
		{"sorted none", Filter{Sort: true}, "b=2&a=1", ""},
		{"sorted by name, not by text", Filter{Selection: all, Sort: true}, "a%=1&a=1", "a=1&a%=1"},
		{"tracking dropped", Filter{Selection: all, DropTracking: true}, "utm_source=x&p=1&gclid=y&fbclid=z", "p=1"},
		{"tracking and allExcept", Filter{Selection: allExcept("p"), DropTracking: true}, "utm_id=x&p=1&q=2", "q=2"},
		{"a whitelist overrides tracking", Filter{Selection: whitelist("gclid"), DropTracking: true}, "gclid=y&p=1", "gclid=y"},
	}
	for _, test := range tests {
		if got := string(test.filter.Append([]byte("/p?"), test.in)); got != "/p?"+test.want {
			t.Errorf("%s: Append(%q): got %q, want %q", test.name, test.in, got, "/p?"+test.want)
		}
	}
}

func TestTracking(t *testing.T) {
	tests := []struct {
		name string
		want bool
	}{
		{"utm_source", true},
		{"utm_anything", true},
		{"gclid", true},
		{"fbclid", true},
		{"mc_eid", true},
		{"utm", false},
		{"xutm_source", false},
		{"gclid2", false},
		{"GCLID", false}, // CF-KEY-15
		{"id", false},
		{"", false},
	}
	for _, test := range tests {
		if got := Tracking(test.name); got != test.want {
			t.Errorf("Tracking(%q): got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestTrackingListIsUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range trackingNames {
		if seen[n] || strings.TrimRight(n, "*") == "" {
			t.Errorf("%q: repeated or matches everything", n)
		}
		seen[n] = true
	}
}

// Sorting is stable and quick for many pairs too, where a simple sort would
// be neither.
func TestManyPairs(t *testing.T) {
	var in, want []string
	for i := range 5000 {
		in = append(in, fmt.Sprintf("k%03d=%d", i*7919%1000, i/1000))
		want = append(want, fmt.Sprintf("k%03d=%d", i/5, i%5))
	}
	f := Filter{Selection: all, Sort: true}
	if got := string(f.Append(nil, strings.Join(in, "&"))); got != strings.Join(want, "&") {
		t.Error("5000 pairs of 1000 names were not sorted by name with repeats in order")
	}
}

func TestAppendAllocations(t *testing.T) {
	raw := "b=2&a=1&utm_source=x&c=3&page=7"
	dst := make([]byte, 0, 256)
	for name, f := range filters() {
		if got := testing.AllocsPerRun(100, func() { dst = f.Append(dst[:0], raw) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func filters() map[string]*Filter {
	return map[string]*Filter{
		"none":         {},
		"all":          {Selection: all},
		"whitelist":    {Selection: whitelist("a", "page")},
		"allExcept":    {Selection: allExcept("a", "page")},
		"sort":         {Selection: all, Sort: true},
		"dropTracking": {Selection: all, DropTracking: true},
	}
}

// FuzzAppend compares with an obvious version made of Split, Join and a
// stable sort, and checks that filtering twice changes nothing more.
func FuzzAppend(f *testing.F) {
	f.Add("a=1&b=2&a=3", "a", uint8(2))
	f.Add("&&b&a=", "b", uint8(3|4|8))
	f.Add("gclid=1&utm_x=2;a", "gclid", uint8(1|4))
	f.Fuzz(func(t *testing.T, raw, name string, mode uint8) {
		filter := Filter{Sort: mode&4 != 0, DropTracking: mode&8 != 0}
		filter.Selection.Behavior = selection.Behavior(mode & 3)
		filter.Selection.Names = []string{name, "a"}
		got := string(filter.Append(nil, raw))
		if want := slowFilter(&filter, raw); got != want {
			t.Fatalf("%+v Append(%q): got %q, want %q", filter, raw, got, want)
		}
		if again := string(filter.Append(nil, got)); again != got {
			t.Errorf("%+v Append(%q): got %q the second time", filter, got, again)
		}
	})
}

func slowFilter(f *Filter, raw string) string {
	if f.Selection.Behavior == selection.BehaviorAll && !f.Sort && !f.DropTracking {
		return raw
	}
	names := map[string]bool{}
	for _, n := range f.Selection.Names {
		names[n] = true
	}
	var kept []string
	for _, pair := range strings.Split(raw, "&") {
		name := strings.SplitN(pair, "=", 2)[0]
		keep := map[selection.Behavior]bool{
			selection.BehaviorAll:       !f.DropTracking || !slowTracking(name),
			selection.BehaviorWhitelist: names[name],
			selection.BehaviorAllExcept: !names[name] && (!f.DropTracking || !slowTracking(name)),
		}
		if pair != "" && keep[f.Selection.Behavior] {
			kept = append(kept, pair)
		}
	}
	if f.Sort {
		sort.SliceStable(kept, func(i, j int) bool {
			return strings.SplitN(kept[i], "=", 2)[0] < strings.SplitN(kept[j], "=", 2)[0]
		})
	}
	return strings.Join(kept, "&")
}

func slowTracking(name string) bool {
	for _, n := range trackingNames {
		prefix, wild := strings.CutSuffix(n, "*")
		if name == n || wild && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

func BenchmarkAppend(b *testing.B) {
	raw := "b=2&a=1&utm_source=x&c=3&page=7"
	for name, f := range filters() {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 256)
			b.ReportAllocs()
			for b.Loop() {
				dst = f.Append(dst[:0], raw)
			}
		})
	}
}
