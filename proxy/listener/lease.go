package listener

import (
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
)

// A lease is what a loop's connection needs while a goroutine has it.
type lease struct {
	read, write chan struct{} // signals of the loop, of which one may wait

	mu       sync.Mutex // guards what follows
	deadline time.Time  // of reading; zero for none
	stopped  bool       // by Interrupt
	gone     context.CancelCauseFunc
}

// isLent tells a goroutine that has the connection what it is ready for. It
// reports false if the loop has the connection.
func (c *loopConn) isLent(what readiness) bool {
	for {
		old := c.events.Load()
		if old&uint32(lent) == 0 {
			return false
		}
		if c.events.CompareAndSwap(old, old|uint32(what)) {
			break
		}
	}
	l := c.lease.Load()
	if l == nil { // it ends its handshake, and looks again
		return true
	}
	if what&(readable|gone) != 0 {
		signal(l.read)
	}
	if what&(writable|gone) != 0 {
		signal(l.write)
	}
	if what&gone != 0 {
		l.mu.Lock()
		left := l.gone
		l.mu.Unlock()
		if left != nil {
			left(errViewerGone)
		}
	}
	return true
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// lend gives the connection to a goroutine that answers the request in front of
// in. drained tells that nothing is left in the socket.
func (c *loopConn) lend(in []byte, drained bool) {
	c.borrow(drained)
	in = append([]byte(nil), in...) // the loop's buffer goes on to others
	c.ahead = nil
	c.loop.server.workers.Do(task{c, in})
}

// A task is a connection that was lent, with what was read of the request.
type task struct {
	conn *loopConn
	in   []byte
}

func (t task) serve() { t.conn.serve(t.in) }

// borrow makes a goroutine the owner.
func (c *loopConn) borrow(drained bool) {
	l := c.lease.Load()
	if l == nil {
		l = &lease{read: make(chan struct{}, 1), write: make(chan struct{}, 1)}
		c.lease.Store(l)
	}
	l.mu.Lock()
	l.deadline, l.stopped, l.gone = time.Time{}, false, nil
	l.mu.Unlock()
	state := lent
	if !drained {
		state |= readable
	}
	if c.quit {
		state |= readable | gone
	}
	c.events.Store(uint32(state))
}

// serve answers the request in front of in, and those that have come behind it,
// until the connection ends or the loop can have it back.
func (c *loopConn) serve(in []byte) {
	defer c.recover()
	for {
		rest, keep := c.h1.Serve(c, in)
		if !keep {
			c.linger()
			c.close()
			return
		}
		var next h1.Next
		if rest, next = c.hits(rest); next == ended {
			c.close()
			return
		}
		if next == h1.NextServe {
			in = rest
			continue
		}
		more, err := c.giveBack(rest)
		if err != nil {
			c.close()
			return
		}
		if more == nil {
			return
		}
		in = more
	}
}

// hits answers what can be answered at once of what came behind a request.
func (c *loopConn) hits(in []byte) ([]byte, h1.Next) {
	if len(in) == 0 {
		return nil, h1.NextRead
	}
	scratch := scratches.Get().(*h1.Scratch) // given back empty, or not at all
	for {
		used, next := c.h1.Hits(scratch, in, c.loop.server.opts.Now())
		in = in[used:]
		var err error
		if len(scratch.Out)+len(scratch.Tail) > 0 {
			err = c.WriteBoth(scratch.Out, scratch.Tail)
		}
		scratch.Reset()
		switch {
		case err != nil:
			in, next = nil, ended
		case next == h1.NextWrite:
			continue
		case next == h1.NextRead && len(in) >= loopInput: // too much for a loop
			next = h1.NextServe
		}
		scratches.Put(scratch)
		return in, next
	}
}

// giveBack makes the loop the owner, with rest as the beginning of a head. If
// the socket has become readable meanwhile it reads, and returns what there is
// to serve.
func (c *loopConn) giveBack(rest []byte) (in []byte, err error) {
	c.keep(rest)
	c.since, c.blocked = momentOf(time.Now()), false
	for {
		if c.events.CompareAndSwap(uint32(lent), 0) || c.events.CompareAndSwap(uint32(lent|writable), 0) {
			return nil, nil
		}
		buffer := make([]byte, 4<<10)
		n, err := c.readNow(c.socket, buffer)
		if n == 0 && err != nil {
			return nil, err
		}
		rest, next := c.hits(append(c.ahead, buffer[:n]...))
		switch next {
		case ended:
			return nil, io.ErrClosedPipe
		case h1.NextServe:
			c.ahead = nil
			return rest, nil
		}
		c.keep(rest)
	}
}

// readNow reads without waiting. What may be left in the socket is not
// forgotten.
func (c *loopConn) readNow(s socket, p []byte) (int, error) {
	left := c.events.And(^uint32(readable))&uint32(gone) != 0
	n, drained, err := s.read(p)
	if n > 0 && err != nil { // which will be the answer again
		drained, err = false, nil
		c.events.Or(uint32(gone))
	}
	if !drained {
		c.events.Or(uint32(readable))
	}
	if n == 0 && err == nil && left {
		err = io.EOF // a poller that is ahead of its socket
	}
	return n, err
}

// Read implements h1.Transport.
func (c *loopConn) Read(p []byte) (int, error) { return c.readFrom(c.socket, p) }

// readFrom reads from c.socket or what is below it, and waits.
func (c *loopConn) readFrom(s socket, p []byte) (int, error) {
	for {
		if n, err := c.readNow(s, p); n > 0 || err != nil {
			return n, err
		}
		if err := c.await(readable|gone, c.lease.Load().read, c.readDeadline); err != nil {
			return 0, err
		}
	}
}

// readDeadline returns until when reading waits.
func (c *loopConn) readDeadline() (time.Time, error) {
	l := c.lease.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return time.Time{}, errInterrupted
	}
	return l.deadline, nil
}

