//go:build !race

package managed

import (
	"context"
	"testing"
)

// TestAllocations holds the promise of the hot path: none for a GET. Content is
// given to detectors, value by value, which do allocate. With the race detector pools give back less.
func TestAllocations(t *testing.T) {
	for _, bm := range benchmarks[:2] {
		a := build(t, Options{}, nil, bm.groups...)
		p := a.Peer(viewer)
		if n := testing.AllocsPerRun(50, func() { a.Evaluate(context.Background(), p, bm.request, nil) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", bm.name, n)
		}
	}
}
