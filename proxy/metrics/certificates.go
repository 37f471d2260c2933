package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// CertificateExpiry is when a certificate that viewers are shown expires.
type CertificateExpiry struct {
	Name     string // in the configuration
	NotAfter time.Time
}

// ObserveCertificates makes the metric of certificates read stats at each
// collection. It is called once.
func (s *Set) ObserveCertificates(stats func() []CertificateExpiry) {
	s.registry.MustRegister(certificateCollector{stats})
}

// A certificateCollector turns the ends of certificates into a metric.
type certificateCollector struct {
	stats func() []CertificateExpiry
}

var certificateExpiry = prometheus.NewDesc("groundfront_certificate_expiry_timestamp_seconds",
	"When a certificate that viewers are shown expires, in seconds since 1970.", []string{"certificate"}, nil)

// Describe implements prometheus.Collector.
func (c certificateCollector) Describe(out chan<- *prometheus.Desc) { out <- certificateExpiry }

// Collect implements prometheus.Collector.
func (c certificateCollector) Collect(out chan<- prometheus.Metric) {
	for _, e := range c.stats() {
		out <- prometheus.MustNewConstMetric(certificateExpiry, prometheus.GaugeValue, float64(e.NotAfter.Unix()), e.Name)
	}
}
