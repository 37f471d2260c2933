package h1

import (
	"bytes"
	"strconv"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

const (
	// copiedContent is the most content that is copied behind its head. Copying
	// 16 KiB costs more than a second element of writev(2); copying 1 KiB does
	// not.
	copiedContent = 8 << 10
	// outputBound is where pipelined requests wait until output was written.
	outputBound = 256 << 10
)

// A Scratch is the memory with which hits are answered. It belongs to a
// goroutine, which may use it for any number of connections.
type Scratch struct {
	// Out is what Hits has to say, to be written; Tail, which is immutable,
	// follows it.
	Out, Tail []byte
	// WantsFile is set by a driver that can send files. File, unless nil, follows
	// Out, with Size bytes, and is then the driver's to release.
	WantsFile bool
	File      *viewer.File
	Size      int64

	head    Head
	known   *sections // nil until one is learned
	request viewer.Request
	hit     viewer.Hit
}

// Hits answers the plain requests in front of in that the HitFunc has an answer
// for, and appends the responses to s.Out. It returns how much of in it has
// used. All requests get now as the moment when they were received.
//
// Hot path, BenchmarkHits: no allocation.
func (c *Conn) Hits(s *Scratch, in []byte, now time.Time) (used int, next Next) {
	for used < len(in) {
		if s.ends() || len(s.Out) > outputBound {
			return used, NextWrite
		}
		rest := in[used:]
		if c.seen > 0 && !c.mayBeComplete(rest) {
			return used, NextRead
		}
		size, refusal := c.parse(s, rest)
		if size == 0 && refusal == "" && len(rest) < c.options.MaxHeadBytes {
			c.seen = int32(len(rest))
			return used, NextRead
		}
		c.seen = 0
		if size == 0 || size > c.options.MaxHeadBytes || !c.answer(s, now) {
			return used, NextServe
		}
		used += size
	}
	if s.ends() {
		return used, NextWrite
	}
	return used, NextRead
}

// ends reports whether something follows Out, so that nothing can be appended.
func (s *Scratch) ends() bool { return len(s.Tail) > 0 || s.File != nil }

// mayBeComplete reports whether a head of which a part was looked at before is
// worth another look. Heads that come in small pieces would otherwise be parsed
// as often as there are pieces.
func (c *Conn) mayBeComplete(in []byte) bool {
	from := max(0, int(c.seen)-3)
	c.seen = int32(len(in))
	return len(in) >= c.options.MaxHeadBytes || bytes.Contains(in[from:], []byte("\r\n\r\n"))
}

// answer answers the request in s.head, if it is a plain one with an answer in
// memory.
func (c *Conn) answer(s *Scratch, now time.Time) bool {
	if c.options.Hit == nil || !s.head.plain() || c.options.draining() {
		return false
	}
	r := &s.request
	if s.head.route(r) != "" {
		return false
	}
	c.fill(r, &s.head, now)
	s.hit.WantsFile = s.WantsFile
	if !c.options.Hit(&s.hit, r) {
		c.state |= stateTried
		c.note = r.Note
		return false
	}
	c.state = stateReused
	before := len(s.Out)
	s.Out = appendHit(s.Out, &s.hit)
	sent := int64(len(s.Out) - before)
	file := s.hit.File
	s.hit.File = nil
	if s.head.Method == "GET" {
		sent += int64(len(s.hit.Content))
		switch {
		case len(s.hit.Content) <= copiedContent:
			s.Out = append(s.Out, s.hit.Content...)
		case file != nil:
			s.File, s.Size, file = file, int64(len(s.hit.Content)), nil
		default:
			s.Tail = s.hit.Content
		}
	}
	if file != nil {
		file.Release()
	}
	s.hit.Done(&s.hit, r, sent)
	return true
}

// plain reports whether a look at the cache may be all that the request needs:
// it has no content, keeps the connection, and asks for nothing besides.
func (h *Head) plain() bool {
	return (h.Method == "GET" || h.Method == "HEAD") && h.Proto == viewer.ProtoHTTP11 && h.Target[0] == '/' &&
		h.Marks&viewer.MarksBeyondKey == 0 && (h.Marks&viewer.MarkConnection == 0 || h.keepsAlive())
}

// keepsAlive reports whether the Connection fields say no more than
// "keep-alive".
func (h *Head) keepsAlive() bool {
	for i := range h.Fields {
		l := &h.Fields[i]
		if field.EqualName(l.Name, "Connection") && !field.EqualName(l.Value, "keep-alive") {
			return false
		}
	}
	return true
}

// fill makes a request of a head that was routed, all but content and upgrade.
func (c *Conn) fill(r *viewer.Request, h *Head, now time.Time) {
	r.Method, r.Proto, r.Fields, r.Marks, r.HeadBytes = h.Method, h.Proto, h.Fields, h.Marks, h.Size
	r.Scheme = "http"
	if c.peer.TLS != nil {
		r.Scheme = "https"
	}
	r.Remote, r.Local, r.TLS, r.Shard, r.Received = c.peer.Remote, c.peer.Local, c.peer.TLS, c.peer.Shard, now
	r.Peer, r.Note, r.Reused = c.peer, nil, c.state&stateReused != 0
	r.Body, r.ContentLength, r.Upgrade = nil, 0, ""
}

// appendHit appends the head of the response.
func appendHit(out []byte, h *viewer.Hit) []byte {
	out = appendStatusLine(out, viewer.ProtoHTTP11, h.Status)
	out = append(out, h.Stored...)
	if h.AllowOrigin != "" {
		out = appendField(out, "Access-Control-Allow-Origin", h.AllowOrigin)
	}
	out = append(out, h.Edge.H1...)
	out = append(out, "X-Amz-Cf-Id: "...)
	out = append(out, h.ID[:]...)
	out = append(out, "\r\n"...)
	if h.Age >= 0 {
		out = append(out, "Age: "...)
		out = strconv.AppendInt(out, h.Age, 10)
		out = append(out, "\r\n"...)
	}
	if h.ServerTiming != "" {
		out = appendField(out, "Server-Timing", h.ServerTiming)
	}
	out = append(out, "Content-Length: "...)
	out = strconv.AppendInt(out, int64(len(h.Content)), 10)
	return append(out, "\r\n\r\n"...)
}

// maxKept is the largest output buffer that is kept.
const maxKept = 1 << 20

// Reset forgets the output.
func (s *Scratch) Reset() {
	s.File = nil
	if s.Out, s.Tail = s.Out[:0], nil; cap(s.Out) > maxKept {
		s.Out = nil
	}
}
