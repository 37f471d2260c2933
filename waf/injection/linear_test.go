package injection

import (
	"strings"
	"testing"
)

// repetitions are what a long value may repeat in order to make a detector
// slow: openings without an end, quotes, escapes, comments, names and numbers
// that are nearly words (WF-LI-05).
var repetitions = []string{
	"'", "''", "\"", "\\'", "`", "'<a", "<", "<<", "<a", "<a ", "<a b=", "<a b='", "<!--", "<![CDATA[", "<%", "%", "<!", "</", "]]", "--",
	"-->", "=", " =", "on=", "href=", "\x00", "\x00=", "a\x00", "/", "/*", "/*!", "*/", "#", "#\n", "-- \n", "(", ")", "()", "{", "{a", "}",
	"1", "1.", "1.e", "0x", "$", "$$", "$a$", "@", "@@", "@`", "q'(", "x'", "[", "]", ";", ",", "1,", "+", "1+", "a ", "a.", "union ",
	"union select ", "select", "ſ", "or ", "1 or ", "and 1=1 ", "' or ", "\\", "\\N", ":", "::", "&", "&&", "&#", "&#x", "\xa0", "\xff",
}

// TestLinear holds that memory grows no faster than the value does: what is
// not linear in the port makes tokens that it allocates. BenchmarkRepetitions
// has the times.
func TestLinear(t *testing.T) {
	const short, factor = 16 << 10, 4
	for _, r := range repetitions {
		for name, detect := range map[string]func(string) bool{
			"SQLi": func(v string) bool { return SQLi(v, SensitivityHigh) },
			"XSS":  XSS,
		} {
			allocations := func(n int) float64 {
				value := strings.Repeat(r, n/len(r))
				return testing.AllocsPerRun(1, func() { detect(value) })
			}
			if few, many := allocations(short), allocations(factor*short); many > factor*few+64 {
				t.Errorf("%s, %q repeated: got %v allocations for %d bytes, %v for %d, want at most %d times as many", name, r, few, short, many, factor*short, factor)
			}
		}
	}
}

func BenchmarkRepetitions(b *testing.B) {
	for _, r := range repetitions {
		for _, n := range []int{16 << 10, 64 << 10} {
			value := strings.Repeat(r, n/len(r))
			b.Run(r+"/"+map[int]string{16 << 10: "16K", 64 << 10: "64K"}[n], func(b *testing.B) {
				run(b, value, func(s string) { SQLi(s, SensitivityHigh); XSS(s) })
			})
		}
	}
}
