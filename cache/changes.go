package cache

import (
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// changes are the targets that unsafe requests have changed (RFC 9111 section
// 4.4). A slot holds the order of the latest change of the targets that share
// it: what was fetched before that is not used. A fixed table: two targets in
// one slot cost a fetch, and no change is ever forgotten before the process
// ends.
type changes struct {
	slots [1 << 14]atomic.Uint64
}

func (t *changes) slot(distribution string, target []byte) *atomic.Uint64 {
	var buffer [256]byte
	b := append(append(append(buffer[:0], distribution...), 0), target...)
	return &t.slots[cachekey.Sum(b).Hi%uint64(len(t.slots))]
}

// add records a change; the latest counts.
func (t *changes) add(distribution string, target []byte, order uint64) {
	s := t.slot(distribution, target)
	for old := s.Load(); old < order && !s.CompareAndSwap(old, order); old = s.Load() {
	}
}

// since reports whether e was fetched before its target was changed.
func (t *changes) since(e *Entry) bool {
	return e.Order < t.slot(e.Distribution, cachekey.Target(e.Key())).Load()
}

// LastChange returns a number that a change of the target of key makes
// another.
func (c *Cache) LastChange(distribution string, key []byte) uint64 {
	return c.changes.slot(distribution, cachekey.Target(key)).Load()
}

// Changed makes every Strict response for the target of key unusable that was
// fetched before order, with all of its variants.
func (c *Cache) Changed(distribution string, key []byte, order uint64) {
	c.changes.add(distribution, cachekey.Target(key), order)
}
