package cookie

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/selection"
)

var all = selection.Selection{Behavior: selection.BehaviorAll}

func whitelist(names ...string) selection.Selection {
	return selection.Selection{Behavior: selection.BehaviorWhitelist, Names: names}
}

func allExcept(names ...string) selection.Selection {
	return selection.Selection{Behavior: selection.BehaviorAllExcept, Names: names}
}

// lines makes one Cookie line of each value, among lines of other names.
func lines(values ...string) field.Lines {
	ls := field.Lines{{Name: "Accept", Value: "x=1; y=2"}}
	for i, v := range values {
		ls.Add([]string{"Cookie", "cookie"}[i%2], v)
		ls.Add("X-Cookie", "z=3")
	}
	return ls
}

func TestAppendSorted(t *testing.T) {
	tests := []struct {
		name      string
		selection selection.Selection
		in        []string
		want      string
	}{
		{"CF-COOK-01 none", selection.Selection{}, []string{"a=1"}, ""},
		{"no Cookie field", all, nil, ""},
		{"empty field", all, []string{""}, ""},
		{"CF-COOK-03 by name", all, []string{"b=2; a=1; C=3"}, "C=3; a=1; b=2"},
		{"CF-COOK-03 one name keeps its order", all, []string{"b=2; a=9; a=1; a=5"}, "a=9; a=1; a=5; b=2"},
		{"CF-COOK-03 by name, not by text", all, []string{"a!=1; a=2"}, "a=2; a!=1"},
		{"CF-COOK-05 a part without =", all, []string{"a=1; b"}, ""},
		{"CF-COOK-05 a part without name", all, []string{"a=1; =b"}, ""},
		{"CF-COOK-05 counts for unselected parts", whitelist("a"), []string{"a=1; b"}, ""},
		{"CF-COOK-05 over all lines", all, []string{"a=1", "b"}, ""},
		{"CF-COOK-05 empty parts are no offence", all, []string{"a=1;; b=2 ; "}, "a=1; b=2"},
		{"CF-COOK-05 space may be missing", all, []string{"a=1;b=2"}, "a=1; b=2"},
		{"CF-COOK-05 empty value", all, []string{"a="}, "a="},
		{"CF-COOK-06 $Version", all, []string{"$Version=1; a=1; $Path=/"}, "a=1"},
		{"CF-COOK-06 even when listed", whitelist("$a"), []string{"$a=1"}, ""},
		{"CF-COOK-07 not on the list", whitelist("b"), []string{"a=1; b=2; c=3"}, "b=2"},
		{"CF-COOK-07 nothing remains", whitelist("z"), []string{"a=1"}, ""},
		{"CF-KEY-07 allExcept", allExcept("b"), []string{"a=1; b=2; c=3"}, "a=1; c=3"},
		{"CF-KEY-23 letter case", whitelist("a"), []string{"A=1; a=2"}, "a=2"},
		{"CF-REQ-21 split fields", all, []string{"b=2", "a=1"}, "a=1; b=2"},
		{"values are raw", all, []string{`a="x, y=%7E=="`}, `a="x, y=%7E=="`},
		{"CF-SIG-31 signing cookies go to the origin", all, []string{"CloudFront-Policy=p; a=1"}, "CloudFront-Policy=p; a=1"},
	}
	for _, test := range tests {
		got := string(AppendSorted([]byte("Cookie: "), lines(test.in...), &test.selection))
		if got != "Cookie: "+test.want {
			t.Errorf("%s: AppendSorted(%q): got %q, want %q", test.name, test.in, got, "Cookie: "+test.want)
		}
	}
}

