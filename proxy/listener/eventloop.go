package listener

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/overload"
)

// The driver with event loops. A loop is one goroutine that serves many
// connections: whenever some are ready it reads what there is, has the engine
// answer what can be answered at once, and writes. Nothing it does waits.
//
//	          ready                   not answered at once
//	viewer ─────────> loop ──────────────────────────────────> goroutine
//	          bytes    |   owns the connection       lent      |
//	       <────────── |  <────────────────────────────────────|
//	                          when the request is answered
//
// A request that is not answered at once is answered by a goroutine, to which
// the connection is lent for that time: the loop then only tells it that the
// socket is ready, and the goroutine reads and writes, parked in between. It is
// back in one atomic step, which fails if the socket became ready meanwhile, so
// that no input is overlooked.
//
// HTTP/2 stays with the loop; its streams have goroutines that put frames into
// the engine's output.
//
// An idle connection is a struct. All buffers are the loop's.

// A socket is a connection without waiting. Its methods may be called from any
// goroutine; after close they fail, and never touch the next connection that
// the system gives the same descriptor.
type socket interface {
	// read reads what there is. drained means that nothing is left: the poller
	// tells when that changes. The end is io.EOF.
	read(p []byte) (n int, drained bool, err error)
	// write takes what it can of p and then of q. blocked means that no more can
	// be taken, or that not all that was taken is on its way: the poller tells
	// when to call write again, perhaps with nothing.
	write(p, q []byte) (n int, blocked bool, err error)
	// sendFile takes what it can of the next n bytes of f; nothing, and neither
	// blocked nor an error, is the end of f.
	sendFile(f *os.File, n int64) (sent int64, blocked bool, err error)
	sendsFiles() bool
	// sendAt is sendFile of a descriptor, from an offset.
	sendAt(fd int, at, n int64) (sent int64, blocked bool, err error)
	// onTheWay returns how many bytes that were written the viewer's system has not
	// taken yet, 0 if that is not known.
	onTheWay() int
	// shutdown ends the output, or input too: reading and writing then fail.
	shutdown(both bool) error
	close()
}

// A poller tells which connections are ready.
type poller interface {
	// wait waits until some are, or until a moment, or wake. What it returns is
	// valid until it is called again.
	wait(until time.Time) ([]readyConn, error)
	// add adds a connection, and again has it be ready if it is. They may be
	// called from any goroutine.
	add(*loopConn) error
	again(*loopConn)
	// wake makes wait return.
	wake()
	close()
}

// A readyConn is a connection that is ready.
type readyConn struct {
	conn *loopConn
	what readiness
}

// readiness is what a connection is ready for.
type readiness uint32

const (
	readable readiness = 1 << iota
	writable
	gone // the viewer has ended its output
	lent // not of the poller: a goroutine has the connection
)

// A loop is the goroutine run and what belongs to it.
type loop struct {
	server  *Server
	poller  poller
	scratch h1.Scratch
	in      []byte    // input of whatever connection is served
	now     time.Time // of the batch
	shard   uint8

	eviction atomic.Pointer[eviction] // what it is asked for, nil for nothing

	mu    sync.Mutex // guards what follows
	conns []*loopConn
	ended bool
}

// loopInput is the size of a loop's input buffer: requests that come together
// are answered together.
const loopInput = 64 << 10

func newLoop(s *Server, p poller, shard uint8) *loop {
	return &loop{server: s, poller: p, in: make([]byte, loopInput), scratch: h1.Scratch{Out: make([]byte, 0, loopInput)}, shard: shard}
}

// tick is how often a loop looks at the time of its connections.
const tick = time.Second

// run serves connections until the server drains and there are none left.
func (l *loop) run() {
	defer l.poller.close()
	next := time.Now().Add(tick)
	for {
		batch, err := l.poller.wait(next)
		if err != nil {
			l.server.opts.Logger.Error("event loop ended", "error", err)
			return
		}
		l.now = l.server.opts.Now()
		for _, r := range batch {
			l.ready(r.conn, r.what)
		}
		if l.eviction.Load() != nil {
			l.evict(l.eviction.Swap(nil))
		}
		switch {
		case l.server.draining.Load():
			l.tick()
			if l.end() {
				return
			}
			next = l.now.Add(drainGrace / 4)
		case l.server.leaving.Load() > 0:
			l.tick()
			next = l.now.Add(drainGrace)
		case !l.now.Before(next):
			l.tick()
			next = l.now.Add(tick)
		}
	}
}

// add takes a connection in.
func (l *loop) add(c *loopConn) bool {
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return false
	}
	c.place = int32(len(l.conns))
	l.conns = append(l.conns, c)
	l.mu.Unlock()
	return true
}

// remove forgets a connection.
func (l *loop) remove(c *loopConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.conns) - 1
	l.conns[c.place] = l.conns[last]
	l.conns[c.place].place = c.place
	l.conns[last] = nil
	l.conns = l.conns[:last]
}

