package model

import (
	"flag"
	"testing"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy"
)

var (
	runs = flag.Int("model.runs", 1000, "sequences to compare")
	seed = flag.Uint64("model.seed", 1, "seed of the first sequence")
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newSnapshot(t *testing.T) *proxy.Snapshot {
	t.Helper()
	c, diagnostics := config.Parse("config.yaml", []byte(configuration()))
	if c == nil {
		t.Fatal(diagnostics)
	}
	s, err := compile.Compile(c, compile.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCloudFront compares the edge with the model of CloudFront's semantics.
func TestCloudFront(t *testing.T) {
	snapshot := newSnapshot(t)
	for run := range *runs {
		d := newDice(*seed, uint64(run))
		p := &policies[d.IntN(len(policies))]
		steps := d.steps()
		difference, err := compare(p, snapshot, steps)
		if err != nil {
			t.Fatal(err)
		}
		if difference != nil {
			t.Fatalf("-model.seed %d, sequence %d\n%s", *seed, run, report(p, snapshot, steps))
		}
	}
}
