package conditional

import (
	"strings"
	"testing"
)

func TestParseTag(t *testing.T) {
	for _, c := range []struct {
		in   string
		want Tag
		ok   bool
	}{
		{`"x"`, Tag{"x", false}, true},
		{`W/"x"`, Tag{"x", true}, true},
		{`""`, Tag{}, true},
		{`"a,b W/c"`, Tag{}, false}, // no space inside
		{`"a,b\W/c"`, Tag{`a,b\W/c`, false}, true},
		{"\"\xc3\xa9\"", Tag{"\xc3\xa9", false}, true},
		{``, Tag{}, false},
		{`x`, Tag{}, false},
		{`"x`, Tag{}, false},
		{`w/"x"`, Tag{}, false},
		{`W/x`, Tag{}, false},
		{`W/ "x"`, Tag{}, false},
		{`"x" `, Tag{}, false},
		{`"x", "y"`, Tag{}, false},
		{"\"\x7f\"", Tag{}, false},
	} {
		if got, ok := ParseTag(c.in); got != c.want || ok != c.ok {
			t.Errorf("ParseTag(%q): got %+v, %v, want %+v, %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

// TestMatch is the table of RFC 9110 section 8.8.3.2.
func TestMatch(t *testing.T) {
	for _, c := range []struct {
		a, b         Tag
		strong, weak bool
	}{
		{Tag{"1", true}, Tag{"1", true}, false, true},
		{Tag{"1", true}, Tag{"2", true}, false, false},
		{Tag{"1", true}, Tag{"1", false}, false, true},
		{Tag{"1", false}, Tag{"1", false}, true, true},
	} {
		if s, w := c.a.MatchStrong(c.b), c.a.MatchWeak(c.b); s != c.strong || w != c.weak {
			t.Errorf("%v and %v: got strong %v, weak %v, want %v, %v", c.a, c.b, s, w, c.strong, c.weak)
		}
	}
}

func TestWeaken(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"TV-CMP-09", `"x"`, `W/"x"`},
		{"TV-CMP-10", `W/"x"`, `W/"x"`},
		{"TV-CMP-11", `x`, ``},
		{"CF-CMP-20 not closed", `"x`, ``},
		{"CF-CMP-20 one quote", `"`, ``},
		{"CF-CMP-20 weak not closed", `W/"x`, ``},
		{"CF-CMP-20 empty tag", `""`, `W/""`},
		{"none", ``, ``},
	} {
		if got := Weaken(c.in); got != c.want {
			t.Errorf("%s: Weaken(%q): got %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

// FuzzParseTag checks that an accepted tag prints back, matches itself in a
// list, and can be weakened.
func FuzzParseTag(f *testing.F) {
	for _, s := range []string{`"x"`, `W/"x"`, `""`, `x`, `"a,b"`, `W/"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tag, ok := ParseTag(s)
		if !ok {
			return
		}
		if got := tag.String(); got != s {
			t.Errorf("ParseTag(%q) prints as %q", s, got)
		}
		if list := `"other" , ,` + s + ` ,`; !anyTag(list, tag.MatchWeak) {
			t.Errorf("%q: got no match for %v", list, tag)
		}
		weak, ok := ParseTag(Weaken(s))
		if !ok || !weak.Weak || !weak.MatchWeak(tag) {
			t.Errorf("Weaken(%q): got %q, want the weak form", s, Weaken(s))
		}
	})
}

// FuzzAnyTag: a tag is found in a list wherever it stands, and what is found
// stands there between quotes.
func FuzzAnyTag(f *testing.F) {
	f.Add(`"a", W/"b"`, "b")
	f.Add(`"a"b, "c"`, "c")
	f.Add(`,,"a,b" , "c`, "a,b")
	f.Add(`W/ "a"`, "")
	f.Fuzz(func(t *testing.T, list, opaque string) {
		tag, ok := ParseTag(`"` + opaque + `"`)
		if !ok {
			return
		}
		if anyTag(list, tag.MatchWeak) && !strings.Contains(list, tag.String()) {
			t.Errorf("%v was found in %q", tag, list)
		}
		if anyTag(list, tag.MatchStrong) && !anyTag(list, tag.MatchWeak) {
			t.Errorf("%v was found in %q as strong and not as weak", tag, list)
		}
		for _, longer := range []string{tag.String() + ", " + list, `"x",W/` + tag.String() + "," + list} {
			if !anyTag(longer, tag.MatchWeak) {
				t.Errorf("%v was not found in %q", tag, longer)
			}
		}
	})
}
