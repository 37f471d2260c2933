package metrics

import "github.com/prometheus/client_golang/prometheus"

// RateInstances is how many aggregation instances a rate-based rule counts now.
type RateInstances struct {
	ACL, Group, Rule string
	Instances        int
}

// ObserveRates makes the metric of rate-based rules read stats at each
// collection. It is called once.
func (s *Set) ObserveRates(stats func() []RateInstances) {
	s.registry.MustRegister(rateCollector{stats})
}

// A rateCollector turns what rate-based rules count into a metric.
type rateCollector struct {
	stats func() []RateInstances
}

var rateInstances = prometheus.NewDesc("groundfront_waf_rate_instances",
	"Aggregation instances, such as addresses, that a rate-based rule counts now.", []string{"acl", "group", "rule"}, nil)

// Describe implements prometheus.Collector.
func (c rateCollector) Describe(out chan<- *prometheus.Desc) { out <- rateInstances }

// Collect implements prometheus.Collector.
func (c rateCollector) Collect(out chan<- prometheus.Metric) {
	for _, r := range c.stats() {
		out <- prometheus.MustNewConstMetric(rateInstances, prometheus.GaugeValue, float64(r.Instances), r.ACL, r.Group, r.Rule)
	}
}
