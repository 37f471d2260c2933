package cachecontrol

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

func TestParseStrict(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []string
		want Directives
	}{
		{"well-formed", []string{"Max-Age=0060, PUBLIC"}, Directives{Present: true, MaxAge: secs(60), Public: true}},
		{"quoted number", []string{`max-age="60"`}, Directives{Present: true, MaxAge: secs(60)}},
		{"single quotes", []string{"max-age='60'"}, Directives{Present: true, MaxAge: secs(0)}},
		{"malformed", []string{"max-age=6x, s-maxage=-1"}, Directives{Present: true, MaxAge: secs(0), SMaxAge: secs(0)}},
		{"fraction", []string{"max-age=60.5"}, Directives{Present: true, MaxAge: secs(0)}},
		{"no value", []string{"max-age"}, Directives{Present: true, MaxAge: secs(0)}},
		{"smaller of two", []string{"max-age=60", "max-age=5"}, Directives{Present: true, MaxAge: secs(5)}},
		{"malformed of two", []string{"max-age=60, max-age=x"}, Directives{Present: true, MaxAge: secs(0)}},
		{"in a quoted string", []string{`extension="max-age=60, public"`}, Directives{Present: true}},
		{"above 2^31", []string{"max-age=2147483649"}, Directives{Present: true, MaxAge: Delta{2147483649 * time.Second, true}}},
		{"far above", []string{"max-age=99999999999999999999"}, Directives{Present: true, MaxAge: Delta{MaxDelta, true}}},
		{"none", nil, Directives{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := c.want
			want.MaxAge.Value = min(want.MaxAge.Value, MaxDelta)
			if got := ParseStrict(lines(c.in...)); !reflect.DeepEqual(got, want) {
				t.Errorf("ParseStrict(%q):\n got %#v\nwant %#v", c.in, got, want)
			}
		})
	}
}

func TestParseRequest(t *testing.T) {
	for _, c := range []struct {
		name string
		in   field.Lines
		want Demands
	}{
		{"nothing", nil, Demands{}},
		{"all", lines("no-cache, no-store", "only-if-cached, max-age=5, min-fresh=6, max-stale=7"),
			Demands{NoCache: true, NoStore: true, OnlyIfCached: true, MaxAge: secs(5), MinFresh: secs(6), MaxStale: secs(7)}},
		{"any staleness", lines("max-stale"), Demands{MaxStale: Delta{MaxDelta, true}}},
		{"the smaller staleness", lines("max-stale, max-stale=3"), Demands{MaxStale: secs(3)}},
		{"malformed", lines("max-age=x, min-fresh=x, max-stale=x"), Demands{MaxAge: secs(0)}},
		{"empty members", lines(",, no-cache,,"), Demands{NoCache: true}},
		{"Pragma alone", field.Lines{{Name: "Pragma", Value: "x, No-Cache"}}, Demands{NoCache: true}},
		{"Pragma of another kind", field.Lines{{Name: "Pragma", Value: `x="no-cache"`}}, Demands{}},
		{"Pragma with Cache-Control", append(lines("max-age=9"), field.Line{Name: "Pragma", Value: "no-cache"}), Demands{MaxAge: secs(9)}},
	} {
		if got := ParseRequest(c.in); got != c.want {
			t.Errorf("%s: ParseRequest(%v):\n got %+v\nwant %+v", c.name, c.in, got, c.want)
		}
	}
}

func TestParseAge(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want time.Duration
		ok   bool
	}{
		{[]string{"60"}, time.Minute, true},
		{[]string{"0060"}, time.Minute, true},
		{[]string{"60, 7200"}, time.Minute, true},
		{[]string{"60", "7200"}, time.Minute, true},
		{[]string{"99999999999999999999"}, MaxDelta, true},
		{[]string{""}, 0, false},
		{[]string{"abc", "60"}, 0, false},
		{[]string{"-60"}, 0, false},
		{[]string{"6.0"}, 0, false},
		{[]string{`"60"`}, 0, false},
		{nil, 0, false},
	} {
		var in field.Lines
		for _, v := range c.in {
			in.Add("age", v)
		}
		if got, ok := ParseAge(in); got != c.want || ok != c.ok {
			t.Errorf("ParseAge(%q): got %v %v, want %v %v", c.in, got, ok, c.want, c.ok)
		}
	}
}

