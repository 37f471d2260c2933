package h3

import (
	"strings"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// surprising are marks of requests that need more than a look at the cache.
const surprising = viewer.MarkConnection | viewer.MarksBeyondKey

// answerAtOnce lets the HitFunc answer a request without content, if it is a
// plain one.
func (s *stream) answerAtOnce() bool {
	r := &s.request
	hitFunc := s.c.server.o.Hit
	if hitFunc == nil || r.Method != "GET" && r.Method != "HEAD" || r.Marks&surprising != 0 {
		return false
	}
	hit := &s.hit
	if r.Tried = !hitFunc(hit, r); r.Tried {
		return false
	}
	content := hit.Content
	if s.response.head {
		content = nil
	}
	sent, err := s.sendHit(hit, content)
	if err == nil {
		_ = s.str.Close()
	}
	hit.Done(hit, r, sent)
	hit.Content, hit.Stored = nil, ""
	return true
}

// sendHit sends a hit and returns how many bytes that are, its head counted as
// that of any response.
func (s *stream) sendHit(hit *viewer.Hit, content []byte) (int64, error) {
	f := newHead(s.out[:0])
	f.status(hit.Status)
	f.stored(hit.Stored)
	if hit.AllowOrigin != "" {
		f.field("Access-Control-Allow-Origin", hit.AllowOrigin)
	}
	f.fields(hit.Edge.Lines)
	f.id(&hit.ID)
	if hit.Age >= 0 {
		f.number(staticAge, "Age", hit.Age)
	}
	if hit.ServerTiming != "" {
		f.field("Server-Timing", hit.ServerTiming)
	}
	if hit.Status != 204 {
		f.length(int64(len(hit.Content)))
	}
	s.out = f.done()
	if len(content) > 0 {
		s.out = appendDataHeader(s.out, int64(len(content)))
	}
	if len(s.out)+len(content) <= gather {
		s.out = append(s.out, content...)
		err := s.sendAtOnce(s.out)
		return f.bytes + int64(len(content)), err
	}
	if _, err := s.send(s.out); err != nil {
		return f.bytes, err
	}
	sent, err := s.send(content)
	return f.bytes + int64(sent), err
}

// Bounds of what sendAtOnce gives to QUIC as a whole, in bytes.
const (
	onePacket = 1452    // a Write does not wait for what one packet has room for
	atOnce    = 4 << 10 // this may wait in QUIC for as long as the viewer takes
)

// sendAtOnce is send that does not wait where p is a few packets and the viewer has
// room for them: the end of the stream then mostly goes out in the last of them, and
// not in one of its own. A hit of 3 KB takes three quarters of the CPU time so.
func (s *stream) sendAtOnce(p []byte) error {
	if len(p) > onePacket && len(p) <= atOnce && s.str.TryWriteAll(p) == nil {
		return nil
	}
	_, err := s.send(p)
	return err
}

// stored adds field lines in the form of an HTTP/1.1 head.
func (f *headFrame) stored(lines string) {
	for lines != "" {
		line, rest, _ := strings.Cut(lines, "\r\n")
		lines = rest
		name, value, _ := strings.Cut(line, ": ")
		f.field(name, value)
	}
}
