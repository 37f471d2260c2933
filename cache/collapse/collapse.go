// Package collapse lets many requests for one cache key share one fetch
// (CF-COL-01).
//
// The first request for a key becomes the leader and runs the fetch; those
// that arrive while it is in flight join and wait until the leader publishes
// what it got. A flight stays joinable after that, while its content still
// arrives and until the cache can serve it (so nobody falls in the gap), and
// is then removed by the leader.
//
// golang.org/x/sync/singleflight was not used: it hands over one finished
// value, so joiners could not stream, and a waiter could not leave alone.
//
// It is a part of cache. Lock order: a shard's lock is a leaf, nothing is
// called while it is held but the caller's usable function.
package collapse

import (
	"bytes"
	"context"
	"sync"

	"github.com/groundfront/groundfront/cachekey"
)

const shards = 64

// A Table holds the flights of one cache, by key. T is what a leader
// publishes. The number of flights is bounded by the requests in progress.
type Table[T any] struct {
	open  func(T) bool
	shard [shards]struct {
		mu      sync.Mutex
		flights map[cachekey.Hash]*Flight[T]
	}
}

// New returns an empty table. A flight whose leader has published a value
// that is not open any more is not joined but replaced; nil means that values
// are always open. open is called under a shard's lock and must not call the
// table.
func New[T any](open func(T) bool) *Table[T] {
	t := &Table[T]{open: open}
	for i := range t.shard {
		t.shard[i].flights = make(map[cachekey.Hash]*Flight[T])
	}
	return t
}

// A Flight is one fetch in progress. The leader calls Publish exactly once
// and Remove exactly once; any number of joiners call Wait.
type Flight[T any] struct {
	table *Table[T]
	hash  cachekey.Hash
	key   []byte
	epoch uint64 // of invalidations, taken before the fetch began

	published chan struct{}
	value     T // set before published is closed

	joined bool // somebody has joined; guarded by the shard's lock

	mu struct {
		sync.Mutex
		waiting int    // those that began to wait before Publish and are not served
		served  func() // called once when nobody waits any more; nil before Publish
	}
}

// Role says what Join made of the caller.
type Role uint8

// The roles.
const (
	RoleLeader Role = iota // run the fetch, then Publish and Remove
	RoleJoiner             // Wait for the leader
	RoleAlone              // another key has the same hash: fetch without the table
)

// String returns the role in lower case.
func (r Role) String() string {
	switch r {
	case RoleLeader:
		return "leader"
	case RoleJoiner:
		return "joiner"
	case RoleAlone:
		return "alone"
	}
	return "Role(?)"
}

// Join returns the flight for key and the caller's role in it. A flight for
// which usable is false (an invalidation came after it had started) is not
// joined but replaced. The key is copied when a flight is made. For RoleAlone
// the flight is usable like a leader's and is in no table.
func (t *Table[T]) Join(hash cachekey.Hash, key []byte, epoch uint64, usable func(epoch uint64) bool) (*Flight[T], Role) {
	s := &t.shard[hash.Lo%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flights[hash]; f != nil {
		if !bytes.Equal(f.key, key) {
			return t.newFlight(hash, key, epoch), RoleAlone
		}
		if usable(f.epoch) && f.isOpen() {
			f.joined = true
			return f, RoleJoiner
		}
	}
	f := t.newFlight(hash, key, epoch)
	s.flights[hash] = f
	return f, RoleLeader
}

// Peek returns the flight for key if it is usable, or nil. What it has published
// may not be open. The caller counts as a joiner to RemoveUnjoined.
func (t *Table[T]) Peek(hash cachekey.Hash, key []byte, usable func(epoch uint64) bool) *Flight[T] {
	s := &t.shard[hash.Lo%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.flights[hash]; f != nil && bytes.Equal(f.key, key) && usable(f.epoch) {
		f.joined = true
		return f
	}
	return nil
}

// Alone returns a flight that is in no table: for fetches that must not be
// shared but run the same way.
func (t *Table[T]) Alone(hash cachekey.Hash, epoch uint64) *Flight[T] {
	return &Flight[T]{table: t, hash: hash, epoch: epoch, published: make(chan struct{})}
}

func (t *Table[T]) newFlight(hash cachekey.Hash, key []byte, epoch uint64) *Flight[T] {
	return &Flight[T]{table: t, hash: hash, key: bytes.Clone(key), epoch: epoch, published: make(chan struct{})}
}

// Len returns the number of flights, for metrics and tests.
func (t *Table[T]) Len() int {
	n := 0
	for i := range t.shard {
		s := &t.shard[i]
		s.mu.Lock()
		n += len(s.flights)
		s.mu.Unlock()
	}
	return n
}

// Publish hands the leader's value to all that wait and will join. served, if
// not nil, is called once, when all that waited have taken what they need of
// the value: until then the leader keeps it available. A second call panics.
func (f *Flight[T]) Publish(v T, served func()) {
	f.value = v
	close(f.published)
	f.mu.Lock()
	f.mu.served = served
	f.mu.Unlock()
	f.leave(0)
}

// Done is closed when the leader has published: Wait does not block then.
func (f *Flight[T]) Done() <-chan struct{} { return f.published }

// Wait returns what the leader published, or ctx's cause. If the value comes,
// take is called with it first; it may be nil.
func (f *Flight[T]) Wait(ctx context.Context, take func(T)) (T, error) {
	if _, ok := f.Published(); !ok {
		f.mu.Lock()
		f.mu.waiting++
		f.mu.Unlock()
		defer f.leave(1)
	}
	select {
	case <-f.published:
	case <-ctx.Done():
		if _, ok := f.Published(); !ok {
			var none T
			return none, context.Cause(ctx)
		}
	}
	if take != nil {
		take(f.value)
	}
	return f.value, nil
}

// leave takes n off those that wait.
func (f *Flight[T]) leave(n int) {
	f.mu.Lock()
	f.mu.waiting -= n
	served := f.mu.served
	if f.mu.waiting > 0 {
		served = nil
	} else {
		f.mu.served = nil
	}
	f.mu.Unlock()
	if served != nil {
		served()
	}
}

// Published returns what the leader has published, if it has.
func (f *Flight[T]) Published() (v T, ok bool) {
	select {
	case <-f.published:
		return f.value, true
	default:
		return v, false
	}
}

// isOpen reports whether what f has published, if anything, can be joined.
func (f *Flight[T]) isOpen() bool {
	if f.table.open == nil {
		return true
	}
	v, ok := f.Published()
	return !ok || f.table.open(v)
}

// RemoveUnjoined is Remove for a leader that gives up: it does nothing and
// reports false if somebody has joined. After it nobody can.
func (f *Flight[T]) RemoveUnjoined() bool {
	s := &f.table.shard[f.hash.Lo%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.joined {
		return false
	}
	if s.flights[f.hash] == f {
		delete(s.flights, f.hash)
	}
	return true
}

// Remove takes the flight out of the table, unless another has replaced it.
func (f *Flight[T]) Remove() {
	s := &f.table.shard[f.hash.Lo%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.flights[f.hash] == f {
		delete(s.flights, f.hash)
	}
}
