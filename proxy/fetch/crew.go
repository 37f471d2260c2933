package fetch

import (
	"context"
	"sync"
)

// A crew counts the fetches that run apart from their viewer, bounds them,
// and can be waited for. sync.WaitGroup was not used: it may not be added to
// while somebody waits, and waiting for it cannot be given up.
type crew struct {
	max, maxBackground int64

	mu struct {
		sync.Mutex
		running, background int64
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

// leave gives the place back.
func (c *crew) leave(d duty) {
	c.mu.Lock()
	defer c.mu.Unlock()
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
