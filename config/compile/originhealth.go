package compile

import (
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// settings returns what is to be known of an origin.
func settings(o *config.Origin) health.Settings {
	var s health.Settings
	if e := o.Ejection; e != nil {
		s.Ejection = health.Ejection{Failures: e.ConsecutiveFailures, Base: e.BaseTime.Std(), Max: e.MaxTime.Std()}
	}
	if b := o.RetryBudget; b != nil {
		s.Retries = health.Share{Percent: b.Percent, Burst: b.Burst}
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

var healthKinds = map[config.HealthCheckType]health.Kind{
	config.HealthCheckHTTP:  health.KindHTTP,
	config.HealthCheckHTTPS: health.KindHTTPS,
	config.HealthCheckTCP:   health.KindTCP,
}

// newMember compiles what belongs to an origin when it is asked. A State is
// only there if something needs it.
func (t *targets) newMember(o *config.Origin) fetch.Member {
	compiled := t.origins[o.Name]
	m := fetch.Member{Origin: compiled, Observer: newObserver(t.env, t.distribution, o.Name)}
	if o.Ejection == nil && o.HealthCheck == nil && o.Hedging == nil && o.RetryBudget == nil {
		return m
	}
	m.State = t.env.Health.State(health.Key{
		Distribution: t.distribution, Origin: o.Name, Configuration: o.Fingerprint(),
	}, settings(o), compiled)
	compiled.Retries = m.State.Retries()
	if h := o.Hedging; h != nil {
		m.Hedging = &fetch.Hedging{Delay: time.Duration(h.Delay), Budget: m.State.Hedges()}
	}
	return m
}

// plain reports whether an origin alone is asked as CloudFront does: nothing
// needs to be known of it.
func plain(m *fetch.Member) bool { return m.State == nil }

// chosen returns what counts the choices of a group; nil if there are no
// metrics.
func (t *targets) chosen(name string, members []fetch.Member) func(int, group.Choice) {
	if t.env.Metrics == nil {
		return nil
	}
	reasons := make([]string, group.NumChoices)
	for c := range group.NumChoices {
		reasons[c] = c.String()
	}
	counters := make([]interface{ Observe(int) }, len(members))
	for i := range members {
		counters[i] = t.env.Metrics.Choices(t.distribution, name, members[i].Origin.ID, reasons)
	}
	return func(member int, why group.Choice) { counters[member].Observe(int(why)) }
}
