package listener

import (
	"github.com/groundfront/groundfront/proxy/h2"
)

// beginH2 makes c speak HTTP/2.
func (c *loopConn) beginH2() {
	var state *h2.Conn
	state = h2.New(c.loop.server.h2, c.peer, func() { // by a stream's goroutine
		if state.Flush(c.writeH2) != nil {
			_ = c.raw.shutdown(true) // the loop then finds out
		}
	})
	c.h2 = state
}

// flushH2 writes what the engine has, as far as the viewer takes it.
func (c *loopConn) flushH2() error { return c.h2.Flush(c.writeH2) }

func (c *loopConn) writeH2(p []byte) (int, error) {
	n, _, err := c.socket.write(p, nil)
	return n, err
}

// readyH2 serves a connection that speaks HTTP/2.
func (l *loop) readyH2(c *loopConn, what readiness) {
	if what&writable != 0 {
		if _, _, err := c.socket.write(nil, nil); err != nil || c.flushH2() != nil {
			c.endH2(errViewerGone)
			return
		}
	}
	if what&readable != 0 || c.unread {
		l.readH2(c)
	}
}

// readH2 has the engine take what there is to read, unless too much output waits.
func (l *loop) readH2(c *loopConn) {
	for range turn {
		if c.unread = c.h2.Full(); c.unread {
			return
		}
		n, drained, err := c.socket.read(l.in)
		if n > 0 && !l.receiveH2(c, l.in[:n]) {
			return
		}
		if err != nil {
			c.endH2(errViewerGone)
			return
		}
		if drained && !c.quit {
			return
		}
	}
	c.unread = true
	l.poller.again(c)
}

// receiveH2 gives input to the engine and reports whether the connection goes
// on.
func (l *loop) receiveH2(c *loopConn, in []byte) bool {
	err := c.h2.Receive(in, l.now)
	flushErr := c.flushH2()
	switch {
	case flushErr != nil:
		c.endH2(errViewerGone)
	case err != nil:
		c.endH2(err)
		return false
	case c.doneH2():
		c.endH2(ErrClosed)
	default:
		return true
	}
	return false
}

// doneH2 reports that the connection was shut down and that all output is on its
// way, that of TLS too.
func (c *loopConn) doneH2() bool {
	if !c.h2.Done() {
		return false
	}
	_, blocked, err := c.socket.write(nil, nil)
	return err != nil || !blocked
}

// tickH2 has the engine look at the time.
func (l *loop) tickH2(c *loopConn) {
	err := c.h2.Tick(l.now)
	if c.flushH2() != nil {
		err = errViewerGone
	}
	if err == nil && c.doneH2() {
		err = ErrClosed
	}
	if err != nil {
		c.endH2(err)
	}
}

// endH2 ends the connection: at once if the viewer has gone, else when it has
// read why.
func (c *loopConn) endH2(err error) {
	state := c.h2
	state.Close(err)
	c.loop.server.running.Go(state.Wait)
	c.h2 = nil
	if err == errViewerGone || c.socket.shutdown(false) != nil {
		c.close()
		return
	}
	c.dying, c.since = true, momentOf(c.loop.now)
}

// discard reads over what a viewer sends whose connection has ended.
func (l *loop) discard(c *loopConn) {
	for {
		n, drained, err := c.socket.read(l.in)
		if err != nil || c.waited(l.now) >= c.patience() {
			c.close()
			return
		}
		if n == 0 || drained && !c.quit {
			return
		}
	}
}
