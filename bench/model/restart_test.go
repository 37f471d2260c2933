package model

import (
	"slices"
	"testing"
)

// TestRestart compares the edge with both models when it ends and starts again
// with what is on its disk: complete responses with their ages, unless they
// have been invalidated since.
func TestRestart(t *testing.T) {
	s := trial{snapshot: newSnapshot(t), tier: tier{disk: t.TempDir()}}
	all := slices.Concat(policies, strictPolicies)
	for run := range *runs / 40 { // each writes many files
		d := newDice(*seed, uint64(run))
		s.policy = &all[d.IntN(len(all))]
		steps := d.steps()
		for i := range steps {
			if d.oneIn(5) {
				steps[i] = step{wait: steps[i].wait, restart: true}
			}
		}
		difference, err := s.compare(steps)
		if err != nil {
			t.Fatalf("-model.seed %d, sequence %d: %v", *seed, run, err)
		}
		if difference != nil {
			t.Fatalf("-model.seed %d, sequence %d\n%s", *seed, run, s.report(steps, difference))
		}
	}
}
