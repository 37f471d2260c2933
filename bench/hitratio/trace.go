package main

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/groundfront/groundfront/cachekey"
)

// A request asks for one response.
type request struct {
	hash cachekey.Hash
	cost int64 // of the response, as the cache counts it
}

// A trace is a named sequence of requests, the same each time.
type trace struct {
	name     string
	requests func(n int) iter.Seq[request]
}

// catalogue is the number of responses that are asked for by popularity.
const catalogue = 100_000

var traces = []trace{
	{"zipf 0.8", zipf(0.8)},
	{"zipf 1.0", zipf(1.0)},
	{"zipf 1.2", zipf(1.2)},
	{"scan", scan},
	{"shift", shift},
}

// zipf asks for the response of rank r with a probability in proportion to
// r to the power of -s.
func zipf(s float64) func(int) iter.Seq[request] {
	return func(n int) iter.Seq[request] {
		return func(yield func(request) bool) {
			rnd, ranks := random(), newRanks(s)
			for range n {
				if !yield(requestFor(ranks.pick(rnd))) {
					return
				}
			}
		}
	}
}

// scan is zipf 1.0, interrupted after every 10,000 requests by 10,000 for
// what nobody asks for before or after: a crawler, or a backup.
func scan(n int) iter.Seq[request] {
	const run = 10_000
	return func(yield func(request) bool) {
		rnd, ranks := random(), newRanks(1)
		for i := range n {
			key := catalogue + i
			if i/run%2 == 0 {
				key = ranks.pick(rnd)
			}
			if !yield(requestFor(key)) {
				return
			}
		}
	}
}

// shift is zipf 1.0 over responses whose popularity changes: after every
// 100,000 requests the thousand most popular ones become the least popular.
func shift(n int) iter.Seq[request] {
	const period, step = 100_000, 1000
	return func(yield func(request) bool) {
		rnd, ranks := random(), newRanks(1)
		for i := range n {
			if !yield(requestFor((ranks.pick(rnd) + i/period*step) % catalogue)) {
				return
			}
		}
	}
}

func random() *rand.Rand { return rand.New(rand.NewPCG(2023, 7)) }

// requestFor gives the response of number key its size: log-normal with a
// median of 8 KiB and a mean of 25, up to 8 MiB, and 512 bytes for what an
// entry has besides content.
func requestFor(key int) request {
	rnd := rand.New(rand.NewPCG(uint64(key), 1))
	size := min(8<<10*math.Exp(1.5*rnd.NormFloat64()), 8<<20)
	return request{cachekey.Hash{Hi: rnd.Uint64(), Lo: rnd.Uint64()}, int64(size) + 512}
}

// ranks picks ranks from 0 by popularity. (The Zipf of math/rand needs an
// exponent above 1.)
type ranks struct{ cumulative []float64 }

func newRanks(s float64) ranks {
	r := ranks{make([]float64, catalogue)}
	sum := 0.0
	for i := range r.cumulative {
		sum += math.Pow(float64(i+1), -s)
		r.cumulative[i] = sum
	}
	return r
}

func (r ranks) pick(rnd *rand.Rand) int {
	at, _ := slices.BinarySearch(r.cumulative, rnd.Float64()*r.cumulative[catalogue-1])
	return at
}
