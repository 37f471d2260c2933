package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"github.com/groundfront/groundfront/origin"
)

// bufferSize is what one read of a response may bring: most of them, head and
// content, as a whole.
const bufferSize = 16 << 10

// buffers serve one message each, from its head to the end of its content.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// A conn is one connection. It belongs to one trip, or to the pool.
type conn struct {
	wire   wire
	nc     net.Conn // &wire, or TLS over it
	cut    func()   // wakes every call by closing the connection
	probe  func() bool
	route  route
	place  *place
	reused bool
	others int // connections of its place that were busy when it was taken

	made    time.Time
	ip      netip.Addr // that a name was resolved to; else invalid
	known   time.Time  // when ip was that name's for sure
	taken   time.Time  // from the pool
	expires time.Time  // when idle; guarded by the pool

	firstByte time.Time // of the response now being read; zero before
	latest    time.Time // when what was read last had come; zero if nobody has asked

	// What was read and not yet used is in buf[r:w]. buf is nil or pooled's,
	// but for a head that does not fit.
	buf    []byte
	r, w   int
	pooled *[bufferSize]byte
}

func newConn(raw net.Conn, rt route, now func() time.Time) *conn {
	raw = asSocket(raw)
	c := &conn{route: rt, made: now()}
	c.known = c.made
	c.wire.Conn, c.wire.now = raw, now
	c.nc = &c.wire
	c.cut = func() { raw.Close() }
	c.probe = newProbe(raw)
	return c
}

// begin prepares c for a request whose response may pause for timeout.
func (c *conn) begin(timeout time.Duration, now time.Time) {
	c.firstByte = time.Time{}
	c.wire.begin(timeout, now)
	c.needBuffer()
}

func (c *conn) needBuffer() {
	if c.pooled == nil {
		c.pooled = buffers.Get().(*[bufferSize]byte)
		c.buf, c.r, c.w = c.pooled[:], 0, 0
	}
}

// dropBuffer gives the buffer back. Nobody may look at it any more.
func (c *conn) dropBuffer() {
	if c.pooled != nil {
		buffers.Put(c.pooled)
	}
	c.pooled, c.buf, c.r, c.w = nil, nil, 0, 0
}

// buffered returns how many bytes were read that nobody has used.
func (c *conn) buffered() int { return c.w - c.r }

// hasMore reports whether anything was read behind the message that was just
// used. TLS reads more than one record at a time: what it holds back would be
// taken for the answer to the next request, and the socket is empty.
func (c *conn) hasMore() bool {
	if c.buffered() > 0 {
		return true
	}
	if c.nc == net.Conn(&c.wire) {
		return false
	}
	var b [1]byte
	c.wire.starve(true)
	defer c.wire.starve(false)
	n, err := c.nc.Read(b[:])
	return n > 0 || !errors.Is(err, os.ErrDeadlineExceeded)
}

// quiet reports whether an idle connection can carry another request: nothing
// has come from the origin since the last response, not even an end.
func (c *conn) quiet() bool { return c.probe != nil && c.probe() }

// A quietTeller knows without waiting whether nothing can be read from it, not
// even its end.
type quietTeller interface{ Quiet() bool }

// newProbe returns how to ask a connection whether it is quiet. One that
// cannot tell could hand the next request an answer that was not meant for
// it: it gets nil, and carries one request.
//
// An idle connection is not watched by a goroutine that reads from it: to wake
// that one and to wait until it has gone took two switches of goroutines and
// two deadlines.
func newProbe(raw net.Conn) func() bool {
	if q, tells := raw.(quietTeller); tells {
		return q.Quiet
	}
	return socketProbe(raw)
}

