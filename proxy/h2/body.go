package h2

import (
	"io"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A body is the content of a request that has come and was not read. Its size
// is bounded by the window of its stream.
type body struct {
	b    []byte
	at   int  // what was read
	asks bool // the viewer waits to be asked for it (RFC 9110 section 10.1.1)
	// since is when a reader began to wait, zero if none does.
	since time.Time
	pace  viewer.Pace // without the wait under way
}

// slow reports whether content that is waited for comes too slowly.
func (b *body) slow(now time.Time) bool {
	pace := b.pace
	return pace.Wait(now.Sub(b.since), 0)
}

func (b *body) waiting() int { return len(b.b) - b.at }

func (b *body) add(p []byte) {
	if b.at > 0 && len(b.b)+len(p) > cap(b.b) { // move instead of growing
		b.b, b.at = b.b[:copy(b.b, b.b[b.at:])], 0
	}
	b.b = append(b.b, p...)
	b.pace.Wait(0, len(p))
}

func (b *body) take(p []byte) int {
	n := copy(p, b.b[b.at:])
	if b.at += n; b.at == len(b.b) {
		b.b, b.at = b.b[:0], 0
	}
	return n
}

// drop gives up what waits and returns how much that is.
func (b *body) drop() int {
	n := b.waiting()
	b.b, b.at = nil, 0
	return n
}

// A requestBody is Request.Body. The Handler may read it from another
// goroutine, and that goroutine may be at it when the Handler has returned.
type requestBody struct{ s *stream }

// Read implements io.Reader.
func (b *requestBody) Read(p []byte) (int, error) { return b.s.read(p) }

// read waits for content of the request.
func (s *stream) read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, tell, err := s.waitAndRead(p)
	if tell {
		s.c.wake()
	}
	return n, err
}

func (s *stream) waitAndRead(p []byte) (n int, tell bool, err error) {
	c := s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.body.asks && s.response.progress == viewer.ProgressNone && s.err == nil && s.body.waiting() == 0 && !s.remoteDone {
		s.response.interim(100, nil)
		c.mu.Unlock()
		c.wake()
		c.mu.Lock()
	}
	s.body.asks = false
	for s.body.waiting() == 0 && !s.remoteDone && s.err == nil {
		s.body.since = c.now
		s.cond.Wait()
		s.body.pace.Wait(c.now.Sub(s.body.since), 0)
	}
	s.body.since = time.Time{}
	switch {
	case s.err != nil:
		return 0, false, s.err
	case s.body.waiting() == 0:
		return 0, false, io.EOF
	}
	n = s.body.take(p)
	before := c.queued()
	c.consumed(s, n)
	return n, c.queued() > before, nil
}

// onData (RFC 9113 section 6.1).
func (c *Conn) onData(f *frame) error {
	size := len(f.payload)
	if f.id%2 == 0 || f.id > c.last && c.drain != drainFinal {
		return connError(ErrCodeProtocol, "DATA on an idle stream")
	}
	if err := f.unpad(); err != nil {
		return err
	}
	if size > c.recvWindow {
		return connError(ErrCodeFlowControl, "DATA beyond the window of the connection")
	}
	c.recvWindow -= size
	s := c.streams[f.id]
	if s == nil || s.closed || s.remoteDone {
		return c.lateData(f.id, s, size)
	}
	if size > s.recvWindow {
		c.consumed(nil, size)
		return c.streamError(f.id, ErrCodeFlowControl, "DATA beyond the window of the stream")
	}
	s.recvWindow -= size
	return c.takeData(s, f, size-len(f.payload))
}

// lateData is DATA on a stream that takes none.
func (c *Conn) lateData(id uint32, s *stream, size int) error {
	c.consumed(nil, size)
	if id > c.last || c.isCutShort(id) {
		return c.control() // it has crossed our GOAWAY, or our RST_STREAM
	}
	return c.streamError(id, ErrCodeStreamClosed, "DATA on a closed stream")
}

// takeData takes content and padding of a request that is open.
func (c *Conn) takeData(s *stream, f *frame, padding int) error {
	data, ended := f.payload, f.flags&flagEndStream != 0
	s.received += int64(len(data))
	if s.declared >= 0 && (s.received > s.declared || ended && s.received < s.declared) {
		c.consumed(nil, len(data)+padding)
		return c.malformed(s.id, "content and Content-Length differ")
	}
	c.consumed(s, padding)
	s.remoteDone = ended
	if !s.running { // it has its answer
		c.consumed(s, len(data))
		return nil
	}
	if len(data) == 0 && !ended {
		return c.control()
	}
	s.body.add(data)
	s.cond.Broadcast()
	return nil
}
