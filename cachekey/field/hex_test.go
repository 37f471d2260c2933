package field

import (
	"strings"
	"testing"
)

func TestHexDigit(t *testing.T) {
	for i := range 256 {
		want := strings.IndexByte("0123456789abcdef", byte(i))
		if want < 0 {
			if want = strings.IndexByte("ABCDEF", byte(i)); want >= 0 {
				want += 10
			}
		}
		if got := HexDigit(byte(i)); got != want {
			t.Errorf("HexDigit(%q): got %d, want %d", byte(i), got, want)
		}
	}
}
