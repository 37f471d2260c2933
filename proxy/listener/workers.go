package listener

import (
	"sync"
	"sync/atomic"
)

// workers are the goroutines that answer requests for the loops. One that has
// finished waits for the next request: its stack has grown already, which for a
// request that only passes costs a tenth of its time.
type workers struct {
	running *sync.WaitGroup
	tasks   chan task     // to who waits; nothing is queued
	stop    chan struct{} // closed when nobody is to wait any more
	waiting atomic.Int32
}

// A task is a connection that was lent, with what was read of the request.
type task struct {
	conn *loopConn
	in   []byte
}

// maxWaiting bounds how many workers wait.
const maxWaiting = 256

func newWorkers(running *sync.WaitGroup) workers {
	return workers{running: running, tasks: make(chan task), stop: make(chan struct{})}
}

// do has a worker serve t.
func (w *workers) do(t task) {
	select {
	case w.tasks <- t:
	default:
		w.running.Go(func() { w.work(t) })
	}
}

// work serves t and then what comes while it waits.
func (w *workers) work(t task) {
	for {
		t.conn.serve(t.in)
		if w.waiting.Add(1) > maxWaiting {
			w.waiting.Add(-1)
			return
		}
		var more bool
		select {
		case t = <-w.tasks:
			more = true
		case <-w.stop:
		}
		w.waiting.Add(-1)
		if !more {
			return
		}
	}
}
