package transport

import (
	"sync"
	"time"
)

// A pool keeps idle connections, last used first, because the oldest are the
// likeliest to have been closed by the origin.
type pool struct {
	max, maxPerRoute int

	mu     sync.Mutex // guards what follows
	idle   map[route][]*conn
	total  int
	closed bool
}

func (p *pool) isClosed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// take returns an idle connection that is still usable, or nil.
func (p *pool) take(rt route) *conn {
	for {
		c := p.pop(rt)
		if c == nil || c.wake() {
			return c
		}
		c.close()
	}
}

func (p *pool) pop(rt route) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[rt]
	if len(list) == 0 {
		return nil
	}
	c := list[len(list)-1]
	p.setLocked(rt, list[:len(list)-1])
	return c
}

// put makes c idle for at most ttl, or closes it past the bounds.
func (p *pool) put(c *conn, ttl time.Duration) {
	p.mu.Lock()
	list := p.idle[c.route]
	if p.closed || ttl <= 0 || p.total >= p.max || len(list) >= p.maxPerRoute {
		p.mu.Unlock()
		c.close()
		return
	}
	c.rest(ttl)
	p.setLocked(c.route, append(list, c))
	p.mu.Unlock()
	go func() {
		defer close(c.watched)
		c.watch()
		if p.remove(c) {
			c.close()
		}
	}()
}

// remove takes c out and reports whether it was in.
func (p *pool) remove(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.idle[c.route]
	for i := range list {
		if list[i] == c {
			copy(list[i:], list[i+1:])
			list[len(list)-1] = nil
			p.setLocked(c.route, list[:len(list)-1])
			return true
		}
	}
	return false
}

func (p *pool) setLocked(rt route, list []*conn) {
	p.total += len(list) - len(p.idle[rt])
	if len(list) == 0 {
		delete(p.idle, rt)
		return
	}
	p.idle[rt] = list
}

// closeIdle closes what is idle and waits for its watchers to end.
func (p *pool) closeIdle(forGood bool) {
	p.mu.Lock()
	p.closed = p.closed || forGood
	var all []*conn
	for _, list := range p.idle {
		all = append(all, list...)
	}
	clear(p.idle)
	p.total = 0
	p.mu.Unlock()
	for _, c := range all {
		c.close()
		<-c.watched
	}
}
