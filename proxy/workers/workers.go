// Package workers has goroutines that answer requests, and wait for the next one
// when they have: one that has worked has a stack that has grown already, which for
// a request that only passes, and for one over HTTP/3, costs a tenth of its time.
//
// It is a part of proxy.
package workers

import "sync"

// A Pool is a set of such goroutines. The one that has waited least is next, for
// its stack is still in the processor's caches. The zero Pool is not ready: New.
type Pool[T any] struct {
	serve   func(T)
	running *sync.WaitGroup

	mu      sync.Mutex // guards what follows
	waiting []*worker[T]
	stopped bool // nobody is to wait any more
}

// A worker waits for a task, or for the end of the channel.
type worker[T any] struct{ next chan T }

// MaxWaiting bounds how many goroutines of a Pool wait.
const MaxWaiting = 256

// New returns a Pool whose goroutines, which are counted by running, serve tasks.
func New[T any](running *sync.WaitGroup, serve func(T)) *Pool[T] {
	return &Pool[T]{serve: serve, running: running}
}

// Do has a goroutine serve t.
func (p *Pool[T]) Do(t T) {
	if free := p.take(); free != nil {
		free.next <- t
		return
	}
	p.running.Go(func() { p.work(t) })
}

// take returns a worker that waits, nil if none does.
func (p *Pool[T]) take() *worker[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := len(p.waiting) - 1
	if last < 0 {
		return nil
	}
	free := p.waiting[last]
	p.waiting = p.waiting[:last]
	return free
}

// work serves t and then what comes while it waits.
func (p *Pool[T]) work(t T) {
	self := &worker[T]{next: make(chan T, 1)}
	for more := true; more; t, more = <-self.next {
		p.serve(t)
		t = *new(T) // it is not kept from the collector
		if !p.wait(self) {
			return
		}
	}
}

// wait takes a worker among those that wait, and reports false if it is not to.
func (p *Pool[T]) wait(self *worker[T]) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped || len(p.waiting) == MaxWaiting {
		return false
	}
	p.waiting = append(p.waiting, self)
	return true
}

// Stop ends those that wait, and those that serve when they have.
func (p *Pool[T]) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	for _, free := range p.waiting {
		close(free.next)
	}
	p.waiting = nil
}
