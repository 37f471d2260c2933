package injection

import "github.com/corazawaf/libinjection-go"

// Sensitivity is how much it takes for a value to count as an injection of
// SQL, with AWS's words (WF-SQLI-01).
type Sensitivity uint8

const (
	// SensitivityLow is libinjection's opinion (WF-SQLI-02).
	SensitivityLow Sensitivity = iota
	// SensitivityHigh adds patterns that honest text may have as well.
	SensitivityHigh
)

func (s Sensitivity) String() string {
	switch s {
	case SensitivityLow:
		return "LOW"
	case SensitivityHigh:
		return "HIGH"
	}
	return "Sensitivity(?)"
}

// SQLi reports whether value injects SQL. Its time is linear in the length of
// value, of which the caller is to bound it (WF-LI-05). It allocates only if
// value has what an injection needs.
func SQLi(value string, s Sensitivity) bool {
	if injectable(value) {
		if hit, _ := libinjection.IsSQLi(value); hit {
			return true
		}
	}
	return s == SensitivityHigh && promising(value) && matchesPattern(value, false)
}

// SQLPatterns reports whether value has one of the patterns that HIGH adds to
// LOW, where an injected statement would begin: so that texts about SQL, and
// code in other languages, pass. It does not allocate.
func SQLPatterns(value string) bool {
	return promising(value) && matchesPattern(value, true)
}
