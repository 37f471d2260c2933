// Package invalidation makes stored responses unusable by path (CF-INV) and
// by cache tag (CF-TAG).
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
//	if !log.Invalidated(distribution, path, entry.tags, entry.since) {
//		entry.since = epoch
//	}
//
// Memory is bounded. Of exact paths and of tags only a 64-bit hash is kept:
// its size does not depend on the text, and it errs only toward one more
// miss. Beyond the bounds the oldest invalidations are forgotten by raising a
// floor: every response older than a forgotten invalidation, every tagged one
// if it was by tag, counts as invalidated. That is coarse and never wrong.
//
// A Log of New lives as long as its process. One of Open keeps a journal, for
// caches that survive a restart (journal.go).
//
// A batch that shall only be tried is added to a Log of its own.
//
// It is a part of cache.
package invalidation

import (
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

	rememberedWildcards = 4 * MaxWildcards
)

// Log is the sequence of all invalidations. It is safe for concurrent use.
// The zero value is not usable; use New or Open.
type Log struct {
	epoch atomic.Uint64 // number of the last invalidation; written under mu
	floor uint64        // all responses older than this one are dead; fixed by Open
	added chan struct{}

	// adding orders the calls of Add and is held while the journal is
	// written; it is taken before mu, which lookups wait for.
	adding  sync.Mutex
	journal *journal // nil without; guarded by adding

	mu            sync.RWMutex
	distributions map[string]*memory // guarded by mu, as are its values
	history       history            // guarded by mu
}

// memory is what matters of the invalidations of one distribution.
type memory struct {
	floor     uint64 // all responses older than this one are dead
	paths     marks  // exact ones
	kept      bool   // some of them are by EscapesKept
	tags      marks
	wildcards []wildcard // oldest first
}

type wildcard struct {
	path  Path
	epoch uint64
}

// New returns an empty log.
func New() *Log {
	return &Log{added: make(chan struct{}, 1), distributions: make(map[string]*memory)}
}

// Epoch returns the number of the last invalidation, 0 before the first. A
// fetch takes it before it asks the origin.
func (l *Log) Epoch() uint64 { return l.epoch.Load() }

// Added receives after an Add that took effect; several may become one.
func (l *Log) Added() <-chan struct{} { return l.added }

// Invalidated reports whether a response is dead: whether an invalidation of
// its distribution after the epoch since matches one of its tags or its path,
// which is the path of its key with "?" and the query string if the key has
// one. It does not allocate for paths up to 512 bytes.
func (l *Log) Invalidated(distribution, pathAndQuery string, tags Tags, since uint64) bool {
	epoch := l.epoch.Load()
	if since == epoch {
		return false
	}
	if since < l.floor || since > epoch { // the latter: of a process whose journal is lost
		return true
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	m := l.distributions[distribution]
	return m != nil && m.invalidated(pathAndQuery, tags, since)
}

// InvalidatedUntold is Invalidated for a response that is still on its way,
// so that nobody knows its tags: every invalidation by tag counts.
func (l *Log) InvalidatedUntold(distribution, pathAndQuery string, since uint64) bool {
	if since == l.epoch.Load() {
		return false
	}
	if l.Invalidated(distribution, pathAndQuery, nil, since) {
		return true
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	m := l.distributions[distribution]
	return m != nil && m.tags.newest() > since
}

func (m *memory) invalidated(pathAndQuery string, tags Tags, since uint64) bool {
	if since < m.floor {
		return true
	}
	for i := range tags.Len() {
		if m.tags.hit(tags.at(i), since) {
			return true
		}
	}
	var buf [plainBuffer]byte
	p := plain(&buf, pathAndQuery)
	if m.paths.hit(hashOf(p), since) || m.kept && m.paths.hit(hashKept(pathAndQuery), since) {
		return true
	}
	for _, w := range slices.Backward(m.wildcards) {
		if w.epoch <= since {
			return false
		}
		if w.path.match(pathAndQuery, p) {
			return true
		}
	}
	return false
}

// Add invalidates the paths and tags of a batch at once and returns its
// record, whose status is StatusCompleted: there are no other edges to wait
// for. With a caller reference that it remembers it returns the earlier
// record and does nothing (CF-INV-16). The error is an *Error, and then
// nothing happened.
func (l *Log) Add(b Batch, now time.Time) (Invalidation, error) {
	items, err := b.compile()
	if err != nil {
		return Invalidation{}, err
	}
	l.adding.Lock()
	defer l.adding.Unlock()
	if earlier, err := l.history.find(b); err != nil || earlier.ID != "" {
		return earlier, err
	}
	added, err := l.apply(b, items, l.epoch.Load()+1, now)
	if err != nil {
		return Invalidation{}, err
	}
	if l.journal != nil {
		l.journal.keep(l, added)
	}
	select {
	case l.added <- struct{}{}:
	default: // it is known already
	}
	return added, nil
}

// apply makes a batch take effect.
func (l *Log) apply(b Batch, items []item, epoch uint64, now time.Time) (Invalidation, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, err := l.memoryLocked(b.Distribution)
	if err != nil {
		return Invalidation{}, err
	}
	for _, i := range items {
		i.addTo(m, epoch)
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

// Invalidation returns the record with an identifier, if it is remembered.
func (l *Log) Invalidation(id string) (Invalidation, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.history.byID(id)
}

// memoryLocked returns the memory of a distribution.
func (l *Log) memoryLocked(distribution string) (*memory, error) {
	if m := l.distributions[distribution]; m != nil {
		return m, nil
	}
	if len(l.distributions) == MaxDistributions {
		return nil, &Error{Kind: KindTooManyDistributions}
	}
	m := new(memory)
	l.distributions[strings.Clone(distribution)] = m
	return m, nil
}

// addWildcard remembers a wildcard path in place of the older ones that it
// covers, and forgets the oldest beyond the bound.
func (m *memory) addWildcard(p Path, epoch uint64) {
	m.wildcards = slices.DeleteFunc(m.wildcards, func(w wildcard) bool {
		return w.path.escapes == p.escapes && strings.HasPrefix(w.path.plain, p.plain)
	})
	m.wildcards = append(m.wildcards, wildcard{p, epoch})
	if len(m.wildcards) > rememberedWildcards {
		m.floor = max(m.floor, m.wildcards[0].epoch)
		m.wildcards = slices.Delete(m.wildcards, 0, 1)
	}
}
