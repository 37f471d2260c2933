package listener

import "sync"

// workers are the goroutines that answer requests for the loops. One that has
// finished waits for the next request: its stack has grown already, which for a
// request that only passes costs a tenth of its time. The one that has waited
// least is next, for its stack is still in the processor's caches.
type workers struct {
	running *sync.WaitGroup

	mu      sync.Mutex // guards what follows
	waiting []*worker
	stopped bool // nobody is to wait any more
}

// A worker waits for a task, or for the end of the channel.
type worker struct{ next chan task }

// A task is a connection that was lent, with what was read of the request.
type task struct {
	conn *loopConn
	in   []byte
}

// maxWaiting bounds how many workers wait.
const maxWaiting = 256

// do has a worker serve t.
func (w *workers) do(t task) {
	if free := w.take(); free != nil {
		free.next <- t
		return
	}
	w.running.Go(func() { w.work(t) })
}

// take returns a worker that waits, nil if none does.
func (w *workers) take() *worker {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := len(w.waiting) - 1
	if last < 0 {
		return nil
	}
	free := w.waiting[last]
	w.waiting = w.waiting[:last]
	return free
}

// work serves t and then what comes while it waits.
func (w *workers) work(t task) {
	self := &worker{next: make(chan task, 1)}
	for more := true; more; t, more = <-self.next {
		t.conn.serve(t.in)
		t = task{} // it is not kept from the collector
		if !w.wait(self) {
			return
		}
	}
}

// wait takes a worker among those that wait, and reports false if it is not to.
func (w *workers) wait(self *worker) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped || len(w.waiting) == maxWaiting {
		return false
	}
	w.waiting = append(w.waiting, self)
	return true
}

// stop ends those that wait, and those that serve when they have.
func (w *workers) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
	for _, free := range w.waiting {
		close(free.next)
	}
	w.waiting = nil
}
