package cachecontrol

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// lines makes one Cache-Control line of each value.
func lines(values ...string) field.Lines {
	ls := field.Lines{{Name: "Content-Type", Value: "text/plain"}}
	for _, v := range values {
		ls.Add("Cache-Control", v)
	}
	return ls
}

func secs(n int) Delta { return Delta{Value: time.Duration(n) * time.Second, Present: true} }

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want Directives
	}{
		{"none", nil, Directives{}},
		{"empty value", []string{""}, Directives{Present: true}},
		{"only commas", []string{" , ,,"}, Directives{Present: true}},
		{"flags", []string{"no-store, no-cache, private, public"}, Directives{Present: true, NoStore: true, NoCache: true, Private: true, Public: true}},
		{"more flags", []string{"must-revalidate,proxy-revalidate,no-transform,immutable,must-understand"},
			Directives{Present: true, MustRevalidate: true, ProxyRevalidate: true, NoTransform: true, Immutable: true, MustUnderstand: true}},
		{"letter case", []string{"MAX-AGE=5, S-MaxAge=6, No-Store"}, Directives{Present: true, MaxAge: secs(5), SMaxAge: secs(6), NoStore: true}},
		{"several lines", []string{"max-age=5", "no-store"}, Directives{Present: true, MaxAge: secs(5), NoStore: true}},
		{"unknown", []string{"community=\"UCI, x\", max-age=1"}, Directives{Present: true, MaxAge: secs(1)}},
		{"quoted number", []string{`max-age="60"`}, Directives{Present: true, MaxAge: secs(60)}},
		{"no space around =", []string{"max-age =60, s-maxage= 60"}, Directives{Present: true}},
		{"CF-TTL-20 unparsable", []string{"max-age=abc, s-maxage="}, Directives{Present: true}},
		{"CF-TTL-20 negative", []string{"max-age=-1, s-maxage=-5"}, Directives{Present: true}},
		{"CF-TTL-20 fraction and sign", []string{"max-age=1.5, s-maxage=+3"}, Directives{Present: true}},
		{"CF-TTL-20 no value", []string{"max-age"}, Directives{Present: true}},
		{"CF-TTL-20 duplicates", []string{"max-age=60, max-age=5", "max-age=9"}, Directives{Present: true, MaxAge: secs(5)}},
		{"CF-TTL-20 duplicate unparsable", []string{"max-age=x, max-age=60"}, Directives{Present: true, MaxAge: secs(60)}},
		{"CF-TTL-11 zero", []string{"max-age=0"}, Directives{Present: true, MaxAge: secs(0)}},
		{"CF-TTL-11 greatest", []string{"max-age=99999999999999999999999"}, Directives{Present: true, MaxAge: Delta{MaxDelta, true}}},
		{"CF-SWR-03 value", []string{"Stale-While-Revalidate=30"}, Directives{Present: true, StaleWhileRevalidate: secs(30)}},
		{"CF-SWR-03 no value", []string{"max-age=10, stale-while-revalidate"}, Directives{Present: true, MaxAge: secs(10)}},
		{"CF-SIE-06 zero", []string{"stale-if-error=0"}, Directives{Present: true, StaleIfError: secs(0)}},
		{"CF-TTL-14 no-cache list", []string{`no-cache="Set-Cookie, X-A"`}, Directives{Present: true, NoCacheFields: []string{"Set-Cookie", "X-A"}}},
		{"CF-TTL-14 private list", []string{`private="X-User"`}, Directives{Present: true, PrivateFields: []string{"X-User"}}},
		{"CF-TTL-14 token form", []string{"no-cache=Set-Cookie"}, Directives{Present: true, NoCacheFields: []string{"Set-Cookie"}}},
		{"CF-TTL-14 two lists", []string{`no-cache="a"`, `no-cache="b"`}, Directives{Present: true, NoCacheFields: []string{"a", "b"}}},
		{"list and whole", []string{`no-cache="a", no-cache`}, Directives{Present: true, NoCache: true, NoCacheFields: []string{"a"}}},
		{"empty list is whole", []string{`no-cache=""`}, Directives{Present: true, NoCache: true}},
		{"empty argument is whole", []string{`private=`}, Directives{Present: true, Private: true}},
		{"broken list is whole", []string{`private="a, b c"`}, Directives{Present: true, Private: true}},
		{"unclosed quote hides nothing", []string{`no-cache="a, no-store, max-age=3`}, Directives{Present: true, NoCache: true, NoStore: true, MaxAge: secs(3)}},
		{"quotes hide directives", []string{`x="no-store, max-age=3", public`}, Directives{Present: true, Public: true}},
		{"escaped quote", []string{`x="a\", no-store", public`}, Directives{Present: true, Public: true}},
		{"argument where none belongs", []string{"no-store=1"}, Directives{Present: true, NoStore: true}},
		{"X3 semicolons", []string{"no-cache; no-store; must-revalidate"}, Directives{Present: true, NoCache: true, NoStore: true}},
		{"X3 semicolon at the end", []string{"max-age=60, Private;"}, Directives{Present: true, MaxAge: secs(60), Private: true}},
		{"X3 semicolon behind a number", []string{"max-age=60; private"}, Directives{Present: true, Private: true}},
		{"X3 blanks", []string{"public private\tno-store"}, Directives{Present: true, NoStore: true, Private: true}},
		{"X3 all in quotes", []string{`"no-store, private", max-age=5`}, Directives{Present: true, NoStore: true, Private: true, MaxAge: secs(5)}},
		{"X3 without a name", []string{`=private`}, Directives{Present: true, Private: true}},
		{"X3 an argument that is none", []string{`x="a" no-store`}, Directives{Present: true, NoStore: true}},
		{"X3 other words", []string{"no-storage; privately; x-private; max-age=3"}, Directives{Present: true}},
		{"X3 well-formed arguments", []string{`a=private, b="no-store; no-cache", max-age=3`}, Directives{Present: true, MaxAge: secs(3)}},
		{"no name", []string{"=3, =, public"}, Directives{Present: true, Public: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Parse(lines(c.in...)); !reflect.DeepEqual(got, c.want) {
				t.Errorf("Parse(%q):\n got %#v\nwant %#v", c.in, got, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "max-age=60, s-maxage=5", `no-cache="Set-Cookie, b", private=x`, "stale-if-error=0,stale-while-revalidate=9",
		`x="a\", no-store", public`, `no-cache="a, no-store`, "public, immutable, must-understand", "max-age=99999999999999999999",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Parse(lines(s))
		printed := once.String()
		if twice := Parse(lines(printed)); !reflect.DeepEqual(once, twice) {
			t.Errorf("Parse(%q) printed as %q:\n got %#v\nwant %#v", s, printed, twice, once)
		}
		for _, d := range []Delta{once.MaxAge, once.SMaxAge, once.StaleWhileRevalidate, once.StaleIfError} {
			if d.Value < 0 || d.Value > MaxDelta || !d.Present && d.Value != 0 {
				t.Errorf("Parse(%q): got delta %+v, want 0 to %v", s, d, MaxDelta)
			}
		}
	})
}

func TestParseAllocates(t *testing.T) {
	in := lines("public, max-age=60", "s-maxage=600, stale-while-revalidate=30, stale-if-error=0")
	if n := testing.AllocsPerRun(100, func() { Parse(in) }); n != 0 {
		t.Errorf("Parse(%v): got %v allocations, want 0", in, n)
	}
}

func BenchmarkParse(b *testing.B) {
	in := lines("public, max-age=60, s-maxage=600, stale-while-revalidate=30")
	b.ReportAllocs()
	for b.Loop() {
		Parse(in)
	}
}

func ExampleParse() {
	d := Parse(field.Lines{
		{Name: "Cache-Control", Value: `max-age=60, no-cache="Set-Cookie"`},
		{Name: "cache-control", Value: "stale-if-error=0, max-age=30"},
	})
	fmt.Println(d.MaxAge.Value, d.NoCache, d.NoCacheFields, d.StaleIfError)
	// Output: 30s false [Set-Cookie] {0s true}
}
