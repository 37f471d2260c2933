package field

import (
	"slices"
	"strings"
	"testing"
)

func TestEqualName(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"Accept", "accept", true}, // CF-GEN-05
		{"X-A", "x-A", true},
		{"", "", true},
		{"Accept", "Accept-", false},
		{"a[", "a{", false}, // one bit apart, but no letters
		{"@", "`", false},
		{"ſs", "sſ", false}, // Unicode folding would say yes
	}
	for _, test := range tests {
		if got := EqualName(test.a, test.b); got != test.want {
			t.Errorf("EqualName(%q, %q): got %v, want %v", test.a, test.b, got, test.want)
		}
	}
}

func TestHasPrefixFold(t *testing.T) {
	for _, test := range []struct {
		s, prefix string
		want      bool
	}{
		{"X-Amz-Date", "x-amz-", true},
		{"x-amz-", "X-Amz-", true},
		{"x-amz", "x-amz-", false},
		{"a", "", true},
		{"a{", "a[", false},
	} {
		if got := HasPrefixFold(test.s, test.prefix); got != test.want {
			t.Errorf("HasPrefixFold(%q, %q): got %v, want %v", test.s, test.prefix, got, test.want)
		}
	}
}

func TestJoined(t *testing.T) {
	tests := []struct {
		name string
		in   Lines
		want string
	}{
		{"none", Lines{{"b", "1"}}, ""},
		{"one", Lines{{"b", "1"}, {"A", "x"}}, "x"},
		{"two", Lines{{"A", "x"}, {"b", "1"}, {"a", "y"}}, "x, y"},
		{"first empty", Lines{{"A", ""}, {"a", "y"}}, ", y"},
		{"middle empty", Lines{{"A", "x"}, {"a", ""}, {"a", "z"}}, "x, , z"},
		{"all empty", Lines{{"A", ""}, {"a", ""}}, ", "},
	}
	for _, test := range tests {
		if got := test.in.Joined("a"); got != test.want {
			t.Errorf("%s: Joined(%q): got %q, want %q", test.name, test.in, got, test.want)
		}
	}
}

func TestLookup(t *testing.T) {
	lines := Lines{{"A", ""}, {"a", "second"}, {"B", "b"}}
	if v, present := lines.Lookup("a"); v != "" || !present {
		t.Errorf("Lookup(a): got %q, %v, want empty and present (CF-KEY-13)", v, present)
	}
	if v, present := lines.Lookup("c"); v != "" || present {
		t.Errorf("Lookup(c): got %q, %v, want none", v, present)
	}
	if got := lines.Get("b"); got != "b" {
		t.Errorf("Get(b): got %q, want b", got)
	}
	if !lines.Has("A") || lines.Has("c") {
		t.Errorf("Has: got A %v, c %v, want true, false", lines.Has("A"), lines.Has("c"))
	}
}

func TestChange(t *testing.T) {
	start := Lines{{"A", "1"}, {"B", "2"}, {"a", "3"}}
	tests := []struct {
		name   string
		change func(*Lines)
		want   Lines
	}{
		{"Add", func(ls *Lines) { ls.Add("b", "9") }, Lines{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"b", "9"}}},
		{"Set keeps the place and drops repeats", func(ls *Lines) { ls.Set("a", "9") }, Lines{{"A", "9"}, {"B", "2"}}},
		{"Set appends", func(ls *Lines) { ls.Set("C", "9") }, Lines{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "9"}}},
		{"Del", func(ls *Lines) { ls.Del("a") }, Lines{{"B", "2"}}},
		{"DeleteFunc", func(ls *Lines) { ls.DeleteFunc(func(l Line) bool { return l.Value == "2" }) }, Lines{{"A", "1"}, {"a", "3"}}},
	}
	for _, test := range tests {
		got := start.Clone()
		test.change(&got)
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
	if want := (Lines{{"A", "1"}, {"B", "2"}, {"a", "3"}}); !slices.Equal(start, want) {
		t.Errorf("changing clones changed the original: got %q, want %q", start, want)
	}
}

// FuzzSet: after Set there is one line of the name, with the value, and the
// lines of other names are those of before.
func FuzzSet(f *testing.F) {
	f.Add("a\nb\nA", "a", "1")
	f.Add("", "x", "")
	f.Fuzz(func(t *testing.T, names, name, value string) {
		var lines Lines
		for n := range strings.SplitSeq(names, "\n") {
			lines.Add(n, "old")
		}
		before := others(lines, name)
		lines.Set(name, value)
		if got := lines.Joined(name); got != value {
			t.Errorf("Set(%q, %q): then got %q", name, value, got)
		}
		if after := others(lines, name); !slices.Equal(after, before) {
			t.Errorf("Set(%q): other lines got %q, want %q", name, after, before)
		}
		lines.Del(name)
		if lines.Has(name) {
			t.Errorf("Del(%q): got %q, want no such line", name, lines)
		}
	})
}

func others(lines Lines, name string) (out Lines) {
	for _, l := range lines {
		if !EqualName(l.Name, name) {
			out = append(out, l)
		}
	}
	return out
}

func TestAllocations(t *testing.T) {
	lines := Lines{{"Host", "example.com"}, {"Accept", "text/html, application/json;q=0.9, */*"}}
	n := 0
	allocations := testing.AllocsPerRun(100, func() {
		for range Elements(lines.Joined("accept")) {
			n++
		}
	})
	if allocations != 0 {
		t.Errorf("Joined and Elements of one line: got %v allocations, want 0", allocations)
	}
}

func BenchmarkLookup(b *testing.B) {
	lines := Lines{
		{"User-Agent", "Mozilla/5.0"}, {"Accept", "text/html"}, {"Accept-Language", "en-US,en;q=0.5"},
		{"Accept-Encoding", "gzip, deflate, br"}, {"Referer", "https://example.com/"}, {"Cookie", "a=1"},
	}
	b.ReportAllocs()
	for b.Loop() {
		lines.Lookup("cookie")
	}
}

// What is left in memory behind the lines is cleared with them.
func TestEmptied(t *testing.T) {
	ls := Lines{{"A", "1"}, {"B", "secret"}}
	if got := Emptied(ls[:1]); len(got) != 0 || cap(got) != 2 || ls[0] != (Line{}) || ls[1] != (Line{}) {
		t.Errorf("got %d lines with room for %d and left %v, want none, 2 and nothing", len(got), cap(got), ls)
	}
	if got := Emptied(make(Lines, 1, mostKept+1)); got != nil {
		t.Errorf("much memory: got room for %d, want none", cap(got))
	}
}
