package transport

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A pool owns the connections. It keeps the idle ones, last used first,
// because the oldest are the likeliest to have been closed by the origin, and
// it bounds how many there are to one place: requests past that wait in a
// queue, which is bounded too.
type pool struct {
	max, maxPerPlace   int // idle ones
	maxConns, maxQueue int // of one place
	maxWait, maxAge    time.Duration
	now                func() time.Time

	mu     sync.Mutex // guards what follows
	places map[target]*place
	idle   int
	closed bool
	reaper *time.Timer // runs while there are idle connections
	reapAt time.Time   // zero while it does not
}

// A target is what is connected to: a name or an address, and a port.
type target struct {
	host string // "host:port", or "unix:/path", if port is 0
	port int
}

// A place is a target that has connections.
type place struct {
	target  target
	open    int     // connections, those that are being made included
	idle    []*conn // of any route, the last used at the end
	waiting []*waiter
}

// A waiter is a request that waits for a connection. It gets an idle one, or
// nil, which is the right to make one.
type waiter struct {
	route route
	ready chan *conn // with room for one
}

var (
	errClosed   = errors.New("client is closed")
	errQueue    = errors.New("too many requests wait for a connection")
	errLongWait = errors.New("no connection became free in time")
)

// acquire returns an idle connection of the route, or nil with the right to
// make one, which leave gives back. With fresh set it is always nil.
func (p *pool) acquire(ctx context.Context, rt route, fresh bool) (*conn, *origin.Error) {
	for {
		c, w, err := p.tryAcquire(rt, fresh)
		if w != nil {
			c, err = p.wait(ctx, w)
		}
		switch {
		case err != nil:
			return nil, err
		case c == nil || c.quiet():
			return c, nil
		}
		p.discard(c)
	}
}

func (p *pool) tryAcquire(rt route, fresh bool) (*conn, *waiter, *origin.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "connect", Err: errClosed}
	}
	pl := p.placeLocked(rt.target)
	if !fresh {
		if c := p.takeLocked(pl, rt); c != nil {
			return c, nil, nil
		}
	}
	switch {
	case pl.open < p.maxConns:
		pl.open++
	case len(pl.idle) > 0: // of another route: it makes room
		p.removeLocked(pl, 0).cut()
	case len(pl.waiting) >= p.maxQueue:
		return nil, nil, &origin.Error{Kind: origin.ErrorLimit, Op: "connect " + rt.target.String(), Err: errQueue}
	default:
		w := &waiter{route: rt, ready: make(chan *conn, 1)}
		pl.waiting = append(pl.waiting, w)
		return nil, w, nil
	}
	return nil, nil, nil
}

// takeLocked takes the last used connection of the route whose time is not
// over.
func (p *pool) takeLocked(pl *place, rt route) *conn {
	if len(pl.idle) == 0 {
		return nil
	}
	now := p.now()
	for i := len(pl.idle) - 1; i >= 0; i-- {
		if c := pl.idle[i]; c.route == rt && now.Before(c.expires) {
			c.taken = now
			p.removeLocked(pl, i)
			c.others = pl.open - len(pl.idle) - 1
			return c
		}
	}
	return nil
}

func (p *pool) removeLocked(pl *place, i int) *conn {
	c := pl.idle[i]
	pl.idle = slices.Delete(pl.idle, i, i+1)
	p.idle--
	return c
}

// wait waits for what becomes free, at most for maxWait.
func (p *pool) wait(ctx context.Context, w *waiter) (*conn, *origin.Error) {
	timer := time.NewTimer(p.maxWait)
	defer timer.Stop()
	e := &origin.Error{Kind: origin.ErrorLimit, Op: "connect " + w.route.target.String(), Err: errLongWait}
	select {
	case c := <-w.ready:
		return c, nil
	case <-timer.C:
	case <-ctx.Done():
		e = canceledOr(ctx, e)
	}
	p.mu.Lock()
	pl := p.placeLocked(w.route.target)
	if i := slices.Index(pl.waiting, w); i >= 0 {
		pl.waiting = slices.Delete(pl.waiting, i, i+1)
		p.mu.Unlock()
		return nil, e
	}
	p.mu.Unlock()
	if c := <-w.ready; c != nil { // it was given meanwhile
		now := p.now()
		p.put(c, c.expires.Sub(now), now)
	} else {
		p.leave(w.route.target)
	}
	return nil, e
}

// own takes a connection that was made with the right from acquire.
func (p *pool) own(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c.place = p.placeLocked(c.route.target)
}

// put makes c idle now, for at most ttl: somebody who waits gets it, and past the
// bounds it is closed.
func (p *pool) put(c *conn, ttl time.Duration, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	pl := c.place
	c.reused, c.taken, c.expires = true, now, now.Add(ttl)
	switch {
	case p.closed, ttl <= 0, now.Sub(c.made) > p.maxAge:
	case len(pl.waiting) > 0 && pl.waiting[0].route == c.route:
		w := pl.waiting[0]
		pl.waiting = slices.Delete(pl.waiting, 0, 1)
		w.ready <- c
		return
	case len(pl.waiting) > 0, p.idle >= p.max, len(pl.idle) >= p.maxPerPlace:
	default:
		pl.idle = append(pl.idle, c)
		p.idle++
		p.reapLocked(now, c.expires)
		return
	}
	c.cut()
	p.leaveLocked(pl)
}

// discard closes a connection that is not idle.
func (p *pool) discard(c *conn) {
	c.cut()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaveLocked(c.place)
}

// leave gives back the right to have a connection.
func (p *pool) leave(t target) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leaveLocked(p.placeLocked(t))
}

func (p *pool) leaveLocked(pl *place) {
	if len(pl.waiting) > 0 {
		w := pl.waiting[0]
		pl.waiting = slices.Delete(pl.waiting, 0, 1)
		w.ready <- nil
		return
	}
	if pl.open--; pl.open == 0 {
		delete(p.places, pl.target)
	}
}

// placeLocked returns the place of a target; one that nobody enters must not
// stay.
func (p *pool) placeLocked(t target) *place {
	pl := p.places[t]
	if pl == nil {
		pl = &place{target: t}
		p.places[t] = pl
	}
	return pl
}

// reapLocked sees to it that what is idle is looked after by then.
func (p *pool) reapLocked(now, by time.Time) {
	if !p.reapAt.IsZero() && !by.Before(p.reapAt) {
		return
	}
	p.reapAt = by
	if p.reaper == nil {
		p.reaper = time.AfterFunc(by.Sub(now), p.reap)
		return
	}
	p.reaper.Reset(by.Sub(now))
}

// reap closes the idle connections whose time is over, and those that the
// origin has closed or spoken on.
func (p *pool) reap() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reapAt = time.Time{}
	now, next := p.now(), time.Time{}
	for _, pl := range p.places {
		for i := len(pl.idle) - 1; i >= 0; i-- {
			c := pl.idle[i]
			if now.Before(c.expires) && c.quiet() {
				if next.IsZero() || c.expires.Before(next) {
					next = c.expires
				}
				continue
			}
			p.removeLocked(pl, i).cut()
			p.leaveLocked(pl)
		}
	}
	if !next.IsZero() {
		p.reapLocked(now, next)
	}
}

// closeIdle closes what is idle, and with forGood lets nothing become so.
func (p *pool) closeIdle(forGood bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = p.closed || forGood
	for _, pl := range p.places {
		for len(pl.idle) > 0 {
			p.removeLocked(pl, len(pl.idle)-1).cut()
			p.leaveLocked(pl)
		}
	}
	if p.reaper != nil {
		p.reaper.Stop()
		p.reapAt = time.Time{}
	}
}
