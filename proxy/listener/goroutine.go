package listener

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
)

// serve is the driver with a goroutine for each connection: it runs on any
// system, and its tests are those of every driver.
func (s *Server) serve(c *conn) {
	p, config := c.port.protocols, c.port.config
	defer s.recover(c.peer.Remote)
	if config != nil && !(s.mayShakeHands(c.peer.Remote.Addr()) && s.handshake(c, config)) {
		return
	}
	switch {
	case c.protocol() == "h2":
		s.serveH2(c)
	case config == nil && p&HTTP2 != 0 && (p&HTTP1 == 0 || s.speaksH2(c)):
		s.serveH2(c)
	default:
		s.serveH1(c)
	}
}

// preface begins every HTTP/2 connection (RFC 9113 section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// speaksH2 reports whether the viewer begins with HTTP/2, and leaves what was
// read to be read again.
func (s *Server) speaksH2(c *conn) bool {
	began := make([]byte, 0, 4<<10)
	for since, timeout := time.Now(), s.idleTimeout(false); ; {
		c.await(since, timeout, len(began) > 0)
		n, err := c.Read(began[len(began):cap(began)])
		began = began[:len(began)+n]
		k := min(len(began), len(preface))
		if string(began[:k]) != preface[:k] || k == len(preface) || err != nil {
			c.ahead = began
			return k == len(preface) && string(began[:k]) == preface
		}
	}
}

// scratches are used by connections for as long as they have input.
var scratches = sync.Pool{New: func() any { return &h1.Scratch{Out: make([]byte, 0, 4<<10)} }}

// serveH1 speaks HTTP/1.1 until the connection ends.
func (s *Server) serveH1(c *conn) {
	state := h1.NewConn(c.port.h1, &c.peer)
	buffer := make([]byte, 4<<10)
	began := c.waitsSince() // or when an incomplete head began
	for have := 0; ; {
		timeout := s.idleTimeout(state.Used())
		if have > 0 {
			timeout = s.opts.HeaderTimeout
		}
		c.await(began, timeout, have > 0)
		n, err := c.Read(buffer[have:])
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) {
			n = c.last(buffer[have:])
		}
		if n == 0 && err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				c.waitEnded()
			}
			return
		}
		now := s.opts.Now()
		if have += n; have == n { // the first byte of a head
			began = time.Now()
		}
		rest, ok := s.feedH1(c, &state, buffer[:have], now)
		if !ok {
			return
		}
		if len(rest) < have || len(rest) == 0 {
			began = time.Now()
		}
		if have = copy(buffer, rest); have < len(rest) { // read ahead by a Handler
			c.ahead = append(bytes.Clone(rest[have:]), c.ahead...)
		}
	}
}

// feedH1 answers the requests in in, and returns what is left of it: an
// incomplete head.
func (s *Server) feedH1(c *conn, state *h1.Conn, in []byte, now time.Time) (rest []byte, ok bool) {
	size := cap(in)
	for len(in) > 0 {
		used, next, err := s.hitsH1(c, state, in, now)
		if err != nil {
			return nil, false
		}
		in = in[used:]
		if next == h1.NextServe || next == h1.NextRead && len(in) >= size {
			c.SetReadTimeout(0)
			rest, keep := state.Serve(c, in)
			if !keep {
				c.linger()
				return nil, false
			}
			in, now = rest, s.opts.Now()
			continue
		}
		if next == h1.NextRead {
			return in, true
		}
	}
	return nil, true
}

// hitsH1 answers and writes hits.
func (s *Server) hitsH1(c *conn, state *h1.Conn, in []byte, now time.Time) (used int, next h1.Next, err error) {
	scratch := scratches.Get().(*h1.Scratch)
	used, next = state.Hits(scratch, in, now)
	switch {
	case len(scratch.Tail) > 0:
		err = c.WriteBoth(scratch.Out, scratch.Tail)
	case len(scratch.Out) > 0:
		_, err = c.Write(scratch.Out)
	}
	scratch.Reset()
	scratches.Put(scratch)
	return used, next, err
}
