//go:build !race

package regex

import "testing"

// TestAllocations: with the race detector pools give back less.
func TestAllocations(t *testing.T) {
	for _, pattern := range []string{`(?i)union\s+select`, `^/api/`, `\xff\d`, `\d{9}`} {
		r := must(t, pattern)
		for _, text := range []string{"", agent, "select", "union select", "/api/"} {
			if n := testing.AllocsPerRun(10, func() { r.Match(text) }); n != 0 {
				t.Errorf("%q in %q: got %v allocations, want 0", pattern, text, n)
			}
		}
	}
}
