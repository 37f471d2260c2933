// Package memory is the cache's memory tier: it decides which values stay
// when there is not room for all. The decision is that of one of two eviction
// policies:
//
//   - tinylfu, the default (tinylfu.go): what is used often stays, counted by
//     a sketch over all that was asked for. It is ristretto's, and this
//     package its only importer.
//   - s3fifo (s3fifo.go): three queues; what is not asked for again soon
//     leaves soon. It is this package's own.
//
// Whichever it is, a Store keeps the same promises. A value is visible from
// the moment Put returns, of two Puts of one hash the newer wins, the costs of
// all values never exceed MaxBytes, and what is refused or leaves is counted.
//
// Freshness and invalidation are never the policy's business: stale values
// are needed for revalidation, so nothing is given a TTL, and deletion by
// path is decided at read time by epochs.
//
// bench/hitratio compares the policies. The package is a part of cache.
package memory

import (
	"fmt"
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// Eviction is the policy that chooses what stays.
type Eviction uint8

// The policies.
const (
	EvictionTinyLFU Eviction = iota
	EvictionS3FIFO
	evictionCount
)

var evictionNames = [evictionCount]string{"tinylfu", "s3fifo"}

// String returns the policy's name as the configuration spells it.
func (e Eviction) String() string {
	if e < evictionCount {
		return evictionNames[e]
	}
	return "Eviction(?)"
}

// Options configure a Store.
type Options struct {
	// MaxBytes bounds the sum of the costs of all values kept. It is greater
	// than 0.
	MaxBytes int64
	// Eviction is the policy.
	Eviction Eviction
	// OnEvict, if set, is told the hash of each value that had to leave for
	// others. It runs while the policy is at work and must not block or call
	// the Store.
	OnEvict func(cachekey.Hash)
}

// Stats are counters since start.
type Stats struct {
	Values     int64  // now kept
	Bytes      int64  // their cost
	MaxBytes   int64  // the bound
	Evictions  uint64 // left for others
	Rejections uint64 // refused by admission, or for want of room on the way in
}

// A Store keeps values of type *T by 128-bit hash. Its methods may be called
// from any goroutine; Get not after Close.
type Store[T any] struct {
	policy policy[T]
	*counters
}

// A policy keeps what it thinks best within counters.maxBytes. Store says
// what its methods promise.
type policy[T any] interface {
	get(cachekey.Hash) (*T, bool)
	peek(cachekey.Hash) (*T, bool)
	put(hash cachekey.Hash, value *T, cost int64) bool
	remove(hash cachekey.Hash, value *T) bool
	each(visit func(cachekey.Hash, *T) (more bool))
	flush()
	close()
}

// New starts a Store of values that tell by hashOf the hash under which they
// are stored, always the same. Close ends its goroutines.
func New[T any](o Options, hashOf func(*T) cachekey.Hash) (*Store[T], error) {
	if o.MaxBytes <= 0 {
		return nil, fmt.Errorf("memory tier: %d bytes to keep values in, want more than 0", o.MaxBytes)
	}
	c := &counters{maxBytes: o.MaxBytes, onEvict: o.OnEvict}
	switch o.Eviction {
	case EvictionTinyLFU:
		p, err := newTinyLFU(c, hashOf)
		if err != nil {
			return nil, fmt.Errorf("memory tier: %w", err)
		}
		return &Store[T]{p, c}, nil
	case EvictionS3FIFO:
		return &Store[T]{newS3FIFO(c, hashOf), c}, nil
	}
	return nil, fmt.Errorf("memory tier: no policy %v", o.Eviction)
}

// Get returns the value stored under hash. The caller compares the full key:
// equal hashes do not prove equal keys. Hot path, BenchmarkGet: no
// allocation.
func (s *Store[T]) Get(hash cachekey.Hash) (*T, bool) { return s.policy.get(hash) }

// Peek is Get for the Store's user, not for a request: a policy that counts what
// is asked for does not count it if there is no value.
func (s *Store[T]) Peek(hash cachekey.Hash) (*T, bool) { return s.policy.peek(hash) }

// Put stores value under its hash, replacing what is there; cost is its size
// in bytes, greater than 0. It reports whether the value was taken; if not, what
// was there stays. A value that was taken may leave at any time. The order of
// Puts of one hash is the caller's to keep.
func (s *Store[T]) Put(hash cachekey.Hash, value *T, cost int64) bool {
	return s.policy.put(hash, value, cost)
}

// Delete takes value out, if it is what is stored under hash; nobody is told.
// It reports false if there is no room for that on the way in: it may be
// tried again.
func (s *Store[T]) Delete(hash cachekey.Hash, value *T) bool { return s.policy.remove(hash, value) }

// Each visits the values with their hashes until visit returns false. What is
// put or leaves meanwhile may be among them or not. visit must not call the
// Store, and takes little time: it may hold a lock.
func (s *Store[T]) Each(visit func(cachekey.Hash, *T) (more bool)) { s.policy.each(visit) }

// Flush waits until every Put made so far has been decided. For tests and
// the simulator.
func (s *Store[T]) Flush() { s.policy.flush() }

// Close ends the Store's goroutines; a Put after it is refused. A second call
// does nothing.
func (s *Store[T]) Close() { s.policy.close() }

// counters are what a Store counts and its policy reports.
type counters struct {
	maxBytes int64
	onEvict  func(cachekey.Hash)

	values, bytes         atomic.Int64
	evictions, rejections atomic.Uint64
}

// Stats returns the counters.
func (c *counters) Stats() Stats {
	return Stats{
		Values: c.values.Load(), Bytes: c.bytes.Load(), MaxBytes: c.maxBytes,
		Evictions: c.evictions.Load(), Rejections: c.rejections.Load(),
	}
}

func (c *counters) came(cost int64) {
	c.values.Add(1)
	c.bytes.Add(cost)
}

func (c *counters) gone(cost int64) {
	c.values.Add(-1)
	c.bytes.Add(-cost)
}

func (c *counters) evicted(hash cachekey.Hash, cost int64) {
	c.gone(cost)
	c.evictions.Add(1)
	if c.onEvict != nil {
		c.onEvict(hash)
	}
}

// refuse counts a value that was not taken.
func (c *counters) refuse() bool {
	c.rejections.Add(1)
	return false
}
