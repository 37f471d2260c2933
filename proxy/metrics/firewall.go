package metrics

import (
	"maps"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A FirewallCounter counts requests at a web ACL. It may be called from any
// goroutine, and counts in shards, one for each processor.
type FirewallCounter struct {
	key     firewallKey
	created time.Time
	shards  []firewallShard
}

// A firewallKey says what is counted.
type firewallKey struct {
	metric *firewallMetric
	labels [4]string // the first of them are the metric's
}

type firewallMetric struct {
	desc   *prometheus.Desc
	labels int
}

func newFirewallMetric(name, help string, labels ...string) *firewallMetric {
	return &firewallMetric{prometheus.NewDesc(name, help, labels, nil), len(labels)}
}

// The metrics (WF-MET-04).
var (
	firewallRequests = newFirewallMetric("groundfront_waf_requests_total",
		"Requests that a rule of a web ACL, or its default action, acted on.", "acl", "group", "rule", "action")
	firewallLabels = newFirewallMetric("groundfront_waf_labels_total",
		"Requests to which a web ACL has given a label.", "acl", "label")
	firewallFailures = newFirewallMetric("groundfront_waf_failures_total",
		"Requests that a web ACL could not evaluate, and which were blocked or let through by its setting fail.", "acl", "reason")
)

// throttleRefused is counted in the same way.
var throttleRefused = newFirewallMetric("groundfront_rate_limited_total",
	"Requests that a throttle of a behavior has answered with 429.", "distribution", "behavior", "throttle")

type firewallShard struct {
	requests atomic.Uint64
	_        [56]byte // no two shards are in one cache line
}

// FirewallRule returns the counter of a rule; group is the rule that refers to
// its group, "" for a web ACL's own. It is called when a configuration is
// compiled, as are the others; the same names always give the same counter.
func (s *Set) FirewallRule(acl, group, rule, action string) *FirewallCounter {
	return s.firewall(firewallKey{firewallRequests, [4]string{acl, group, rule, action}})
}

// FirewallLabel returns the counter of a label, in full.
func (s *Set) FirewallLabel(acl, label string) *FirewallCounter {
	return s.firewall(firewallKey{firewallLabels, [4]string{acl, label}})
}

// FirewallFailure returns the counter of requests that could not be evaluated.
func (s *Set) FirewallFailure(acl, reason string) *FirewallCounter {
	return s.firewall(firewallKey{firewallFailures, [4]string{acl, reason}})
}

// ThrottleRefused returns the counter of requests that a throttle has refused.
func (s *Set) ThrottleRefused(distribution, behavior, throttle string) *FirewallCounter {
	return s.firewall(firewallKey{throttleRefused, [4]string{distribution, behavior, throttle}})
}

func (s *Set) firewall(key firewallKey) *FirewallCounter {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wantLocked(key)
	if c, found := s.mu.firewall[key]; found {
		return c
	}
	c := &FirewallCounter{key: key, created: time.Now(), shards: make([]firewallShard, viewer.Shards(runtime.GOMAXPROCS(0)))}
	s.mu.firewall[key] = c
	return c
}

// Add counts one request of a shard (viewer.Request).
//
// Hot path: no allocation.
func (c *FirewallCounter) Add(shard uint8) { c.shards[int(shard)&(len(c.shards)-1)].requests.Add(1) }

// A firewallCollector makes the metrics of what FirewallCounters have counted.
type firewallCollector struct{ set *Set }

// Describe implements prometheus.Collector.
func (c firewallCollector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range []*firewallMetric{firewallRequests, firewallLabels, firewallFailures, throttleRefused} {
		out <- m.desc
	}
}

// Collect implements prometheus.Collector. What never happened has no series
// (WF-MET-03).
func (c firewallCollector) Collect(out chan<- prometheus.Metric) {
	c.set.mu.Lock()
	counters := slices.Collect(maps.Values(c.set.mu.firewall))
	c.set.mu.Unlock()
	for _, f := range counters {
		var n uint64
		for i := range f.shards {
			n += f.shards[i].requests.Load()
		}
		if n > 0 {
			m := f.key.metric
			out <- prometheus.MustNewConstMetricWithCreatedTimestamp(m.desc, prometheus.CounterValue, float64(n), f.created, f.key.labels[:m.labels]...)
		}
	}
}
