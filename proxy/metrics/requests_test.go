package metrics

import (
	"math"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/groundfront/groundfront/proxy/accesslog"
)

// A plain counts requests with the Prometheus client's own counters and
// histograms. It is what Behavior has to agree with, and does better than.
type plain struct {
	registry       *prometheus.Registry
	requests       *prometheus.CounterVec
	bytes          prometheus.Counter
	duration, ttfb prometheus.Observer
	held           sync.Map // counters by reason, method and class
}

func newPlain(distribution, behavior string) *plain {
	p := &plain{registry: prometheus.NewRegistry()}
	p.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "groundfront_requests_total", Help: "Viewer requests, by the reason for the answer.",
	}, []string{"distribution", "behavior", "reason", "method", "status_class"})
	bytes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "groundfront_response_bytes_total", Help: "Bytes sent to viewers, header sections included.",
	}, []string{"distribution", "behavior"})
	duration := histogramVec("groundfront_request_duration_seconds",
		"Time from the request to the last byte of the response.", "distribution", "behavior")
	ttfb := histogramVec("groundfront_time_to_first_byte_seconds",
		"Time from the request to the first byte of the response.", "distribution", "behavior")
	p.registry.MustRegister(p.requests, bytes, duration, ttfb)
	p.bytes = bytes.WithLabelValues(distribution, behavior)
	p.duration = duration.WithLabelValues(distribution, behavior)
	p.ttfb = ttfb.WithLabelValues(distribution, behavior)
	return p
}

func (p *plain) Observe(reason accesslog.Reason, name string, status int, bytes int64, ttfb, total time.Duration) {
	m, c := methodOf(name), classOf(status)
	key := int(reason)<<16 | int(m)<<8 | int(c)
	counter, found := p.held.Load(key)
	if !found {
		counter = p.requests.WithLabelValues("shop", "0 *", reason.String(), m.String(), c.String())
		p.held.Store(key, counter)
	}
	counter.(prometheus.Counter).Inc()
	p.bytes.Add(float64(bytes))
	p.duration.Observe(total.Seconds())
	if status >= 100 {
		p.ttfb.Observe(ttfb.Seconds())
	}
}

// exposed returns everything that a registry tells Prometheus, with the sums
// and the times of creation apart.
func exposed(t *testing.T, g prometheus.Gatherer) (all string, sums []float64) {
	t.Helper()
	families, err := g.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if m.Counter != nil {
				m.Counter.CreatedTimestamp = nil
			}
			if m.Histogram != nil {
				sums = append(sums, m.Histogram.GetSampleSum())
				m.Histogram.CreatedTimestamp, m.Histogram.SampleSum = nil, nil
			}
		}
		all += f.String() + "\n"
	}
	return all, sums
}

// TestSameAsClient proves that Prometheus reads what it would read if the
// client's own counters and histograms had counted: names, help, labels,
// values, classic and native buckets.
func TestSameAsClient(t *testing.T) {
	s, p := New(), newPlain("shop", "0 *")
	b := s.Behavior("shop", "0 *")
	registry := prometheus.NewRegistry()
	registry.MustRegister(requestCollector{s})
	compare := func() {
		t.Helper()
		got, gotSums := exposed(t, registry)
		want, wantSums := exposed(t, p.registry)
		if got != want {
			t.Fatalf("exposed: got\n%s\nwant\n%s", got, want)
		}
		for i, want := range wantSums {
			if math.Abs(gotSums[i]-want) > 1e-9*want {
				t.Errorf("sum %d: got %v, want %v", i, gotSums[i], want)
			}
		}
	}
	compare() // nothing counted
	random := rand.New(rand.NewPCG(1, 2))
	durations := []time.Duration{0}
	for _, seconds := range classicBounds[2:] {
		durations = append(durations, time.Duration(seconds*1e9), time.Duration(seconds*1e9)+1)
	}
	for range 3000 {
		durations = append(durations, time.Duration(math.Exp2(20+16*random.Float64()))) // 1 ms to 69 s
	}
	for i, d := range durations {
		reason := accesslog.Reason(random.IntN(accesslog.NumReasons))
		method := []string{"GET", "HEAD", "POST", "BREW"}[random.IntN(4)]
		status := []int{0, 103, 200, 304, 404, 503}[random.IntN(6)]
		b.Observe(uint8(i), reason, method, status, int64(i), d, 2*d)
		p.Observe(reason, method, status, int64(i), d, 2*d)
	}
	compare()
}

