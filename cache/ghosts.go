package cache

import (
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// ghosts remember why recently stored responses are gone, so that a miss can
// say whether the response was never there, evicted, or invalidated. It is a
// fixed table with one slot per hash value: a newer ghost replaces an older
// one of the same slot, and a lost ghost only turns a more precise word into
// "cold".
type ghosts struct {
	slots [1 << 14]atomic.Uint64 // high 62 bits of the hash, low 2 the cause
}

// MissCause says why there was nothing to serve.
type MissCause uint8

// The causes.
const (
	MissCold    MissCause = iota // never stored, or too long ago to know
	MissEvicted                  // had to leave for others
	MissPurged                   // invalidated
	missCauseCount
)

// String returns the cause in lower case.
func (c MissCause) String() string {
	switch c {
	case MissCold:
		return "cold"
	case MissEvicted:
		return "evicted"
	case MissPurged:
		return "purged"
	}
	return "MissCause(?)"
}

func (g *ghosts) slot(h cachekey.Hash) *atomic.Uint64 {
	return &g.slots[h.Hi%uint64(len(g.slots))]
}

func (g *ghosts) remember(h cachekey.Hash, c MissCause) {
	g.slot(h).Store(h.Lo&^3 | uint64(c))
}

func (g *ghosts) forget(h cachekey.Hash) {
	if s := g.slot(h); s.Load()&^3 == h.Lo&^3 {
		s.Store(0)
	}
}

func (g *ghosts) cause(h cachekey.Hash) MissCause {
	if v := g.slot(h).Load(); v != 0 && v&^3 == h.Lo&^3 {
		return MissCause(v & 3)
	}
	return MissCold
}
