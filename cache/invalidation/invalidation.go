// Package invalidation makes stored responses unusable by path (CF-INV).
//
// Nothing is searched or deleted when an invalidation arrives. Each one gets
// the next number of a sequence, the epoch. A fetch notes the epoch before it
// asks the origin, its response keeps that number, and a lookup asks whether
// an invalidation with a greater one matches. So the cost of an invalidation
// does not depend on the size of the cache, and a fetch that was under way
// when the invalidation came cannot bring old content back (CF-INV-23).
//
// A lookup of a response as new as the last invalidation is one atomic load.
// An older one takes a read lock, one map lookup and a scan of the wildcards;
// if it survives, the caller may raise the response's epoch to the one it
// read before, which makes the next lookup an atomic load again:
//
//	epoch := log.Epoch()
//	if !log.Invalidated(distribution, path, entry.since) {
//		entry.since = epoch
//	}
//
// Memory is bounded. Of exact paths only a 64-bit hash is kept: its size does
// not depend on the path, and it errs only toward one more miss. Beyond the bounds the oldest
// invalidations are forgotten by raising a floor: every response older than a
// forgotten invalidation counts as invalidated, as it would with "/*". That
// is coarse and never wrong.
//
// It is a part of cache.
package invalidation

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// What one distribution remembers, and what one batch may ask for.
const (
	// MaxPaths and MaxWildcards bound one batch (CF-INV-12). AWS counts the
	// batches in progress; here a batch is complete when Add returns.
	MaxPaths     = 3000
	MaxWildcards = 15
	// MaxDistributions bounds how many distributions are remembered.
	MaxDistributions = 10_000

	rememberedPaths     = 3 * MaxPaths
	rememberedWildcards = 4 * MaxWildcards
)

// Log is the sequence of all invalidations of one process. It is safe for
// concurrent use. The zero value is not usable; use New.
type Log struct {
	epoch atomic.Uint64 // number of the last invalidation; written under mu
	seed  maphash.Seed

	mu            sync.RWMutex
	distributions map[string]*memory // guarded by mu, as are its values
	history       history            // guarded by mu
}

// memory is what matters of the invalidations of one distribution.
type memory struct {
	floor     uint64            // all responses older than this one are dead
	paths     map[uint64]uint64 // hash of an exact path -> last invalidation
	order     []pathMark        // the same, oldest first, with repetitions
	wildcards []wildcard        // oldest first
}

type pathMark struct{ hash, epoch uint64 }

type wildcard struct {
	path  Path
	epoch uint64
}

// New returns an empty log.
func New() *Log {
	return &Log{seed: maphash.MakeSeed(), distributions: make(map[string]*memory)}
}

// Epoch returns the number of the last invalidation, 0 before the first. A
// fetch takes it before it asks the origin.
func (l *Log) Epoch() uint64 { return l.epoch.Load() }

// Invalidated reports whether a response is dead: whether an invalidation of
// its distribution after the epoch since matches its path, which is the path
// of its key with "?" and the query string if the key has one. It does not
// allocate for paths up to 512 bytes.
func (l *Log) Invalidated(distribution, pathAndQuery string, since uint64) bool {
	if since >= l.epoch.Load() {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	m := l.distributions[distribution]
	return m != nil && m.invalidated(l.seed, pathAndQuery, since)
}

func (m *memory) invalidated(seed maphash.Seed, pathAndQuery string, since uint64) bool {
	if since < m.floor {
		return true
	}
	var buf [plainBuffer]byte
	p := plain(&buf, pathAndQuery)
	if m.paths[maphash.Bytes(seed, p)] > since {
		return true
	}
	for _, w := range slices.Backward(m.wildcards) {
		if w.epoch <= since {
			return false
		}
		if w.path.matchPlain(p) {
			return true
		}
	}
	return false
}

// Add invalidates the paths of a batch at once and returns its record, whose
// status is StatusCompleted: there are no other edges to wait for. With a
// caller reference that it remembers it returns the earlier record and does
// nothing (CF-INV-16). The error is an *Error, and then nothing happened.
func (l *Log) Add(b Batch, now time.Time) (Invalidation, error) {
	paths, err := b.compile()
	if err != nil {
		return Invalidation{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if earlier, err := l.history.find(b); err != nil || earlier.ID != "" {
		return earlier, err
	}
	m, err := l.memoryLocked(b.Distribution)
	if err != nil {
		return Invalidation{}, err
	}
	epoch := l.epoch.Load() + 1
	for _, p := range paths {
		m.add(l.seed, p, epoch)
	}
	l.epoch.Store(epoch)
	return l.history.add(b, epoch, now), nil
}

// Invalidations returns the remembered records of a distribution, newest
// first (CF-INV-25).
func (l *Log) Invalidations(distribution string) []Invalidation {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.history.list(distribution)
}

// memoryLocked returns the memory of a distribution.
func (l *Log) memoryLocked(distribution string) (*memory, error) {
	if m := l.distributions[distribution]; m != nil {
		return m, nil
	}
	if len(l.distributions) == MaxDistributions {
		return nil, &Error{Kind: KindTooManyDistributions}
	}
	m := &memory{paths: make(map[uint64]uint64)}
	l.distributions[strings.Clone(distribution)] = m
	return m, nil
}

// add remembers one path.
func (m *memory) add(seed maphash.Seed, p Path, epoch uint64) {
	switch {
	case p.all():
		*m = memory{floor: epoch, paths: make(map[uint64]uint64)}
	case p.wildcard:
		m.addWildcard(p, epoch)
	default:
		m.addExact(maphash.String(seed, p.plain), epoch)
	}
}

// addExact remembers the hash of an exact path, and forgets the oldest beyond
// the bound. A mark that a later invalidation of the same path replaced is
// dropped without raising the floor.
func (m *memory) addExact(hash, epoch uint64) {
	m.paths[hash] = epoch
	m.order = append(m.order, pathMark{hash, epoch})
	if len(m.order) <= rememberedPaths {
		return
	}
	oldest := m.order[0]
	m.order = m.order[1:]
	if m.paths[oldest.hash] == oldest.epoch {
		delete(m.paths, oldest.hash)
		m.floor = max(m.floor, oldest.epoch)
	}
}

// addWildcard remembers a wildcard path in place of the older ones that it
// covers, and forgets the oldest beyond the bound.
func (m *memory) addWildcard(p Path, epoch uint64) {
	m.wildcards = slices.DeleteFunc(m.wildcards, func(w wildcard) bool {
		return strings.HasPrefix(w.path.plain, p.plain)
	})
	m.wildcards = append(m.wildcards, wildcard{p, epoch})
	if len(m.wildcards) > rememberedWildcards {
		m.floor = max(m.floor, m.wildcards[0].epoch)
		m.wildcards = slices.Delete(m.wildcards, 0, 1)
	}
}
