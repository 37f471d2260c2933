package h2

import (
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A scratch is the memory with which one Receive works.
type scratch struct {
	head    head
	request viewer.Request
	hit     viewer.Hit
	heads   headCache
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Receive takes what was read from the connection, all of p, at the time now.
// The caller flushes afterwards. After an error it flushes and closes.
func (c *Conn) Receive(p []byte, now time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return c.err
	}
	c.clock(now)
	s := scratches.Get().(*scratch)
	c.scratch = s
	c.prepare(&s.request)
	err := c.receive(p)
	c.scratch = nil
	s.head.trim()
	s.request = viewer.Request{}
	s.hit.Stored, s.hit.Edge, s.hit.Content = "", nil, nil
	scratches.Put(s)
	if err != nil {
		fault := &ConnError{Code: ErrCodeInternal}
		errors.As(err, &fault)
		c.fail(fault.Code, fault.Reason, err)
	}
	return err
}

// clock sets the time, and from the first time on everything is timed.
func (c *Conn) clock(now time.Time) {
	c.now = now
	if c.active.IsZero() {
		c.active, c.headSince, c.written, c.moved = now, now, now, now
	}
}

// prepare fills in what all requests of this Receive have in common.
func (c *Conn) prepare(r *viewer.Request) {
	r.Proto = viewer.ProtoHTTP2
	r.Local, r.TLS, r.Shard, r.Received = c.peer.Local, c.peer.TLS, c.peer.Shard, c.now
	r.Peer = &c.peer
}

// scheme is how the viewer has reached us.
func (c *Conn) scheme() string {
	if c.peer.TLS != nil {
		return "https"
	}
	return "http"
}

func (c *Conn) receive(p []byte) error {
	p, err := c.completePartial(p)
	if err != nil {
		return err
	}
	if !c.prefaced && len(p) > 0 {
		n := min(len(p), len(preface))
		if string(p[:n]) != preface[:n] {
			return connError(ErrCodeProtocol, "no HTTP/2 preface")
		}
		if n < len(preface) {
			c.keep(p)
			return nil
		}
		c.prefaced, p = true, p[n:]
	}
	for len(p) > 0 {
		if len(p) >= frameHeaderSize && frameLength(p) > maxFrame {
			return connError(ErrCodeFrameSize, "frame too large")
		}
		f, size, complete := parseFrame(p)
		if !complete {
			c.keep(p)
			return nil
		}
		if err := c.onFrame(&f); err != nil {
			return err
		}
		p = p[size:]
	}
	return nil
}

// completePartial adds to what a former Receive has left until that is a frame,
// and returns the rest of p.
func (c *Conn) completePartial(p []byte) ([]byte, error) {
	for len(c.partial) > 0 && len(p) > 0 {
		need := c.partialSize()
		n := min(need-len(c.partial), len(p))
		c.partial, p = append(c.partial, p[:n]...), p[n:]
		if !c.prefaced && !strings.HasPrefix(preface, view(c.partial)) {
			return nil, connError(ErrCodeProtocol, "no HTTP/2 preface")
		}
		if len(c.partial) < need {
			return nil, nil
		}
		if !c.prefaced {
			c.prefaced = true
			c.dropPartial()
			break
		}
		if frameLength(c.partial) > maxFrame {
			return nil, connError(ErrCodeFrameSize, "frame too large")
		}
		f, _, complete := parseFrame(c.partial)
		if !complete {
			continue
		}
		err := c.onFrame(&f)
		c.dropPartial()
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// partialSize is how many bytes tell more about what is incomplete.
func (c *Conn) partialSize() int {
	switch {
	case !c.prefaced:
		return len(preface)
	case len(c.partial) < frameHeaderSize:
		return frameHeaderSize
	}
	return frameHeaderSize + frameLength(c.partial)
}

// partialIsData reports whether the incomplete frame is one of content, which
// may come slowly.
func (c *Conn) partialIsData() bool {
	return c.prefaced && len(c.partial) >= frameHeaderSize && frameType(c.partial[3]) == frameData
}

// keep keeps an incomplete frame until the next Receive.
func (c *Conn) keep(p []byte) {
	if c.partialBuffer == nil {
		c.partialBuffer = newBuffer()
	}
	c.partial = append(c.partialBuffer.b[:0], p...)
	if c.block.id == 0 && c.prefaced {
		c.headSince = c.now
	}
}

// dropPartial gives the memory of an incomplete frame back.
func (c *Conn) dropPartial() {
	if c.partialBuffer != nil {
		c.partialBuffer.b = c.partial[:0]
		c.partialBuffer.free()
	}
	c.partial, c.partialBuffer = nil, nil
}

// onFrame handles one frame (RFC 9113 section 6).
func (c *Conn) onFrame(f *frame) error {
	switch {
	case c.block.id != 0 && (f.kind != frameContinuation || f.id != c.block.id):
		return connError(ErrCodeProtocol, "header block interrupted")
	case !c.greeted && (f.kind != frameSettings || f.flags&flagAck != 0):
		return connError(ErrCodeProtocol, "the first frame is not SETTINGS")
	}
	switch f.kind {
	case frameHeaders:
		return c.onHeaders(f)
	case frameData:
		return c.onData(f)
	case frameWindowUpdate:
		return c.onWindowUpdate(f)
	case frameContinuation:
		return c.onContinuation(f)
	case frameSettings:
		c.greeted = true
		return c.onSettings(f)
	case framePing:
		return c.onPing(f)
	case frameRSTStream:
		return c.onRSTStream(f)
	case framePriority:
		return c.onPriority(f)
	case framePriorityUpdate:
		return c.onPriorityUpdate(f)
	case frameGoAway:
		return c.onGoAway(f)
	case framePushPromise:
		return connError(ErrCodeProtocol, "PUSH_PROMISE from a viewer")
	}
	return c.control() // unknown types are ignored (RFC 9113 section 4.1)
}

func (c *Conn) onPing(f *frame) error {
	switch {
	case f.id != 0:
		return connError(ErrCodeProtocol, "PING on a stream")
	case len(f.payload) != 8:
		return connError(ErrCodeFrameSize, "PING of a wrong size")
	}
	if err := c.control(); err != nil {
		return err
	}
	if f.flags&flagAck == 0 {
		c.emit(appendPing(c.output(), flagAck, f.payload))
	} else if c.drain == drainAnnounced && string(f.payload) == string(shutdownPing) {
		c.goAway()
	}
	return nil
}

// onGoAway: a viewer that goes away begins no more streams, and pushed ones
// there are none. It closes the connection when it has its answers.
func (c *Conn) onGoAway(f *frame) error {
	switch {
	case f.id != 0:
		return connError(ErrCodeProtocol, "GOAWAY on a stream")
	case len(f.payload) < 8:
		return connError(ErrCodeFrameSize, "GOAWAY of a wrong size")
	}
	return c.control()
}

func (c *Conn) onRSTStream(f *frame) error {
	switch {
	case f.id == 0 || f.id > c.last:
		return connError(ErrCodeProtocol, "RST_STREAM on an idle stream")
	case len(f.payload) != 4:
		return connError(ErrCodeFrameSize, "RST_STREAM of a wrong size")
	}
	s := c.streams[f.id]
	if s == nil || s.closed { // it has crossed the end of our response
		c.ended.add(f.id)
		return c.control()
	}
	c.abandon(s, errReset)
	return c.payReset()
}

// onPriority checks what RFC 7540 section 5.3 has defined and ignores it (RFC
// 9113 section 5.3.2).
func (c *Conn) onPriority(f *frame) error {
	if f.id == 0 {
		return connError(ErrCodeProtocol, "PRIORITY without a stream")
	}
	if err := c.control(); err != nil {
		return err
	}
	if len(f.payload) != 5 {
		return c.streamError(f.id, ErrCodeFrameSize, "PRIORITY of a wrong size")
	}
	if binary.BigEndian.Uint32(f.payload)&maxWindow == f.id {
		return c.streamError(f.id, ErrCodeProtocol, "a stream depends on itself")
	}
	return nil
}

// onPriorityUpdate (RFC 9218 section 7.1). What comes before its stream is not
// kept: the request can say it as well.
func (c *Conn) onPriorityUpdate(f *frame) error {
	switch {
	case f.id != 0:
		return connError(ErrCodeProtocol, "PRIORITY_UPDATE on a stream")
	case len(f.payload) < 4:
		return connError(ErrCodeFrameSize, "PRIORITY_UPDATE of a wrong size")
	}
	id := binary.BigEndian.Uint32(f.payload) & maxWindow
	if id%2 == 0 {
		return connError(ErrCodeProtocol, "PRIORITY_UPDATE of no request")
	}
	if s := c.streams[id]; s != nil {
		s.priority = parsePriority(string(f.payload[4:]))
	}
	return c.control()
}

func (c *Conn) onWindowUpdate(f *frame) error {
	if len(f.payload) != 4 {
		return connError(ErrCodeFrameSize, "WINDOW_UPDATE of a wrong size")
	}
	n := int64(binary.BigEndian.Uint32(f.payload) & maxWindow)
	if !c.returns(n) {
		if err := c.control(); err != nil {
			return err
		}
	}
	if f.id == 0 {
		c.sendWindow += n
		switch {
		case n == 0:
			return connError(ErrCodeProtocol, "WINDOW_UPDATE of 0")
		case c.sendWindow > maxWindow:
			return connError(ErrCodeFlowControl, "WINDOW_UPDATE overflows the window")
		}
		c.held.end(c.now) // it was never less than 0
		return nil
	}
	if f.id%2 == 0 || f.id > c.last {
		return connError(ErrCodeProtocol, "WINDOW_UPDATE on an idle stream")
	}
	s := c.streams[f.id]
	if s == nil || s.closed {
		return nil // it has crossed the end of our response
	}
	s.sendWindow += n
	switch {
	case n == 0:
		return c.streamError(f.id, ErrCodeProtocol, "WINDOW_UPDATE of 0")
	case s.sendWindow > maxWindow:
		return c.streamError(f.id, ErrCodeFlowControl, "WINDOW_UPDATE overflows the window")
	}
	s.resized()
	return nil
}