// await waits until the connection is ready.
func (c *loopConn) await(what readiness, signal <-chan struct{}, deadline func() (time.Time, error)) error {
	for c.events.Load()&uint32(what) == 0 {
		at, err := deadline()
		if err != nil {
			return err
		}
		if !waitFor(signal, at) {
			return os.ErrDeadlineExceeded
		}
	}
	return nil
}

// waitFor waits for a signal, and reports false if it does not come until at.
func waitFor(signal <-chan struct{}, at time.Time) bool {
	if at.IsZero() {
		<-signal
		return true
	}
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-signal:
		return true
	case <-timer.C:
		return false
	}
}

// Write implements h1.Transport.
func (c *loopConn) Write(p []byte) (int, error) {
	if err := c.WriteBoth(p, nil); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteBoth implements h1.Transport.
func (c *loopConn) WriteBoth(p, q []byte) error { return c.writeTo(c.socket, p, q) }

// writeTo writes to c.socket or what is below it, and waits.
func (c *loopConn) writeTo(s socket, p, q []byte) error {
	until, progress := time.Time{}, 0
	for {
		c.events.And(^uint32(writable))
		n, blocked, err := s.write(p, q)
		if err != nil || !blocked {
			return err
		}
		k := min(n, len(p))
		p, q = p[k:], q[n-k:]
		if progress += n; until.IsZero() || progress >= leastProgress {
			until, progress = time.Now().Add(c.loop.server.opts.WriteTimeout), 0
		}
		if err := c.awaitRoom(until); err != nil {
			return err
		}
	}
}

// leastProgress is how many bytes a viewer must take in the WriteTimeout, unless there
// are fewer (reliability D3).
const leastProgress = 64 << 10

// awaitRoom waits until the viewer takes more.
func (c *loopConn) awaitRoom(until time.Time) error {
	return c.await(writable, c.lease.Load().write, func() (time.Time, error) { return until, nil })
}

// SendsFiles implements h1.Transport.
func (c *loopConn) SendsFiles() bool { return c.socket.sendsFiles() }

// SendFile implements h1.Transport.
func (c *loopConn) SendFile(f *os.File, n int64) (sent int64, err error) {
	until, progress := time.Time{}, int64(0)
	for sent < n {
		c.events.And(^uint32(writable))
		k, blocked, err := c.socket.sendFile(f, n-sent)
		sent += k
		switch {
		case err != nil:
			return sent, err
		case blocked:
			if progress += k; until.IsZero() || progress >= leastProgress {
				until, progress = time.Now().Add(c.loop.server.opts.WriteTimeout), 0
			}
			if err := c.awaitRoom(until); err != nil {
				return sent, err
			}
		case k == 0:
			return sent, io.ErrUnexpectedEOF
		}
	}
	return sent, nil
}

// SetReadTimeout implements h1.Transport.
func (c *loopConn) SetReadTimeout(d time.Duration) {
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	c.setReadDeadline(at)
}

func (c *loopConn) setReadDeadline(at time.Time) {
	l := c.lease.Load()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = at
}

// Interrupt implements h1.Transport.
func (c *loopConn) Interrupt() {
	l := c.lease.Load()
	l.mu.Lock()
	l.stopped = true
	l.mu.Unlock()
	signal(l.read)
}

// Watch implements h1.Transport. The loop watches.
func (c *loopConn) Watch(left context.CancelCauseFunc) {
	l := c.lease.Load()
	l.mu.Lock()
	l.gone = left
	l.mu.Unlock()
	if c.events.Load()&uint32(gone) != 0 { // before anybody asked
		left(errViewerGone)
	}
}

// linger ends the output and reads for a moment what the viewer still sends, as
// the other driver does.
func (c *loopConn) linger() {
	if c.socket.shutdown(false) != nil {
		return
	}
	const most = 1 << 20
	l := c.lease.Load()
	l.mu.Lock()
	l.stopped = false
	l.mu.Unlock()
	for end := time.Now().Add(c.loop.server.opts.WriteTimeout); ; {
		c.SetReadTimeout(lingerTime)
		_, err := io.CopyN(io.Discard, readerOnly{c}, most)
		if !errors.Is(err, os.ErrDeadlineExceeded) || c.raw.onTheWay() == 0 || time.Now().After(end) {
			return
		}
	}
}

type readerOnly struct{ io.Reader }
