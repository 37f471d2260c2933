package main

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// An outlet is standard error for who must not wait for it: a terminal that is
// held, a pipe that nobody reads or a full disk hold up no request. What is
// written waits in memory, and what does not fit is dropped and counted. Writing
// never fails.
type outlet struct {
	to   io.Writer
	wake chan struct{} // has room for one
	stop chan struct{}
	done chan struct{}

	mu      sync.Mutex // guards waiting
	waiting []byte

	dropped atomic.Uint64 // writes, of which each is a line of a log
}

const (
	maxWaiting = 1 << 20 // bytes
	// outletPatience bounds the wait for what is left at the end.
	outletPatience = time.Second
)

func newOutlet(to io.Writer) *outlet {
	o := &outlet{to: to, wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	go o.run()
	return o
}

// Write implements io.Writer.
func (o *outlet) Write(p []byte) (int, error) {
	o.mu.Lock()
	fits := len(o.waiting)+len(p) <= maxWaiting
	if fits {
		o.waiting = append(o.waiting, p...)
	}
	o.mu.Unlock()
	if !fits {
		o.dropped.Add(1)
		return len(p), nil
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
	return len(p), nil
}

// run writes until close.
func (o *outlet) run() {
	defer close(o.done)
	for {
		select {
		case <-o.wake:
			o.flush()
		case <-o.stop:
			o.flush()
			return
		}
	}
}

func (o *outlet) flush() {
	o.mu.Lock()
	text := o.waiting
	o.waiting = nil
	o.mu.Unlock()
	if len(text) == 0 {
		return
	}
	if _, err := o.to.Write(text); err != nil {
		o.dropped.Add(1)
	}
}

// close writes what waits, if that can be done in a moment.
func (o *outlet) close() {
	close(o.stop)
	select {
	case <-o.done:
	case <-time.After(outletPatience):
	}
}

// unhurried returns c with a standard error that nobody waits for, and what ends
// that.
func (c console) unhurried() (console, func()) {
	o := newOutlet(c.stderr)
	c.stderr, c.dropped = o, o.dropped.Load
	return c, o.close
}
