// Package transport speaks HTTP/1.1 to origins: it connects, keeps idle
// connections, sends a request exactly as it is given, and reads the response
// with a parser that refuses what it does not fully understand.
//
// It is an own client and not net/http's, because what CloudFront promises
// about attempts and timeouts (CF-ORT), about the request target (raw bytes,
// CF-REQ-07) and about added fields (none) is what net/http decides by itself:
// it retries in hiding, re-encodes targets, adds User-Agent and
// Accept-Encoding, and sorts fields into a map.
//
// One round trip is one goroutine, the caller's; a second one exists while a
// request body is sent, so that an origin may answer before it has read
// everything. An idle connection is watched by a goroutine of its own that
// closes it when it times out, ends, or receives bytes nobody asked for.
//
// It is a provider: it imports origin.
package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// Options configure a Client. The zero value is usable.
type Options struct {
	// Dial opens a connection; nil means TCP with a net.Dialer. addr is
	// "host:port" with the origin's domain name or its ConnectTo.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// Resolver is used by the default Dial; nil means the system's.
	Resolver *net.Resolver
	// Now is the clock for timeouts and for Timing; nil means time.Now. It
	// must run as the timers of the connections do.
	Now func() time.Time
	// MaxIdle bounds the idle connections in all, MaxIdlePerOrigin those to
	// one place. 0 means 1024 and 128.
	MaxIdle, MaxIdlePerOrigin int
}

// A Client sends requests to origins. Its methods may be called at once from
// many goroutines.
type Client struct {
	dial     func(ctx context.Context, network, addr string) (net.Conn, error)
	now      func() time.Time
	pool     pool
	sessions tls.ClientSessionCache
}

// New returns a Client without connections.
func New(o Options) *Client {
	c := &Client{
		dial:     o.Dial,
		now:      o.Now,
		sessions: tls.NewLRUClientSessionCache(256),
	}
	if c.dial == nil {
		c.dial = (&net.Dialer{Resolver: o.Resolver}).DialContext
	}
	if c.now == nil {
		c.now = time.Now
	}
	c.pool.max = cmp.Or(o.MaxIdle, 1024)
	c.pool.maxPerRoute = cmp.Or(o.MaxIdlePerOrigin, 128)
	c.pool.idle = make(map[route][]*conn)
	return c
}

// CloseIdle closes the connections that serve no request now.
func (c *Client) CloseIdle() { c.pool.closeIdle(false) }

// Close closes the idle connections and lets none become idle again. Round
// trips that are under way go on; new ones fail.
func (c *Client) Close() { c.pool.closeIdle(true) }

var (
	errCompletion = errors.New("response completion timeout")
	errClosed     = errors.New("client is closed")
)

// RoundTrip sends r to o and returns the final response, whose body the
// caller must close. ctx governs the body too: when it ends, reading fails.
//
// Every error is an *origin.Error. Attempts follow CF-ORT: a connection that
// cannot be made is tried again for every method, because nothing was sent; a
// response timeout is tried again for GET and HEAD; both together at most
// o.Attempts times (CF-ORT-02, -06). Beside that, a GET or HEAD whose reused
// connection ended before any response byte is sent once more on a new
// connection (CF-ORT-11). Nothing else is ever sent twice.
//
// r.Body is read by another goroutine until it ends, fails, or the response
// body is closed; its owner must see to it that a blocked Read returns.
func (c *Client) RoundTrip(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	if err := checkRequest(r); err != nil {
		return nil, &origin.Error{Kind: origin.ErrorUnknown, Op: "check request", Err: err}
	}
	cancel := context.CancelFunc(func() {})
	if o.CompletionTimeout > 0 {
		ctx, cancel = context.WithTimeoutCause(ctx, o.CompletionTimeout, errCompletion)
	}
	t := &trip{client: c, origin: o, request: r, route: routeTo(o, r), cancel: cancel}
	resp, err := t.run(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	return resp, nil
}

// A trip is one call of RoundTrip.
type trip struct {
	client  *Client
	origin  *origin.Origin
	request *origin.Request
	route   route
	cancel  context.CancelFunc // ends the completion timeout

	timing  origin.Timing
	resent  bool // the one repetition of CF-ORT-11 is spent
	refresh bool // the next try needs a new connection
}

// run tries until there is a response or no reason to try again.
func (t *trip) run(ctx context.Context) (*origin.Response, error) {
	for left := max(1, t.origin.Attempts); ; {
		t.timing.Attempts++
		resp, err := t.try(ctx)
		if err == nil {
			return resp, nil
		}
		switch t.judge(ctx, err) {
		case againFree:
			t.resent, t.refresh = true, true
		case againCounted:
			if left--; left == 0 {
				return nil, err
			}
		case againNot:
			return nil, err
		}
	}
}

// again says whether and at whose cost a failed try is repeated.
type again uint8

const (
	againNot     again = iota
	againCounted       // uses up one of the origin's attempts
	againFree          // beside them (CF-ORT-11)
)

func (t *trip) judge(ctx context.Context, err *origin.Error) again {
	repeatable := t.request.Body == nil && (t.request.Method == "GET" || t.request.Method == "HEAD")
	switch {
	case ctx.Err() != nil:
		return againNot
	case err.Retry == origin.RetryYes:
		return againCounted
	case err.Retry == origin.RetryReused && repeatable && !t.resent:
		return againFree
	case err.Kind == origin.ErrorReadTimeout && repeatable:
		return againCounted
	}
	return againNot
}

// try makes one attempt: a connection, the request, the response's head.
func (t *trip) try(ctx context.Context) (*origin.Response, *origin.Error) {
	c, err := t.connection(ctx)
	if err != nil {
		return nil, err
	}
	t.timing.Reused = c.reused
	release := context.AfterFunc(ctx, func() { c.raw.Close() })
	resp, err := t.exchange(ctx, c, release)
	if err != nil {
		release()
		c.close()
		return nil, err
	}
	return resp, nil
}

// connection takes an idle connection or makes a new one.
func (t *trip) connection(ctx context.Context) (*conn, *origin.Error) {
	if t.client.pool.isClosed() {
		return nil, &origin.Error{Kind: origin.ErrorCanceled, Op: "connect", Err: errClosed}
	}
	if !t.refresh {
		if c := t.client.pool.take(t.route); c != nil {
			c.begin(t.origin.ReadTimeout)
			return c, nil
		}
	}
	c, err := t.connect(ctx)
	if err != nil {
		return nil, err
	}
	c.begin(t.origin.ReadTimeout)
	return c, nil
}

// exchange sends the request over c and reads the head of the response.
func (t *trip) exchange(ctx context.Context, c *conn, release func() bool) (*origin.Response, *origin.Error) {
	sent := t.client.now()
	up := c.send(t.request)
	if err := up.failed(); err != nil && t.request.Body == nil {
		return nil, c.failure(ctx, up, err)
	}
	head, err := c.readResponse(t.request)
	if err != nil {
		up.stop()
		return nil, c.failure(ctx, up, err)
	}
	t.timing.FirstByte = c.firstByte.Sub(sent)
	reusable := head.keepAlive()
	resp := head.response()
	resp.Timing = t.timing
	resp.Body = &body{
		ctx: ctx, conn: c, upload: up, content: head.content(c.br),
		reusable: reusable, ambiguous: head.ambiguous, keepAlive: t.origin.KeepAliveTimeout,
		pool: &t.client.pool, release: release, cancel: t.cancel,
	}
	return resp, nil
}
