package cache

import (
	"context"
	"time"

	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
)

// The sweep gives back the memory of entries that are invalidated or too stale
// to be used, and their place on disk; those that are only on disk wait for
// their lookup or eviction. No lookup needs it: to those such an entry is a
// miss already, and an invalidation is complete without it. So it may take its
// time: invalidations of one second are swept together, what is only too stale
// may wait for an hour, and entries leave in small steps.
const (
	sweepDelay = time.Second
	sweepEvery = time.Hour             // without an invalidation, at the latest
	sweepPause = 10 * time.Millisecond // after each sweepStep entries
	sweepStep  = 512
	sweepBatch = 32 * sweepStep // found in one visit to the store
)

// A sweeper is the goroutine that sweeps, from New to Close.
type sweeper struct {
	ctx  context.Context
	stop context.CancelFunc
	done chan struct{}
}

// startSweep starts the sweeper.
func (c *Cache) startSweep() {
	c.sweeper.ctx, c.sweeper.stop = context.WithCancel(context.Background())
	c.sweeper.done = make(chan struct{})
	go func() {
		defer close(c.sweeper.done)
		every := min(sweepEvery, max(c.staleKeep/24, time.Minute))
		for c.sweeper.awaits(c.invalidations.Added(), every) && c.sweeper.sleeps(sweepDelay) {
			c.sweep()
		}
	}()
}

// stopSweep ends the sweeper and waits for that.
func (c *Cache) stopSweep() {
	c.sweeper.stop()
	<-c.sweeper.done
}

// awaits waits for one of added, at most for d; it reports false at the end.
func (s *sweeper) awaits(added <-chan struct{}, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-added:
		return true
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// sleeps lets d pass; it reports false at the end.
func (s *sweeper) sleeps(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// sweep deletes all entries that cannot be used any more.
func (c *Cache) sweep() {
	for dead := c.dead(); len(dead) > 0; dead = c.dead() {
		for i, d := range dead {
			if i%sweepStep == 0 && !c.sweeper.sleeps(sweepPause) {
				return
			}
			c.discard(d)
		}
	}
}

// A deadEntry is one that cannot be used any more, with its place in the store
// and what a lookup will say about it.
type deadEntry struct {
	place cachekey.Hash
	entry *Entry
	cause MissCause
}

// dead returns dead entries, at most sweepBatch. What is kept like an Entry but
// is no response stays.
func (c *Cache) dead() []deadEntry {
	var dead []deadEntry
	now := c.now()
	c.memory.Each(func(place cachekey.Hash, e *Entry) bool {
		switch {
		case !e.isResponse():
		case c.invalidated(e):
			dead = append(dead, deadEntry{place, e, MissPurged})
		case c.outdated(e, now):
			dead = append(dead, deadEntry{place, e, MissCold})
		}
		return len(dead) < sweepBatch
	})
	return dead
}

// discard deletes a dead entry. If the store is busy it is left for the next
// visit.
func (c *Cache) discard(d deadEntry) {
	c.forgetOnDisk(d.place, d.entry)
	if c.memory.Delete(d.place, d.entry) && d.cause != MissCold {
		c.ghosts.remember(d.place, d.cause)
	}
}

// Matching returns how many responses in memory a batch would make unusable.
// It visits every entry, and stops when ctx ends. The error is an
// *invalidation.Error or ctx's.
func (c *Cache) Matching(ctx context.Context, b invalidation.Batch) (int, error) {
	trial := invalidation.New()
	if _, err := trial.Add(b, time.Time{}); err != nil {
		return 0, err
	}
	matching, visited := 0, 0
	c.memory.Each(func(_ cachekey.Hash, e *Entry) bool {
		if visited++; visited%1024 == 0 && ctx.Err() != nil {
			return false
		}
		if e.isResponse() && trial.Invalidated(e.distribution(), view(cachekey.Target(e.Key())), e.Tags(), 0) && !c.invalidated(e) {
			matching++
		}
		return true
	})
	return matching, ctx.Err()
}
