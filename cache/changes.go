package cache

import (
	"math"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// changes are the targets that unsafe requests have changed (RFC 9111 section
// 4.4). A target has several slots of a fixed table, and a change writes its
// order into all of them, where the latest counts. So the lowest of a target's
// slots is never before its latest change, and it is after it only if other
// targets have changed meanwhile that share each of the slots: that costs a
// fetch, and no change is ever forgotten. After 1,000 changes that happens to
// one response of 11,000, after 10,000 to one of 20. With one slot in 16,384
// for each target it was one of 17 and nearly every second.
//
// With a disk tier the table is kept there too, as what it concerns is.
type changes struct {
	slots [1 << 16]atomic.Uint64

	// kept is the table on disk, and who hears of its failure.
	kept struct {
		sync.Mutex // orders the writes of one slot
		file       *changesFile
		failed     func(error)
	}
}

// slotsOfTarget is how many slots a target has.
const slotsOfTarget = 3

// places returns the numbers of a target's slots.
func (t *changes) places(distribution string, target []byte) [slotsOfTarget]int {
	var buffer [256]byte
	sum := cachekey.Sum(append(append(append(buffer[:0], distribution...), 0), target...))
	n := uint64(len(t.slots))
	return [slotsOfTarget]int{int(sum.Hi % n), int(sum.Hi >> 32 % n), int(sum.Lo % n)}
}

// latest returns the order of the latest change of a target, or a later one.
func (t *changes) latest(distribution string, target []byte) uint64 {
	order := uint64(math.MaxUint64)
	for _, i := range t.places(distribution, target) {
		order = min(order, t.slots[i].Load())
	}
	return order
}

// add records a change; the latest counts.
func (t *changes) add(distribution string, target []byte, order uint64) {
	places := t.places(distribution, target)
	for _, i := range places {
		s := &t.slots[i]
		for old := s.Load(); old < order && !s.CompareAndSwap(old, order); old = s.Load() {
		}
	}
	t.kept.Lock()
	defer t.kept.Unlock()
	if t.kept.file == nil {
		return
	}
	for _, i := range places {
		if err := t.kept.file.write(i, t.slots[i].Load()); err != nil {
			t.kept.failed(err)
			return
		}
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
	return e.Order < t.latest(e.distribution(), cachekey.Target(e.Key()))
}

// LastChange returns a number that a change of the target of key makes
// another.
func (c *Cache) LastChange(distribution string, key []byte) uint64 {
	return c.changes.latest(distribution, cachekey.Target(key))
}

// Changed makes every Strict response for the target of key unusable that was
// fetched before order, with all of its variants.
func (c *Cache) Changed(distribution string, key []byte, order uint64) {
	c.changes.add(distribution, cachekey.Target(key), order)
}
