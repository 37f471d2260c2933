package listener

import (
	"errors"
	"os"
	"time"

	"github.com/groundfront/groundfront/proxy/h2"
)

// serveH2 speaks HTTP/2 until the connection ends. Whoever has made output
// writes it: this goroutine, or one of a stream.
func (s *Server) serveH2(c *conn) {
	var state *h2.Conn
	flush := func() error { return state.Flush(c.writeAll) }
	state = h2.New(s.h2, c.peer, func() {
		if flush() != nil {
			_ = c.nc.Close() // then reading ends
		}
	})
	defer func() { // also after a panic
		state.Close(errViewerGone)
		state.Wait()
	}()
	err := s.driveH2(c, state, flush)
	if flush() == nil && !errors.Is(err, errViewerGone) {
		c.linger()
	}
	state.Close(err)
}

// driveH2 feeds the engine until the connection ends.
func (s *Server) driveH2(c *conn, state *h2.Conn, flush func() error) error {
	buffer := make([]byte, 16<<10)
	ticked := s.opts.Now()
	for shut := false; ; {
		if err := flush(); err != nil {
			return errViewerGone
		}
		if state.Done() {
			return ErrClosed
		}
		c.mu.Lock()
		c.waiting = !c.drained // draining wakes the reader, once
		if c.drained && !shut {
			shut = true
			state.Shutdown()
			c.mu.Unlock()
			continue
		}
		c.setDeadline(time.Now().Add(tick))
		c.mu.Unlock()
		n, err := c.Read(buffer)
		now := s.opts.Now()
		if n > 0 {
			err = state.Receive(buffer[:n], now)
		} else if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
		} else if err != nil {
			return errViewerGone
		}
		if err == nil && now.Sub(ticked) >= tick {
			ticked = now
			err = state.Tick(now)
		}
		if err != nil {
			return err
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
