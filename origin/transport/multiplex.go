package transport

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/transport/h2"
)

// multiplexed are the connections that speak HTTP/2. Each is shared by as many
// requests as its origin allows, counts among those of its place like any
// other, and is closed when it has been without a request for the keep-alive
// timeout of its origin.
//
// Lock order: mu, then the locks in a connection. What a connection reports
// comes in a goroutine, since it may report out of a call under mu.
type multiplexed struct {
	mu     sync.Mutex // guards what follows
	lanes  map[route]*lane
	closed bool
}

// A lane are the connections of one route.
type lane struct {
	conns   []*shared
	opening chan struct{} // closed when the one that is being made is there, or is not; nil without one
}

// A shared is one connection.
type shared struct {
	*h2.Conn  // nil until it is open; guarded by multiplexed.mu until then
	route     route
	made      time.Time
	keepAlive time.Duration
	leave     func()      // gives its place back, once
	timer     *time.Timer // of its idle time; nil while it is not idle
}

// multiplex is RoundTrip over HTTP/2. Connections are tried like any
// (CF-ORT-02), and what was sent is never sent twice.
func (t *trip) multiplex(ctx context.Context) (*origin.Response, error) {
	for left := max(1, t.origin.Attempts); ; left-- {
		t.timing.Attempts++
		c, err := t.reserve(ctx)
		if err == nil {
			return t.over(ctx, c)
		}
		if err.Retry != origin.RetryYes || left == 1 || ctx.Err() != nil {
			t.cancel()
			return nil, err
		}
	}
}

// over sends the request over c.
func (t *trip) over(ctx context.Context, c *shared) (*origin.Response, error) {
	response, err := c.RoundTrip(ctx, t.request, t.origin.ReadTimeout)
	if err != nil {
		t.cancel()
		return nil, err
	}
	t.timing.FirstByte = response.Timing.FirstByte
	response.Timing = t.timing
	response.Body = &canceling{response.Body, t.cancel}
	return response, nil
}

// A canceling is content whose end ends the completion timeout.
type canceling struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c *canceling) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// reserve returns a connection with room for the request.
func (t *trip) reserve(ctx context.Context) (*shared, *origin.Error) {
	m := &t.client.multiplexed
	for {
		c, opening, err := m.find(t.route, t.client.now().Add(-t.client.pool.maxAge))
		switch {
		case err != nil:
			return nil, err
		case c != nil:
			t.timing.Reused = true
			return c, nil
		case opening == nil:
			return t.open(ctx, m)
		}
		select {
		case <-opening:
		case <-ctx.Done():
			return nil, canceledOr(ctx, &origin.Error{Op: "connect " + t.route.target.String()})
		}
	}
}

// find returns a reserved connection that was made after oldest, or the
// opening to wait for before asking again, or neither: then the caller opens a
// connection.
func (m *multiplexed) find(rt route, oldest time.Time) (*shared, chan struct{}, *origin.Error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return nil, nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "connect", Err: errClosed}
	}
	l := m.lanes[rt]
	if l == nil {
		l = &lane{}
		if m.lanes == nil {
			m.lanes = make(map[route]*lane)
		}
		m.lanes[rt] = l
	}
	for _, c := range l.conns {
		if c.made.After(oldest) && c.Reserve() {
			if c.timer != nil {
				c.timer.Stop()
				c.timer = nil
			}
			return c, nil, nil
		}
	}
	if l.opening != nil {
		return nil, l.opening, nil
	}
	l.opening = make(chan struct{})
	return nil, nil, nil
}

// open makes a connection, reserved for the caller. Those that wait for it ask
// again then.
func (t *trip) open(ctx context.Context, m *multiplexed) (*shared, *origin.Error) {
	c := &shared{route: t.route, keepAlive: t.origin.KeepAliveTimeout}
	conn, err := t.connectMultiplexed(ctx, m, c)
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.lanes[t.route]
	close(l.opening)
	l.opening = nil
	if err == nil {
		c.Conn = conn
		l.conns = append(l.conns, c)
		if !c.Reserve() { // it has ended already, or allows nothing
			err = c.Refused("connect " + t.route.target.String())
		}
		go m.look(c) // it may have reported before it was there
	}
	m.forgetLocked(t.route)
	return c, err
}

func (t *trip) connectMultiplexed(ctx context.Context, m *multiplexed, c *shared) (*h2.Conn, *origin.Error) {
	pool := &t.client.pool
	if _, err := pool.acquire(ctx, t.route, true); err != nil {
		return nil, err
	}
	c.leave = sync.OnceFunc(func() { pool.leave(c.route.target) })
	raw, err := t.connect(ctx)
	if err != nil {
		c.leave()
		return nil, err
	}
	scheme := "http"
	if t.route.tls {
		scheme = "https"
	}
	c.made = raw.made
	conn, failed := h2.Open(ctx, scheme, raw.nc, func() { go m.look(c) })
	if failed != nil {
		c.leave()
		return nil, canceledOr(ctx, &origin.Error{Kind: origin.ErrorConnect, Op: "open HTTP/2", Retry: origin.RetryYes, Err: failed})
	}
	return conn, nil
}

// look does what the state of a connection asks for.
func (m *multiplexed) look(c *shared) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Conn == nil {
		return
	}
	idle := c.Idle()
	if c.timer != nil && (!idle || c.Ended() || m.closed) {
		c.timer.Stop()
		c.timer = nil
	}
	switch {
	case c.Ended():
		m.removeLocked(c)
	case idle && m.closed:
		go c.Close()
	case idle && c.timer == nil:
		c.timer = time.AfterFunc(c.keepAlive, func() { m.expire(c) })
	}
}

// expire closes a connection whose idle time is over.
func (m *multiplexed) expire(c *shared) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c.Idle() {
		m.removeLocked(c)
		go c.Close()
	}
}

// removeLocked lets nobody find c any more.
func (m *multiplexed) removeLocked(c *shared) {
	c.leave()
	if l := m.lanes[c.route]; l != nil {
		l.conns = slices.DeleteFunc(l.conns, func(other *shared) bool { return other == c })
		m.forgetLocked(c.route)
	}
}

// forgetLocked forgets a lane that nobody uses.
func (m *multiplexed) forgetLocked(rt route) {
	if l := m.lanes[rt]; len(l.conns) == 0 && l.opening == nil {
		delete(m.lanes, rt)
	}
}

// closeIdle closes the connections that serve no request, and with forGood the
// others when they have served theirs.
func (m *multiplexed) closeIdle(forGood bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = m.closed || forGood
	for _, l := range m.lanes {
		for _, c := range slices.Clone(l.conns) {
			if c.Idle() {
				if c.timer != nil {
					c.timer.Stop()
				}
				m.removeLocked(c)
				go c.Close()
			}
		}
	}
}
