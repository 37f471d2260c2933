package listener

import (
	"errors"
	"os"
	"time"

	"github.com/groundfront/groundfront/proxy/h2"
)

// serveH2 speaks HTTP/2 until the connection ends. This goroutine reads and
// another writes: a viewer may send what it has to send before it takes anything,
// so reading must not wait for writing.
func (s *Server) serveH2(c *conn) {
	w := &h2Writer{conn: c, wake: make(chan struct{}, 1), stop: make(chan struct{})}
	w.state = h2.New(s.h2, c.peer, func() { signal(w.wake) })
	c.mu.Lock()
	c.h2 = w.state
	c.mu.Unlock()
	ended := make(chan error, 1)
	go func() { ended <- w.run() }()
	err := errViewerGone // also after a panic
	defer func() {
		if errors.Is(err, errViewerGone) {
			_ = c.nc.Close() // then writing ends
		}
		close(w.stop)
		if <-ended == nil && !errors.Is(err, errViewerGone) {
			c.linger()
		}
		w.state.Close(err)
		w.state.Wait()
	}()
	err = s.driveH2(c, w)
}

// driveH2 feeds the engine until the connection ends.
func (s *Server) driveH2(c *conn, w *h2Writer) error {
	buffer := make([]byte, 16<<10)
	ticked := s.opts.Now()
	for shut := false; ; {
		signal(w.wake)
		if w.state.Done() {
			return ErrClosed
		}
		c.mu.Lock()
		c.waiting = !c.drained // draining wakes the reader, once
		if c.drained && !shut {
			shut = true
			w.state.Shutdown()
			c.mu.Unlock()
			continue
		}
		c.setDeadline(time.Now().Add(tick))
		c.mu.Unlock()
		n, err := c.Read(buffer)
		now := s.opts.Now()
		if n > 0 {
			err = w.state.Receive(buffer[:n], now)
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		} else if err != nil {
			return errViewerGone
		}
		if err == nil && now.Sub(ticked) >= tick {
			ticked = now
			err = w.state.Tick(now)
		}
		if err != nil {
			return err
		}
	}
}

// An h2Writer writes what an engine has to say.
type h2Writer struct {
	conn  *conn
	state *h2.Conn
	wake  chan struct{} // there is something
	stop  chan struct{} // closed when no more comes
}

// run writes until it is stopped, or the viewer is gone: then reading ends too.
func (w *h2Writer) run() error {
	for last := false; ; {
		if err := w.state.Flush(w.conn.writeAll); err != nil {
			_ = w.conn.nc.Close()
			return err
		}
		if w.state.Done() {
			w.conn.Interrupt() // nothing is to be read any more
		}
		if last {
			return nil
		}
		select {
		case <-w.wake:
		case <-w.stop:
			last = true
		}
	}
}

// writeAll writes p, gathered where TLS would write record by record.
func (c *conn) writeAll(p []byte) (int, error) {
	if c.stream == &c.wire {
		return c.wire.Write(p)
	}
	return len(p), c.WriteBoth(p, nil)
}
