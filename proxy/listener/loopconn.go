package listener

import (
	"errors"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A loopConn is a connection of a loop, or for a time of a goroutine that is
// answering its request. Fields are the owner's; events and what the poller uses
// are shared.
type loopConn struct {
	loop   *loop
	raw    socket        // of the system
	socket socket        // the same, or TLS over it
	events atomic.Uint32 // readiness that a goroutine with the connection has not seen yet, and lent
	place  int32         // in loop.conns, under its lock

	port       *port
	decided    bool // which protocol is spoken
	pending    bool // ahead may have requests that wait for room for output
	dying      bool // what is read is of no interest
	unread     bool // input may wait that the poller has told of
	quit       bool // the viewer has ended its output: the poller will not tell of that again
	blocked    bool // output waits for the viewer
	sendsFiles bool // over this connection

	h2    *h2.Conn // nil for HTTP/1.1
	h1    h1.Conn
	peer  viewer.Peer
	since moment  // of waiting for a request, the rest of one, or room for output
	ahead []byte  // the beginning of a head
	rest  *unsent // nil if there never was any

	lease atomic.Pointer[lease] // nil unless it was lent since its handshake
}

// A moment is a time in nanoseconds since the program began: a third of a
// time.Time, which is much in an idle connection.
type moment int64

var began = time.Now()

func momentOf(t time.Time) moment { return moment(t.Sub(began)) }

// waited returns for how long c has been waiting.
func (c *loopConn) waited(now time.Time) time.Duration { return time.Duration(momentOf(now) - c.since) }

// An unsent is what the socket did not take of the output, and a file that
// follows. Most connections have none: their viewers read what they asked for.
type unsent struct {
	out, tail []byte       // tail follows out
	file      *viewer.File // follows that, with what is left of it
	at, left  int64
	taken     int64 // bytes since the wait for room began
}

// unsent returns what is to be sent, to add to it.
func (c *loopConn) unsent() *unsent {
	if c.rest == nil {
		c.rest = new(unsent)
	}
	return c.rest
}

// decide settles which protocol a viewer speaks without TLS, and reports false
// if the input may still become either.
func (c *loopConn) decide(in []byte) bool {
	k := min(len(in), len(preface))
	switch {
	case c.port.protocols&HTTP2 == 0, c.port.protocols&HTTP1 != 0 && string(in[:k]) != preface[:k]:
	case k < len(preface):
		return false
	default:
		c.beginH2()
	}
	c.decided = true
	return true
}

// keep keeps the beginning of a head until there is more.
func (c *loopConn) keep(rest []byte) {
	if len(rest) == 0 {
		c.ahead = nil
		return
	}
	c.ahead = append(c.ahead[:0], rest...)
}

// output writes, and keeps what the socket does not take.
func (c *loopConn) output(out, tail []byte) bool {
	if len(out)+len(tail) == 0 {
		return true
	}
	n, blocked, err := c.socket.write(out, tail)
	if err != nil {
		return false
	}
	if c.blocked = blocked; n < len(out) {
		rest := c.unsent()
		rest.out = append(rest.out, out[n:]...)
		n = len(out)
	}
	if n < len(out)+len(tail) {
		c.unsent().tail = tail[n-len(out):]
	}
	return blocked || c.outputFile()
}

// outputFile sends of the file what the socket takes.
func (c *loopConn) outputFile() bool {
	for c.rest != nil && c.rest.file != nil {
		rest := c.rest
		n, blocked, err := c.socket.sendAt(rest.file.FD, rest.at, rest.left)
		rest.at, rest.left = rest.at+n, rest.left-n
		switch {
		case err != nil, n == 0 && !blocked: // a file that is too short cannot be
			return false
		case rest.left == 0:
			c.releaseFile()
		case blocked:
			c.blocked = true
			return true
		}
	}
	return true
}

func (c *loopConn) releaseFile() {
	if c.rest != nil && c.rest.file != nil {
		c.rest.file.Release()
		*c.rest = unsent{}
	}
}

// writeRest writes what was kept.
func (c *loopConn) writeRest() bool {
	rest := c.unsent()
	n, blocked, err := c.socket.write(rest.out, rest.tail)
	if err != nil {
		return false
	}
	rest.taken += int64(n)
	k := min(n, len(rest.out))
	rest.out, rest.tail = rest.out[k:], rest.tail[n-k:]
	c.blocked = blocked
	ok := true
	if !blocked {
		rest.out, rest.tail = nil, nil
		before := rest.at
		ok = c.outputFile()
		rest.taken += rest.at - before // 0 or less if all of it is sent
	}
	if !c.blocked || rest.taken >= leastProgress {
		rest.taken, c.since = 0, momentOf(c.loop.now)
	}
	return ok
}

// close ends the connection. Its owner calls it.
func (c *loopConn) close() {
	c.releaseFile()
	c.socket.close()
	c.loop.remove(c)
	c.loop.server.slots.give(c.peer.Remote.Addr())
	c.port.conns.Done()
	c.loop.server.running.Done()
}

// recover ends a connection that made the engine panic, and no other. Its owner
// defers it.
func (c *loopConn) recover() {
	v := recover()
	if v == nil {
		return
	}
	c.loop.server.panicked(v, &viewer.Request{Remote: c.peer.Remote})
	if c.events.Load()&uint32(lent) == 0 {
		c.loop.scratch = h1.Scratch{}
	}
	if c.h2 != nil {
		c.endH2(errViewerGone)
		return
	}
	c.close()
}

var errInterrupted = errors.New("reading was interrupted")

// startLoop begins to serve a connection of peer for which a slot was taken.
func (s *Server) startLoop(c *loopConn, peer netip.AddrPort, from *port) {
	waits := from.config != nil || from.proxies != nil
	c.port, c.h1 = from, h1.NewConn(from.h1, &c.peer)
	c.sendsFiles = from.config == nil && c.socket.sendsFiles()
	s.running.Add(1)
	from.conns.Add(1)
	if waits {
		c.borrow(false)
	}
	if !c.loop.add(c) {
		c.socket.close()
		s.slots.give(c.peer.Remote.Addr())
		from.conns.Done()
		s.running.Done()
		return
	}
	if err := c.loop.poller.add(c); err != nil {
		s.opts.Logger.Warn("connection cannot be polled", "error", err)
		c.close()
		return
	}
	if waits {
		s.running.Go(func() { c.begin(peer) })
	}
}

// begin does what a connection of peer has to wait for before its loop gets it. It
// was borrowed.
func (c *loopConn) begin(peer netip.AddrPort) {
	defer c.recover()
	switch config := c.port.config; {
	case c.port.proxies != nil && !c.introduced(peer):
		c.close()
	case config != nil && !c.loop.server.mayShakeHands(c.peer.Remote.Addr()):
		c.close()
	case config != nil:
		c.handshake(config)
	default:
		c.enter()
	}
}

// enter gives a connection that was borrowed to its loop for the first time.
func (c *loopConn) enter() {
	c.unread = true // there may be a request already
	c.since = momentOf(time.Now())
	c.lease.Store(nil) // most connections never need it again
	c.events.Store(0)
	c.loop.poller.again(c)
}

// patience returns for how long c may be as it is.
func (c *loopConn) patience() time.Duration {
	o := &c.loop.server.opts
	switch {
	case c.dying && c.raw.onTheWay() > 0: // see linger
		return o.WriteTimeout
	case c.dying:
		return lingerTime
	case c.blocked:
		return o.WriteTimeout
	case len(c.ahead) > 0:
		return o.HeaderTimeout
	}
	if !c.h1.Used() {
		return o.FirstTimeout
	}
	return o.IdleTimeout
}

// idle reports whether c waits for a request.
func (c *loopConn) idle() bool { return !c.dying && !c.blocked && len(c.ahead) == 0 }
