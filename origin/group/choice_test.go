package group

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/origin/health"
)

func TestFirst(t *testing.T) {
	const a, u, e = health.Available, health.Unhealthy, health.Ejected
	for _, test := range []struct {
		members []health.Availability
		want    int
		why     Choice
	}{
		{[]health.Availability{a}, 0, ChoicePrimary},
		{[]health.Availability{a, u}, 0, ChoicePrimary},
		{[]health.Availability{u, a}, 1, ChoiceUnhealthy},
		{[]health.Availability{e, a}, 1, ChoiceEjected},
		{[]health.Availability{e, u, a}, 2, ChoiceEjected},
		{[]health.Availability{e}, 0, ChoiceFailOpen},
		{[]health.Availability{u, e}, 0, ChoiceFailOpen},
	} {
		got, why := First(len(test.members), func(i int) health.Availability { return test.members[i] })
		if got != test.want || why != test.why {
			t.Errorf("First(%v): got %d, %v, want %d, %v", test.members, got, why, test.want, test.why)
		}
	}
}

func TestChoiceNames(t *testing.T) {
	seen := map[string]bool{}
	for c := range NumChoices {
		if name := c.String(); name == "" || seen[name] || strings.Contains(name, "?") {
			t.Errorf("Choice %d: got the name %q", c, name)
		} else {
			seen[name] = true
		}
	}
	for f, want := range map[Failover]string{FailoverStatus: "failover_status", FailoverConnect: "failover_connect", FailoverTimeout: "failover_timeout", FailoverBroken: "failover_broken"} {
		if got := f.Choice().String(); got != want || !strings.HasSuffix(want, f.String()) {
			t.Errorf("%v.Choice(): got %s, want %s", f, got, want)
		}
	}
}
