package listener

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
)

// A watch is a goroutine that reads, to find out when the viewer leaves while
// its request is answered.
type watch struct {
	stopped atomic.Bool
	done    chan struct{}
	ahead   [1]byte // what it has read; valid after done
	n       int
}

var errViewerGone = errors.New("the viewer has gone")

// Watch implements h1.Transport.
func (c *conn) Watch(gone context.CancelCauseFunc) {
	if len(c.ahead) > 0 { // what is ahead of its end would have to be kept
		return
	}
	c.SetReadTimeout(0)
	w := &watch{done: make(chan struct{})}
	c.watch = w
	go func() {
		defer close(w.done)
		for w.n == 0 {
			n, err := c.stream.Read(w.ahead[:])
			w.n = n
			switch {
			case w.stopped.Load(), n > 0:
				return
			case errors.Is(err, os.ErrDeadlineExceeded) && c.postponed():
			case err != nil:
				gone(fmt.Errorf("%w: %v", errViewerGone, err)) // not io.EOF, which is the end of content
				return
			}
		}
	}()
}

// unwatch ends the watch, if there is one.
func (c *conn) unwatch() {
	w := c.watch
	if w == nil {
		return
	}
	c.watch = nil
	w.stopped.Store(true)
	c.mu.Lock()
	wanted := c.deadline.wanted
	c.setDeadline(time.Unix(1, 0))
	c.mu.Unlock()
	<-w.done
	c.mu.Lock()
	c.setDeadline(wanted)
	c.mu.Unlock()
	c.ahead = append(c.ahead, w.ahead[:w.n]...)
}
