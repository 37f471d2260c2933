package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// reading says which deadline the next read of a connection gets.
type reading uint8

const (
	readingTimed  reading = iota // the timeout, from the start of each read
	readingFreely                // none: the request is still being sent
	readingNot                   // at once: the watcher shall give up
)

// A conn is one connection. It belongs to one trip, or to the pool.
type conn struct {
	raw    net.Conn // closing it wakes every call
	nc     net.Conn // raw, or TLS over it
	br     *bufio.Reader
	bw     *bufio.Writer
	route  route
	now    func() time.Time
	reused bool

	firstByte time.Time // of the response now being read; zero before

	mu      sync.Mutex // guards what follows and orders it with the deadline
	mode    reading
	timeout time.Duration
	inHead  bool      // a head is being read
	headBy  time.Time // when it must be complete; zero before its first byte

	watched  chan struct{} // closed when the watcher has ended
	watchErr error         // how, readable then
}

func newConn(raw, nc net.Conn, rt route, now func() time.Time) *conn {
	c := &conn{raw: raw, nc: nc, route: rt, now: now}
	c.br = bufio.NewReaderSize(c, 4<<10)
	c.bw = bufio.NewWriterSize(nc, 4<<10)
	return c
}

func (c *conn) close() { c.raw.Close() }

// begin prepares c for a request whose response may pause for timeout.
func (c *conn) begin(timeout time.Duration) {
	c.firstByte = time.Time{}
	c.read(readingTimed, timeout)
}

// read sets how reads are timed, the one that is blocked now included.
func (c *conn) read(mode reading, timeout time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mode, c.timeout = mode, timeout
	c.armLocked()
}

func (c *conn) armLocked() {
	switch {
	case c.mode == readingNot:
		c.nc.SetReadDeadline(time.Unix(1, 0))
	case c.mode == readingFreely || c.timeout <= 0:
		c.nc.SetReadDeadline(time.Time{})
	default:
		by := c.now().Add(c.timeout)
		if !c.headBy.IsZero() && c.headBy.Before(by) {
			by = c.headBy
		}
		c.nc.SetReadDeadline(by)
	}
}

// Read reads from the connection within the timeout, so that the timeout
// counts between packets (CF-ORT-03).
func (c *conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	c.armLocked()
	c.mu.Unlock()
	n, err := c.nc.Read(p)
	if n > 0 {
		c.noteArrival()
	}
	return n, err
}

// noteArrival notes when a response began, and until when its head must be
// complete.
func (c *conn) noteArrival() {
	if !c.firstByte.IsZero() && !c.inHead {
		return
	}
	now := c.now()
	if c.firstByte.IsZero() {
		c.firstByte = now
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inHead && c.headBy.IsZero() {
		c.headBy = now.Add(c.timeout)
	}
}

// readHead reads a head. From its first byte on it has one timeout: an origin
// that sends it byte by byte would hold up for hours all who wait for it.
func (c *conn) readHead() (string, error) {
	c.setHead(true)
	defer c.setHead(false)
	return readHead(c.br)
}

func (c *conn) setHead(reading bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.inHead, c.headBy = reading, time.Time{}
}

// rest prepares c for the pool.
func (c *conn) rest(ttl time.Duration) {
	c.reused = true
	c.watched, c.watchErr = make(chan struct{}), nil
	c.read(readingTimed, ttl)
}

// watch returns when the idle time is over, the origin closed, bytes arrived
// that nobody asked for, or wake was called.
func (c *conn) watch() { _, c.watchErr = c.br.Peek(1) }

// wake ends the watcher and reports whether the connection was still quiet.
func (c *conn) wake() bool {
	c.read(readingNot, 0)
	<-c.watched
	return isTimeout(c.watchErr) && c.br.Buffered() == 0
}

// failure maps what went wrong before there was a response.
func (c *conn) failure(ctx context.Context, up *upload, err error) *origin.Error {
	e := &origin.Error{Kind: origin.ErrorRead, Op: "read response", Err: err}
	var bad *badResponse
	switch {
	case errors.As(err, &bad):
		e.Kind = bad.kind
	case isTimeout(err):
		e.Kind = origin.ErrorReadTimeout
	default:
		if cause := up.failed(); cause != nil {
			e.Op, e.Err, e.Kind = "write request", cause.err, cause.kind
		}
		if c.reused && c.firstByte.IsZero() && e.Kind != origin.ErrorCanceled {
			e.Retry = origin.RetryReused
		}
	}
	return canceledOr(ctx, e)
}

// A badResponse is an answer that is not HTTP as we accept it.
type badResponse struct {
	kind origin.ErrorKind
	text string
}

func (b *badResponse) Error() string { return b.text }

func invalid(format string, args ...any) error {
	return &badResponse{origin.ErrorInvalidResponse, fmt.Sprintf(format, args...)}
}

// unexpected turns the end of the stream into the error it is in the middle
// of a message.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
