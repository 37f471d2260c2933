package metrics

import "github.com/prometheus/client_golang/prometheus"

// CacheStats is a snapshot of the cache. Counters count since the start.
type CacheStats struct {
	Objects          int64             // stored responses
	Bytes            int64             // what they are charged, in bytes
	Evictions        map[string]uint64 // by cause, a closed list of the cache
	AdmissionRejects uint64            // responses that the store refused
}

// ObserveCache makes the cache metrics read stats at each collection. It is
// called once.
func (s *Set) ObserveCache(stats func() CacheStats) {
	s.registry.MustRegister(cacheCollector{stats})
}

// ObserveLog makes groundfront_log_dropped_total read the number of lines
// of logs that were not written. It is called once.
func (s *Set) ObserveLog(dropped func() uint64) {
	s.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: "groundfront_log_dropped_total",
		Help: "Lines of logs that were not written.",
	}, func() float64 { return float64(dropped()) }))
}

// A cacheCollector turns one snapshot into all cache metrics, so that they
// belong to the same moment.
type cacheCollector struct {
	stats func() CacheStats
}

var (
	cacheObjects = prometheus.NewDesc("groundfront_cache_objects",
		"Stored responses.", nil, nil)
	cacheBytes = prometheus.NewDesc("groundfront_cache_bytes",
		"Bytes that stored responses are charged.", nil, nil)
	cacheEvictions = prometheus.NewDesc("groundfront_cache_evictions_total",
		"Stored responses dropped, by cause.", []string{"cause"}, nil)
	cacheRejects = prometheus.NewDesc("groundfront_cache_admission_rejects_total",
		"Responses that the store refused.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c cacheCollector) Describe(out chan<- *prometheus.Desc) {
	out <- cacheObjects
	out <- cacheBytes
	out <- cacheEvictions
	out <- cacheRejects
}

// Collect implements prometheus.Collector.
func (c cacheCollector) Collect(out chan<- prometheus.Metric) {
	stats := c.stats()
	out <- prometheus.MustNewConstMetric(cacheObjects, prometheus.GaugeValue, float64(stats.Objects))
	out <- prometheus.MustNewConstMetric(cacheBytes, prometheus.GaugeValue, float64(stats.Bytes))
	for cause, n := range stats.Evictions {
		out <- prometheus.MustNewConstMetric(cacheEvictions, prometheus.CounterValue, float64(n), cause)
	}
	out <- prometheus.MustNewConstMetric(cacheRejects, prometheus.CounterValue, float64(stats.AdmissionRejects))
}