// TestManyNativeBuckets proves that buckets become wider where too many are
// filled, and that nothing is lost by it.
func TestManyNativeBuckets(t *testing.T) {
	var l latency
	var want int64
	for n := int64(1 << 10); n < 1<<44; n += 1 + n/20 {
		l.observe(time.Duration(n))
		want++
	}
	buckets, _, schema := l.native()
	if len(buckets) > maxNativeBuckets || schema != nativeSchema-1 {
		t.Errorf("buckets: got %d of schema %d, want at most %d of schema %d", len(buckets), schema, maxNativeBuckets, nativeSchema-1)
	}
	var got int64
	for k, n := range buckets {
		got += n
		if n > 0 && math.Exp2(float64(k-1)/4) > float64(int64(1)<<44)/1e9 {
			t.Errorf("bucket %d: got %d durations, want none of more than 2^44 ns", k, n)
		}
	}
	if got != want {
		t.Errorf("durations: got %d, want %d", got, want)
	}
}

func TestConcurrent(t *testing.T) {
	s := New()
	var wg sync.WaitGroup
	for number := range uint8(8) {
		wg.Go(func() {
			b := s.Behavior("d", "0 *")
			for range 100 {
				b.Observe(number, accesslog.ReasonHit, "GET", 200, 1, 0, 0)
			}
		})
	}
	page(t, s)
	wg.Wait()
	wantLines(t, s,
		`groundfront_requests_total{behavior="0 *",distribution="d",method="GET",reason="hit",status_class="2xx"} 800`,
		`groundfront_response_bytes_total{behavior="0 *",distribution="d"} 800`,
		`groundfront_request_duration_seconds_count{behavior="0 *",distribution="d"} 800`,
	)
}

func TestObserveAllocates(t *testing.T) {
	b := New().Behavior("d", "0 *")
	if got := testing.AllocsPerRun(1000, func() {
		b.Observe(0, accesslog.ReasonHit, "GET", 200, 1000, 90*time.Microsecond, 130*time.Microsecond)
	}); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// BenchmarkObserve has one goroutine for each processor, with a shard of its
// own.
func BenchmarkObserve(b *testing.B) {
	const ttfb, total = 90 * time.Microsecond, 130 * time.Microsecond
	behavior, client, atomics := New().Behavior("shop", "0 *"), newPlain("shop", "0 *"), new([256]struct {
		requests, bytes, duration, durationSum, ttfb, ttfbSum atomic.Uint64
		_                                                     [64]byte
	})
	for _, bb := range []struct {
		name    string
		observe func(shard uint8)
	}{
		{"a shard with a lock", func(shard uint8) {
			behavior.Observe(shard, accesslog.ReasonHit, "GET", 200, 1000, ttfb, total)
		}},
		{"rejected/a shard of atomics", func(shard uint8) {
			a := &atomics[shard]
			a.requests.Add(uint64(methodOf("GET")))
			a.bytes.Add(1000)
			a.duration.Add(uint64(cellOf(uint64(total))))
			a.durationSum.Add(uint64(total))
			a.ttfb.Add(uint64(cellOf(uint64(ttfb))))
			a.ttfbSum.Add(uint64(ttfb))
		}},
		{"rejected/the client", func(uint8) {
			client.Observe(accesslog.ReasonHit, "GET", 200, 1000, ttfb, total)
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var last atomic.Uint32
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				shard := uint8(last.Add(1))
				for pb.Next() {
					bb.observe(shard)
				}
			})
		})
	}
}

// BenchmarkCollect is what a collection of one behavior costs.
func BenchmarkCollect(b *testing.B) {
	s := New()
	behavior := s.Behavior("shop", "0 *")
	for shard := range uint8(64) {
		for i := range 20 {
			behavior.Observe(shard, accesslog.Reason(i), "GET", 200, 1, time.Duration(i)*time.Millisecond, time.Second)
		}
	}
	out := make(chan prometheus.Metric, 100)
	b.ReportAllocs()
	for b.Loop() {
		requestCollector{s}.Collect(out)
		for len(out) > 0 {
			_ = (<-out).Write(new(dto.Metric))
		}
	}
}
