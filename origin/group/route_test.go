package group

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/origin/health"
)

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// anyone asks for no candidate.
var anyone = Inquiry{Named: Unnamed}

// members reads availabilities, "+-x" for available, unhealthy and ejected, and
// latencies in milliseconds.
func members(availability string, latencies ...int) []Candidate {
	out := make([]Candidate, len(availability))
	for i, a := range availability {
		out[i].Availability = map[rune]health.Availability{'+': health.Available, '-': health.Unhealthy, 'x': health.Ejected}[a]
		if i < len(latencies) {
			out[i].Latency = time.Duration(latencies[i]) * time.Millisecond
		}
	}
	return out
}

// AG-R53-05: shares, and the rules of the weight 0. want has the member for each
// tenth of the random numbers.
func TestWeighted(t *testing.T) {
	for _, test := range []struct {
		weights      []int
		availability string
		want         string
		why          Choice
	}{
		{[]int{1, 1}, "++", "0000011111", ChoiceWeighted},
		{[]int{7, 3}, "++", "0000000111", ChoiceWeighted},
		{[]int{255, 255, 0}, "+++", "0000011111", ChoiceWeighted},
		{[]int{0, 5}, "++", "1111111111", ChoiceWeighted},
		{[]int{0, 5}, "+-", "0000000000", ChoiceWeighted}, // all others are unhealthy
		{[]int{0, 0, 5}, "++-", "0000011111", ChoiceWeighted},
		{[]int{0, 0}, "++", "0000011111", ChoiceWeighted}, // all are 0: equal shares
		{[]int{0, 0, 0, 0, 0}, "+++++", "0011223344", ChoiceWeighted},
		{[]int{5, 3, 2}, "+-+", "0000000222", ChoiceWeighted},
		{[]int{5, 3, 2}, "-x+", "2222222222", ChoiceWeighted},
		{[]int{5, 5}, "--", "0000011111", ChoiceFailOpen}, // AG-R53-08
		{[]int{0, 5}, "--", "1111111111", ChoiceFailOpen},
	} {
		got := ""
		for tenth := range 10 {
			r := NewRouter(Routing{Policy: PolicyWeighted, Weights: test.weights})
			member, why := r.Choose(members(test.availability), anyone, start, (float64(tenth)+0.5)/10)
			if got += fmt.Sprint(member); why != test.why {
				t.Errorf("%v, %s: got %v, want %v", test.weights, test.availability, why, test.why)
			}
		}
		if got != test.want {
			t.Errorf("%v, %s: got %s, want %s", test.weights, test.availability, got, test.want)
		}
	}
	r := NewRouter(Routing{Policy: PolicyWeighted, Weights: []int{1, 0}})
	if got, _ := r.Choose(members("++"), anyone, start, 1); got != 0 {
		t.Errorf("the greatest random number: got %d, want the last that has a weight", got)
	}
}

// AG-R53-06.
func TestFailoverPolicy(t *testing.T) {
	for availability, want := range map[string]struct {
		member int
		why    Choice
	}{
		"++": {0, ChoicePrimary}, "+-": {0, ChoicePrimary}, "-+": {1, ChoiceUnhealthy}, "x-+": {2, ChoiceEjected}, "--": {0, ChoiceFailOpen},
	} {
		got, why := NewRouter(Routing{Policy: PolicyFailover}).Choose(members(availability), anyone, start, 0)
		if got != want.member || why != want.why {
			t.Errorf("%s: got %d, %v, want %d, %v", availability, got, why, want.member, want.why)
		}
	}
}

// AG-LAT-01 a, AG-R53-03: the least of a table, of those that are available.
func TestStaticLatency(t *testing.T) {
	routing := Routing{Policy: PolicyLatency, Latencies: []time.Duration{80, 20, 20, 90}}
	for availability, want := range map[string]int{"++++": 1, "+-++": 2, "+--+": 0, "---+": 3, "----": 1} {
		if got, _ := NewRouter(routing).Choose(members(availability, 1, 9, 9, 9), anyone, start, 0.9); got != want {
			t.Errorf("%s: got %d, want %d", availability, got, want)
		}
	}
}

// AG-LAT-03: a choice holds for its time, but not if its member fails.
func TestSticky(t *testing.T) {
	r := NewRouter(Routing{Policy: PolicyWeighted, Weights: []int{1, 1}, TTL: time.Minute})
	for _, step := range []struct {
		after        time.Duration
		availability string
		random       float64
		want         int
		why          Choice
	}{
		{0, "++", 0.1, 0, ChoiceWeighted},
		{time.Second, "++", 0.9, 0, ChoiceSticky},
		{time.Minute - 1, "++", 0.9, 0, ChoiceSticky},
		{time.Minute, "++", 0.9, 1, ChoiceWeighted},
		{time.Minute + 1, "+x", 0.9, 0, ChoiceWeighted},
		{time.Minute + 2, "++", 0.9, 0, ChoiceSticky},
		{time.Minute + 3, "--", 0.9, 0, ChoiceSticky},
	} {
		got, why := r.Choose(members(step.availability), anyone, start.Add(step.after), step.random)
		if got != step.want || why != step.why {
			t.Errorf("after %v, %s: got %d, %v, want %d, %v", step.after, step.availability, got, why, step.want, step.why)
		}
	}
}

