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

// marks are the keys whose last response could not be shared: requests for
// them do not wait for each other. A fixed table, like ghosts: a lost mark
// costs one queue, nothing else.
type marks struct {
	slots [1 << 12]struct {
		hash  atomic.Uint64
		until atomic.Int64 // unix nanoseconds
	}
}

func (m *marks) set(h cachekey.Hash, now time.Time) {
	s := &m.slots[h.Hi%uint64(len(m.slots))]
	s.hash.Store(h.Lo)
	s.until.Store(now.Add(markLifetime).UnixNano())
}

func (m *marks) clear(h cachekey.Hash) {
	if s := &m.slots[h.Hi%uint64(len(m.slots))]; s.hash.Load() == h.Lo {
		s.until.Store(0)
	}
}

func (m *marks) has(h cachekey.Hash, now time.Time) bool {
	s := &m.slots[h.Hi%uint64(len(m.slots))]
	return s.hash.Load() == h.Lo && now.UnixNano() < s.until.Load()
}
