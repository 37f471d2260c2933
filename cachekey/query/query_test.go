package query

import (
	"slices"
	"strings"
	"testing"
)

func TestPairs(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string // the pairs
		names    []string
		values   []string
	}{
		{"empty", "", nil, nil, nil},
		{"one", "a=1", []string{"a=1"}, []string{"a"}, []string{"1"}},
		{"CF-KEY-18 repeats", "a=1&a=2", []string{"a=1", "a=2"}, []string{"a", "a"}, []string{"1", "2"}},
		{"CF-KEY-16 semicolon in a value", "color=red;size=large", []string{"color=red;size=large"}, []string{"color"}, []string{"red;size=large"}},
		{"CF-KEY-16 no color here", "size=large;color=red", []string{"size=large;color=red"}, []string{"size"}, []string{"large;color=red"}},
		{"CF-KEY-19 raw", "%61=%7E&+=~", []string{"%61=%7E", "+=~"}, []string{"%61", "+"}, []string{"%7E", "~"}},
		{"no value", "a&b=", []string{"a", "b="}, []string{"a", "b"}, []string{"", ""}},
		{"no name", "=1", []string{"=1"}, []string{""}, []string{"1"}},
		{"second equals sign", "a=b=c", []string{"a=b=c"}, []string{"a"}, []string{"b=c"}},
		{"empty pairs", "&a&&", []string{"", "a", "", ""}, []string{"", "a", "", ""}, []string{"", "", "", ""}},
	}
	for _, test := range tests {
		var pairs, names, values []string
		for p := range Pairs(test.in) {
			pairs = append(pairs, string(p))
			names = append(names, p.Name())
			values = append(values, p.Value())
		}
		if !slices.Equal(pairs, test.want) {
			t.Errorf("%s: Pairs(%q): got %q, want %q", test.name, test.in, pairs, test.want)
		}
		if !slices.Equal(names, test.names) || !slices.Equal(values, test.values) {
			t.Errorf("%s: Pairs(%q): got names %q values %q, want %q %q",
				test.name, test.in, names, values, test.names, test.values)
		}
	}
}

// FuzzPairs: the pairs joined with "&" are the query again, and each is its
// name, "=" and its value.
func FuzzPairs(f *testing.F) {
	for _, s := range []string{"", "a=1&b=2", "&&", "a;b=1", "=", "a=b=c&"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var got []string
		for p := range Pairs(raw) {
			got = append(got, string(p))
			if whole := p.Name() + "=" + p.Value(); string(p) != whole && string(p)+"=" != whole {
				t.Errorf("pair %q: got name %q, value %q", p, p.Name(), p.Value())
			}
		}
		if joined := strings.Join(got, "&"); joined != raw {
			t.Errorf("Pairs(%q): got %q, joined %q", raw, got, joined)
		}
		if raw != "" && !slices.Equal(got, strings.Split(raw, "&")) {
			t.Errorf("Pairs(%q): got %q, want %q", raw, got, strings.Split(raw, "&"))
		}
	})
}