// AG-LAT-01 b: another has to be nearer by a fifth for a minute.
func TestMeasuredLatency(t *testing.T) {
	r := NewRouter(Routing{Policy: PolicyLatency, Better: 0.2, For: time.Minute})
	for _, step := range []struct {
		seconds      int
		availability string
		latencies    []int
		want         int
		why          Choice
	}{
		{0, "-++", []int{0, 0, 0}, 1, ChoiceUnmeasured},
		{1, "+++", []int{0, 0, 50}, 2, ChoiceLatency},
		{2, "+++", []int{100, 0, 50}, 2, ChoiceLatency},
		{10, "+++", []int{41, 60, 50}, 2, ChoiceHysteresis}, // not by a fifth
		{20, "+++", []int{40, 60, 50}, 2, ChoiceHysteresis}, // not for a minute
		{79, "+++", []int{30, 60, 50}, 2, ChoiceHysteresis},
		{79, "+++", []int{30, 20, 50}, 2, ChoiceHysteresis}, // another: its minute begins
		{138, "+++", []int{30, 20, 50}, 2, ChoiceHysteresis},
		{139, "+++", []int{30, 20, 50}, 1, ChoiceLatency},
		{140, "+++", []int{15, 20, 50}, 1, ChoiceHysteresis},
		{150, "+++", []int{18, 20, 50}, 1, ChoiceHysteresis}, // in between it was not
		{200, "+++", []int{15, 20, 50}, 1, ChoiceHysteresis},
		{201, "+x+", []int{15, 20, 50}, 0, ChoiceLatency}, // who fails is left at once
		{202, "+++", []int{15, 20, 50}, 0, ChoiceLatency},
		{203, "xx-", []int{15, 20, 50}, 0, ChoiceFailOpen},
	} {
		got, why := r.Choose(members(step.availability, step.latencies...), anyone, start.Add(time.Duration(step.seconds)*time.Second), 0)
		if got != step.want || why != step.why {
			t.Errorf("after %d s, %s %v: got %d, %v, want %d, %v", step.seconds, step.availability, step.latencies, got, why, step.want, step.why)
		}
	}
}

// Who is named is asked although others are nearer, rank higher or have all of
// the weight, but not if others are known to be better off.
func TestNamed(t *testing.T) {
	for name, routing := range map[string]Routing{
		"latency":  {Policy: PolicyLatency, Latencies: []time.Duration{1, 2, 3}},
		"measured": {Policy: PolicyLatency},
		"weighted": {Policy: PolicyWeighted, Weights: []int{1, 0, 0}},
		"failover": {Policy: PolicyFailover},
		"geo":      {Policy: PolicyGeo},
	} {
		for _, test := range []struct {
			availability string
			named, want  int
		}{
			{"+++", Unnamed, 0}, {"+++", 0, 0}, {"+++", 2, 2}, {"--+", 2, 2}, {"++-", 2, 0}, {"+x+", 1, 0}, {"-x-", 1, 1},
		} {
			got, why := NewRouter(routing).Choose(members(test.availability, 1, 2, 3), Inquiry{Named: test.named}, start, 0)
			if got != test.want || (why == ChoiceHeader) != (test.named == test.want) {
				t.Errorf("%s, %s, named %d: got %d, %v, want %d", name, test.availability, test.named, got, why, test.want)
			}
		}
	}
}

// What one request asks for is not the choice that holds for the others.
func TestNamedIsNotSticky(t *testing.T) {
	r := NewRouter(Routing{Policy: PolicyWeighted, Weights: []int{1, 0}, TTL: time.Minute})
	for i, step := range []struct {
		named, want int
		why         Choice
	}{
		{1, 1, ChoiceHeader}, {Unnamed, 0, ChoiceWeighted}, {1, 1, ChoiceHeader}, {Unnamed, 0, ChoiceSticky},
	} {
		if got, why := r.Choose(members("++"), Inquiry{Named: step.named}, start, 0); got != step.want || why != step.why {
			t.Errorf("step %d, named %d: got %d, %v, want %d, %v", i, step.named, got, why, step.want, step.why)
		}
	}
}

func TestPolicyNames(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range []Policy{PolicyLatency, PolicyWeighted, PolicyFailover, PolicyGeo} {
		if name := p.String(); seen[name] || strings.Contains(name, "?") {
			t.Errorf("Policy %d: got the name %q", p, name)
		} else {
			seen[name] = true
		}
	}
}
