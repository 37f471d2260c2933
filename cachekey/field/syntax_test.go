package field

import (
	"regexp"
	"strings"
	"testing"
)

func TestValidName(t *testing.T) {
	tests := []struct {
		in   string
		want bool
	}{
		{"Accept", true},
		{"x!#$%&'*+-.^_`|~9", true},
		{"", false},
		{"Content Length", false},
		{"Content-Length:", false},
		{"Content-Length ", false},
		{"a\x00", false},
		{"a\r\nb", false},
		{"é", false},
		{`a"b`, false},
	}
	for _, test := range tests {
		if got := ValidName(test.in); got != test.want {
			t.Errorf("ValidName(%q): got %v, want %v", test.in, got, test.want)
		}
	}
}

func TestValidValue(t *testing.T) {
	tests := []struct {
		in   string
		want bool
	}{
		{"", true},
		{"a b\tc", true},
		{"é \xff", true}, // obs-text
		{" a", false},
		{"a\t", false},
		{" ", false},
		{"a\r\n b", false}, // obs-fold
		{"a\nb", false},
		{"a\x00b", false},
		{"a\x7fb", false},
	}
	for _, test := range tests {
		if got := ValidValue(test.in); got != test.want {
			t.Errorf("ValidValue(%q): got %v, want %v", test.in, got, test.want)
		}
	}
}

// Each byte is judged alike wherever it stands.
func TestValidValueByPosition(t *testing.T) {
	for c := range 256 {
		for at := range 26 {
			s := "a" + strings.Repeat("b", at) + string([]byte{byte(c)}) + strings.Repeat("\xff", 25-at) + "d"
			if got, want := ValidValue(s), c >= ' ' && c != 0x7f || c == '\t'; got != want {
				t.Errorf("ValidValue(%q): got %v, want %v", s, got, want)
			}
		}
	}
}

func BenchmarkValidValue(b *testing.B) {
	s := "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
	for b.Loop() {
		ValidValue(s)
	}
}

func TestTrimSpace(t *testing.T) {
	for in, want := range map[string]string{"": "", " \t": "", "\ta b ": "a b", "\u00a0a\n": "\u00a0a\n"} {
		if got := TrimSpace(in); got != want {
			t.Errorf("TrimSpace(%q): got %q, want %q", in, got, want)
		}
	}
}

// FuzzSyntax compares with the grammar of RFC 9110 written as expressions.
func FuzzSyntax(f *testing.F) {
	name := regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$")
	value := regexp.MustCompile(`(?s)^([!-~\x80-\xff]([ \t!-~\x80-\xff]*[!-~\x80-\xff])?)?$`)
	for _, s := range []string{"", "a", "a b", " a", "a:b", "\x7f", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := ValidName(s), name.MatchString(s); got != want {
			t.Errorf("ValidName(%q): got %v, want %v", s, got, want)
		}
		if got, want := ValidValue(s), value.MatchString(latin1(s)); got != want {
			t.Errorf("ValidValue(%q): got %v, want %v", s, got, want)
		}
	})
}

// latin1 makes each byte a rune, because regexp matches runes.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

func TestParseLength(t *testing.T) {
	for in, want := range map[string]int64{"0": 0, "007": 7, "1234567890": 1234567890, "9223372036854775799": 9223372036854775799} {
		if got, ok := ParseLength(in); got != want || !ok {
			t.Errorf("ParseLength(%q): got %d, %v, want %d", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "+5", "-5", " 5", "5 ", "5,5", "0x5", "5\x00", "9223372036854775808", "00000000000000000005"} {
		if got, ok := ParseLength(in); ok {
			t.Errorf("ParseLength(%q): got %d, want none", in, got)
		}
	}
}
