package cachecontrol

import (
	"reflect"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

func targeted(values ...string) field.Lines {
	ls := lines("max-age=9, no-store")
	for _, v := range values {
		ls.Add("cdn-cache-control", v)
	}
	return ls
}

// RFC 9213 section 2.2: what is malformed anywhere counts nowhere.
func TestParseTargeted(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want Directives
		ok   bool
	}{
		{"none", nil, Directives{}, false},
		{"empty", []string{" "}, Directives{}, false},
		{"several", []string{"max-age=60, public, stale-if-error=0", "must-revalidate"},
			Directives{MaxAge: secs(60), Public: true, StaleIfError: secs(0), MustRevalidate: true}, true},
		{"parameters", []string{`max-age=60;a=b;c;d="x, y", private;e=:YQ==:`}, Directives{MaxAge: secs(60), Private: true}, true},
		{"unknown members", []string{`a=1.5, b=(1 "x" tok;p ?0), c=*t/x, d=:aGk=:, max-age=3`}, Directives{MaxAge: secs(3)}, true},
		{"false is absent", []string{"no-store=?0, no-cache=?1"}, Directives{NoCache: true}, true},
		{"field names", []string{`no-cache="Set-Cookie, X-A", private="b"`}, Directives{NoCacheFields: []string{"Set-Cookie", "X-A"}, PrivateFields: []string{"b"}}, true},
		{"broken field names", []string{`private="b c"`}, Directives{Private: true}, true},
		{"the last of one key", []string{"max-age=60, max-age=5"}, Directives{MaxAge: secs(5)}, true},
		{"string for a number", []string{`max-age="60"`}, Directives{}, false},
		{"token for a number", []string{"max-age=abc"}, Directives{}, false},
		{"number without value", []string{"max-age"}, Directives{}, false},
		{"negative", []string{"max-age=-1"}, Directives{}, false},
		{"decimal", []string{"max-age=60.0"}, Directives{}, false},
		{"number for a flag", []string{"no-store=1"}, Directives{}, false},
		{"names for a flag", []string{`no-store="a"`}, Directives{}, false},
		{"capital", []string{"Max-Age=60"}, Directives{}, false},
		{"space before =", []string{"max-age =60"}, Directives{}, false},
		{"space after =", []string{"max-age= 60"}, Directives{}, false},
		{"trailing comma", []string{"max-age=60,"}, Directives{}, false},
		{"empty member", []string{"max-age=60,, public"}, Directives{}, false},
		{"garbage", []string{"max-age=60, &&&"}, Directives{}, false},
		{"open string", []string{`max-age=60, a="b`}, Directives{}, false},
		{"bad escape", []string{`a="b\c"`}, Directives{}, false},
		{"open list", []string{"a=(1 2"}, Directives{}, false},
		{"list without spaces", []string{`a=(1"x")`}, Directives{}, false},
		{"bad boolean", []string{"a=?2"}, Directives{}, false},
		{"open bytes", []string{"a=:YQ"}, Directives{}, false},
		{"too many digits", []string{"a=1234567890123456"}, Directives{}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Present = c.ok
			got, ok := ParseTargeted(targeted(c.in...))
			if ok != c.ok || !reflect.DeepEqual(got, c.want) {
				t.Errorf("ParseTargeted(%q):\n got %#v %v\nwant %#v %v", c.in, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestItemKindNames(t *testing.T) {
	for k := itemOther; k <= itemString; k++ {
		if k.String() == "unknown" {
			t.Errorf("itemKind(%d) has no name", k)
		}
	}
}

// FuzzParseTargeted: a valid dictionary stays valid, with the same meaning,
// when a member of no meaning is appended or prepended; nothing that is
// invalid becomes valid so.
func FuzzParseTargeted(f *testing.F) {
	for _, s := range []string{"max-age=60, public", `a=(1 "x";p);q, no-cache="b"`, "max-age=60,", "a=?1;b=:YQ==:", "max-age=-1", `"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, ok := ParseTargeted(field.Lines{{Name: Targeted, Value: s}})
		if !ok && !reflect.DeepEqual(want, Directives{}) {
			t.Errorf("ParseTargeted(%q): got %#v with an invalid field, want nothing", s, want)
		}
		got, gotOK := ParseTargeted(field.Lines{{Name: Targeted, Value: "z9"}, {Name: Targeted, Value: s}})
		if ok && (!gotOK || !reflect.DeepEqual(got, want)) {
			t.Errorf("ParseTargeted(%q) after z9: got %#v %v, want %#v", s, got, gotOK, want)
		}
		got, gotOK = ParseTargeted(field.Lines{{Name: Targeted, Value: s}, {Name: Targeted, Value: "z9"}})
		if ok && (!gotOK || !reflect.DeepEqual(got, want)) {
			t.Errorf("ParseTargeted(%q) before z9: got %#v %v, want %#v", s, got, gotOK, want)
		}
	})
}
