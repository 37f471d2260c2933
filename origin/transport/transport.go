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
// request body that is not small is sent, so that an origin may answer before
// it has read everything. Nothing runs for a connection that is idle but one
// timer for all of them. A request without body is one write, an answer that
// comes at once one read, and a buffer is held only from the one to the end of
// the other.
//
// Where a connection comes from: pool.go has the idle ones and the bounds,
// resolve.go the addresses of names, race.go the attempts to reach one of them
// (RFC 8305), tls.go whom to trust, link.go what an origin may have of its own
// in all that, such as a DNS server (dns.go). What it is used for: conn.go and wire.go
// read and write in time (socket_linux.go without a detour), request.go sends,
// head.go and body.go read a response, tunnel.go goes on with another protocol.
// multiplex.go has the connections that speak HTTP/2, which is only for gRPC.
// fault.go is what goes wrong on purpose.
//
// It is a provider: it imports origin.
package transport

import (
	"cmp"
	"context"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// Options configure a Client. The zero value is usable.
type Options struct {
	// Dial opens a connection; nil means a net.Dialer. network is "tcp" or
	// "unix", or "udp" toward the DNS server of an origin that has its own. addr is the path of a Unix socket, else "address:port" or, if
	// Resolve is nil and Dial is not, "host:port" with the origin's domain name
	// or its ConnectTo.
	//
	// A connection is used again if it is a socket, or has a method Quiet
	// that tells at once whether nothing, not even the end, can be read.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
	// DialFrom opens a connection from an address of this machine, for origins
	// that have a source address; nil means a net.Dialer.
	DialFrom func(ctx context.Context, source netip.Addr, network, addr string) (net.Conn, error)
	// Resolve looks up the addresses of a name, the best first; nil means the
	// system's resolver. A name that does not exist is a *net.DNSError that
	// says so.
	Resolve func(ctx context.Context, host string) ([]netip.Addr, error)
	// DNSLifetime is how long an answer is used before the name is looked up
	// again, unless its records say less. 0 means a minute.
	DNSLifetime time.Duration
	// Now is the clock for timeouts and for Timing; nil means time.Now. It
	// must run as the timers of the connections do.
	Now func() time.Time
	// MaxIdle bounds the idle connections in all, MaxIdlePerOrigin those to
	// one place. 0 means 1024 and 128.
	MaxIdle, MaxIdlePerOrigin int
	// MaxConnsPerOrigin bounds the connections to one host and port, and
	// MaxQueuePerOrigin the requests that wait for one of them to become free,
	// each at most for MaxWait. Past these a request fails with ErrorLimit, of
	// which nothing was sent. 0 means 4096, 4096 and 10 seconds.
	MaxConnsPerOrigin, MaxQueuePerOrigin int
	MaxWait                              time.Duration
	// TunnelIdle is how long a tunnel may be without a byte from the origin
	// (CF-WS-05). 0 means 10 minutes.
	TunnelIdle time.Duration
	// MaxAge is how long a connection is used again, so that a name which has
	// moved is followed however busy its connections are. 0 means 10 minutes.
	MaxAge time.Duration
}

// A Client sends requests to origins. Its methods may be called at once from
// many goroutines.
type Client struct {
	dial     dialFunc
	dialFrom func(ctx context.Context, source netip.Addr, network, addr string) (net.Conn, error)
	resolver *resolver // nil if dial resolves by itself
	now      func() time.Time
	idle     time.Duration // of tunnels
	life     time.Duration // of a resolver's answers
	// crowd is how many other busy connections mean that there is something
	// else to do. Then whoever has sent a request lets others run before it
	// reads: the answer is often there by then, and a read that finds nothing
	// and being woken are saved. Of a request that passes, that is a fifteenth
	// of the CPU time; with nothing else to do it would cost a thirtieth.
	crowd     int
	pool      pool
	trusts    trusts
	resolvers resolvers

	multiplexed multiplexed
}

// New returns a Client without connections.
func New(o Options) *Client {
	c := &Client{
		dial: o.Dial, dialFrom: o.DialFrom, now: o.Now, idle: cmp.Or(o.TunnelIdle, 10*time.Minute),
		life: cmp.Or(o.DNSLifetime, defaultLife), crowd: 2 * runtime.GOMAXPROCS(0),
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.dialFrom == nil {
		c.dialFrom = dialFrom
	}
	if o.Resolve == nil && o.Dial == nil {
		o.Resolve = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	if o.Resolve != nil {
		c.resolver = &resolver{now: c.now, life: c.life, names: make(map[string]*name)}
		c.resolver.lookup = func(ctx context.Context, host string) (found, error) {
			addresses, err := o.Resolve(ctx, host)
			return found{addresses: addresses}, err
		}
	}
	if c.dial == nil {
		c.dial = new(net.Dialer).DialContext
	}
	c.pool = pool{
		max: cmp.Or(o.MaxIdle, 1024), maxPerPlace: cmp.Or(o.MaxIdlePerOrigin, 128),
		maxConns: cmp.Or(o.MaxConnsPerOrigin, 4096), maxQueue: cmp.Or(o.MaxQueuePerOrigin, 4096),
		maxWait: cmp.Or(o.MaxWait, 10*time.Second), maxAge: cmp.Or(o.MaxAge, 10*time.Minute),
		now: c.now, places: make(map[target]*place),
	}
	return c
}

// CloseIdle closes the connections that serve no request now.
func (c *Client) CloseIdle() {
	c.pool.closeIdle(false)
	c.multiplexed.closeIdle(false)
}

// Close closes the idle connections and lets none become idle again. Round
// trips that are under way go on; new ones fail.
func (c *Client) Close() {
	c.pool.closeIdle(true)
	c.multiplexed.closeIdle(true)
}

// errCompletion ends the context of a request whose time is over.
var errCompletion = &origin.Error{Kind: origin.ErrorCompletionTimeout, Op: "completion"}

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
// With r.Upgrade set the response may be a Tunnel, which ctx governs as well,
// while the completion timeout ends with the head.
//
// Small content, and the first part of any other, is read before the origin is
// bothered with it; the rest by another goroutine until it ends, fails, or the
// response body is closed. The owner of r.Body must see to it that a blocked
// Read returns.
func (c *Client) RoundTrip(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	if err := checkRequest(r); err != nil {
		return nil, &origin.Error{Kind: origin.ErrorUnknown, Op: "check request", Err: err}
	}
	t := trips.Get().(*trip)
	t.client, t.origin, t.request, t.route, t.caller, t.cancel = c, o, r, c.routeTo(o, r), ctx, func() {}
	if o.CompletionTimeout > 0 {
		ctx, t.cancel = context.WithTimeoutCause(ctx, o.CompletionTimeout, errCompletion)
	}
	if r.Version == origin.VersionHTTP2 {
		return t.multiplex(ctx)
	}
	err := t.readAhead(ctx)
	if err == nil {
		err = t.run(ctx)
	}
	t.ahead.drop()
	if err != nil {
		t.cancel()
		return nil, err
	}
	return &t.response, nil
}

// A trip is one call of RoundTrip, and what it returns.
type trip struct {
	client  *Client
	origin  *origin.Origin
	request *origin.Request
	route   route
	caller  context.Context    // without the completion timeout
	cancel  context.CancelFunc // ends the completion timeout

	ahead ahead
	fault *fault // of the try under way

	timing  origin.Timing
	resent  bool // the one repetition of CF-ORT-11 is spent
	refresh bool // the next try needs a new connection

	upload   upload // of the last try, like all that follows
	head     head
	body     body
	response origin.Response
}

// trips serve one response each, if whoever has it says when it is over.
var trips = sync.Pool{New: func() any { return new(trip) }}

// recycle gives t back without anything of its response, unless its request may
// still be sent.
func (t *trip) recycle() {
	if t.upload.done != nil || t.response.Tunnel != nil {
		return
	}
	lines := field.Emptied(t.head.fields)
	*t = trip{head: head{fields: lines}}
	trips.Put(t)
}

// run tries until there is a response or no reason to try again.
func (t *trip) run(ctx context.Context) *origin.Error {
	t.origin.Retries.Deposit()
	for left := max(1, t.origin.Attempts); ; {
		t.timing.Attempts++
		err := t.try(ctx)
		if err == nil {
			return nil
		}
		switch t.judge(ctx, err) {
		case againFree:
			t.resent, t.refresh = true, true
		case againCounted:
			if left--; left == 0 || !t.origin.Retries.Withdraw() {
				return err
			}
		case againNot:
			return err
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
func (t *trip) try(ctx context.Context) *origin.Error {
	t.fault = faultOf(ctx, t.origin)
	c, err := t.connection(ctx)
	if err != nil {
		return err
	}
	t.fault.strike(c)
	t.timing.Reused = c.reused
	sent := c.taken
	if sent.IsZero() { // it is new
		sent = t.client.now()
	}
	c.begin(t.origin.ReadTimeout, sent)
	release := afterFunc(ctx, c.cut)
	if err := t.exchange(ctx, c, release, sent); err != nil {
		release()
		c.dropBuffer()
		t.client.pool.discard(c)
		return err
	}
	t.fault.spare(c)
	return nil
}

// afterFunc is context.AfterFunc, without what that allocates where the context
// itself can do the same.
func afterFunc(ctx context.Context, f func()) (stop func() bool) {
	if own, can := ctx.(interface {
		AfterFunc(func()) func() bool
	}); can {
		return own.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// connection takes an idle connection or makes a new one.
func (t *trip) connection(ctx context.Context) (*conn, *origin.Error) {
	pool := &t.client.pool
	for {
		c, err := pool.acquire(ctx, t.route, t.refresh || t.fault.answers())
		if err != nil {
			return nil, err
		}
		if c == nil {
			break
		}
		if t.client.leadsThere(c) {
			return c, nil
		}
		pool.discard(c)
	}
	c, err := t.connect(ctx)
	if err != nil {
		pool.leave(t.route.target)
		return nil, err
	}
	pool.own(c)
	return c, nil
}

// leadsThere reports whether the address of c is still one of its origin's. It
// looks once in the lifetime of an answer.
func (c *Client) leadsThere(conn *conn) bool {
	if !conn.ip.IsValid() || c.now().Sub(conn.known) < c.life {
		return true
	}
	host, _, _ := conn.route.target.split() // it was split before
	has, sure := c.resolverOf(conn.route.link()).has(host, conn.ip)
	if has && sure {
		conn.known = c.now()
	}
	return has
}

// exchange sends the request over c and reads the head of the response.
func (t *trip) exchange(ctx context.Context, c *conn, release func() bool, sent time.Time) *origin.Error {
	up := &t.upload
	*up = upload{} // only a request without body has a second try
	if t.ahead.whole {
		up.sendWhole(c, t.request, &t.ahead)
	} else {
		up.start(c, t.request, t.ahead)
		t.ahead.buf = nil // its goroutine's now
	}
	if err := up.failed(); err != nil && t.request.Body == nil {
		return c.failure(ctx, up, err)
	}
	if c.others >= t.client.crowd {
		runtime.Gosched()
	}
	if err := c.readResponse(&t.head, t.request); err != nil {
		up.stop()
		return c.failure(ctx, up, err)
	}
	t.timing.FirstByte = c.firstByte.Sub(sent)
	if t.head.status == 101 {
		t.openTunnel(c, release)
	} else {
		t.answer(ctx, c, release)
	}
	return nil
}

// answer makes the response of the head.
func (t *trip) answer(ctx context.Context, c *conn, release func() bool) {
	h := &t.head
	t.body = body{
		trip: t, ctx: ctx, conn: c, upload: &t.upload, content: content{framing: h.framing(), left: max(0, h.length)},
		reusable: h.keepAlive(), ambiguous: h.ambiguous, keepAlive: t.origin.KeepAliveTimeout,
		pool: &t.client.pool, release: release, cancel: t.cancel,
	}
	t.body.fault = t.fault.ofContent(&t.body.content)
	origin.RemoveHopByHop(&h.fields)
	t.response = origin.Response{
		Status: h.status, Fields: h.fields, ContentLength: h.length, Chunked: h.chunked,
		Body: &t.body, Timing: t.timing, Pending: c.buffered() == 0 && !t.body.content.finished(),
	}
	if h.status == 204 {
		t.response.ContentLength = 0
	}
}
