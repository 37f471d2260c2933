// Package memory is the cache's memory tier: it decides which values stay
// when there is not room for all. It is the only importer of ristretto,
// whose TinyLFU admission makes that decision.
//
// ristretto is an eventually consistent store: a Set becomes visible later,
// may be dropped without a word, and two Sets of one key may end in the
// older value. Store hides all three behind a small overlay of values on
// their way in:
//
//	Put ──> overlay (visible at once) ──> queue of hashes ──> writer ──> ristretto
//	Get ──> overlay if anything is in it, else ristretto
//
// One writer goroutine takes the newest value of each queued hash, waits
// until ristretto has handled it, and only then takes it out of the overlay.
// So a Put is visible from the moment it returns, a newer one always wins,
// and a value that ristretto refuses is counted and gone. The overlay is
// bounded by count and bytes; a Put that finds it full is refused at once
// (and counted), it never waits.
//
// Freshness and invalidation are never ristretto's business: stale values
// are needed for revalidation, so nothing is given a TTL, and deletion by
// path is decided at read time by epochs.
//
// It is a part of cache.
package memory

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/groundfront/groundfront/cachekey"
)

// Options configure a Store.
type Options struct {
	// MaxBytes bounds the sum of the costs of all values kept.
	MaxBytes int64
	// OnEvict, if set, is told the hash of each value that had to leave for
	// others. It runs on ristretto's goroutine and must not block or call
	// the Store.
	OnEvict func(cachekey.Hash)
}

// Stats are counters since start.
type Stats struct {
	Values     int64  // now kept
	Bytes      int64  // their cost
	MaxBytes   int64  // the bound
	Evictions  uint64 // left for others
	Rejections uint64 // refused by admission, or came while the queue was full
}

const (
	// typicalCost is that of a typical value; it sizes the frequency sketch.
	typicalCost = 4 << 10
	queueLength = 1024
	// overlayShare is the part of MaxBytes that may be in the overlay beside
	// what is kept.
	overlayShare = 16
)

// A Store keeps values of type V by 128-bit hash. Its methods may be called
// from any goroutine; Get not after Close.
type Store[V comparable] struct {
	ristretto *ristretto.Cache[uint64, item[V]]
	onEvict   func(cachekey.Hash)
	maxBytes  int64

	overlaid atomic.Int64 // values in overlay; 0 lets Get skip its lock
	overlay  struct {
		sync.RWMutex
		values map[cachekey.Hash]item[V]
		bytes  int64
		empty  *sync.Cond // signalled when the last value has left
		closed bool
	}
	queue chan cachekey.Hash // one for each Put; sent and closed under the overlay's lock
	done  chan struct{}

	rejected              atomic.Bool // the value being applied; the writer's and ristretto's
	values, bytes         atomic.Int64
	evictions, rejections atomic.Uint64
}

type item[V comparable] struct {
	hash  cachekey.Hash
	value V
	cost  int64
}

// New starts a Store. Close ends its goroutines.
func New[V comparable](o Options) (*Store[V], error) {
	s := &Store[V]{
		onEvict:  o.OnEvict,
		maxBytes: o.MaxBytes,
		queue:    make(chan cachekey.Hash, queueLength),
		done:     make(chan struct{}),
	}
	s.overlay.values = make(map[cachekey.Hash]item[V])
	s.overlay.empty = sync.NewCond(&s.overlay)
	var err error
	s.ristretto, err = ristretto.NewCache(&ristretto.Config[uint64, item[V]]{
		// With fewer than 100 counters a value the sketch ages so fast that
		// the hit ratio falls below LRU's; each costs about 5 bytes.
		NumCounters:        min(max(100_000, 100*o.MaxBytes/typicalCost), 10_000_000),
		MaxCost:            o.MaxBytes,
		BufferItems:        256,
		IgnoreInternalCost: true, // costs are true sizes already
		OnEvict:            func(i *ristretto.Item[item[V]]) { s.evicted(i.Value) },
		OnReject:           func(*ristretto.Item[item[V]]) { s.rejected.Store(true) },
	})
	if err != nil {
		return nil, fmt.Errorf("memory tier: %w", err)
	}
	go s.write()
	return s, nil
}

// Get returns the value stored under hash. The caller compares the full key:
// equal hashes do not prove equal keys. Hot path, BenchmarkGet.
func (s *Store[V]) Get(hash cachekey.Hash) (V, bool) {
	if s.overlaid.Load() > 0 {
		s.overlay.RLock()
		i, ok := s.overlay.values[hash]
		s.overlay.RUnlock()
		if ok {
			return i.value, true
		}
	}
	i, ok := s.ristretto.Get(hash.Lo)
	if !ok || i.hash != hash {
		var none V
		return none, false
	}
	return i.value, true
}

