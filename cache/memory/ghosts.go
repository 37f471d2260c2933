package memory

import (
	"math/bits"

	"github.com/groundfront/groundfront/cachekey"
)

// ghosts remember the hashes of values that left the small queue without
// having been asked for again: as many of the last ones as there are values.
// They are a table of buckets of 4 slots of 8 bytes, each with 31 bits of a
// hash and the number of the ghost; at least half of the slots stay unused.
// In a full bucket the newest replaces the oldest, a ghost too old does not
// count, and two hashes may be taken for each other once in a billion times:
// a lost or false ghost only places a value less well.
type ghosts struct {
	buckets [][bucketSize]ghost
	count   uint32 // ghosts ever added; wraps around
	window  uint32 // how many of them still count
}

const (
	bucketSize  = 4
	leastGhosts = 1024
	mostGhosts  = 1 << 28
)

// A ghost's mark is never 0 in a slot that is used.
type ghost struct{ mark, number uint32 }

func markOf(h cachekey.Hash) uint32 { return uint32(h.Hi>>32) | 1 }

func (g *ghosts) bucket(h cachekey.Hash) *[bucketSize]ghost {
	return &g.buckets[h.Lo%uint64(len(g.buckets))]
}

// add remembers h while window more are added. The table doubles with the
// window and is empty then: a cache that grows so much is filling up.
func (g *ghosts) add(h cachekey.Hash, window int64) {
	g.window = uint32(min(max(window, leastGhosts), mostGhosts))
	if slots := 2 * g.window; uint32(len(g.buckets)*bucketSize) < slots {
		g.buckets = make([][bucketSize]ghost, 1<<bits.Len32((slots-1)/bucketSize))
	}
	b := g.bucket(h)
	oldest := 0
	for i := range b {
		if g.age(b[i]) > g.age(b[oldest]) {
			oldest = i
		}
	}
	g.count++
	b[oldest] = ghost{markOf(h), g.count}
}

// take reports whether h is remembered, and forgets it.
func (g *ghosts) take(h cachekey.Hash) bool {
	if len(g.buckets) == 0 {
		return false
	}
	b := g.bucket(h)
	for i := range b {
		if b[i].mark == markOf(h) {
			young := g.age(b[i]) < g.window
			b[i] = ghost{}
			return young
		}
	}
	return false
}

// age is how many were added after a ghost; an unused slot is older than all.
func (g *ghosts) age(s ghost) uint32 {
	if s.mark == 0 {
		return ^uint32(0)
	}
	return g.count - s.number
}
