package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestCells(t *testing.T) {
	if got := len(cells); got != numCells {
		t.Fatalf("cells: got %d, want %d", got, numCells)
	}
	for i, c := range cells {
		if c.bound > 0 && i > 0 && c.native != min(lastNative+1, cells[i-1].native+1) && c.native != cells[i-1].native {
			t.Errorf("cell %d: got native bucket %d after %d, want the same or the next", i, c.native, cells[i-1].native)
		}
	}
}

// TestCellOf compares with a search through all bounds.
func TestCellOf(t *testing.T) {
	check := func(n uint64) {
		t.Helper()
		want := slices.IndexFunc(cells, func(c cell) bool { return n <= c.bound })
		if got := cellOf(n); got != want {
			t.Fatalf("cell of %d ns: got %d, want %d", n, got, want)
		}
	}
	for _, c := range cells {
		for _, n := range []uint64{max(c.bound, 1) - 1, c.bound, min(c.bound, math.MaxUint64-1) + 1} {
			check(n)
		}
	}
	for i := range uint64(4096) {
		check(i)
	}
	for range 100_000 {
		check(rand.Uint64() >> rand.IntN(64))
	}
}

func TestLatencyNegative(t *testing.T) {
	var l latency
	l.observe(-time.Second)
	if l.cells[0] != 1 || l.nanoseconds != 0 {
		t.Errorf("a negative duration: got %d in cell 0 and a sum of %v, want 1 and 0", l.cells[0], l.nanoseconds)
	}
}
