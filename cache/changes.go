package cache

import (
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// changes are the targets that unsafe requests have changed (RFC 9111 section
// 4.4). A slot holds the order of the latest change of the targets that share
// it: what was fetched before that is not used. A fixed table: two targets in
// one slot cost a fetch, and no change is ever forgotten. With a disk tier it
// is kept there too, as what it concerns is.
type changes struct {
	slots [1 << 14]atomic.Uint64

	// kept is the table on disk, and who hears of its failure.
	kept struct {
		sync.Mutex // orders the writes of one slot
		file       *changesFile
		failed     func(error)
	}
}

// slot returns the number of a target's slot.
func (t *changes) slot(distribution string, target []byte) int {
	var buffer [256]byte
	b := append(append(append(buffer[:0], distribution...), 0), target...)
	return int(cachekey.Sum(b).Hi % uint64(len(t.slots)))
}

// add records a change; the latest counts.
func (t *changes) add(distribution string, target []byte, order uint64) {
	i := t.slot(distribution, target)
	s := &t.slots[i]
	for old := s.Load(); old < order && !s.CompareAndSwap(old, order); old = s.Load() {
	}
	t.kept.Lock()
	defer t.kept.Unlock()
	if t.kept.file == nil {
		return
	}
	if err := t.kept.file.write(i, s.Load()); err != nil {
		t.kept.failed(err)
	}
}

// era returns the number by which stored responses name the table, 0 if it
// does not outlive the process.
func (t *changes) era() uint64 {
	if t.kept.file == nil { // set before the first request
		return 0
	}
	return t.kept.file.era
}

// since reports whether e was fetched before its target was changed.
func (t *changes) since(e *Entry) bool {
	return e.Order < t.slots[t.slot(e.distribution(), cachekey.Target(e.Key()))].Load()
}

// LastChange returns a number that a change of the target of key makes
// another.
func (c *Cache) LastChange(distribution string, key []byte) uint64 {
	return c.changes.slots[c.changes.slot(distribution, cachekey.Target(key))].Load()
}

// Changed makes every Strict response for the target of key unusable that was
// fetched before order, with all of its variants.
func (c *Cache) Changed(distribution string, key []byte, order uint64) {
	c.changes.add(distribution, cachekey.Target(key), order)
}
