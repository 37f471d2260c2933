package country

import (
	"testing"
	"unicode/utf8"
)

// TestNames: the table has each country of ISO 3166-1 once, and Kosovo, under a
// code of two capital letters.
func TestNames(t *testing.T) {
	seen := map[string]string{}
	for _, code := range Codes() {
		name := Name(code)
		if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' || name == "" || !utf8.ValidString(name) {
			t.Errorf("got %q: %q, want two capital letters and a name", code, name)
		}
		if other := seen[name]; other != "" {
			t.Errorf("%q is the name of %s and %s", name, other, code)
		}
		seen[name] = code
	}
	if got := len(seen); got != 250 {
		t.Errorf("countries: got %d, want the 249 of ISO 3166-1 and XK", got)
	}
	for code, want := range map[string]string{"DE": "Germany", "US": "United States", "CI": "Ivory Coast", "XK": "Kosovo", "UK": "", "EU": "", "de": "", "": ""} {
		if got := Name(code); got != want {
			t.Errorf("%q: got %q, want %q", code, got, want)
		}
	}
}
