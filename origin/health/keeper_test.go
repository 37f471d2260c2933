package health

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/origin"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A prober answers by the origin's name, and counts.
type prober struct {
	mu    sync.Mutex
	ill   map[string]error
	asked map[string]int
}

func (p *prober) Probe(_ context.Context, o *origin.Origin, _ *Check) (origin.Timing, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked[o.ID]++
	return origin.Timing{Connect: time.Millisecond}, p.ill[o.ID]
}

func (p *prober) set(name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ill[name] = err
}

func (p *prober) count(name string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.asked[name]
	p.asked[name] = 0
	return n
}

func keeping(t *testing.T, test func(t *testing.T, k *Keeper, p *prober, log *bytes.Buffer)) {
	synctest.Test(t, func(t *testing.T) {
		p, log := &prober{ill: map[string]error{}, asked: map[string]int{}}, new(bytes.Buffer)
		k := NewKeeper(Options{Prober: p, Logger: slog.New(slog.NewTextHandler(log, nil)), Random: func() float64 { return 0.5 }})
		defer k.Close()
		test(t, k, p, log)
	})
}

// use applies a plan with one origin for each name, and returns their States.
func use(k *Keeper, names ...string) map[string]*State {
	plan, states := k.Plan(), map[string]*State{}
	for _, name := range names {
		key := Key{Origin: strings.TrimRight(name, "0123456789"), Configuration: name}
		s := Settings{Check: &Check{Interval: 30 * time.Second, Threshold: 3}}
		states[name] = plan.State(key, s, &origin.Origin{ID: name})
	}
	plan.Apply()
	return states
}

// AG-HC-01: the first check is within an interval, the others an interval later.
func TestKeeperChecks(t *testing.T) {
	keeping(t, func(t *testing.T, k *Keeper, p *prober, log *bytes.Buffer) {
		a := use(k, "a")["a"]
		time.Sleep(15*time.Second - 1)
		synctest.Wait()
		if n := p.count("a"); n != 0 {
			t.Errorf("before the first: got %d checks", n)
		}
		time.Sleep(time.Minute + 1)
		synctest.Wait()
		if n := p.count("a"); n != 3 {
			t.Errorf("in the minute from the first: got %d checks, want 3", n)
		}
		p.set("a", errors.New("status 500"))
		time.Sleep(time.Minute)
		synctest.Wait()
		if a.Availability() != Available {
			t.Error("unhealthy after two")
		}
		p.set("a", &origin.Error{Kind: origin.ErrorLimit})
		time.Sleep(10 * time.Minute)
		p.set("a", errors.New("status 500"))
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if a.Availability() != Unhealthy || !strings.Contains(log.String(), "origin is unhealthy") {
			t.Errorf("after three: got %v, log %s", a.Availability(), log)
		}
		p.set("a", nil)
		time.Sleep(90 * time.Second)
		synctest.Wait()
		if a.Availability() != Available || !strings.Contains(log.String(), "healthy again") {
			t.Errorf("after three that are good: got %v, log %s", a.Availability(), log)
		}
	})
}

// What is known of an origin outlives reloads until it is configured otherwise,
// and its check goes on undisturbed. Checks of what is gone end.
func TestKeeperReload(t *testing.T) {
	keeping(t, func(t *testing.T, k *Keeper, p *prober, _ *bytes.Buffer) {
		p.set("a", errors.New("down"))
		first := use(k, "a", "b")
		time.Sleep(75 * time.Second)
		synctest.Wait()
		p.count("a")
		k.Plan().State(Key{Origin: "a", Configuration: "a"}, Settings{}, nil) // of a configuration that fails later
		second := use(k, "a", "c")
		if second["a"] != first["a"] || second["a"].Availability() != Unhealthy {
			t.Error("what was known is lost")
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if a, b, c := p.count("a"), p.count("b"), p.count("c"); a != 10 || b != 3 || c == 0 {
			t.Errorf("five minutes after a reload without b: got %d, %d and %d checks of a, b and c, want 10, the 3 from before, and some", a, b, c)
		}
		if third := use(k, "a2"); third["a2"].Availability() != Available {
			t.Error("an origin that is configured otherwise is not a new one")
		}
		use(k)
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := p.count("a"); n != 0 {
			t.Errorf("without origins: got %d checks", n)
		}
	})
}

func TestKeeperClosed(t *testing.T) {
	keeping(t, func(t *testing.T, k *Keeper, p *prober, _ *bytes.Buffer) {
		use(k, "a")
		k.Close()
		use(k, "b")
		time.Sleep(time.Hour)
		if a, b := p.count("a"), p.count("b"); a+b != 0 {
			t.Errorf("closed: got %d and %d checks", a, b)
		}
	})
	var none Plan
	if s := none.State(Key{}, Settings{}, nil); s.Availability() != Available {
		t.Error("a plan without a keeper has no states")
	}
	none.Apply()
}
