package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// OriginHealth is what is known of one origin now.
type OriginHealth struct {
	Distribution, Origin string
	// State is "available", or why the origin is passed over.
	State string
	// Latency is its average, 0 if nothing was measured.
	Latency time.Duration
	// Gated says that its requests are bounded: so many Running, so many Waiting.
	Gated            bool
	Running, Waiting int
}

// ObserveOrigins makes the metrics of the health of origins read stats at each
// collection: those of the origins of which anything is to be known. It is
// called once.
func (s *Set) ObserveOrigins(stats func() []OriginHealth) {
	s.registry.MustRegister(originCollector{stats})
}

// An originCollector turns what is known of all origins into metrics.
type originCollector struct {
	stats func() []OriginHealth
}

var (
	originState = prometheus.NewDesc("groundfront_origin_state",
		"1 for the state an origin is in: available, unhealthy or ejected.", []string{"distribution", "origin", "state"}, nil)
	originLatency = prometheus.NewDesc("groundfront_origin_latency_seconds",
		"Average latency of an origin, as routing compares it.", []string{"distribution", "origin"}, nil)
	originConcurrency = prometheus.NewDesc("groundfront_origin_concurrency",
		"Requests that an origin has whose number is bounded, and those that wait: running, waiting.", []string{"distribution", "origin", "state"}, nil)
)

// Describe implements prometheus.Collector.
func (c originCollector) Describe(out chan<- *prometheus.Desc) {
	out <- originState
	out <- originLatency
	out <- originConcurrency
}

// Collect implements prometheus.Collector.
func (c originCollector) Collect(out chan<- prometheus.Metric) {
	for _, o := range c.stats() {
		out <- prometheus.MustNewConstMetric(originState, prometheus.GaugeValue, 1, o.Distribution, o.Origin, o.State)
		if o.Latency > 0 {
			out <- prometheus.MustNewConstMetric(originLatency, prometheus.GaugeValue, o.Latency.Seconds(), o.Distribution, o.Origin)
		}
		if o.Gated {
			out <- prometheus.MustNewConstMetric(originConcurrency, prometheus.GaugeValue, float64(o.Running), o.Distribution, o.Origin, "running")
			out <- prometheus.MustNewConstMetric(originConcurrency, prometheus.GaugeValue, float64(o.Waiting), o.Distribution, o.Origin, "waiting")
		}
	}
}
