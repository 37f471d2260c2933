package field

import (
	"slices"
	"strings"
	"testing"
)

func TestElements(t *testing.T) {
	tests := []struct {
		in   string
		want []string
	}{
		{"", nil},
		{" \t", nil},
		{"a", []string{"a"}},
		{"a,b", []string{"a", "b"}},
		{" a\t,\tb ", []string{"a", "b"}},
		{",a,, ,b,", []string{"a", "b"}}, // RFC 9110 section 5.6.1.2
		{"gzip;q=0.5, br", []string{"gzip;q=0.5", "br"}},
		{`"a,b", c`, []string{`"a,b"`, "c"}},
		{`no-cache="Set-Cookie, X-A", max-age=5`, []string{`no-cache="Set-Cookie, X-A"`, "max-age=5"}},
		{`"a\",b", c`, []string{`"a\",b"`, "c"}},
		{`"a\\", c`, []string{`"a\\"`, "c"}},
		{`a\,b`, []string{`a\`, "b"}}, // a backslash means nothing outside quotes
		{`"open, b`, []string{`"open, b`}},
		{`"open\`, []string{`"open\`}},
	}
	for _, test := range tests {
		if got := slices.Collect(Elements(test.in)); !slices.Equal(got, test.want) {
			t.Errorf("Elements(%q): got %q, want %q", test.in, got, test.want)
		}
	}
}

func TestElementsStops(t *testing.T) {
	for got := range Elements("a, b") {
		if got != "a" {
			t.Fatalf("got %q after break, want only a", got)
		}
		break
	}
}

// FuzzElements compares with an obvious version that walks runes of state,
// and checks that joining the elements gives the same elements again.
func FuzzElements(f *testing.F) {
	for _, s := range []string{"", "a, b", `"x,y",z`, `"\",`, ",,", "\t,a "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		got := slices.Collect(Elements(value))
		if want := slowElements(value); !slices.Equal(got, want) {
			t.Fatalf("Elements(%q): got %q, want %q", value, got, want)
		}
		again := slices.Collect(Elements(strings.Join(got, ",")))
		if !slices.Equal(again, got) {
			t.Errorf("Elements(%q) joined: got %q, want %q", value, again, got)
		}
	})
}

func slowElements(value string) (out []string) {
	var element []byte
	quoted, escaped := false, false
	for _, c := range []byte(value + ",") {
		if c == ',' && !quoted {
			if s := strings.Trim(string(element), " \t"); s != "" {
				out = append(out, s)
			}
			element = nil
			continue
		}
		element = append(element, c)
		switch {
		case escaped:
			escaped = false
		case c == '"':
			quoted = !quoted
		case c == '\\':
			escaped = quoted
		}
	}
	if quoted { // never closed: the comma added above became part of it
		if s := strings.Trim(string(element[:len(element)-1]), " \t"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func BenchmarkElements(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for range Elements("gzip, deflate, br, zstd") {
		}
	}
}

func BenchmarkElementEnd(b *testing.B) {
	variants := []struct {
		name string
		end  func(string) int
	}{{"search", elementEnd}, {"rejected-bytes", quotedElementEnd}}
	for _, v := range variants {
		b.Run(v.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.end("application/xhtml+xml, */*")
			}
		})
	}
}
