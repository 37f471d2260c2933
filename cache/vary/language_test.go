package vary

import (
	"bytes"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

func accepts(values ...string) field.Lines {
	var ls field.Lines
	for _, v := range values {
		ls.Add("Accept-Language", v)
	}
	return ls
}

func TestPreferred(t *testing.T) {
	for _, c := range []struct {
		in   []string
		want string
		ok   bool
	}{
		{[]string{"de"}, "de", true},
		{[]string{"fr;q=0.5, DE-at ; q=1.0"}, "de-at", true},
		{[]string{"fr;q=0.001", "de;q=0.01"}, "de", true},
		{[]string{"de;q=0.5, *;q=0.1"}, "de", true},
		{[]string{"de, de"}, "de", true},
		{[]string{"en, de"}, "en", false},
		{[]string{"en;q=0.9, de;q=0.900"}, "en", false},
		{[]string{"*, de;q=0.5"}, "*", false},
		{[]string{"de;q=0"}, "", false},
		{[]string{"de;q=1.001"}, "", false},
		{[]string{"de;q=0.1234"}, "", false},
		{[]string{"de;q="}, "", false},
		{[]string{"de;q=2"}, "", false},
		{[]string{"de;level=1"}, "", false},
		{[]string{"de_AT"}, "", false},
		{[]string{"-"}, "", false},
		{[]string{"abcdefghi"}, "", false},
		{[]string{strings.Repeat("a-", 20) + "a"}, "", false},
		{[]string{strings.Repeat("en, ", maxRanges) + "de"}, "", false},
		{[]string{""}, "", false},
		{nil, "", false},
	} {
		if got, ok := Names("accept-language,foo").Preferred(accepts(c.in...)); got != c.want || ok != c.ok {
			t.Errorf("Preferred(%q): got %q %v, want %q %v", c.in, got, ok, c.want, c.ok)
		}
	}
	if got, ok := Names("foo").Preferred(accepts("de")); ok {
		t.Errorf("Preferred without the name: got %q", got)
	}
}

func TestLanguageOf(t *testing.T) {
	for _, c := range []struct {
		names   Names
		request []string
		in      []string
		want    string
		ok      bool
	}{
		{"accept-language", []string{"en, de"}, []string{"DE"}, "de", true},
		{"accept-language,foo", []string{"*"}, []string{"zh-Hant-TW"}, "zh-hant-tw", true},
		{"foo", []string{"en"}, []string{"de"}, "", false},
		{"accept-language", []string{"en"}, []string{"de, en"}, "", false},
		{"accept-language", []string{"en"}, []string{"de", "en"}, "", false},
		{"accept-language", []string{"en"}, []string{"*"}, "", false},
		{"accept-language", []string{"en"}, nil, "", false},
		{"accept-language", nil, []string{"de"}, "de", false},
		{"accept-language", []string{"en, <script>"}, []string{"de"}, "de", false},
	} {
		var response field.Lines
		for _, v := range c.in {
			response.Add("Content-Language", v)
		}
		got, ok := c.names.LanguageOf(accepts(c.request...), response)
		if ok != c.ok || ok && got != c.want {
			t.Errorf("LanguageOf(%q, %q) for %q: got %q %v, want %q %v", c.request, c.in, c.names, got, ok, c.want, c.ok)
		}
	}
}

// FuzzPreferred: what is preferred is one of the ranges that were sent, the
// order of these does not matter, and its place is that of no field.
func FuzzPreferred(f *testing.F) {
	f.Add("fr;q=0.5, de;q=1.0", "x")
	f.Add("en, de", "")
	f.Add("*;q=0,a;q=1.", "\x00")
	f.Fuzz(func(t *testing.T, value, other string) {
		n := Names("accept-language,foo")
		got, ok := n.Preferred(accepts(value))
		if !ok {
			return
		}
		if !strings.Contains(strings.ToLower(value), got) || !isLanguageRange(got) {
			t.Errorf("Preferred(%q): got %q", value, got)
		}
		if again, ok := n.Preferred(accepts(normalise(acceptLanguage, value))); again != got || !ok {
			t.Errorf("Preferred(%q) normalised: got %q %v, want %q", value, again, ok, got)
		}
		request := append(accepts(value), field.Line{Name: "Foo", Value: other})
		place := n.AppendLanguage(nil, request, got)
		for _, names := range []Names{n, "foo", "accept-language", ""} {
			if bytes.Equal(place, names.Append(nil, request)) {
				t.Errorf("the place of %q is that of the field %q", got, value)
			}
		}
	})
}
