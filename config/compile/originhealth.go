package compile

import (
	"fmt"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// settings returns what is to be known of an origin, whose latency r measures
// unless that is nil.
func settings(o *config.Origin, r *config.RoutingGroup) health.Settings {
	var s health.Settings
	if r != nil {
		s.HalfLife, s.Measure = r.HalfLife.Std(), choice(r.Measure, health.MeasureConnect, health.MeasureFirstByte)
		s.Check = &health.Check{Kind: health.KindTCP, Interval: measureInterval, MeasureOnly: true}
	}
	if e := o.Ejection; e != nil {
		s.Ejection = health.Ejection{Failures: e.ConsecutiveFailures, Base: e.BaseTime.Std(), Max: e.MaxTime.Std()}
	}
	if b := o.RetryBudget; b != nil {
		s.Retries = health.Share{Percent: b.Percent, Burst: b.Burst}
	}
	if c := o.Concurrency; c != nil {
		s.Concurrency = health.Concurrency{Max: c.MaxRequests, MaxWaiting: c.MaxQueued, MaxWait: c.QueueTimeout.Std()}
	}
	if h := o.Hedging; h != nil {
		s.Hedges = health.Share{Percent: h.Percent, Burst: h.Burst}
	}
	if c := o.HealthCheck; c != nil {
		s.Check = &health.Check{
			Kind: healthKinds[c.Type], Host: c.FullyQualifiedDomainName, Port: c.Port, Path: c.ResourcePath,
			Search: c.SearchString, Interval: c.RequestInterval.Std(), Threshold: c.FailureThreshold,
		}
	}
	return s
}

// measureInterval is how often an origin is measured that has no health check.
const measureInterval = 30 * time.Second

var healthKinds = map[config.HealthCheckType]health.Kind{
	config.HealthCheckHTTP:  health.KindHTTP,
	config.HealthCheckHTTPS: health.KindHTTPS,
	config.HealthCheckTCP:   health.KindTCP,
}

// newMember compiles what belongs to an origin when it is asked. A State is
// only there if something needs it.
func (t *targets) newMember(o *config.Origin, r *config.RoutingGroup) fetch.Member {
	compiled := t.origins[o.Name]
	m := fetch.Member{Origin: compiled, Observer: newObserver(t.env, t.distribution, o.Name)}
	if o.Ejection == nil && o.HealthCheck == nil && o.Hedging == nil && o.RetryBudget == nil && o.Concurrency == nil && r == nil {
		return m
	}
	s := settings(o, r)
	m.State = t.env.Health.State(health.Key{
		Distribution: t.distribution, Origin: o.Name, Configuration: fmt.Sprint(o.Fingerprint(), s.HalfLife, s.Measure),
	}, s, compiled)
	compiled.Retries, compiled.Gate = m.State.Retries(), m.State.Gate()
	if h := o.Hedging; h != nil {
		m.Hedging = &fetch.Hedging{Delay: time.Duration(h.Delay), Budget: m.State.Hedges()}
	}
	return m
}

// plain reports whether an origin alone is asked as CloudFront does: nothing
// needs to be known of it.
func plain(m *fetch.Member) bool { return m.State == nil }

// chosen returns what counts the choices among what a group has, by name; nil
// if there are no metrics.
func (t *targets) chosen(name string, members []string) func(int, group.Choice) {
	if t.env.Metrics == nil {
		return nil
	}
	reasons := make([]string, group.NumChoices)
	for c := range group.NumChoices {
		reasons[c] = c.String()
	}
	counters := make([]interface{ Observe(int) }, len(members))
	for i := range members {
		counters[i] = t.env.Metrics.Choices(t.distribution, name, members[i], reasons)
	}
	return func(member int, why group.Choice) { counters[member].Observe(int(why)) }
}
