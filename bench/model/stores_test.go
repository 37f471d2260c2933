package model

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy"
)

// TestStores: an edge answers the same whether its responses are in memory, on
// disk only, or sent from their files, before every step.
func TestStores(t *testing.T) {
	snapshot := newSnapshot(t)
	for run := range *runs / 8 {
		d := newDice(*seed, uint64(run))
		all := append(slices.Clone(policies), strictPolicies...)
		p := &all[d.IntN(len(all))]
		steps := d.steps()
		want := transcript(t, p, snapshot, steps, tier{})
		for name, stream := range map[string]int64{"disk": 0, "file": -1} {
			got := transcript(t, p, snapshot, steps, tier{disk: t.TempDir(), stream: stream})
			for i, s := range steps {
				if got[i] != want[i] {
					var before strings.Builder
					for i, s := range steps[:i] {
						fmt.Fprintf(&before, "  %2d %v\n", i, s)
					}
					t.Fatalf("-model.seed %d, sequence %d, policy %s:\n%s  %2d %v\n%s:   %s\nmemory: %s",
						*seed, run, p.name, &before, i, s, name, got[i], want[i])
				}
			}
		}
	}
}

// transcript returns the edge's replies to steps. Before each of them memory
// is left to the disk tier, if there is one.
func transcript(t *testing.T, p *policy, snapshot *proxy.Snapshot, steps []step, at tier) []string {
	t.Helper()
	e, err := newEdge(p, snapshot, at, start)
	if err != nil {
		t.Fatal(err)
	}
	defer e.close()
	replies := make([]string, len(steps))
	for i, s := range steps {
		if at.disk != "" && e.cache.Unload() > 0 {
			t.Fatal("there are responses in memory that the disk tier does not have")
		}
		got, err := e.step(s, fmt.Sprintf("content %d of the origin", i))
		if got.generated {
			got.content = "a page" // with the request's id
		}
		replies[i] = fmt.Sprint(got, err)
	}
	return replies
}
