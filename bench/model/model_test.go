package model

import (
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/config/compile"
	"github.com/groundfront/groundfront/proxy"
)

var (
	runs = flag.Int("model.runs", defaultRuns, "sequences of each test")
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
func TestCloudFront(t *testing.T) { compareRuns(t, policies) }

// TestRFC9111 compares the edge with the model of a strict shared cache.
func TestRFC9111(t *testing.T) { compareRuns(t, strictPolicies) }

func compareRuns(t *testing.T, policies []policy, tiers ...tier) {
	t.Helper()
	snapshot := newSnapshot(t)
	for run := range *runs {
		d := newDice(*seed, uint64(run))
		trial := trial{snapshot: snapshot, policy: &policies[d.IntN(len(policies))]}
		steps := d.steps()
		if len(tiers) > 0 {
			trial.tier = tiers[run%len(tiers)]
		}
		difference, err := trial.compare(steps)
		if err != nil {
			t.Fatalf("-model.seed %d, sequence %d: %v", *seed, run, err)
		}
		if difference != nil {
			t.Fatalf("-model.seed %d, sequence %d\n%s", *seed, run, trial.report(steps, difference))
		}
	}
}

// TestReport proves that a difference is found and told by the shortest
// sequence: here the model is told a wrong default TTL.
func TestReport(t *testing.T) {
	snapshot, wrong := newSnapshot(t), policies[0]
	wrong.def -= second
	get := func(wait time.Duration, path string) step {
		return step{
			wait: wait, request: request{method: "GET", path: path},
			answer: answer{status: 200, control: unsaid, expires: noExpires},
		}
	}
	steps := []step{
		get(0, "/b"), get(second, "/a"), {wait: second, invalidate: "/b"}, get(30*second, "/a"),
		get(0, "/b"), get(28*second, "/a"), get(second, "/b"),
	}
	d, err := trial{snapshot: snapshot, policy: &wrong}.compare(steps)
	if err != nil || d == nil || d.step != 5 {
		t.Fatalf("got %+v, %v, want a difference at step 5", d, err)
	}
	if d, err := (trial{snapshot: snapshot, policy: &policies[0]}).compare(steps); err != nil || d != nil {
		t.Errorf("with the right model: got %+v, %v, want none", d, err)
	}
	text := trial{snapshot: snapshot, policy: &wrong}.report(steps, d)
	for _, want := range []string{
		"   0 +1s    GET /a   <- origin: 200\n   1 +59s   GET /a   <- origin: 200\n",
		`got  200 Hit, Age "59", Date "Wed, 01 Apr 2026 12:00:01 GMT", "content 0 of the origin"`,
		`want 200 Miss, Age "", Date "Wed, 01 Apr 2026 12:01:00 GMT", "content 1 of the origin"`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("got\n%s\nwant a part %q", text, want)
		}
	}
}

// TestSeed proves that a printed seed gives the same sequence again, and
// another one another.
func TestSeed(t *testing.T) {
	text := func(seed, run uint64) string { return fmt.Sprint(newDice(seed, run).steps()) }
	first := text(1, 2)
	if again := text(1, 2); again != first {
		t.Errorf("got two sequences of one seed:\n%s\n%s", first, again)
	}
	if first == text(1, 3) || first == text(2, 2) {
		t.Error("got one sequence of two seeds")
	}
}
