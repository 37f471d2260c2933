package h2

import (
	"slices"
	"time"
)

// enqueue gives s, which has content, a place among those that send.
func (c *Conn) enqueue(s *stream) {
	s.moved = c.now
	if s.began.IsZero() {
		s.began = c.now
	}
	if !s.queued {
		s.queued = true
		c.ready = append(c.ready, s)
	}
	if s.sendWindow <= 0 {
		s.held.begin(c.now)
	}
}

// A hold is for how long a closed window has had content wait since leastProgress of
// it went. A viewer that opens its window byte by byte is held to the rate of one that
// reads so slowly: what it opens is no progress until it is that much (reliability
// H15).
type hold struct {
	since    time.Time     // when the window has closed with content waiting, zero if it is open
	before   time.Duration // for how long it was closed before
	progress int           // in bytes
}

// begin tells that content waits for the window.
func (h *hold) begin(now time.Time) {
	if h.since.IsZero() {
		h.since = now
	}
}

// end tells that the window is open, or that nothing waits for it.
func (h *hold) end(now time.Time) {
	h.before, h.since = h.time(now), time.Time{}
}

// sent tells of n bytes that the window has let go.
func (h *hold) sent(n int) {
	if h.progress += n; h.progress >= leastProgress {
		*h = hold{}
	}
}

// skip leaves out the time since the hold was last told about: what was sent has not
// reached the viewer yet, who can say nothing about it.
func (h *hold) skip(now time.Time) {
	if !h.since.IsZero() {
		h.since = now
	}
}

// time returns for how long.
func (h *hold) time(now time.Time) time.Duration {
	if h.since.IsZero() {
		return h.before
	}
	return h.before + now.Sub(h.since)
}

// resized tells that the viewer has changed the window of s.
func (s *stream) resized() {
	switch {
	case s.sendWindow > 0:
		s.held.end(s.c.now)
	case s.queued:
		s.held.begin(s.c.now)
	}
}

func (c *Conn) dequeue(s *stream) {
	if s.queued {
		s.queued = false
		s.held.end(c.now)
		c.ready = slices.DeleteFunc(c.ready, func(other *stream) bool { return other == s })
		if len(c.ready) == 0 {
			c.held.end(c.now)
		}
	}
}

// send appends content of the streams that have some, while windows and
// MaxOutput allow it.
func (c *Conn) send() {
	c.sendReady()
	if len(c.ready) > 0 && c.sendWindow <= 0 {
		c.held.begin(c.now)
	}
}

func (c *Conn) sendReady() {
	for len(c.ready) > 0 && c.sendWindow > 0 && c.queued() < c.o.MaxOutput {
		s := c.next()
		if s == nil {
			return
		}
		c.appendContent(s)
		if len(s.content) == 0 {
			c.dequeue(s)
			c.sent(s)
		}
	}
}

// next returns the stream whose turn it is: the most urgent (RFC 9218 section
// 10), and of those the one that waits longest. A stream that shares its turn
// goes to the end.
func (c *Conn) next() *stream {
	best := -1
	for i, s := range c.ready {
		if s.sendWindow > 0 && (best < 0 || s.priority.urgency < c.ready[best].priority.urgency) {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	s := c.ready[best]
	if s.priority.inTurn {
		copy(c.ready[best:], c.ready[best+1:])
		c.ready[len(c.ready)-1] = s
	}
	return s
}

// appendContent appends one DATA frame with as much of s.content as may go, or
// makes the one that the output ends with longer.
func (c *Conn) appendContent(s *stream) {
	n := int(min(int64(len(s.content)), maxFrame, c.sendWindow, s.sendWindow))
	out := c.output()
	if header := c.tailOf(s.id); header != nil && frameLength(header)+n <= maxFrame {
		putFrameLength(header, frameLength(header)+n)
	} else {
		c.tail.id, c.tail.at = s.id, len(out)
		out = appendFrameHeader(out, n, frameData, 0, s.id)
	}
	out = append(out, s.content[:n]...)
	c.tail.to = len(out)
	c.emit(out)
	s.content = s.content[n:]
	s.sendWindow -= int64(n)
	c.sendWindow -= int64(n)
	s.moved, c.moved = c.now, c.now
	s.held.sent(n)
	c.held.sent(n)
	if len(s.content) > 0 && s.sendWindow <= 0 {
		s.held.begin(c.now)
	}
	c.earnContent(n)
}

// endContent ends our side of s: with a flag on its last frame, if that is in
// the output still.
func (c *Conn) endContent(s *stream) {
	s.localDone = true
	if header := c.tailOf(s.id); header != nil {
		header[4] |= flagEndStream
		c.tail = dataTail{}
		return
	}
	c.emit(appendFrameHeader(c.output(), 0, frameData, flagEndStream, s.id))
}

// consumed returns n bytes of content to the viewer's windows. s is nil where
// the stream gets no more. Updates are sent for a good part of a window, not
// for each byte.
func (c *Conn) consumed(s *stream, n int) {
	if c.err != nil || n == 0 {
		return
	}
	c.credit += n
	if c.credit >= c.o.ConnWindow/4 {
		c.emit(appendWindowUpdate(c.output(), 0, c.credit))
		c.recvWindow += c.credit
		c.credit = 0
	}
	if s == nil || s.remoteDone || s.closed {
		return
	}
	s.credit += n
	if s.credit >= c.o.StreamWindow/4 {
		c.emit(appendWindowUpdate(c.output(), s.id, s.credit))
		s.recvWindow += s.credit
		s.credit = 0
	}
}
