package ratelimit

import (
	"sync/atomic"
	"time"
)

// A Counter has the instances of one rule, each by its Key. Each rule has its
// own, and one that changes begins anew (WF-RATE-12, WF-RATE-13). Its methods may
// be called from any goroutine.
//
// It keeps a bounded number of instances, as table says; those that are over the
// limit stay (WF-RATE-14). While there are no more in a window than it has room
// for, nothing is forgotten.
type Counter struct {
	rule  Rule
	table *table[window]
	seeds seeds
}

// New returns a Counter without a request.
func New(r Rule) (*Counter, error) {
	r, err := r.complete()
	if err != nil {
		return nil, err
	}
	return &Counter{rule: r, table: newTable[window](r.MaxInstances, int(r.Window/step)), seeds: newSeeds()}, nil
}

// Rule returns the rule, with its defaults.
func (c *Counter) Rule() Rule { return c.rule }

// Memory returns how many bytes c may take at most.
func (c *Counter) Memory() int64 { return c.table.memory() }

// Hit counts a request and says how its instance stands. Requests count as
// well while the rule's action applies to them (WF-RATE-10). Time that goes
// back counts as the current step.
//
// Hot path, BenchmarkHit: no allocation but where the table grows.
func (c *Counter) Hit(key Key, now time.Time) Rate {
	rate, _ := c.hit(&key, c.table.hash(&key), 0, stepOf(now))
	return rate
}

// hit returns where the instance is as well.
func (c *Counter) hit(key *Key, hash uint64, hint, now uint32) (Rate, uint32) {
	s := c.table.shard(hash)
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.find(key, hash, hint)
	if at == 0 {
		at = c.table.add(s, key, hash, func(w *window, ring []uint32) weight { return w.weigh(&c.rule, ring, now) })
	}
	if at == 0 {
		return RateUnder, 0
	}
	return s.cells[at-1].value.hit(&c.rule, s.ring(int(at-1), c.table.words), now), at
}

// weigh says what would be lost with an instance.
func (w *window) weigh(r *Rule, ring []uint32, now uint32) weight {
	w.begin(r, ring, now)
	if w.limited(r) {
		return weightFull
	}
	return weight(w.total())
}

// Tuple returns what makes the Key of several values for c.
func (c *Counter) Tuple() Tuple { return c.seeds.tuple() }

// Instances returns the number of instances that have a request in their window.
func (c *Counter) Instances(now time.Time) int {
	n := 0
	c.table.each(func(_ *Key, w *window, ring []uint32) {
		if w.weigh(&c.rule, ring, stepOf(now)) != weightNone {
			n++
		}
	})
	return n
}

// Over returns the keys of the instances that are over the limit, in no order
// (WF-RATE-14).
func (c *Counter) Over(now time.Time) []Key {
	var keys []Key
	c.table.each(func(key *Key, w *window, ring []uint32) {
		if w.weigh(&c.rule, ring, stepOf(now)) == weightFull {
			keys = append(keys, *key)
		}
	})
	return keys
}

// A Handle counts the requests with one key and remembers where their instance
// is: a connection holds one for its peer's address. Its methods may be called
// from any goroutine.
type Handle struct {
	counter *Counter
	key     Key
	hash    uint64
	at      atomic.Uint32 // where it was found
}

// Handle returns a Handle for requests with a key. It counts nothing, and an
// instance is made when it is first hit.
func (c *Counter) Handle(key Key) *Handle {
	return &Handle{counter: c, key: key, hash: c.table.hash(&key)}
}

// Hit is Counter.Hit.
func (h *Handle) Hit(now time.Time) Rate {
	hint := h.at.Load()
	rate, at := h.counter.hit(&h.key, h.hash, hint, stepOf(now))
	if at != hint {
		h.at.Store(at)
	}
	return rate
}
