package cache

import (
	"fmt"
	"testing"
)

// A change is never forgotten, and others are hardly ever taken for it.
func TestChangesOfOthers(t *testing.T) {
	const targets = 2000
	target := func(i int) []byte { return fmt.Appendf(nil, "/p/%d", i) }
	for _, c := range []struct{ others, most int }{{100, 0}, {1000, 2}, {10_000, 200}} {
		table := new(changes)
		for i := range targets {
			table.add("d", target(i), uint64(i+1))
		}
		for i := range c.others {
			table.add("d", target(targets+i), uint64(targets+i+1))
		}
		mistaken := 0
		for i := range targets {
			switch got := table.latest("d", target(i)); {
			case got < uint64(i+1):
				t.Fatalf("target %d: got the latest change %d, want at least %d", i, got, i+1)
			case got > targets:
				mistaken++
			}
		}
		if mistaken > c.most {
			t.Errorf("after %d changes of others: got %d of %d targets taken for changed, want at most %d", c.others, mistaken, targets, c.most)
		}
	}
}
