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

// A FirewallRule counts the requests that one rule of a web ACL acted on. It
// may be called from any goroutine, and counts in shards, one for each processor.
type FirewallRule struct {
	labels  [3]string // web ACL, rule, action
	created time.Time
	shards  []firewallShard
}

type firewallShard struct {
	requests atomic.Uint64
	_        [56]byte // no two shards are in one cache line
}

// FirewallRule returns the counter of a rule. It is called when a configuration
// is compiled; the same names always give the same counter.
func (s *Set) FirewallRule(acl, rule, action string) *FirewallRule {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := [3]string{acl, rule, action}
	if r, found := s.mu.firewall[key]; found {
		return r
	}
	r := &FirewallRule{labels: key, created: time.Now(), shards: make([]firewallShard, viewer.Shards(runtime.GOMAXPROCS(0)))}
	s.mu.firewall[key] = r
	return r
}

// Add counts one request of a shard (viewer.Request).
//
// Hot path: no allocation.
func (r *FirewallRule) Add(shard uint8) { r.shards[int(shard)&(len(r.shards)-1)].requests.Add(1) }

// A firewallCollector makes the metric of what FirewallRules have counted.
type firewallCollector struct{ set *Set }

var firewallRequests = prometheus.NewDesc("groundfront_waf_requests_total",
	"Requests that a rule of a web ACL, or its default action, acted on.", []string{"acl", "rule", "action"}, nil)

// Describe implements prometheus.Collector.
func (c firewallCollector) Describe(out chan<- *prometheus.Desc) { out <- firewallRequests }

// Collect implements prometheus.Collector. What never happened has no series
// (WF-MET-03).
func (c firewallCollector) Collect(out chan<- prometheus.Metric) {
	c.set.mu.Lock()
	rules := slices.Collect(maps.Values(c.set.mu.firewall))
	c.set.mu.Unlock()
	for _, r := range rules {
		var n uint64
		for i := range r.shards {
			n += r.shards[i].requests.Load()
		}
		if n > 0 {
			out <- prometheus.MustNewConstMetricWithCreatedTimestamp(firewallRequests, prometheus.CounterValue, float64(n), r.created, r.labels[:]...)
		}
	}
}
