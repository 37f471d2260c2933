package injection

import "github.com/corazawaf/libinjection-go"

// Sensitivity is how much it takes for a value to count as an injection of
// SQL, with AWS's words (WF-SQLI-01).
type Sensitivity uint8

// The sensitivities.
const (
	// SensitivityLow is libinjection's opinion (WF-SQLI-02).
	SensitivityLow Sensitivity = iota
	// SensitivityHigh adds patterns that honest text may have as well.
	SensitivityHigh
	// SensitivityPatterns is one of these patterns where an injected statement
	// would begin: so that texts about SQL, and code in other languages, pass. It
	// is not AWS's.
	SensitivityPatterns
)

// String returns the word as AWS's API spells it.
func (s Sensitivity) String() string {
	switch s {
	case SensitivityLow:
		return "LOW"
	case SensitivityHigh:
		return "HIGH"
	case SensitivityPatterns:
		return "PATTERNS"
	}
	return "Sensitivity(?)"
}

// SQLi reports whether value injects SQL. Its time is linear in the length of
// value, of which the caller is to bound it (WF-LI-05). It allocates only if
// value has what an injection needs, and never for SensitivityPatterns.
func SQLi(value string, s Sensitivity) bool {
	if s == SensitivityPatterns {
		return promising(value) && matchesPattern(value, true)
	}
	if injectable(value) {
		if hit, _ := libinjection.IsSQLi(value); hit {
			return true
		}
	}
	return s == SensitivityHigh && promising(value) && matchesPattern(value, false)
}
