package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/groundfront/groundfront/proxy/overload"
)

// ObserveOverload makes the metrics of overload read a Manager. It is called once.
func (s *Set) ObserveOverload(m *overload.Manager) {
	s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "groundfront_overload_level",
		Help: "What is given up: 0 nothing, 1 storing, 2 idle connections and streams, 3 all but hits, 4 accepting.",
	}, func() float64 { return float64(m.Level()) }), shedCollector{m})
}

// A shedCollector turns the counts of a Manager into a metric.
type shedCollector struct{ manager *overload.Manager }

var shedTotal = prometheus.NewDesc("groundfront_shed_total",
	"What was given up because memory or processors were short.", []string{"what"}, nil)

// Describe implements prometheus.Collector.
func (c shedCollector) Describe(out chan<- *prometheus.Desc) { out <- shedTotal }

// Collect implements prometheus.Collector.
func (c shedCollector) Collect(out chan<- prometheus.Metric) {
	for s := range overload.NumSheds {
		out <- prometheus.MustNewConstMetric(shedTotal, prometheus.CounterValue, float64(c.manager.Counted(s)), s.String())
	}
}
