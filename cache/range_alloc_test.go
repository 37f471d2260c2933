//go:build !race

package cache

import "testing"

// The race detector allocates where the compiler does not inline because of it.
func TestRangeHitAllocations(t *testing.T) {
	for name, c := range map[string]struct {
		store  func(*rangeHit)
		answer func(*rangeHit) []byte
	}{
		"complete response": {(*rangeHit).storeComplete, (*rangeHit).complete},
		"parts":             {(*rangeHit).storeParts, (*rangeHit).parts},
	} {
		t.Run(name, func(t *testing.T) {
			h := newRangeHit(t)
			c.store(h)
			if got := string(c.answer(h)); got != "cdef" {
				t.Fatalf("got %q, want %q", got, "cdef")
			}
			if n := testing.AllocsPerRun(100, func() { c.answer(h) }); n != 0 {
				t.Errorf("got %v allocations, want none", n)
			}
		})
	}
}