func TestAppendKey(t *testing.T) {
	signed := "CloudFront-Policy=p; CloudFront-Signature=s; CloudFront-Key-Pair-Id=k; " +
		"CloudFront-Expires=1; CloudFront-Hash-Algorithm=SHA256"
	tests := []struct {
		name      string
		selection selection.Selection
		in, want  string
	}{
		{"CF-KEY-24 all", all, signed + "; a=1", "a=1"},
		{"CF-KEY-24 even when listed", whitelist("CloudFront-Policy", "a"), signed + "; a=1", "a=1"},
		{"CF-KEY-24 other names stay", all, "CloudFront-Policy2=p; cloudfront-policy=q; CloudFront-=r",
			"CloudFront-=r; CloudFront-Policy2=p; cloudfront-policy=q"},
	}
	for _, test := range tests {
		if got := string(AppendKey(nil, lines(test.in), &test.selection)); got != test.want {
			t.Errorf("%s: AppendKey(%q): got %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestAll(t *testing.T) {
	got := slices.Collect(All(lines("b=2; junk; $a=1", "c==; =d")))
	want := []Cookie{{"b", "2"}, {"$a", "1"}, {"c", "="}}
	if !slices.Equal(got, want) {
		t.Errorf("All: got %q, want %q", got, want)
	}
	for c := range All(lines("a=1; b=2", "c=3")) {
		if c.Name != "a" {
			t.Fatalf("got %q after break, want only a", c)
		}
		break
	}
}

// Sorting is stable and quick for many cookies too, where a simple sort
// would be neither.
func TestManyCookies(t *testing.T) {
	var in, want []string
	for i := range 5000 {
		in = append(in, fmt.Sprintf("k%03d=%d", i*7919%1000, i/1000))
		want = append(want, fmt.Sprintf("k%03d=%d", i/5, i%5))
	}
	got := string(AppendSorted(nil, lines(strings.Join(in, "; ")), &all))
	if got != strings.Join(want, "; ") {
		t.Error("5000 cookies of 1000 names were not sorted by name with repeats in order")
	}
}

func TestAppendSortedAllocations(t *testing.T) {
	ls := lines("session=8f3a; lang=en; theme=dark; a=1; b=2", "c=3")
	dst := make([]byte, 0, 256)
	for name, s := range selections() {
		if got := testing.AllocsPerRun(100, func() { dst = AppendSorted(dst[:0], ls, s) }); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func selections() map[string]*selection.Selection {
	list, except := whitelist("session", "lang"), allExcept("session", "lang")
	return map[string]*selection.Selection{"none": {}, "all": &all, "whitelist": &list, "allExcept": &except}
}

// FuzzAppendSorted compares with an obvious version that joins, splits and
// sorts, and checks that the result is canonical: appending it again gives
// the same text.
func FuzzAppendSorted(f *testing.F) {
	f.Add("b=2; a=1", "c=3", "a", uint8(1))
	f.Add("a; b=1", "", "b", uint8(2))
	f.Add("$v=1;a=1;; CloudFront-Policy=p", "\ta=2 ", "a", uint8(3|4))
	f.Fuzz(func(t *testing.T, first, second, name string, mode uint8) {
		s := selection.Selection{Behavior: selection.Behavior(mode & 3), Names: []string{name, "a"}}
		key := mode&4 != 0
		got := string(appendSelected(nil, lines(first, second), &s, key))
		if want := slowSorted(first+"; "+second, &s, key); got != want {
			t.Fatalf("%+v of %q and %q: got %q, want %q", s, first, second, got, want)
		}
		if again := string(appendSelected(nil, lines(got), &s, key)); again != got {
			t.Errorf("%+v of %q: got %q the second time", s, got, again)
		}
	})
}

func slowSorted(value string, s *selection.Selection, key bool) string {
	signing := []string{"CloudFront-Policy", "CloudFront-Expires", "CloudFront-Signature",
		"CloudFront-Key-Pair-Id", "CloudFront-Hash-Algorithm"}
	var kept []Cookie
	for _, part := range strings.Split(value, ";") {
		part = strings.Trim(part, " \t")
		if part == "" {
			continue
		}
		halves := strings.SplitN(part, "=", 2)
		if len(halves) < 2 || halves[0] == "" {
			return ""
		}
		c := Cookie{halves[0], halves[1]}
		if s.Includes(c.Name) && !strings.HasPrefix(c.Name, "$") && !(key && slices.Contains(signing, c.Name)) {
			kept = append(kept, c)
		}
	}
	sort.SliceStable(kept, func(i, j int) bool { return kept[i].Name < kept[j].Name })
	var texts []string
	for _, c := range kept {
		texts = append(texts, c.Name+"="+c.Value)
	}
	return strings.Join(texts, "; ")
}

func BenchmarkAppendSorted(b *testing.B) {
	ls := lines("session=8f3a; lang=en; theme=dark; a=1; b=2", "c=3")
	for name, s := range selections() {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 256)
			b.ReportAllocs()
			for b.Loop() {
				dst = AppendSorted(dst[:0], ls, s)
			}
		})
	}
}
