package accesslog

import (
	"fmt"
	"strings"
	"testing"
)

// TestAppendEscaped proves CF-LOG-03 over all bytes, and CF-LOG-12.
func TestAppendEscaped(t *testing.T) {
	const special = "<>\"#%{}|\\^~[]`' "
	for c := range 256 {
		want := string([]byte{byte(c)})
		if c < 32 || c >= 127 || strings.ContainsRune(special, rune(c)) {
			want = fmt.Sprintf("%%%02X", c)
		}
		if got := string(AppendEscaped(nil, string([]byte{byte(c)}))); got != want {
			t.Errorf("CF-LOG-03: byte %#x: got %q, want %q", c, got, want)
		}
	}
	if got, want := string(AppendEscaped(nil, "();,/=&?:@+$!*-._")), "();,/=&?:@+$!*-._"; got != want {
		t.Errorf("CF-LOG-12: got %q, want %q", got, want)
	}
}

// TestAppendEscapedAnywhere proves that a byte is seen wherever it stands in
// eight, with others that nearly need an escape around it.
func TestAppendEscapedAnywhere(t *testing.T) {
	for c := range 256 {
		for length := 1; length <= 25; length++ {
			for at := range length {
				for _, around := range []string{"a", "!", "=", "_", "&", "z"} {
					s := strings.Repeat(around, at) + string([]byte{byte(c)}) + strings.Repeat(around, length-at-1)
					want := s
					if escaped[c] {
						want = strings.Repeat(around, at) + fmt.Sprintf("%%%02X", c) + strings.Repeat(around, length-at-1)
					}
					if got := string(AppendEscaped([]byte("x"), s)); got != "x"+want {
						t.Fatalf("escaped %q: got %q, want %q", s, got, "x"+want)
					}
				}
			}
		}
	}
}

// TestMemory proves that a text that takes another's place is written as
// itself, and that long ones are not kept.
func TestMemory(t *testing.T) {
	var m memory
	for _, s := range []string{"a b", "a c", "a b", "a b", "<" + strings.Repeat("x", maxRemembered), "a c"} {
		if got, want := string(m.append(nil, repeatedHost, s)), string(AppendEscaped(nil, s)); got != want {
			t.Errorf("text %q: got %q, want %q", s, got, want)
		}
	}
	for _, r := range m[repeatedHost] {
		if len(r.raw) > maxRemembered {
			t.Errorf("kept: got a text of %d bytes, want at most %d", len(r.raw), maxRemembered)
		}
	}
}
