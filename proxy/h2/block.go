package h2

import (
	"encoding/binary"

	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A block is a header block whose end has not come: HEADERS without
// END_HEADERS, and what CONTINUATION has added.
type block struct {
	id            uint32 // 0: none is under way
	ended         bool   // the stream ends with it
	dependsOnSelf bool
	fragments     []byte
	continuations int
}

// onHeaders (RFC 9113 section 6.2).
func (c *Conn) onHeaders(f *frame) error {
	if f.id%2 == 0 {
		return connError(ErrCodeProtocol, "HEADERS on a stream that is no request")
	}
	if err := f.unpad(); err != nil {
		return err
	}
	b := block{id: f.id, ended: f.flags&flagEndStream != 0}
	fragment := f.payload
	if f.flags&flagPriority != 0 {
		if len(fragment) < 5 {
			return connError(ErrCodeFrameSize, "HEADERS without room for its priority")
		}
		b.dependsOnSelf = binary.BigEndian.Uint32(fragment)&maxWindow == f.id
		fragment = fragment[5:]
	}
	if f.flags&flagEndHeaders != 0 {
		return c.onBlock(&b, fragment)
	}
	c.headSince = c.now
	b.fragments = append(b.fragments, fragment...)
	c.block = b
	return nil
}

// onContinuation (RFC 9113 section 6.10). Their number and their size are
// bounded: CVE-2024-27316 and its kin.
func (c *Conn) onContinuation(f *frame) error {
	b := &c.block
	if b.id == 0 {
		return connError(ErrCodeProtocol, "CONTINUATION of nothing")
	}
	b.continuations++
	b.fragments = append(b.fragments, f.payload...)
	if b.continuations > c.o.MaxContinuations || len(b.fragments) > 2*c.o.MaxHeaderBytes {
		return connError(ErrCodeEnhanceYourCalm, "header block too long")
	}
	if f.flags&flagEndHeaders == 0 {
		return nil
	}
	whole := *b
	c.block = block{}
	return c.onBlock(&whole, whole.fragments)
}

// onBlock decodes a header block, in any case, and handles what it is.
func (c *Conn) onBlock(b *block, fragments []byte) error {
	h := &c.scratch.head
	h.reset(c.o.MaxHeaderBytes, c.o.MaxFields)
	if err := c.decoder.decode(fragments, h); err != nil {
		return err
	}
	if b.dependsOnSelf {
		h.malformed("a stream depends on itself")
	}
	s := c.streams[b.id]
	switch {
	case s != nil && !s.closed:
		return c.onTrailers(s, h, b.ended)
	case b.id > c.last && c.drain == drainFinal, c.isCutShort(b.id):
		return c.control() // it has crossed our GOAWAY, or our RST_STREAM
	case b.id > c.last:
		return c.onRequest(b.id, h, b.ended)
	case c.ended.has(b.id):
		return connError(ErrCodeStreamClosed, "HEADERS on a closed stream")
	}
	return connError(ErrCodeProtocol, "stream identifiers go down") // RFC 9113 section 5.1.1
}

// onTrailers checks the fields behind a request's content and drops them.
func (c *Conn) onTrailers(s *stream, h *head, ended bool) error {
	if s.remoteDone {
		return c.streamError(s.id, ErrCodeStreamClosed, "HEADERS on a half-closed stream")
	}
	h.checkTrailers()
	switch {
	case !ended:
		h.malformed("fields behind the content do not end it")
	case h.tooLarge:
		h.malformed("fields behind the content are too large")
	case s.declared >= 0 && s.received != s.declared:
		h.malformed("content shorter than Content-Length")
	}
	if h.problem != "" {
		return c.malformed(s.id, h.problem)
	}
	s.remoteDone = true
	s.cond.Broadcast()
	return nil
}

// onRequest handles a new stream.
func (c *Conn) onRequest(id uint32, h *head, ended bool) error {
	c.last, c.active, c.shrunk = id, c.now, false
	c.controls.Earn(earnedByRequest)
	if !h.tooLarge {
		h.checkRequest(c.o.ExtendedConnect, ended)
	}
	switch {
	case h.problem != "" && !h.tooLarge:
		return c.malformed(id, h.problem)
	case uint32(len(c.streams)) >= c.o.MaxStreams: // RFC 9113 section 5.1.2
		return c.streamError(id, ErrCodeRefusedStream, "")
	case h.tooLarge: // CF-ERR-14; the connection ends with it (CF-SIZE-01)
		c.answerPage(id, h, ended, 494, "header list too large")
		c.announce()
		return nil
	}
	if reason := h.refuse(); reason != "" {
		c.answerPage(id, h, ended, 400, reason)
		return nil
	}
	r := &c.scratch.request
	r.Remote, r.Scheme = c.peer.Remote, c.scheme() // which a Handler may have changed
	h.fill(r)
	r.Reused, c.reused = c.reused, true
	if ended && c.answerAtOnce(id, h, r) {
		return nil
	}
	if len(c.streams) >= shedStreams && c.o.Overload.Level() >= overload.LevelShed {
		c.o.Overload.Count(overload.ShedStream)
		c.emit(appendRSTStream(c.output(), id, ErrCodeRefusedStream)) // it may be sent again
		c.cutShort.add(id)
		return nil
	}
	c.start(id, h, r, ended)
	return nil
}

// shedStreams is how many streams with Handlers a connection has when memory or
// processors are short. None at all would have viewers try again at once, some of
// them over a new connection each time.
const shedStreams = 8

// malformed refuses a message that is none (RFC 9113 section 8.1.1).
func (c *Conn) malformed(id uint32, reason string) error {
	c.o.OnMalformed(c.peer.Remote.String(), 0, reason)
	return c.streamError(id, ErrCodeProtocol, reason)
}

// streamError resets stream id, at the viewer's cost.
func (c *Conn) streamError(id uint32, code ErrCode, reason string) error {
	if id > c.last {
		return connError(code, reason) // an idle stream cannot be reset
	}
	if s := c.streams[id]; s != nil && !s.closed {
		c.cut(s, code, &ConnError{code, reason})
	} else {
		c.emit(appendRSTStream(c.output(), id, code))
		c.cutShort.add(id)
	}
	return c.payReset()
}

// openHead appends room for a frame header, and what the header block of a
// response begins with. closeHead completes it.
func (c *Conn) openHead(status int) (out []byte, begin int) {
	out = c.output()
	begin = len(out)
	out = c.encoder.begin(append(out, noHeader[:]...))
	return c.encoder.appendStatus(out, status), begin
}

var noHeader [frameHeaderSize]byte

// closeHead makes HEADERS, and CONTINUATION if need be, of the header block that
// out ends with.
func (c *Conn) closeHead(out []byte, begin int, id uint32, ended bool) []byte {
	flags := uint8(flagEndHeaders)
	if ended {
		flags |= flagEndStream
	}
	header := out[begin:begin:len(out)]
	size := len(out) - begin - frameHeaderSize
	if size <= maxFrame {
		appendFrameHeader(header, size, frameHeaders, flags, id)
		return out
	}
	rest := append([]byte(nil), out[begin+frameHeaderSize+maxFrame:]...)
	appendFrameHeader(header, maxFrame, frameHeaders, flags&^flagEndHeaders, id)
	out = out[:begin+frameHeaderSize+maxFrame]
	for len(rest) > 0 {
		n := min(len(rest), maxFrame)
		flags = 0
		if n == len(rest) {
			flags = flagEndHeaders
		}
		out = appendFrameHeader(out, n, frameContinuation, flags, id)
		out = append(out, rest[:n]...)
		rest = rest[n:]
	}
	return out
}

// surprising are marks of requests that need more than a look at the cache.
const surprising = viewer.MarkConnection | viewer.MarksBeyondKey
