package transport

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// A tunnel is a connection whose two ends have agreed on another protocol
// (RFC 9110 section 7.8). It ends when it is closed, when the context of its
// request ends, or when the origin has been silent for too long (CF-WS-05): no
// byte in the other direction changes that.
type tunnel struct {
	conn    *conn
	pool    *pool
	release func() bool
	once    sync.Once
}

// openTunnel answers with c as it is. From here on the completion timeout does
// not count, and the read timeout is that of tunnels.
func (t *trip) openTunnel(c *conn, release func() bool) {
	release()
	t.cancel()
	c.wire.begin(t.client.idle, time.Time{})
	if c.buffered() == 0 {
		c.dropBuffer() // a tunnel may be quiet for long
	}
	h := &t.head
	origin.RemoveHopByHop(&h.fields)
	t.response = origin.Response{
		Status: h.status, Fields: h.fields, ContentLength: -1, Body: noBody{}, Timing: t.timing,
		Tunnel: &tunnel{conn: c, pool: &t.client.pool, release: context.AfterFunc(t.caller, c.cut)},
	}
}

// Read reads what the origin sends. Its error is io.EOF or an *origin.Error.
func (t *tunnel) Read(p []byte) (int, error) {
	c := t.conn
	if c.buffered() > 0 { // came with the head
		n := copy(p, c.buf[c.r:c.w])
		if c.r += n; c.r == c.w {
			c.dropBuffer()
		}
		return n, nil
	}
	n, err := c.nc.Read(p)
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	case isTimeout(err):
		return n, &origin.Error{Kind: origin.ErrorReadTimeout, Op: "read tunnel", Err: err}
	}
	return n, &origin.Error{Kind: origin.ErrorRead, Op: "read tunnel", Err: err}
}

// Write sends p to the origin.
func (t *tunnel) Write(p []byte) (int, error) {
	n, err := t.conn.nc.Write(p)
	if err != nil {
		err = &origin.Error{Kind: origin.ErrorWrite, Op: "write tunnel", Err: err}
	}
	return n, err
}

// Close ends both directions and wakes who reads or writes.
func (t *tunnel) Close() error {
	t.once.Do(func() {
		t.release()
		t.pool.discard(t.conn)
	})
	return nil
}

// noBody is the content of a response that has none.
type noBody struct{}

func (noBody) Read([]byte) (int, error) { return 0, io.EOF }
func (noBody) Close() error             { return nil }
