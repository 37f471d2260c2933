package listener

import (
	"time"

	"github.com/groundfront/groundfront/proxy/overload"
)

// A deadline says when reading fails. To arm it costs about as much as
// everything else that the driver does for a request, so one that is armed for
// earlier is left alone: when it passes, it is armed again for what is left.
type deadline struct {
	wanted time.Time // zero for none
	armed  time.Time
}

// slack is how much earlier than wanted a deadline may be armed.
const slack = time.Second

// SetReadTimeout implements h1.Transport.
func (c *conn) SetReadTimeout(d time.Duration) {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiting = false
	c.setDeadline(at)
}

// await sets the deadline for the next request, for which the wait began then, or for
// the rest of its head.
func (c *conn) await(began time.Time, timeout time.Duration, begun bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := began.Add(timeout)
	c.began, c.waiting = began, !begun
	if c.drained && c.waiting {
		at = time.Now().Add(c.server.opts.drainGrace)
	}
	c.setDeadline(at)
}

// last reads what came while the wait of an idle connection ended.
func (c *conn) last(p []byte) int {
	c.mu.Lock()
	if !c.waiting {
		c.mu.Unlock()
		return 0
	}
	c.setDeadline(time.Now().Add(time.Millisecond))
	c.mu.Unlock()
	n, _ := c.stream.Read(p)
	return n
}

// drain ends the connection when no request comes any more.
func (c *conn) drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drained = true
	if c.waiting {
		c.setDeadline(time.Now().Add(c.server.opts.drainGrace))
	}
}

// shed ends the connection if it waits for a request, and has done so for long
// enough.
func (c *conn) shed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if at := c.began.Add(crowdedIdle); c.waiting && !c.drained && c.h2 == nil && at.Before(c.deadline.wanted) {
		c.setDeadline(at)
	}
}

// waitEnded counts a wait for a request that was ended because of overload.
func (c *conn) waitEnded() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting && !c.drained && c.server.crowded() {
		c.server.opts.Overload.Count(overload.ShedConnection)
	}
}

// waitsSince returns when the wait for the first request began, now if it begins.
func (c *conn) waitsSince() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		return time.Now()
	}
	return c.began
}

// Interrupt implements h1.Transport.
func (c *conn) Interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setDeadline(time.Unix(1, 0))
}

// setDeadline is called with mu held.
func (c *conn) setDeadline(at time.Time) {
	d := &c.deadline
	d.wanted = at
	early := d.wanted.Sub(d.armed)
	if at.IsZero() != d.armed.IsZero() || early < 0 || early > slack {
		c.arm()
	}
}

func (c *conn) arm() {
	c.deadline.armed = c.deadline.wanted
	_ = c.nc.SetReadDeadline(c.deadline.armed) // on a closed connection reading fails anyway
}

// postponed reports whether a deadline has passed that is not the one wanted;
// that is armed then.
func (c *conn) postponed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.deadline.wanted.IsZero() && !time.Now().Before(c.deadline.wanted) {
		return false
	}
	c.arm()
	return true
}
