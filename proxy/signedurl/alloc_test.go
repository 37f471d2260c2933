//go:build !race

package signedurl

import "testing"

// TestVerifyKnownAllocations: what was verified is found again without one.
func TestVerifyKnownAllocations(t *testing.T) {
	v, keys := NewVerifier(PathsBoth), trusted(t)
	var s Scratch
	for name, r := range benchRequests(t) {
		v.Verify(keys, r, &s)
		if n := testing.AllocsPerRun(100, func() { v.VerifyKnown(keys, r, &s) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, n)
		}
	}
}