func TestParseDateFold(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, in := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "sun, 06 NOV 1994 08:49:37 gMT",
		"SUNDAY, 06-nov-94 08:49:37 Gmt", "SUN nOV  6 08:49:37 1994",
	} {
		if got, err := ParseDateFold(in, now); err != nil || !got.Equal(want) {
			t.Errorf("ParseDateFold(%q): got %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "0", "sun,  06 nov 1994 08:49:37 gmt", "sun, 06 nov 1994 8:49:37 gmt", "sun, 06 nov 1994 08:49:37 utc"} {
		if got, err := ParseDateFold(in, now); err == nil {
			t.Errorf("ParseDateFold(%q): got %v, want an error", in, got)
		}
	}
}

// FuzzParseStrict: the strict reading finds the same directives, and never a
// longer time than the other one.
func FuzzParseStrict(f *testing.F) {
	for _, s := range []string{"max-age=60, s-maxage", `max-age="5", max-age=x`, "stale-if-error=-1, public", `x="max-age=1`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		loose, strict := Parse(lines(s)), ParseStrict(lines(s))
		for _, d := range [][2]*Delta{
			{&loose.MaxAge, &strict.MaxAge}, {&loose.SMaxAge, &strict.SMaxAge},
			{&loose.StaleWhileRevalidate, &strict.StaleWhileRevalidate}, {&loose.StaleIfError, &strict.StaleIfError},
		} {
			if d[0].Present && (!d[1].Present || d[1].Value > d[0].Value) || d[1].Value < 0 || d[1].Value > MaxDelta {
				t.Errorf("ParseStrict(%q): got %+v, want at most %+v", s, *d[1], *d[0])
			}
			*d[0], *d[1] = Delta{}, Delta{}
		}
		if !reflect.DeepEqual(loose, strict) {
			t.Errorf("ParseStrict(%q):\n got %#v\nwant %#v", s, strict, loose)
		}
	})
}

// FuzzParseRequest: neither the order of lines nor letter case matters, and
// every further line demands at least as much.
func FuzzParseRequest(f *testing.F) {
	f.Add("no-cache, max-age=5", "MAX-STALE, min-fresh=2")
	f.Add(`x="no-store`, `only-if-cached"`)
	f.Add("max-stale=9", "max-age=x")
	f.Fuzz(func(t *testing.T, a, b string) {
		both := ParseRequest(lines(a, b))
		if got := ParseRequest(lines(b, a)); got != both {
			t.Errorf("ParseRequest of %q and %q: got %+v, the other way round %+v", a, b, both, got)
		}
		if got := ParseRequest(lines(upper(a), upper(b))); got != both {
			t.Errorf("ParseRequest of %q and %q in capitals: got %+v, want %+v", a, b, got, both)
		}
		one := ParseRequest(lines(a))
		more := both.MaxAge.Present || !one.MaxAge.Present
		more = more && (!one.MaxAge.Present || both.MaxAge.Value <= one.MaxAge.Value)
		more = more && (!one.MaxStale.Present || both.MaxStale.Present && both.MaxStale.Value <= one.MaxStale.Value)
		if !more || one.NoCache && !both.NoCache || one.NoStore && !both.NoStore || one.OnlyIfCached && !both.OnlyIfCached {
			t.Errorf("ParseRequest of %q alone: got %+v, with %q %+v", a, one, b, both)
		}
	})
}

// upper folds ASCII letters.
func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

// FuzzParseAge: an age is the digits before the first comma, no more and no
// less.
func FuzzParseAge(f *testing.F) {
	for _, s := range []string{"60", "0060, x", " 7 ,", "+5", "5.0", "99999999999999999999", `"5"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseAge(field.Lines{{Name: "Age", Value: s}})
		first, _, _ := strings.Cut(s, ",")
		first = strings.Trim(first, " \t")
		if digits := first != "" && strings.Trim(first, "0123456789") == ""; ok != digits && !strings.Contains(s, `"`) {
			t.Errorf("ParseAge(%q): got ok %v, want %v", s, ok, digits)
		}
		if n, err := strconv.ParseInt(first, 10, 64); ok && err == nil && got != min(time.Duration(min(n, int64(MaxDelta/time.Second)))*time.Second, MaxDelta) {
			t.Errorf("ParseAge(%q): got %v, want %d s", s, got, n)
		}
	})
}

// FuzzParseDateFold: letter case does not matter, and what ParseDate reads is
// read alike.
func FuzzParseDateFold(f *testing.F) {
	for _, s := range []string{"Sun, 06 Nov 1994 08:49:37 gMT", "SUNDAY, 06-nov-94 08:49:37 GMT", "sun nov  6 08:49:37 1994", "sun, 06 nov 1994 08:49:37 utc"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDateFold(s, now)
		if want, strict := ParseDate(s, now); strict == nil && (err != nil || !got.Equal(want)) {
			t.Errorf("ParseDateFold(%q): got %v, %v, want %v", s, got, err, want)
		}
		if again, err2 := ParseDateFold(upper(s), now); (err == nil) != (err2 == nil) || !again.Equal(got) {
			t.Errorf("ParseDateFold(%q): got %v, %v, in capitals %v, %v", s, got, err, again, err2)
		}
	})
}
