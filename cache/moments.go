package cache

import (
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cachekey"
)

// markLifetime is how long a key whose response could not be shared is
// fetched without collapsing. CloudFront decides anew for each response
// (CF-COL-04); without the mark every burst would first queue behind one
// fetch to learn the same answer again.
const markLifetime = 10 * time.Second

// moments are points in time by hash: until when the responses of a key are
// not shared (MarkUnshared), until when an origin is not asked again
// (DelayRetry). A fixed table, like ghosts: one of two hashes that share a slot
// is forgotten, which costs a queue or a request to the origin, nothing else.
type moments struct {
	slots [1 << 12]struct {
		hash  atomic.Uint64
		until atomic.Int64 // unix nanoseconds
	}
}

func (m *moments) set(h cachekey.Hash, until time.Time) {
	s := &m.slots[h.Hi%uint64(len(m.slots))]
	s.hash.Store(h.Lo)
	s.until.Store(until.UnixNano())
}

func (m *moments) clear(h cachekey.Hash) {
	if s := &m.slots[h.Hi%uint64(len(m.slots))]; s.hash.Load() == h.Lo {
		s.until.Store(0)
	}
}

// get returns the moment of h in unix nanoseconds, 0 if there is none.
func (m *moments) get(h cachekey.Hash) int64 {
	s := &m.slots[h.Hi%uint64(len(m.slots))]
	if s.hash.Load() != h.Lo {
		return 0
	}
	return s.until.Load()
}
