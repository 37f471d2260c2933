package metrics

import (
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// A requestCollector makes the metrics of viewer requests of what Behaviors
// have counted: the same that counters and histograms of the Prometheus client
// would be.
type requestCollector struct{ set *Set }

var (
	requestsTotal = prometheus.NewDesc("groundfront_requests_total",
		"Viewer requests, by the reason for the answer.",
		[]string{"distribution", "behavior", "reason", "method", "status_class"}, nil)
	requestDuration = prometheus.NewDesc("groundfront_request_duration_seconds",
		"Time from the request to the last byte of the response.", []string{"distribution", "behavior"}, nil)
	timeToFirstByte = prometheus.NewDesc("groundfront_time_to_first_byte_seconds",
		"Time from the request to the first byte of the response.", []string{"distribution", "behavior"}, nil)
	responseBytes = prometheus.NewDesc("groundfront_response_bytes_total",
		"Bytes sent to viewers, header sections included.", []string{"distribution", "behavior"}, nil)
	signaturesRefused = prometheus.NewDesc("groundfront_signatures_refused_total",
		"Requests without a valid signature for a behavior that has key groups, by what is wrong, in the words of groundfront sign explain.",
		[]string{"distribution", "behavior", "reason"}, nil)
)

// Describe implements prometheus.Collector.
func (c requestCollector) Describe(out chan<- *prometheus.Desc) {
	out <- requestsTotal
	out <- requestDuration
	out <- timeToFirstByte
	out <- responseBytes
	out <- signaturesRefused
}

// Collect implements prometheus.Collector.
func (c requestCollector) Collect(out chan<- prometheus.Metric) {
	for _, b := range c.set.allBehaviors() {
		total := b.sum()
		out <- b.counter(responseBytes, total.bytes)
		out <- b.histogram(requestDuration, &total.duration)
		out <- b.histogram(timeToFirstByte, &total.ttfb)
		for reason, r := range total.requests {
			if r != nil {
				b.collectRow(out, accesslog.Reason(reason), r)
			}
		}
		for f := range b.unsigned {
			if n := b.unsigned[f].Load(); n > 0 {
				out <- b.counter(signaturesRefused, n, unsignedLabel(signedurl.Fault(f)))
			}
		}
	}
}

// collectRow makes the metrics of requests with one reason. What never happened
// has none.
func (b *Behavior) collectRow(out chan<- prometheus.Metric, reason accesslog.Reason, r *row) {
	for m := range r {
		for c, n := range r[m] {
			if n > 0 {
				out <- b.counter(requestsTotal, n, reason.String(), method(m).String(), class(c).String())
			}
		}
	}
}

// unsignedLabel returns the words for a fault in the spelling of other labels.
func unsignedLabel(f signedurl.Fault) string {
	return strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(f.String()))
}

func (s *Set) allBehaviors() []*Behavior {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.mu.behaviors))
}

func (b *Behavior) counter(desc *prometheus.Desc, n uint64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetricWithCreatedTimestamp(desc, prometheus.CounterValue, float64(n), b.created,
		append([]string{b.distribution, b.behavior}, labels...)...)
}

// maxNativeBuckets is how many native buckets are given to Prometheus; where
// more are filled, two become one.
const maxNativeBuckets = 160

func (b *Behavior) histogram(desc *prometheus.Desc, l *latency) prometheus.Metric {
	buckets, zero, schema := l.native()
	classic, count := l.classic()
	return histogram{
		Metric: prometheus.MustNewConstNativeHistogram(desc, count, l.nanoseconds/1e9, buckets, nil, zero, schema,
			prometheus.DefNativeHistogramZeroThreshold, b.created, b.distribution, b.behavior),
		classic: classic,
	}
}

// native returns the filled buckets, and how wide they are.
func (l *latency) native() (buckets map[int]int64, zero uint64, schema int32) {
	zero, schema = l.cells[0], nativeSchema
	buckets = map[int]int64{}
	for i, n := range l.cells[1:] {
		if n > 0 {
			buckets[cells[i+1].native] += int64(n)
		}
	}
	for ; len(buckets) > maxNativeBuckets; schema-- {
		wider := map[int]int64{}
		for k, n := range buckets {
			wider[(k+1)>>1] += n
		}
		buckets = wider
	}
	return buckets, zero, schema
}

// classic returns the buckets and the number of all durations.
func (l *latency) classic() (buckets []*dto.Bucket, count uint64) {
	var counts [len(l.cells)]uint64
	for i, n := range l.cells {
		counts[cells[i].classic] += n
	}
	for i := range classicBounds {
		count += counts[i]
		buckets = append(buckets, &dto.Bucket{CumulativeCount: new(count), UpperBound: &classicBounds[i]})
	}
	return buckets, count + counts[len(classicBounds)]
}

// A histogram has native buckets by what it contains, and classic ones.
type histogram struct {
	prometheus.Metric
	classic []*dto.Bucket
}

// Write implements prometheus.Metric.
func (h histogram) Write(out *dto.Metric) error {
	err := h.Metric.Write(out)
	if out.Histogram != nil {
		out.Histogram.Bucket = h.classic
	}
	return err
}