// each calls f for every connection.
func (l *loop) each(f func(*loopConn)) {
	l.mu.Lock()
	all := append([]*loopConn(nil), l.conns...)
	l.mu.Unlock()
	for _, c := range all {
		f(c)
	}
}

// tick ends connections whose time is over, and those that drain and have no
// request.
func (l *loop) tick() {
	crowded := l.server.crowded()
	l.each(func(c *loopConn) {
		draining := c.port.draining.Load()
		switch {
		case c.events.Load()&uint32(lent) != 0:
		case c.h2 != nil:
			if draining {
				c.h2.Shutdown()
			}
			l.tickH2(c)
		case draining && c.idle() && min(c.waited(l.now), l.now.Sub(c.port.since)) >= l.server.opts.drainGrace:
			l.last(c)
		case crowded && c.idle() && c.waited(l.now) >= crowdedIdle:
			l.server.opts.Overload.Count(overload.ShedConnection)
			l.last(c)
		case c.waited(l.now) >= c.patience():
			c.close()
		}
	})
}

// end reports whether all connections of a server that drains have ended and no
// other comes.
func (l *loop) end() bool {
	accepted := l.server.accepted.Load() // before there are found to be none
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = accepted && len(l.conns) == 0
	return l.ended
}

// last ends a connection, unless a request has come that the poller has not told
// of yet.
func (l *loop) last(c *loopConn) (ended bool) {
	defer c.recover()
	n, _, err := c.socket.read(l.in)
	if n > 0 {
		c.keep(l.in[:n])
		c.pending = true
		l.read(c)
		return false
	}
	if err == nil {
		_ = c.socket.shutdown(false) // over TLS it takes leave; the connection ends in any case
	}
	c.close()
	return true
}

// ready serves a connection that the poller has found ready.
//
// Hot path; bench/compare measures it.
func (l *loop) ready(c *loopConn, what readiness) {
	if c.isLent(what) {
		return
	}
	defer c.recover()
	if c.unread {
		what |= readable
	}
	if what&gone != 0 {
		c.quit = true
	}
	switch {
	case c.dying:
		l.discard(c)
		return
	case c.h2 != nil:
		l.readyH2(c, what)
		return
	}
	c.unread = false
	if c.blocked {
		if what&writable == 0 {
			return
		}
		if !c.writeRest() {
			c.close()
			return
		}
		if c.blocked {
			return
		}
		what |= readable // what came meanwhile was left in the socket
	}
	if what&(readable|gone) != 0 {
		l.read(c)
	}
}

// turn is how often a connection is read before the others of its loop have
// theirs: one that always has more must not be the only one.
const turn = 8

// read reads and answers until there is nothing to read, or the connection's
// turn is over.
func (l *loop) read(c *loopConn) {
	for range turn {
		have := copy(l.in, c.ahead)
		n, drained := 0, false
		if !c.pending {
			var err error
			if n, drained, err = c.socket.read(l.in[have:]); n == 0 {
				if err != nil {
					c.close()
				}
				return
			}
			c.quit = c.quit || err != nil
		}
		if len(c.ahead) == 0 || c.pending { // else the head that is being read began earlier
			c.since = momentOf(l.now)
		}
		c.pending = false
		if !c.decided && !c.decide(l.in[:have+n]) {
			c.keep(l.in[:have+n])
			if drained && !c.quit {
				return
			}
			continue
		}
		if c.h2 != nil {
			c.ahead, c.unread = nil, !drained || c.quit
			if l.receiveH2(c, l.in[:have+n]) && c.unread {
				l.readH2(c)
			}
			return
		}
		rest, next := l.answer(c, l.in[:have+n])
		switch {
		case next == h1.NextServe, next == h1.NextRead && len(rest) == len(l.in):
			c.lend(rest, drained)
			return
		case next == ended:
			c.close()
			return
		}
		c.keep(rest)
		if c.pending = next == h1.NextWrite; c.pending || drained && !c.quit {
			return
		}
	}
	c.unread = true
	l.poller.again(c)
}

// ended is what answer returns when the viewer cannot be written to.
const ended h1.Next = 255

// answer has the engine answer what is in in. It returns what is left of that:
// with h1.NextWrite because the viewer takes no more output.
func (l *loop) answer(c *loopConn, in []byte) ([]byte, h1.Next) {
	for {
		l.scratch.WantsFile = c.sendsFiles
		used, next := c.h1.Hits(&l.scratch, in, l.now)
		in = in[used:]
		if l.scratch.File != nil {
			rest := c.unsent()
			rest.file, rest.left = l.scratch.File, l.scratch.Size
		}
		ok := c.output(l.scratch.Out, l.scratch.Tail)
		l.scratch.Reset()
		switch {
		case !ok:
			return nil, ended
		case c.blocked:
			return in, h1.NextWrite
		case next != h1.NextWrite:
			return in, next
		}
	}
}
