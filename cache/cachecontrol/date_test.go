package cachecontrol

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestParseDate(t *testing.T) {
	sample := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, c := range []struct {
		in   string
		want time.Time
	}{
		{"Sun, 06 Nov 1994 08:49:37 GMT", sample},
		{"Sunday, 06-Nov-94 08:49:37 GMT", sample},
		{"Sun Nov  6 08:49:37 1994", sample},
		{"Sun Nov 06 08:49:37 1994", sample},
		{"Mon, 06 Nov 1994 08:49:37 GMT", sample}, // a name, not checked against the date
		{"Thu, 29 Feb 2024 00:00:00 GMT", time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)},
		{"Sat, 31 Dec 2016 23:59:60 GMT", time.Date(2017, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Friday, 01-Jan-75 00:00:00 GMT", time.Date(2075, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Friday, 01-Jan-76 00:00:00 GMT", time.Date(1976, 1, 1, 0, 0, 0, 0, time.UTC)},
		{"Fri, 01 Jan 0001 00:00:00 GMT", time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if got, err := ParseDate(c.in, now); err != nil || !got.Equal(c.want) {
			t.Errorf("ParseDate(%q): got %v, %v, want %v", c.in, got, err, c.want)
		}
	}
}

func TestParseDateInvalid(t *testing.T) {
	for _, in := range []string{
		"", "0", "-1", "never", "1994-11-06T08:49:37Z",
		"Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 +0000",
		"sun, 06 nov 1994 08:49:37 gmt", "Sun,06 Nov 1994 08:49:37 GMT", " Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 GMT", "Sun, 06 Nov 1994 8:49:37 GMT ",
		"Sun, 30 Feb 1994 08:49:37 GMT", "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 06 Nov 1994 08-49-37 GMT",
		"Xun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Xov 1994 08:49:37 GMT", "unN, 06 ovD 1994 08:49:37 GMT",
		"Sund, 06-Nov-94 08:49:37 GMT", "day, 06-Nov-94 08:49:37 GMT", "Sunday Monday, 06-Nov-94 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06-Nov-1994 08:49:37 GMT", "Sunday, 06-Nov-x4 08:49:37 GMT",
		"Sun Nov   08:49:37 1994 ", "Sun Nov  0 08:49:37 1994", "Sun Nov 6  08:49:37 1994", "Sun Nov  6 08:49:37 199x",
	} {
		if got, err := ParseDate(in, now); err != ErrDate {
			t.Errorf("ParseDate(%q): got %v, %v, want ErrDate", in, got, err)
		}
	}
}

// FuzzParseDate checks that every accepted date prints as an IMF-fixdate that
// gives the same moment again, that the library's parser agrees on what is one
// to the byte, and that letter case changes no date.
func FuzzParseDate(f *testing.F) {
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("Sunday, 06-Nov-94 08:49:37 GMT")
	f.Add("Sun Nov  6 08:49:37 1994")
	f.Add("Sat, 31 Dec 9999 23:59:60 GMT")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseDate(s, now)
		const fixdate = "Mon, 02 Jan 2006 15:04:05 GMT"
		if library, libraryErr := time.Parse(fixdate, s); libraryErr == nil && library.Format(fixdate) == s && (err != nil || !got.Equal(library)) {
			t.Errorf("ParseDate(%q): got %v, %v, want %v", s, got, err, library)
		}
		if err != nil || got.Year() > 9999 {
			return
		}
		for _, folded := range []string{s, strings.ToLower(s), strings.ToUpper(s)} {
			if again, err := ParseDateFold(folded, now); err != nil || !again.Equal(got) {
				t.Errorf("ParseDateFold(%q): got %v, %v, want %v", folded, again, err, got)
			}
		}
		printed := got.Format("Mon, 02 Jan 2006 15:04:05 GMT")
		if again, err := ParseDate(printed, now); err != nil || !again.Equal(got) {
			t.Errorf("ParseDate(%q) printed as %q: got %v, %v, want %v", s, printed, again, err, got)
		}
	})
}

func TestParseDateAllocates(t *testing.T) {
	for _, in := range []string{"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "0"} {
		if n := testing.AllocsPerRun(100, func() { _, _ = ParseDate(in, now) }); n != 0 {
			t.Errorf("ParseDate(%q): got %v allocations, want 0", in, n)
		}
	}
}

func BenchmarkParseDate(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		_, _ = ParseDate("Sun, 06 Nov 1994 08:49:37 GMT", now)
	}
}

// What FormatDate writes, ParseDate reads.
func TestFormatDate(t *testing.T) {
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.FixedZone("", 3600))
	const want = "Mon, 02 Nov 2026 02:04:05 GMT" // RFC 9110 section 5.6.7
	if got := FormatDate(at); got != want {
		t.Errorf("FormatDate(%v): got %q, want %q", at, got, want)
	}
	if back, err := ParseDate(want, at); err != nil || !back.Equal(at) {
		t.Errorf("ParseDate(%q): got %v, %v, want %v", want, back, err, at)
	}
}
