package h3

import "time"

// leaveGrace is how long a connection that makes room for others stays after it was
// said: a request that crosses the end is told to go elsewhere. Who waits for the
// room has little patience.
const leaveGrace = 10 * time.Millisecond

// idleSince returns since when the connection waits for a request.
func (c *conn) idleSince() (since time.Time, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since, c.open == 0 && !c.ending && !c.over
}

// leave ends the connection unless it has a request. It returns at once.
func (c *conn) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open > 0 || c.ending || c.over {
		return false
	}
	c.ending, c.final = true, true
	next := uint64(c.next)
	c.running.Go(func() {
		select {
		case <-c.opening:
			if c.control != nil && !c.goAway(next, leaveGrace) {
				return
			}
		default: // our control stream is not even taken
		}
		c.pause(leaveGrace)
		_ = c.qc.CloseWithError(errCodeNo.connection(), "")
	})
	return true
}
