package listener

import (
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/proxy/h3"
)

// When all connections that may be open are, those that have been idle longest
// make room for who comes (reliability D4): those of each loop, those with a goroutine
// each, and those of HTTP/3. Who comes in packets has no room made for it: nobody may
// have proved its address.

const (
	// idleEnough is how long a connection must be idle to make room: else who
	// connects often enough would end those of all others between two requests.
	idleEnough = time.Second
	// evictedAtOnce bounds how many make room together.
	evictedAtOnce = 8
	// roomPatience bounds how long is waited for them to end.
	roomPatience = 50 * time.Millisecond
	// crowdedFor is how long nobody looks for idle connections again where there
	// were none.
	crowdedFor = 100 * time.Millisecond
)

// An eviction is what a loop is asked for: it ends some idle connections.
type eviction struct {
	ended int // how many; valid when done is closed
	done  chan struct{}
}

// A room is what connections have that others want.
type room uint8

const (
	roomSlots       room = iota // all have one
	roomDescriptors             // those that come in packets have none
)

// makeRoom ends connections that have been idle longest, and reports whether there
// were some.
func (s *Server) makeRoom(r room) bool {
	s.evicting.Lock()
	defer s.evicting.Unlock()
	if time.Since(s.crowdedAt) < crowdedFor {
		return false
	}
	ended := s.evictConns()
	if r == roomSlots {
		ended += s.evictPackets()
	}
	s.mu.Lock()
	loops := s.loopsLocked()
	s.mu.Unlock()
	var asked []*eviction
	for _, l := range loops {
		e := &eviction{done: make(chan struct{})}
		l.eviction.Store(e)
		l.poller.wake()
		asked = append(asked, e)
	}
	patience := time.NewTimer(roomPatience)
	defer patience.Stop()
	for _, e := range asked {
		select {
		case <-e.done:
			ended += e.ended
		case <-patience.C:
			return ended > 0
		}
	}
	if ended == 0 {
		s.crowdedAt = time.Now()
	}
	return ended > 0
}

// evictConns ends idle connections of the driver with a goroutine for each. They
// have ended when their goroutines have, unless a request has come meanwhile.
func (s *Server) evictConns() (ended int) {
	var oldest [evictedAtOnce]idle[*conn]
	s.mu.Lock()
	for c := range s.conns {
		if since, ok := c.idleSince(); ok {
			insert(&oldest, idle[*conn]{c, since})
		}
	}
	s.mu.Unlock()
	for _, o := range oldest {
		if o.conn != nil && o.conn.leave() {
			ended++
		}
	}
	return ended
}

// evictPackets ends idle connections that came in packets.
func (s *Server) evictPackets() (ended int) {
	var oldest [evictedAtOnce]idle[h3.Idle]
	now := time.Now()
	s.h3.EachIdle(func(c h3.Idle, since time.Time) {
		if now.Sub(since) >= idleEnough {
			insert(&oldest, idle[h3.Idle]{c, momentOf(since)})
		}
	})
	for _, o := range oldest {
		if o.conn != (h3.Idle{}) && o.conn.End() {
			ended++
		}
	}
	return ended
}

// leave ends an idle connection, and reports false if a request has come. Over
// HTTP/1.1 it ends the wait and no more: an answer may be on its way since.
func (c *conn) leave() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.waiting:
		return false
	case c.h2 == nil:
		c.setDeadline(time.Unix(1, 0))
		return true
	case c.h2.EndIdle(c.server.opts.Now()):
		_ = c.nc.Close() // its goroutines then end
		return true
	}
	return false
}

// takeAgain takes a slot when makeRoom has made some: those who have it may take a
// moment to leave.
func (s *Server) takeAgain(from netip.Addr) (why Refusal, ok bool) {
	for range roomPatience / time.Millisecond {
		if why, ok = s.slots.take(from); ok || why != RefusalFull {
			return why, ok
		}
		time.Sleep(time.Millisecond)
	}
	return why, ok
}

// An idle is a connection that waits for a request since a moment. The zero value
// is none.
type idle[C any] struct {
	conn  C
	since moment
}

// insert keeps those that are idle longest, in order.
func insert[C comparable](oldest *[evictedAtOnce]idle[C], i idle[C]) {
	var none C
	for at := range oldest {
		if oldest[at].conn == none || i.since < oldest[at].since {
			i, oldest[at] = oldest[at], i
			if i.conn == none {
				return
			}
		}
	}
}

// evict ends connections of the loop that have been idle longest.
func (l *loop) evict(e *eviction) {
	defer close(e.done)
	var oldest [evictedAtOnce]idle[*loopConn]
	l.each(func(c *loopConn) {
		if since, ok := c.idleSince(l.now); ok {
			insert(&oldest, idle[*loopConn]{c, since})
		}
	})
	for _, o := range oldest {
		if o.conn != nil && l.leave(o.conn) {
			e.ended++
		}
	}
}

// leave ends an idle connection, and reports false if a request has come.
func (l *loop) leave(c *loopConn) bool {
	if c.h2 != nil {
		if !c.h2.EndIdle(l.now) {
			return false
		}
		_ = c.flushH2() // it ends in any case
		c.endH2(errViewerGone)
		return true
	}
	return l.last(c)
}

// idleSince returns since when c waits for a request, if it does so for long
// enough.
func (c *loopConn) idleSince(now time.Time) (moment, bool) {
	switch {
	case c.events.Load()&uint32(lent) != 0 || c.dying:
		return 0, false
	case c.h2 != nil:
		d := c.h2.Idle(now)
		return momentOf(now) - moment(d), d >= idleEnough
	}
	return c.since, c.idle() && c.waited(now) >= idleEnough
}

// idleSince is the same for the other driver.
func (c *conn) idleSince() (moment, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	switch {
	case c.drained || !c.waiting:
		return 0, false
	case c.h2 != nil:
		d := c.h2.Idle(now)
		return momentOf(now) - moment(d), d >= idleEnough
	}
	return momentOf(c.began), now.Sub(c.began) >= idleEnough
}
