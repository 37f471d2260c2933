package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// checkRequest refuses what would change the framing of the request on the
// wire: bytes that end a line, or names that are no tokens.
func checkRequest(r *origin.Request) error {
	switch {
	case !field.ValidName(r.Method):
		return fmt.Errorf("bad method %q", clip(r.Method))
	case !validTarget(r.Target):
		return fmt.Errorf("bad target %q", clip(r.Target))
	case r.Upgrade != "" && (!field.ValidName(r.Upgrade) || r.Body != nil):
		return fmt.Errorf("bad upgrade %q", clip(r.Upgrade))
	case !field.ValidValue(r.Host) || strings.ContainsAny(r.Host, " \t,/"):
		return fmt.Errorf("bad host %q", clip(r.Host))
	}
	for i := range r.Fields {
		l := &r.Fields[i]
		if !field.ValidName(l.Name) || !field.ValidValue(l.Value) {
			return fmt.Errorf("bad field line %q", clip(l.Name))
		}
	}
	return nil
}

// validTarget reports whether a target ends neither itself nor its line.
func validTarget(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return s != ""
}

// An upload is the sending of one request.
type upload struct {
	mu       sync.Mutex // guards what follows
	stopped  bool       // the response is over: send no more
	lastPart bool       // all but the write that is under way has been sent
	failure  *sendError
	done     chan struct{} // closed when nothing more will be sent; nil without body
}

// A sendError is why a request was not sent completely.
type sendError struct {
	kind origin.ErrorKind
	err  error
}

func (s *sendError) Error() string { return s.err.Error() }
func (s *sendError) Unwrap() error { return s.err }

var errStopped = errors.New("the origin answered before the request was sent")

// smallContent is how long content of a known length may be that is read whole
// before anything is sent: then it goes with the head, in one write and without
// a goroutine.
const smallContent = 8 << 10

// ahead is what was read of a request's content before a connection is taken
// for it: a viewer that has not begun to send holds none.
type ahead struct {
	buf   *[bufferSize]byte // nil without content
	n     int
	whole bool // that is all
}

// readAhead reads all of small content, else the first part.
func (t *trip) readAhead(ctx context.Context) *origin.Error {
	r, a := t.request, &t.ahead
	if r.Body == nil || r.ContentLength == 0 {
		a.whole = true
		return nil
	}
	a.buf = buffers.Get().(*[bufferSize]byte)
	err := a.read(r)
	if err == nil && ctx.Err() == nil {
		return nil
	}
	return canceledOr(ctx, &origin.Error{Kind: origin.ErrorCanceled, Op: "read request body", Err: unexpected(err)})
}

func (a *ahead) read(r *origin.Request) (err error) {
	if r.ContentLength > 0 && r.ContentLength <= smallContent {
		a.n, err = io.ReadFull(r.Body, a.buf[:r.ContentLength])
		a.whole = true
		return err
	}
	for try := 0; a.n == 0 && err == nil; try++ {
		if try == 100 {
			return io.ErrNoProgress
		}
		a.n, err = r.Body.Read(a.buf[:])
	}
	switch {
	case r.ContentLength > 0 && int64(a.n) >= r.ContentLength:
		a.n, a.whole = int(r.ContentLength), true
	case r.ContentLength < 0 && err == io.EOF:
		a.whole = true
	default:
		return err
	}
	return nil
}

func (a *ahead) drop() {
	if a.buf != nil {
		buffers.Put(a.buf)
		a.buf = nil
	}
}

// sendWhole sends a request with its content, which may be none.
func (u *upload) sendWhole(c *conn, r *origin.Request, a *ahead) {
	b := appendHead(c.buf[:0], r)
	var content []byte
	if a.buf != nil {
		content = a.buf[:a.n]
	}
	switch {
	case r.Body == nil || r.ContentLength >= 0:
		b = append(b, content...)
	case len(content) > 0:
		b = append(append(strconv.AppendInt(b, int64(len(content)), 16), "\r\n"...), content...)
		b = append(b, "\r\n0\r\n\r\n"...)
	default:
		b = append(b, "0\r\n\r\n"...)
	}
	if _, err := c.nc.Write(b); err != nil {
		u.fail(origin.ErrorWrite, err)
	}
}

