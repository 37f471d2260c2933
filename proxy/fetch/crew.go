package fetch

import (
	"context"
	"sync"

	"github.com/groundfront/groundfront/origin"
)

// A crew counts the fetches that run apart from their viewer, bounds them,
// and can be waited for. sync.WaitGroup was not used: it may not be added to
// while somebody waits, and waiting for it cannot be given up.
//
// No origin can take all places. It may have so many times the places that are
// free, as queues that share the memory of a switch are bounded: while there is
// room it has what it needs, and the more origins stall the less each of them
// has. One gets at most 5/6 of all places, n of them 5/(5n+1) each; one that
// stalls after another 5/6 of what that has left, until the other's fetches have
// ended. What is left is never nothing. A fixed share for each would be too
// small for one origin alone or too large for many.
type crew struct {
	max, maxBackground int64

	mu struct {
		sync.Mutex
		running, background int64
		asking              map[*origin.Origin]int64 // of those that run, how many wait for an origin
		closed              bool
		idle                chan struct{} // closed when nothing runs; nil while nobody waits
	}
}

// duty says what a fetch runs for.
type duty uint8

const (
	dutyViewer     duty = iota // somebody waits for it
	dutyBackground             // it revalidates what was served already
)

// enter takes a place, unless there is none or the crew is closed.
func (c *crew) enter(d duty) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed || c.mu.running >= c.max || d == dutyBackground && c.mu.background >= c.maxBackground {
		return false
	}
	c.mu.running++
	if d == dutyBackground {
		c.mu.background++
	}
	return true
}

// share is how many times the places that are free one origin may have. One
// that stalls alone has so, by default, room for all connections that there may
// be to it, and for all requests that wait for one.
const share = 5

// ask counts a fetch that has entered against the origin that it asks now, and
// no longer against the one before, unless the origin has its share. nil is no
// origin.
func (c *crew) ask(before, now *origin.Origin) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.askedLocked(before)
	if c.mu.asking[now] >= share*(c.max-c.mu.running+1) {
		return false
	}
	if c.mu.asking == nil {
		c.mu.asking = make(map[*origin.Origin]int64)
	}
	c.mu.asking[now]++
	return true
}

func (c *crew) askedLocked(o *origin.Origin) {
	switch n := c.mu.asking[o]; n {
	case 0:
	case 1:
		delete(c.mu.asking, o)
	default:
		c.mu.asking[o] = n - 1
	}
}

// leave gives the place back, of a fetch that is counted against an origin, or
// nil.
func (c *crew) leave(d duty, o *origin.Origin) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.askedLocked(o)
	c.mu.running--
	if d == dutyBackground {
		c.mu.background--
	}
	if c.mu.running == 0 && c.mu.idle != nil {
		close(c.mu.idle)
		c.mu.idle = nil
	}
}

// size returns how many run.
func (c *crew) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.running
}

// close lets nobody enter any more.
func (c *crew) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.closed = true
}

// wait returns when nothing runs, or with ctx's cause.
func (c *crew) wait(ctx context.Context) error {
	for {
		idle := c.idle()
		if idle == nil {
			return nil
		}
		select {
		case <-idle:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// idle returns a channel that is closed when nothing runs, nil if nothing
// does.
func (c *crew) idle() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.running == 0 {
		return nil
	}
	if c.mu.idle == nil {
		c.mu.idle = make(chan struct{})
	}
	return c.mu.idle
}