// fill reads more behind what is buffered. There must be room.
func (c *conn) fill() error {
	if c.r == c.w {
		c.r, c.w = 0, 0
	}
	c.latest = time.Time{}
	n, err := c.nc.Read(c.buf[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// read reads content, first what is buffered.
func (c *conn) read(p []byte) (int, error) {
	if c.r < c.w {
		n := copy(p, c.buf[c.r:c.w])
		c.r += n
		return n, nil
	}
	if len(p) >= len(c.buf) {
		c.latest = time.Time{}
		return c.nc.Read(p)
	}
	if err := c.fill(); err != nil {
		return 0, err
	}
	return c.read(p)
}

// readLine returns a line of at most limit bytes with its line end. It is
// valid until the next read.
func (c *conn) readLine(limit int) ([]byte, error) {
	for seen := 0; ; {
		if i := bytes.IndexByte(c.buf[c.r+seen:c.w], '\n'); i >= 0 {
			end := seen + i + 1
			if end > limit {
				return nil, errLineTooLong
			}
			line := c.buf[c.r : c.r+end]
			c.r += end
			return line, nil
		}
		if seen = c.w - c.r; seen > limit {
			return nil, errLineTooLong
		}
		if c.w == len(c.buf) {
			c.w, c.r = copy(c.buf, c.buf[c.r:c.w]), 0
		}
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
}

var errLineTooLong = invalid("line too long")

// hasLine reports whether readLine would return without reading.
func (c *conn) hasLine() bool { return bytes.IndexByte(c.buf[c.r:c.w], '\n') >= 0 }

// readHead returns the bytes of a head up to and without the empty line. From
// its first byte on it has one timeout: an origin that sends it byte by byte
// would hold up for hours all who wait for it.
func (c *conn) readHead() (string, error) {
	if c.buffered() == 0 {
		if err := c.await(); err != nil {
			return "", unexpected(err)
		}
	}
	if c.firstByte.IsZero() {
		c.firstByte = c.wire.now()
		c.latest = c.firstByte
	}
	text, whole, err := c.scanHead(0)
	if whole || err != nil {
		return text, err
	}
	c.wire.setHeadBy(c.wire.now().Add(c.wire.timeout))
	defer c.wire.setHeadBy(time.Time{})
	for seen := c.buffered(); ; seen = c.buffered() {
		c.makeRoom()
		if err := c.fill(); err != nil {
			return "", unexpected(err)
		}
		if text, whole, err = c.scanHead(seen); whole || err != nil {
			return text, err
		}
	}
}

// await waits for what can be read of a response. Below TLS that may take many
// reads, which have one timeout together: an origin could send a record byte by
// byte.
func (c *conn) await() error {
	if c.nc != net.Conn(&c.wire) {
		c.wire.await(true)
		defer c.wire.await(false)
	}
	return c.fill()
}

// scanHead looks for the end of the head in what is buffered, of which seen
// bytes were looked at before without finding it, and takes the head if it is
// whole. Every line must end with CRLF.
func (c *conn) scanHead(seen int) (text string, whole bool, err error) {
	b := c.buf[c.r:c.w]
	if seen == 0 && !startsLikeHTTP(b) {
		return "", false, invalid("not an HTTP/1 response: %q", clip(string(b[:min(len(b), 40)])))
	}
	for line := bytes.LastIndexByte(b[:seen], '\n') + 1; ; {
		i := bytes.IndexByte(b[line:], '\n')
		switch end := line + i; {
		case i >= 0 && end >= maxHead, i < 0 && len(b) >= maxHead:
			return "", false, errHeadTooBig
		case i < 0:
			return "", false, nil
		case i == 0 || b[end-1] != '\r':
			return "", false, invalid("bad line end in the header section")
		case i == 1 && line > 0:
			text = string(b[:line])
			c.r += end + 1
			return text, true, nil
		default:
			line = end + 1
		}
	}
}

// makeRoom lets the next read have room, in a larger buffer of its own if a
// head does not fit into those that are shared.
func (c *conn) makeRoom() {
	switch {
	case c.w < len(c.buf):
	case c.r > 0:
		c.w, c.r = copy(c.buf, c.buf[c.r:c.w]), 0
	default:
		larger := make([]byte, 2*len(c.buf))
		copy(larger, c.buf)
		c.buf = larger
	}
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
		if !c.reused && c.firstByte.IsZero() {
			if alert := c.alert(err); alert != nil {
				e.Kind, e.Op, e.Err = origin.ErrorTLS, "tls "+c.route.name, alert
			}
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
