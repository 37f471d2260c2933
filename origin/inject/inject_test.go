package inject

import (
	"math"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for k := range Kind(NumKinds) {
		if name := k.String(); name == "" || name == "Kind(?)" || seen[name] {
			t.Errorf("kind %d: got name %q", k, name)
		}
		seen[k.String()] = true
	}
	for e := range endingCount {
		if name := e.String(); name == "" || name == "Ending(?)" {
			t.Errorf("ending %d: got name %q", e, name)
		}
	}
	if Kind(NumKinds).String() != "Kind(?)" || endingCount.String() != "Ending(?)" {
		t.Error("what is no kind or ending has a name")
	}
}

func TestNothingPlanned(t *testing.T) {
	for n := range uint64(1000) {
		if got, want := (&Plan{Seed: 3}).Fault(n), (Fault{Delivered: 1}); got != want {
			t.Fatalf("attempt %d: got %+v, want %+v", n, got, want)
		}
	}
}

var everything = Plan{
	Seed: 7, MinLatency: 40 * time.Millisecond, MaxLatency: 120 * time.Millisecond,
	ErrorRate: 0.1, ErrorStatus: 502, ResetRate: 0.05,
	Header: Trickle{0.2, 10}, Body: Trickle{0.3, 1000}, ShortBodyRate: 0.25,
}

// As many requests have a fault as the plan says, each for itself.
func TestRates(t *testing.T) {
	const attempts = 20_000
	counts, both := map[string]int{}, 0
	sum := time.Duration(0)
	for n := range uint64(attempts) {
		f := everything.Fault(n)
		counts[f.Ending.String()]++
		if f.Ending == EndingError && f.Status != 502 {
			t.Fatalf("attempt %d: got status %d, want 502", n, f.Status)
		}
		if f.Latency < 40*time.Millisecond || f.Latency > 120*time.Millisecond || f.Delivered < 0 || f.Delivered > 1 {
			t.Fatalf("attempt %d: got %+v", n, f)
		}
		sum += f.Latency
		if f.HeaderPace == 10 {
			counts["header"]++
		}
		if f.BodyPace == 1000 {
			counts["body"]++
		}
		if f.Delivered < 1 {
			counts["short"]++
			if f.BodyPace > 0 {
				both++
			}
		}
	}
	counts["short and slow"] = both
	for what, rate := range map[string]float64{
		"error": 0.1, "reset": 0.05, "header": 0.2, "body": 0.3, "short": 0.25, "short and slow": 0.25 * 0.3,
	} {
		if got := float64(counts[what]) / attempts; math.Abs(got-rate) > 4*math.Sqrt(rate*(1-rate)/attempts) {
			t.Errorf("%s: got %.4f of all, want %.4f", what, got, rate)
		}
	}
	if mean := sum / attempts; mean < 79*time.Millisecond || mean > 81*time.Millisecond {
		t.Errorf("latency: got %v on average, want 80ms", mean)
	}
}

// Whether an attempt fails says nothing about the next one.
func TestAttemptsAreIndependent(t *testing.T) {
	p := Plan{Seed: 1, ErrorRate: 0.5}
	same := 0
	const attempts = 20_000
	for n := range uint64(attempts) {
		if p.Fault(n).Ending == p.Fault(n+1).Ending {
			same++
		}
	}
	if got := float64(same) / attempts; math.Abs(got-0.5) > 0.015 {
		t.Errorf("got %.3f of the attempts end like the one before, want 0.5", got)
	}
}

// One seed gives one sequence, and what is added to a plan changes nothing
// about the rest.
func TestSeed(t *testing.T) {
	less, other := everything, everything
	less.MaxLatency, less.Header, less.ShortBodyRate = less.MinLatency, Trickle{}, 0
	other.Seed = 8
	differ := 0
	for n := range uint64(1000) {
		f := everything.Fault(n)
		if again := everything.Fault(n); again != f {
			t.Fatalf("attempt %d: got %+v, then %+v", n, f, again)
		}
		if l := less.Fault(n); l.Ending != f.Ending || l.BodyPace != f.BodyPace {
			t.Errorf("attempt %d: got %+v with less, want the same as %+v", n, l, f)
		}
		if other.Fault(n).Ending != f.Ending {
			differ++
		}
	}
	if differ == 0 {
		t.Error("another seed: got the same endings")
	}
}

// Many at once get what one after the other would have got.
func TestNext(t *testing.T) {
	i := New(everything, nil)
	i.Injected(KindReset)
	got := make([]Fault, 1000)
	var wait sync.WaitGroup
	for part := range slices.Chunk(got, 100) {
		wait.Go(func() {
			for n := range part {
				part[n] = i.Next()
			}
		})
	}
	wait.Wait()
	count := map[Fault]int{}
	for n := range got {
		count[got[n]]++
		count[everything.Fault(uint64(n))]--
	}
	for f, n := range count {
		if n != 0 {
			t.Errorf("%+v: got it %d times more than the plan has it", f, n)
		}
	}
}
