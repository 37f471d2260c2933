package transport

import (
	"bufio"
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
	case r.Target == "" || strings.ContainsFunc(r.Target, func(c rune) bool { return c <= ' ' || c == 0x7f }):
		return fmt.Errorf("bad target %q", clip(r.Target))
	case !field.ValidValue(r.Host) || strings.ContainsAny(r.Host, " \t,/"):
		return fmt.Errorf("bad host %q", clip(r.Host))
	}
	for _, l := range r.Fields {
		if !field.ValidName(l.Name) || !field.ValidValue(l.Value) {
			return fmt.Errorf("bad field line %q", clip(l.Name))
		}
	}
	return nil
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

// send sends the head, and starts sending the body if there is one.
func (c *conn) send(r *origin.Request) *upload {
	u := &upload{}
	c.bw.Reset(deadlineWriter{c})
	writeHead(c.bw, r)
	if r.Body == nil {
		if err := c.bw.Flush(); err != nil {
			u.fail(origin.ErrorWrite, err)
		}
		return u
	}
	u.done = make(chan struct{})
	timeout := c.timeout
	c.read(readingFreely, timeout)
	go func() {
		defer close(u.done)
		if err := u.sendBody(c.bw, r); err != nil && u.failed() != nil && u.failed().kind == origin.ErrorCanceled {
			c.close() // an unfinished request must not look finished
			return
		}
		c.read(readingTimed, timeout)
	}()
	return u
}

// deadlineWriter bounds each write by the read timeout.
type deadlineWriter struct{ *conn }

func (w deadlineWriter) Write(p []byte) (int, error) {
	if w.timeout > 0 {
		w.nc.SetWriteDeadline(w.now().Add(w.timeout))
	}
	return w.nc.Write(p)
}

// writeHead writes request line and fields: Host first, then the fields as
// they are, then Connection and the framing (CF-HDR-09). Fields of those
// names in r.Fields are left out, so that there is one framing.
func writeHead(w *bufio.Writer, r *origin.Request) {
	w.WriteString(r.Method)
	w.WriteByte(' ')
	w.WriteString(r.Target)
	w.WriteString(" HTTP/1.1\r\n")
	writeField(w, "Host", r.Host)
	for _, l := range r.Fields {
		if !owned(l.Name) {
			writeField(w, l.Name, l.Value)
		}
	}
	writeField(w, "Connection", "Keep-Alive")
	switch {
	case r.Body != nil && r.ContentLength < 0:
		writeField(w, "Transfer-Encoding", "chunked")
	case r.Body != nil || expectsLength(r.Method):
		writeField(w, "Content-Length", strconv.FormatInt(max(0, r.ContentLength), 10))
	}
	w.WriteString("\r\n")
}

func writeField(w *bufio.Writer, name, value string) {
	w.WriteString(name)
	w.WriteString(": ")
	w.WriteString(value)
	w.WriteString("\r\n")
}

// owned reports whether the transport alone writes the field.
func owned(name string) bool {
	return field.EqualName(name, "Host") || field.EqualName(name, "Connection") ||
		field.EqualName(name, "Content-Length") || field.EqualName(name, "Transfer-Encoding")
}

// expectsLength reports whether "Content-Length: 0" is sent for an empty
// body (RFC 9110 section 8.6).
func expectsLength(method string) bool {
	return method == "POST" || method == "PUT" || method == "PATCH"
}

var buffers = sync.Pool{New: func() any { return new([16 << 10]byte) }}

// sendBody sends the content as it comes. A body that fails or does not have
// the announced length leaves the request unfinished on the wire.
func (u *upload) sendBody(w *bufio.Writer, r *origin.Request) error {
	buf := buffers.Get().(*[16 << 10]byte)
	defer buffers.Put(buf)
	for left := r.ContentLength; left != 0; {
		n, err := r.Body.Read(buf[:])
		if u.isStopped() {
			return u.fail(origin.ErrorWrite, errStopped)
		}
		if r.ContentLength >= 0 {
			n = int(min(int64(n), left))
			left -= int64(n)
		}
		u.last(r.ContentLength >= 0 && left == 0 || r.ContentLength < 0 && err == io.EOF)
		if werr := writePart(w, buf[:n], r.ContentLength < 0, err == io.EOF); werr != nil {
			return u.fail(origin.ErrorWrite, werr)
		}
		switch {
		case err == io.EOF && left > 0:
			return u.fail(origin.ErrorCanceled, io.ErrUnexpectedEOF)
		case err == io.EOF:
			return nil
		case err != nil:
			return u.fail(origin.ErrorCanceled, fmt.Errorf("read request body: %w", err))
		}
	}
	return w.Flush()
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
	u.mu.Lock()
	last := u.lastPart
	u.mu.Unlock()
	if u.done != nil {
		if last {
			c.nc.SetWriteDeadline(c.now().Add(lastWrite))
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
