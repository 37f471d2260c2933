package cachekey

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

// TestAcceptEncoding is table CF-AE with the statements under it.
func TestAcceptEncoding(t *testing.T) {
	gzipOn := Policy{EnableAcceptEncodingGzip: true}
	brotliOn := Policy{EnableAcceptEncodingBrotli: true}
	tests := []struct {
		name   string
		policy Policy
		in     string // Accept-Encoding lines separated by "|", "-" for none
		want   AcceptEncoding
		key    string
		origin string
	}{
		{"CF-AE-01", bothOn, "gzip, deflate, br", AcceptEncodingBrotliGzip, "br,gzip", "br,gzip"},
		{"CF-AE-02", bothOn, "gzip, deflate", AcceptEncodingGzip, "gzip", "gzip"},
		{"CF-AE-03", bothOn, "br", AcceptEncodingBrotli, "br", "br"},
		{"CF-AE-04 deflate", bothOn, "deflate", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-04 identity", bothOn, "identity", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-04 star", bothOn, "*", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-04 empty", bothOn, "", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-05 gzip and br", gzipOn, "br, gzip", AcceptEncodingGzip, "gzip", "gzip"},
		{"CF-AE-05 gzip", gzipOn, "gzip", AcceptEncodingGzip, "gzip", "gzip"},
		{"CF-AE-06", gzipOn, "br", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-07 br and gzip", brotliOn, "gzip, br", AcceptEncodingBrotli, "br", "br"},
		{"CF-AE-07 br", brotliOn, "br", AcceptEncodingBrotli, "br", "br"},
		{"CF-AE-08", brotliOn, "gzip", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-09", bothOn, "-", AcceptEncodingAbsent, "", ""},
		{"CF-AE-10", Policy{}, "gzip, br", AcceptEncodingOrdinary, "", ""},
		{"CF-AE-12", Policy{EnableAcceptEncodingGzip: true, Headers: []string{"Accept-Encoding"}}, "gzip", AcceptEncodingOrdinary, "", ""},
		{"CF-AE-13 zero", bothOn, "gzip;q=0, br", AcceptEncodingBrotli, "br", "br"},
		{"CF-AE-13 long zero", bothOn, "gzip;q=0.000, br;q=0.", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-13 spaces and case", bothOn, "gzip ; Q=0 , br", AcceptEncodingBrotli, "br", "br"},
		{"CF-AE-13 not zero", bothOn, "gzip;q=0.001, br;q=1", AcceptEncodingBrotliGzip, "br,gzip", "br,gzip"},
		{"CF-AE-13 star weight", bothOn, "*;q=1, gzip;q=0", AcceptEncodingIdentity, "", "identity"},
		{"CF-AE-13 unreadable weight", bothOn, "gzip;q=x, br;q=-0", AcceptEncodingBrotliGzip, "br,gzip", "br,gzip"},
		{"CF-AE-13 other parameter", bothOn, "gzip;x=0;q=1", AcceptEncodingGzip, "gzip", "gzip"},
		{"CF-AE-13 named twice", bothOn, "gzip;q=0, gzip", AcceptEncodingGzip, "gzip", "gzip"},
		{"CF-AE-14 case", bothOn, "GZIP, Br", AcceptEncodingBrotliGzip, "br,gzip", "br,gzip"},
		{"CF-AE-14 x-gzip", bothOn, "x-gzip, brotli, br2", AcceptEncodingIdentity, "", "identity"},
		{"several lines", bothOn, "gzip|br", AcceptEncodingBrotliGzip, "br,gzip", "br,gzip"},
	}
	for _, test := range tests {
		r := get("/")
		if test.in != "-" {
			for line := range strings.SplitSeq(test.in, "|") {
				r.Fields.Add("Accept-Encoding", line)
			}
		}
		got := build(t, test.policy).AcceptEncoding(&r)
		if got != test.want || got.Key() != test.key || got.Origin() != test.origin {
			t.Errorf("%s: Accept-Encoding %q: got %v (key %q, origin %q), want %v (%q, %q)",
				test.name, test.in, got, got.Key(), got.Origin(), test.want, test.key, test.origin)
		}
	}
}

// CF-AE-15: with HTTP/1.0 the field does not count, whatever the policy.
func TestAcceptEncodingHTTP10(t *testing.T) {
	r := get("/", "Accept-Encoding: gzip, br").http10()
	for _, p := range []Policy{{}, bothOn, {Headers: []string{"Accept-Encoding"}}} {
		if got := build(t, p).AcceptEncoding(&r); got != AcceptEncodingAbsent {
			t.Errorf("HTTP/1.0 with %+v: got %v, want absent", p, got)
		}
	}
}

// TestUsualCodings: what is known to the letter is what reading it would find.
func TestUsualCodings(t *testing.T) {
	known := 0
	for _, value := range []string{
		"gzip, deflate, br, zstd", "gzip, deflate, br", "gzip, br", "br, gzip", "gzip, deflate", "gzip", "br", "identity",
		"", "*", "deflate", "gzip;q=0", "GZIP", "gzip,br", "gzip ",
	} {
		gzip, brotli, usual := usualCodings(value)
		if !usual {
			continue
		}
		known++
		// A leading empty element makes it unusual, and means nothing.
		read := codingsOf(field.Lines{{Name: "Accept-Encoding", Value: "," + value}}, Choices{})
		if gzip != read.gzip || brotli != read.brotli {
			t.Errorf("%q: got gzip %v, br %v, want %v, %v", value, gzip, brotli, read.gzip, read.brotli)
		}
	}
	if known != 8 {
		t.Errorf("got %d usual values, want 8", known)
	}
	mixed := field.Lines{{Name: "Accept-Encoding", Value: "gzip"}, {Name: "Accept-Encoding", Value: "*"}}
	if got := codingsOf(mixed, Choices{Wildcard: WildcardAccepted}); !got.gzip || !got.brotli {
		t.Errorf("a wildcard behind a usual value: got %+v, want both", got)
	}
	mixed[0].Value, mixed[1].Value = "br", "br;q=0, *"
	if got := codingsOf(mixed, Choices{Wildcard: WildcardAccepted}); !got.gzip || !got.brotli {
		t.Errorf("a refusal behind a usual value: got %+v, want both: either accepts it", got)
	}
}

// TestAcceptEncodingValues: every value has a name, the codings it allows, and
// a place in the key.
func TestAcceptEncodingValues(t *testing.T) {
	tests := []struct {
		in           AcceptEncoding
		name         string
		gzip, brotli bool
		parsed       AcceptEncoding // what Parse gives back
	}{
		{AcceptEncodingAbsent, "absent", false, false, AcceptEncodingAbsent},
		{AcceptEncodingIdentity, "identity", false, false, AcceptEncodingAbsent},
		{AcceptEncodingGzip, "gzip", true, false, AcceptEncodingGzip},
		{AcceptEncodingBrotli, "br", false, true, AcceptEncodingBrotli},
		{AcceptEncodingBrotliGzip, "br,gzip", true, true, AcceptEncodingBrotliGzip},
		{AcceptEncodingOrdinary, "ordinary", false, false, AcceptEncodingAbsent},
	}
	for i, test := range tests {
		if test.in != AcceptEncoding(i) || test.in.String() != test.name {
			t.Errorf("value %d: got %d %q, want %q", i, test.in, test.in, test.name)
		}
		if test.in.Gzip() != test.gzip || test.in.Brotli() != test.brotli {
			t.Errorf("%v: got gzip %v, brotli %v", test.in, test.in.Gzip(), test.in.Brotli())
		}
		if got, ok := codingOf(codingByte(test.in)); !ok || got != test.parsed {
			t.Errorf("%v in a key: got %v, %v, want %v", test.in, got, ok, test.parsed)
		}
	}
	if got := AcceptEncoding(len(tests)).String(); got != "AcceptEncoding(?)" {
		t.Errorf("a value past the last: got %q", got)
	}
}

// FuzzAcceptEncoding compares with an obvious version that looks for the
// codings by cutting and lowering.
func FuzzAcceptEncoding(f *testing.F) {
	for _, s := range []string{"gzip, br", "gzip;q=0", "br ; Q=0.00, *", "x-gzip", `"gzip", br`} {
		f.Add(s)
	}
	b, err := New(bothOn, Options{Distribution: distribution})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if strings.Contains(value, `"`) {
			return // the obvious version does not know quoted strings
		}
		r := Request{Method: "GET", Path: "/"}
		r.Fields.Add("Accept-Encoding", value)
		got := b.AcceptEncoding(&r)
		if got.Gzip() != slowAccepts(value, "gzip") || got.Brotli() != slowAccepts(value, "br") {
			t.Errorf("Accept-Encoding %q: got %v", value, got)
		}
	})
}

// slowChosen is slowAccepts by any choices (CF-AE-13).
func slowChosen(c Choices, value, coding string) bool {
	if c.ZeroWeight == ZeroWeightAccepted {
		var bare []string
		for _, element := range strings.Split(value, ",") {
			bare = append(bare, strings.Split(element, ";")[0])
		}
		value = strings.Join(bare, ",")
	}
	named := false
	for _, element := range strings.Split(value, ",") {
		named = named || asciiLower(strings.Trim(strings.Split(element, ";")[0], " \t")) == coding
	}
	return slowAccepts(value, coding) || !named && c.Wildcard == WildcardAccepted && slowAccepts(value, "*")
}

func slowAccepts(value, coding string) bool {
	for _, element := range strings.Split(value, ",") {
		parts := strings.Split(element, ";")
		if asciiLower(strings.Trim(parts[0], " \t")) != coding {
			continue
		}
		zero := false
		for _, p := range parts[1:] {
			p = asciiLower(strings.Trim(p, " \t"))
			if q, ok := strings.CutPrefix(p, "q="); ok || p == "q" {
				whole, fraction, _ := strings.Cut(q, ".")
				zero = ok && whole == "0" && strings.Trim(fraction, "0") == ""
				break
			}
		}
		if !zero {
			return true
		}
	}
	return false
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// BenchmarkAcceptEncoding measures a value that is known to the letter, and one
// that is read.
func BenchmarkAcceptEncoding(b *testing.B) {
	for _, c := range []struct{ name, value string }{{"usual", "gzip, deflate, br, zstd"}, {"read", "gzip,deflate, br, zstd"}} {
		b.Run(c.name, func(b *testing.B) {
			builder, r := build(b, bothOn), browserRequest()
			r.Fields.Set("Accept-Encoding", c.value)
			b.ReportAllocs()
			for b.Loop() {
				builder.AcceptEncoding(&r)
			}
		})
	}
}