// start starts sending a request: its head goes with the first bytes of the
// content, and the rest as it comes.
func (u *upload) start(c *conn, r *origin.Request, a ahead) {
	u.done = make(chan struct{})
	c.wire.setSending(true)
	go func() {
		defer close(u.done)
		defer a.drop()
		w := writers.Get().(*bufio.Writer)
		defer writers.Put(w)
		w.Reset(c.nc)
		w.Write(appendHead(w.AvailableBuffer(), r))
		err := u.sendBody(w, r, a)
		w.Reset(nil)
		if err != nil && u.failed() != nil && u.failed().kind == origin.ErrorCanceled {
			c.cut() // an unfinished request must not look finished
			return
		}
		c.wire.setSending(false)
	}()
}

// writers gather a head and what comes first of its content.
var writers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, bufferSize) }}

// appendHead appends request line and fields: Host first, then the fields as
// they are, then Connection and the framing (CF-HDR-09). Fields of those
// names in r.Fields are left out, so that there is one framing.
func appendHead(b []byte, r *origin.Request) []byte {
	b = append(append(append(append(b, r.Method...), ' '), r.Target...), " HTTP/1.1\r\n"...)
	b = appendField(b, "Host", r.Host)
	for i := range r.Fields {
		if l := &r.Fields[i]; !owned(l.Name) {
			b = appendField(b, l.Name, l.Value)
		}
	}
	if r.Upgrade != "" {
		b = appendField(append(b, "Connection: Upgrade\r\n"...), "Upgrade", r.Upgrade)
	} else {
		b = append(b, "Connection: Keep-Alive\r\n"...)
	}
	switch {
	case r.Body != nil && r.ContentLength < 0:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case r.Body != nil || expectsLength(r.Method):
		b = strconv.AppendInt(append(b, "Content-Length: "...), max(0, r.ContentLength), 10)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...)
}

func appendField(b []byte, name, value string) []byte {
	return append(append(append(append(b, name...), ": "...), value...), "\r\n"...)
}

// owned reports whether the transport alone writes the field.
func owned(name string) bool {
	return field.EqualName(name, "Host") || field.EqualName(name, "Connection") ||
		field.EqualName(name, "Content-Length") || field.EqualName(name, "Transfer-Encoding") || field.EqualName(name, "Upgrade")
}

// expectsLength reports whether "Content-Length: 0" is sent for an empty
// body (RFC 9110 section 8.6).
func expectsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

// sendBody sends the content as it comes. A body that fails or does not have
// the announced length leaves the request unfinished on the wire.
func (u *upload) sendBody(w *bufio.Writer, r *origin.Request, a ahead) error {
	n, err := a.n, error(nil)
	for left := r.ContentLength; ; n, err = r.Body.Read(a.buf[:]) {
		if u.isStopped() {
			return u.fail(origin.ErrorWrite, errStopped)
		}
		if r.ContentLength >= 0 {
			n = int(min(int64(n), left))
			left -= int64(n)
		}
		u.last(r.ContentLength >= 0 && left == 0 || r.ContentLength < 0 && err == io.EOF)
		if werr := writePart(w, a.buf[:n], r.ContentLength < 0, err == io.EOF); werr != nil {
			return u.fail(origin.ErrorWrite, werr)
		}
		switch {
		case err == io.EOF && left > 0:
			return u.fail(origin.ErrorCanceled, io.ErrUnexpectedEOF)
		case err == io.EOF, left == 0:
			return nil
		case err != nil:
			return u.fail(origin.ErrorCanceled, fmt.Errorf("read request body: %w", err))
		}
	}
}

// writePart writes p, as a chunk if chunked, and what ends the chunks if end.
func writePart(w *bufio.Writer, p []byte, chunked, end bool) error {
	if chunked && len(p) > 0 {
		w.Write(strconv.AppendInt(w.AvailableBuffer(), int64(len(p)), 16))
		w.WriteString("\r\n")
	}
	w.Write(p)
	if chunked && len(p) > 0 {
		w.WriteString("\r\n")
	}
	if chunked && end {
		w.WriteString("0\r\n\r\n")
	}
	return w.Flush()
}

func (u *upload) fail(kind origin.ErrorKind, err error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.failure = &sendError{kind, err}
	return u.failure
}

func (u *upload) failed() *sendError {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.failure
}

func (u *upload) last(is bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.lastPart = is
}

func (u *upload) isStopped() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.stopped
}

func (u *upload) stop() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.stopped = true
}

// complete reports whether the whole request was sent. It waits only for a
// last write that is under way, which c bounds by a second.
func (u *upload) complete(c *conn) bool {
	if u.done != nil {
		u.mu.Lock()
		last := u.lastPart
		u.mu.Unlock()
		if last {
			c.wire.finishWrites(c.wire.now().Add(lastWrite))
			<-u.done
		}
		select {
		case <-u.done:
		default:
			return false
		}
	}
	return u.failed() == nil
}
