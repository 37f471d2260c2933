package behavior

import "fmt"

// A Table is the ordered list of path patterns of one distribution. The
// default behavior stands after them, matches everything and has no pattern
// of its own. A Table is immutable.
type Table struct {
	patterns []Pattern
}

// New compiles the path patterns of a distribution in precedence order,
// without the default behavior. The error wraps ErrPattern and names the
// index.
func New(patterns []string) (*Table, error) {
	t := &Table{patterns: make([]Pattern, len(patterns))}
	for i, text := range patterns {
		p, err := Compile(text)
		if err != nil {
			return nil, fmt.Errorf("cache behavior %d: %w", i, err)
		}
		t.patterns[i] = p
	}
	return t, nil
}

// Match returns the index of the first pattern that matches, or Default when
// none does (CF-BEH-01, CF-BEH-13). The path comes from NormalizePath. It
// does not allocate.
func (t *Table) Match(normalizedPath string) int {
	for i := range t.patterns {
		if t.patterns[i].Match(normalizedPath) {
			return i
		}
	}
	return len(t.patterns)
}

// Default is the index of the default behavior: the number of patterns.
func (t *Table) Default() int { return len(t.patterns) }

// Pattern returns the pattern of behavior i as it was written, and
// "Default (*)", the console's name, for the default behavior.
func (t *Table) Pattern(i int) string {
	if i < 0 || i >= len(t.patterns) {
		return "Default (*)"
	}
	return t.patterns[i].text
}
