package transport

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

const (
	// lastWrite is how long the end of a response waits for the end of its
	// request before the connection is given up.
	lastWrite = time.Second
	// maxChunkLine bounds one chunk's size line with its extensions, and
	// maxTrailer the trailer section; both are ours.
	maxChunkLine = 4 << 10
	maxTrailer   = 8 << 10
)

// A body is the content of a response on its connection.
type body struct {
	ctx       context.Context
	conn      *conn
	upload    *upload
	content   content
	reusable  bool
	ambiguous bool // the head named two framings
	keepAlive time.Duration
	pool      *pool
	release   func() bool // unties the connection from ctx; false if too late
	cancel    context.CancelFunc

	err error // how it ended; nil before
}

// Read reads content. See origin.Response for its errors.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.content.Read(p)
	if err != nil {
		b.end(err)
	}
	return n, b.err
}

// Close gives the connection back if everything was read, else closes it.
func (b *body) Close() error {
	if b.err == nil && b.content.finished() {
		b.end(io.EOF)
	} else if b.err == nil {
		b.err = &origin.Error{Kind: origin.ErrorCanceled, Op: "read body", Err: errors.New("body is closed")}
		b.settle(false)
	}
	return nil
}

func (b *body) end(err error) {
	if err == io.EOF {
		surplus := b.content.surplus() || b.ambiguous
		b.err = io.EOF
		if surplus {
			b.err = &origin.Error{Kind: origin.ErrorInvalidResponse, Op: "read body", Err: origin.ErrSurplus}
		}
		b.settle(!surplus)
		return
	}
	e := &origin.Error{Kind: origin.ErrorRead, Op: "read body", Err: err}
	var bad *badResponse
	switch {
	case errors.As(err, &bad):
		e.Kind = bad.kind
	case isTimeout(err):
		e.Kind = origin.ErrorReadTimeout
	}
	b.err = canceledOr(b.ctx, e)
	b.settle(false)
}

// settle ends the trip: the connection goes to the pool only when nothing is
// left to send or to read on it.
func (b *body) settle(clean bool) {
	keep := b.release() && clean && b.reusable && b.upload.complete(b.conn) && b.conn.br.Buffered() == 0
	b.upload.stop()
	b.cancel()
	if !keep {
		b.conn.close()
		return
	}
	b.pool.put(b.conn, b.keepAlive)
}

// A content reads the bytes of one message and returns io.EOF exactly at its
// end.
type content interface {
	io.Reader
	// finished reports whether the end was reached, without reading.
	finished() bool
	// surplus reports whether more than the content has arrived.
	surplus() bool
}

// lengthContent is content of a known length (CF-RESP-41, -44).
type lengthContent struct {
	br             *bufio.Reader
	left           int64
	surplusAllowed bool // nothing may follow, but nobody calls it content
}

func (c *lengthContent) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, io.EOF
	}
	n, err := c.br.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, unexpected(err)
}

func (c *lengthContent) finished() bool { return c.left == 0 }
func (c *lengthContent) surplus() bool  { return !c.surplusAllowed && c.br.Buffered() > 0 }

// closeContent ends with the connection (CF-RESP-43).
type closeContent struct {
	br *bufio.Reader
}

func (c *closeContent) Read(p []byte) (int, error) { return c.br.Read(p) }
func (c *closeContent) finished() bool             { return false }
func (c *closeContent) surplus() bool              { return false }

// chunkedContent is content in chunked coding (RFC 9112 section 7.1).
// Extensions and trailers are read and dropped (CF-RESP-26).
type chunkedContent struct {
	br     *bufio.Reader
	left   int64 // of the chunk being read
	inside bool  // a chunk was begun and its CRLF not yet read
	end    bool
}

func (c *chunkedContent) finished() bool { return c.end }
func (c *chunkedContent) surplus() bool  { return false }

func (c *chunkedContent) Read(p []byte) (int, error) {
	if c.left == 0 && !c.end {
		if err := c.next(); err != nil {
			return 0, unexpected(err)
		}
	}
	if c.end {
		return 0, io.EOF
	}
	n, err := c.br.Read(p[:min(int64(len(p)), c.left)])
	c.left -= int64(n)
	return n, unexpected(err)
}

// next reads up to the data of the next chunk, or to the end.
func (c *chunkedContent) next() error {
	if c.inside {
		if line, err := c.line(2); err != nil || line != "" {
			return cmpErr(err, "chunk is longer than its size")
		}
		c.inside = false
	}
	line, err := c.line(maxChunkLine)
	if err != nil {
		return err
	}
	size, _, _ := strings.Cut(line, ";")
	size = strings.TrimRight(size, " \t")
	if len(size) == 0 || len(size) > 15 || strings.Trim(size, "0123456789abcdefABCDEF") != "" {
		return invalid("bad chunk size %q", clip(line))
	}
	c.left, err = strconv.ParseInt(size, 16, 64)
	if err != nil {
		return invalid("bad chunk size %q", clip(line))
	}
	c.inside = true
	if c.left == 0 {
		return c.trailer()
	}
	return nil
}

// trailer reads the trailer section and the empty line after it.
func (c *chunkedContent) trailer() error {
	for left := maxTrailer; ; {
		line, err := c.line(left)
		if err != nil {
			return err
		}
		if line == "" {
			c.end = true
			return nil
		}
		if name, _, colon := strings.Cut(line, ":"); !colon || !field.ValidName(name) {
			return invalid("bad trailer line %q", clip(line))
		}
		left -= len(line) + 2
	}
}

// line reads a line of at most limit bytes, its CRLF included.
func (c *chunkedContent) line(limit int) (string, error) {
	text, err := c.br.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull, err == nil && len(text) > limit:
		return "", invalid("chunked coding: line too long")
	case err != nil:
		return "", err
	}
	line, _, ok := cutLine(string(text))
	if !ok || !field.ValidValue(strings.Trim(line, " \t")) {
		return "", invalid("chunked coding: bad line %q", clip(line))
	}
	return line, nil
}

// cmpErr returns err, or text as the reason if there is none.
func cmpErr(err error, text string) error {
	if err != nil {
		return err
	}
	return invalid("%s", text)
}
