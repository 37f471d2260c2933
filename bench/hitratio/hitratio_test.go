package main

import (
	"slices"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

// A trace is the same each time, and as long as was asked for.
func TestTracesAreRepeatable(t *testing.T) {
	for _, trace := range traces {
		const n = 25_000
		first := slices.Collect(trace.requests(n))
		if len(first) != n {
			t.Errorf("%s: got %d requests, want %d", trace.name, len(first), n)
		}
		if !slices.Equal(first, slices.Collect(trace.requests(n))) {
			t.Errorf("%s: got other requests the second time", trace.name)
		}
	}
}

// The part of the requests that the most popular response gets, and how many
// different ones there are, tell the traces apart.
func TestTraceShapes(t *testing.T) {
	type shape struct{ top, different float64 }
	for _, test := range []struct {
		trace       string
		least, most shape // parts of all requests
	}{
		{"zipf 0.8", shape{0.01, 0.2}, shape{0.03, 0.4}},
		{"zipf 1.0", shape{0.07, 0.1}, shape{0.10, 0.2}},
		{"zipf 1.2", shape{0.18, 0.03}, shape{0.24, 0.1}},
		{"scan", shape{0.03, 0.5}, shape{0.06, 0.7}},
		{"shift", shape{0.02, 0.1}, shape{0.05, 0.2}},
	} {
		const n = 200_000
		counts := make(map[cachekey.Hash]float64)
		top := 0.0
		i := slices.IndexFunc(traces, func(tr trace) bool { return tr.name == test.trace })
		for r := range traces[i].requests(n) {
			counts[r.hash] += 1.0 / n
			top = max(top, counts[r.hash])
		}
		got := shape{top, float64(len(counts)) / n}
		if got.top < test.least.top || got.top > test.most.top || got.different < test.least.different || got.different > test.most.different {
			t.Errorf("%s: got %+v, want %+v to %+v", test.trace, got, test.least, test.most)
		}
	}
}

func TestSizesAreHeavyTailed(t *testing.T) {
	costs := make([]int64, catalogue)
	for i := range costs {
		costs[i] = requestFor(i).cost
	}
	slices.Sort(costs)
	mean := catalogueBytes() / catalogue
	if median := costs[catalogue/2]; median < 8000 || median > 9500 || mean < 20_000 || mean > 30_000 {
		t.Errorf("got a median of %d and a mean of %d bytes", median, mean)
	}
	if most := costs[catalogue-1]; most < 1<<20 || most > 8<<20+512 {
		t.Errorf("got at most %d bytes", most)
	}
}

func TestLRU(t *testing.T) {
	l := newLRU(30)
	at := func(i uint64, cost int64) request { return request{cachekey.Hash{Lo: i}, cost} }
	for i, test := range []struct {
		r    request
		want bool
	}{
		{at(1, 10), false}, {at(2, 10), false}, {at(3, 10), false},
		{at(1, 10), true},
		{at(4, 10), false}, // 2 leaves
		{at(1, 10), true}, {at(3, 10), true}, {at(2, 10), false},
		{at(5, 31), false}, {at(3, 10), true},
		{at(6, 30), false}, {at(3, 10), false},
	} {
		if got := l.hit(test.r); got != test.want {
			t.Errorf("step %d, response %d: got %v, want %v", i, test.r.hash.Lo, got, test.want)
		}
	}
}

// What the policies are for: both keep more of what is used than LRU. Under
// the race detector tinylfu is not asked, because it learns too little there.
func TestPoliciesBeatLRU(t *testing.T) {
	for _, trace := range traces {
		const n, size = 60_000, 8 << 20
		reference, _ := openLRU(size)
		least := replay(trace, n, reference)
		for _, p := range policies[1:] {
			if raced && p.name == "tinylfu" {
				continue
			}
			c, err := p.open(size)
			if err != nil {
				t.Fatal(err)
			}
			if got := replay(trace, n, c); got.objects() < least.objects()+0.02 || got.ofBytes() < least.ofBytes() {
				t.Errorf("%s: %s: got %v, LRU has %v", trace.name, p.name, got, least)
			}
		}
	}
}

// BenchmarkReplay reports the hit ratios of short traces, and what a request
// takes.
func BenchmarkReplay(b *testing.B) {
	for _, trace := range traces {
		for _, p := range policies {
			b.Run(trace.name+"/"+p.name, func(b *testing.B) {
				const n = 100_000
				for b.Loop() {
					c, err := p.open(24 << 20)
					if err != nil {
						b.Fatal(err)
					}
					r := replay(trace, n, c)
					b.ReportMetric(100*r.objects(), "%hits")
					b.ReportMetric(100*r.ofBytes(), "%bytes")
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/request")
			})
		}
	}
}
