package h2

import (
	"github.com/groundfront/groundfront/proxy/viewer"
)

// answerAtOnce lets the HitFunc answer a request without content, if it is a
// plain one and there is room for output.
//
// Hot path, BenchmarkHit: no allocation, if the viewer's windows take it all.
func (c *Conn) answerAtOnce(id uint32, h *head, r *viewer.Request) bool {
	if c.o.Hit == nil || r.Method != "GET" && r.Method != "HEAD" || r.Marks&surprising != 0 || r.Upgrade != "" ||
		c.queued() >= c.o.MaxOutput {
		return false
	}
	hit := &c.scratch.hit
	if r.Tried = !c.o.Hit(hit, r); r.Tried {
		return false
	}
	content := hit.Content
	if r.Method == "HEAD" {
		content = nil
	}
	c.appendHit(id, hit, len(content) == 0)
	c.sendWhole(id, h.priority, content, true)
	hit.Done(hit, r, hitBytes(hit)+int64(len(content)))
	return true
}

// appendHit appends the head of the response to a hit.
func (c *Conn) appendHit(id uint32, hit *viewer.Hit, ended bool) {
	out, begin := c.openHead(hit.Status)
	out = c.scratch.heads.append(out, hit.Stored)
	if hit.AllowOrigin != "" {
		out = c.encoder.appendKnown(out, "access-control-allow-origin", hit.AllowOrigin)
	}
	out = c.encoder.appendEdge(out, hit.Edge)
	out = c.encoder.appendID(out, &hit.ID)
	if hit.Age >= 0 {
		out = appendNumber(out, staticAge, hit.Age)
	}
	if hit.ServerTiming != "" {
		out = appendField(out, "server-timing", hit.ServerTiming)
	}
	if hit.Status != 204 {
		out = appendNumber(out, staticContentLength, int64(len(hit.Content)))
	}
	c.emit(c.closeHead(out, begin, id, ended))
}

// hitBytes is the size of the head of a hit, counted like that of any response.
func hitBytes(hit *viewer.Hit) int64 {
	n := statusBytes + len(hit.Stored) + len(hit.Edge.H1) + len("X-Amz-Cf-Id: \r\n") + len(hit.ID)
	if hit.AllowOrigin != "" {
		n += len("Access-Control-Allow-Origin: \r\n") + len(hit.AllowOrigin)
	}
	if hit.Age >= 0 {
		n += len("Age: \r\n") + digits(hit.Age)
	}
	if hit.ServerTiming != "" {
		n += len("Server-Timing: \r\n") + len(hit.ServerTiming)
	}
	if hit.Status != 204 {
		n += len("Content-Length: \r\n") + digits(int64(len(hit.Content)))
	}
	return int64(n)
}

// statusBytes is what a head has besides its fields, in HTTP/1.1.
const statusBytes = len("HTTP/1.1 200 \r\n\r\n")

func digits(n int64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// sendWhole sends the content of a response that has all of it: what windows
// and output take at once, the rest as a stream without a Handler. The content
// must not change.
func (c *Conn) sendWhole(id uint32, p priority, content []byte, ended bool) {
	window := c.initialWindow
	if len(c.ready) == 0 && len(content) > 0 { // else it would go before those who wait
		out := c.output()
		for len(content) > 0 && window > 0 && c.sendWindow > 0 && len(out) < c.o.MaxOutput {
			n := int(min(int64(len(content)), maxFrame, window, c.sendWindow))
			flags := uint8(0)
			if n == len(content) {
				flags = flagEndStream
			}
			out = appendFrameHeader(out, n, frameData, flags, id)
			out = append(out, content[:n]...)
			content = content[n:]
			window -= int64(n)
			c.sendWindow -= int64(n)
			c.moved = c.now
			c.held.sent(n)
			c.earnContent(n)
		}
		c.emit(out)
	}
	if len(content) == 0 {
		c.completed(id, ended)
		return
	}
	s := &stream{c: c, id: id, priority: p.orDefault(), sendWindow: window, recvWindow: c.o.StreamWindow, remoteDone: ended, declared: -1}
	s.cond.L = &c.mu
	s.content, s.last = content, true
	c.add(s)
	c.enqueue(s)
}

// completed books a stream whose response is sent, ended if the request was
// read to its end; else the viewer is told to send no more of it (RFC 9113
// section 8.1).
func (c *Conn) completed(id uint32, ended bool) {
	if ended {
		c.ended.add(id)
	} else {
		c.emit(appendRSTStream(c.output(), id, ErrCodeNo))
		c.cutShort.add(id)
	}
	c.active = c.now
	c.resets.Earn(1)
}

// answerPage answers a request that no Handler gets.
func (c *Conn) answerPage(id uint32, h *head, ended bool, status int, reason string) {
	c.o.OnMalformed(c.peer.Remote.String(), status, reason)
	fields, content := c.o.Page(status)
	length := len(content)
	if h.method == "HEAD" {
		content = nil
	}
	out, begin := c.openHead(status)
	for i := range fields {
		if !framing(fields[i].Name) {
			out = c.encoder.appendKnown(out, fields[i].Name, fields[i].Value)
		}
	}
	out = appendNumber(out, staticContentLength, int64(length))
	c.emit(c.closeHead(out, begin, id, len(content) == 0))
	c.sendWhole(id, h.priority, content, ended)
}
