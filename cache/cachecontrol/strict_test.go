package cachecontrol

import (
	"reflect"
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
