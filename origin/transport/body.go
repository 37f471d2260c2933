package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
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
	trip      *trip
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
	fault     *fault // nil for none

	err error // how it ended; nil before
}

// Read reads content, and tells its end with the last of it. See
// origin.Response for its errors.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.readContent(p)
	if err == nil && n > 0 && b.content.finished() {
		err = io.EOF
	}
	if err != nil {
		b.end(err)
	}
	return n, b.err
}

func (b *body) readContent(p []byte) (int, error) {
	if b.fault != nil {
		return b.fault.read(b, p)
	}
	return b.content.read(b.conn, p)
}

// Close gives the connection back if everything has come, else closes it.
func (b *body) Close() error {
	if b.err == nil && b.content.framing == framingLength && b.content.left <= int64(b.conn.buffered()) {
		b.conn.r += int(b.content.left)
		b.content.left = 0
	}
	if b.err == nil && b.content.finished() {
		b.end(io.EOF)
	} else if b.err == nil {
		b.err = &origin.Error{Kind: origin.ErrorCanceled, Op: "read body", Err: errBodyClosed}
		b.settle(false)
	}
	return nil
}

// Recycle gives back the memory of the response, of its fields too. It is called
// once, after Close, and nobody may look at the response any more. The strings
// in its fields stay what they are. Before the end of the content it does
// nothing.
func (b *body) Recycle() {
	if b.err != nil {
		b.trip.recycle()
	}
}

var errBodyClosed = errors.New("body is closed")

func (b *body) end(err error) {
	if err == io.EOF {
		surplus := b.ambiguous || b.content.framing == framingLength && b.conn.hasMore()
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
	keep := b.release() && clean && b.reusable && b.upload.complete(b.conn) && !b.conn.hasMore()
	b.upload.stop()
	b.cancel()
	b.conn.dropBuffer()
	if !keep {
		b.pool.discard(b.conn)
		return
	}
	now := b.conn.latest
	if now.IsZero() {
		now = b.pool.now()
	}
	b.pool.put(b.conn, b.keepAlive, now)
}

// framing is how the content of a message is delimited.
type framing uint8

const (
	framingNone    framing = iota // there is none; nobody calls what follows content
	framingLength                 // by its length (CF-RESP-41, -44)
	framingChunked                // by itself (RFC 9112 section 7.1)
	framingClose                  // by the end of the connection (CF-RESP-43)
)

// A content reads the bytes of one message and returns io.EOF exactly at its
// end. Extensions and trailers of chunked content are read and dropped
// (CF-RESP-26).
type content struct {
	framing framing
	left    int64 // of the content, or of the chunk that is being read
	chunk   chunkPart
	trailer int // bytes of the trailer section up to now
}

// chunkPart is what comes next in chunked content.
type chunkPart uint8

const (
	chunkSize    chunkPart = iota // the line with the size
	chunkData                     // at least one byte of data
	chunkEnd                      // the line end after the data
	chunkTrailer                  // a trailer line, or the empty line after them
	chunkNothing                  // the content is complete
)

// finished reports whether the end was reached, without reading.
func (b *content) finished() bool {
	switch b.framing {
	case framingLength:
		return b.left == 0
	case framingChunked:
		return b.chunk == chunkNothing
	}
	return b.framing == framingNone
}

func (b *content) read(c *conn, p []byte) (int, error) {
	switch {
	case b.finished():
		return 0, io.EOF
	case b.framing == framingClose:
		return c.read(p)
	case b.framing == framingChunked:
		return b.readChunks(c, p)
	}
	n, err := c.read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, unexpected(err)
}

// readChunks waits for one byte of data, and goes on for as long as more is at
// hand.
func (b *content) readChunks(c *conn, p []byte) (n int, err error) {
	for err == nil && b.chunk != chunkNothing {
		switch {
		case b.chunk != chunkData && n > 0 && !c.hasLine(), b.chunk == chunkData && (n == len(p) || n > 0 && c.buffered() == 0):
			return n, nil
		case b.chunk != chunkData:
			err = b.step(c)
		default:
			var m int
			m, err = c.read(p[n:min(int64(len(p)), int64(n)+b.left)])
			n += m
			if b.left -= int64(m); b.left == 0 {
				b.chunk = chunkEnd
			}
		}
	}
	if err == nil && n == 0 {
		err = io.EOF
		return 0, err
	}
	return n, unexpected(err)
}

// step reads the line that comes next.
func (b *content) step(c *conn) error {
	limit := maxChunkLine
	switch b.chunk {
	case chunkEnd:
		limit = 2
	case chunkTrailer:
		limit = maxTrailer - b.trailer
	}
	line, err := c.readLine(limit)
	if err != nil {
		return err
	}
	b.trailer += len(line)
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	switch {
	case !ok || !plainLine(text):
		return invalid("chunked coding: bad line %q", clip(string(line)))
	case b.chunk == chunkEnd && len(text) > 0:
		return invalid("chunk is longer than its size")
	case b.chunk == chunkEnd:
		b.chunk = chunkSize
	case b.chunk == chunkSize:
		return b.startChunk(text)
	case len(text) == 0:
		b.chunk = chunkNothing
	default:
		if name, _, colon := strings.Cut(string(text), ":"); !colon || !field.ValidName(name) {
			return invalid("bad trailer line %q", clip(string(text)))
		}
	}
	return nil
}

// startChunk reads the size of a chunk.
func (b *content) startChunk(line []byte) error {
	size, _, _ := bytes.Cut(line, []byte(";"))
	size = bytes.TrimRight(size, " \t")
	n := int64(0)
	for _, c := range size {
		digit := field.HexDigit(c)
		if digit < 0 || len(size) > 15 {
			return invalid("bad chunk size %q", clip(string(line)))
		}
		n = n<<4 | int64(digit)
	}
	switch {
	case len(size) == 0:
		return invalid("bad chunk size %q", clip(string(line)))
	case n == 0:
		b.chunk, b.trailer = chunkTrailer, 0
	default:
		b.chunk, b.left = chunkData, n
	}
	return nil
}

// plainLine reports whether a line has no control characters but tabs.
func plainLine(line []byte) bool {
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
