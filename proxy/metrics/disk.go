package metrics

import "github.com/prometheus/client_golang/prometheus"

// DiskStats is a snapshot of the disk tier. Counters count since the start.
type DiskStats struct {
	Objects   int64 // stored responses on disk
	Bytes     int64 // what they take there
	Hits      uint64
	Evictions uint64
	Drops     uint64 // not written: too many waited, or the disk failed
	Damaged   uint64 // not readable as they were written
	Suspended bool   // the disk failed and is not written for now
}

// ObserveDisk makes the metrics of the disk tier read stats at each
// collection. It is called once, if there is a disk tier.
func (s *Set) ObserveDisk(stats func() DiskStats) {
	s.registry.MustRegister(diskCollector{stats})
}

// A diskCollector turns one snapshot into all metrics of the disk tier.
type diskCollector struct {
	stats func() DiskStats
}

var (
	diskObjects = prometheus.NewDesc("groundfront_disk_objects",
		"Stored responses on disk.", nil, nil)
	diskBytes = prometheus.NewDesc("groundfront_disk_bytes",
		"Bytes that stored responses take on disk.", nil, nil)
	diskHits = prometheus.NewDesc("groundfront_disk_hits_total",
		"Stored responses read from disk.", nil, nil)
	diskEvictions = prometheus.NewDesc("groundfront_disk_evictions_total",
		"Stored responses that left the disk for others.", nil, nil)
	diskDrops = prometheus.NewDesc("groundfront_disk_drops_total",
		"Stored responses that were not written to disk.", nil, nil)
	diskDamaged = prometheus.NewDesc("groundfront_disk_damaged_total",
		"Stored responses that could not be read as they were written.", nil, nil)
	diskSuspended = prometheus.NewDesc("groundfront_disk_suspended",
		"1 while the disk fails and responses are kept in memory only.", nil, nil)
)

// Describe implements prometheus.Collector.
func (c diskCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		diskObjects, diskBytes, diskHits, diskEvictions, diskDrops, diskDamaged, diskSuspended,
	} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c diskCollector) Collect(out chan<- prometheus.Metric) {
	s, suspended := c.stats(), 0.0
	if s.Suspended {
		suspended = 1
	}
	for _, m := range []struct {
		desc  *prometheus.Desc
		kind  prometheus.ValueType
		value float64
	}{
		{diskObjects, prometheus.GaugeValue, float64(s.Objects)},
		{diskBytes, prometheus.GaugeValue, float64(s.Bytes)},
		{diskHits, prometheus.CounterValue, float64(s.Hits)},
		{diskEvictions, prometheus.CounterValue, float64(s.Evictions)},
		{diskDrops, prometheus.CounterValue, float64(s.Drops)},
		{diskDamaged, prometheus.CounterValue, float64(s.Damaged)},
		{diskSuspended, prometheus.GaugeValue, suspended},
	} {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value)
	}
}