// Put stores value under hash, replacing what is there; cost is its size in
// bytes, greater than 0. It reports whether the value was taken; if not, what
// was there stays. The order of Puts of one hash is the caller's to keep.
func (s *Store[V]) Put(hash cachekey.Hash, value V, cost int64) bool {
	s.overlay.Lock()
	defer s.overlay.Unlock()
	old, replaced := s.overlay.values[hash]
	bytes := s.overlay.bytes - old.cost + cost
	if s.overlay.closed || len(s.queue) == cap(s.queue) || bytes > max(s.maxBytes/overlayShare, cost) {
		s.rejections.Add(1)
		return false
	}
	s.overlay.values[hash] = item[V]{hash, value, cost}
	s.overlay.bytes = bytes
	if !replaced {
		s.overlaid.Add(1)
	}
	s.queue <- hash // has room: only Put sends, and it holds the lock
	return true
}

// write is the writer goroutine: it ends when Close closes the queue. A hash
// that was queued more than once finds its value applied already.
func (s *Store[V]) write() {
	defer close(s.done)
	for hash := range s.queue {
		if i, ok := s.pending(hash); ok {
			s.apply(i)
			s.settle(i)
		}
	}
}

// pending returns the newest value of hash that is not applied yet.
func (s *Store[V]) pending(hash cachekey.Hash) (item[V], bool) {
	s.overlay.RLock()
	defer s.overlay.RUnlock()
	i, ok := s.overlay.values[hash]
	return i, ok
}

// apply gives i to ristretto and waits until it was handled. A value that
// grows is taken out first: ristretto's update path never evicts, so the
// bound would not hold (a growing value competes like a new one instead).
func (s *Store[V]) apply(i item[V]) {
	old, exists := s.ristretto.Get(i.hash.Lo)
	if exists && old.cost < i.cost {
		s.ristretto.Del(i.hash.Lo)
		s.gone(old)
		exists = false
	}
	s.rejected.Store(false)
	taken := s.ristretto.Set(i.hash.Lo, i, i.cost)
	s.ristretto.Wait()
	switch {
	case exists:
		s.bytes.Add(i.cost - old.cost)
	case !taken || s.rejected.Load():
		s.rejections.Add(1)
	default:
		s.values.Add(1)
		s.bytes.Add(i.cost)
	}
}

// settle takes i out of the overlay unless a newer Put of it has come.
func (s *Store[V]) settle(i item[V]) {
	s.overlay.Lock()
	defer s.overlay.Unlock()
	if s.overlay.values[i.hash].value == i.value {
		delete(s.overlay.values, i.hash)
		s.overlay.bytes -= i.cost
		s.overlaid.Add(-1)
	}
	if len(s.overlay.values) == 0 {
		s.overlay.empty.Broadcast()
	}
}

func (s *Store[V]) gone(i item[V]) {
	s.values.Add(-1)
	s.bytes.Add(-i.cost)
}

// evicted runs on ristretto's goroutine.
func (s *Store[V]) evicted(i item[V]) {
	if i.cost == 0 {
		return // ristretto may report a zero value
	}
	s.gone(i)
	s.evictions.Add(1)
	if s.onEvict != nil {
		s.onEvict(i.hash)
	}
}

// Flush waits until every Put made so far has been decided. For tests and
// the simulator.
func (s *Store[V]) Flush() {
	s.overlay.Lock()
	defer s.overlay.Unlock()
	for len(s.overlay.values) > 0 {
		s.overlay.empty.Wait()
	}
}

// Stats returns the counters.
func (s *Store[V]) Stats() Stats {
	return Stats{
		Values: s.values.Load(), Bytes: s.bytes.Load(), MaxBytes: s.maxBytes,
		Evictions: s.evictions.Load(), Rejections: s.rejections.Load(),
	}
}

// Close ends the Store's goroutines; a Put after it is refused. A second call
// does nothing.
func (s *Store[V]) Close() {
	if s.closeQueue() {
		<-s.done
		s.ristretto.Close()
	}
}

func (s *Store[V]) closeQueue() (first bool) {
	s.overlay.Lock()
	defer s.overlay.Unlock()
	if s.overlay.closed {
		return false
	}
	s.overlay.closed = true
	close(s.queue)
	return true
}
