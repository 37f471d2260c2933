package listener

import (
	"context"
	"crypto/tls"
	"errors"

	"net"
	"os"
	"sync"
	"time"
)

// A tlsSocket is TLS over a socket, without waiting. crypto/tls reads from and
// writes to a wireConn: where that has nothing to read it says so with an error
// that is temporary, after which crypto/tls goes on with the record it has the
// beginning of; what is written is gathered and goes out as one.
type tlsSocket struct {
	wire wireConn
	conn *tls.Conn // over wire
}

// A wireConn is the net.Conn under crypto/tls. During the handshake it waits.
type wireConn struct {
	socket
	conn    *loopConn
	waiting bool // the handshake
	drained bool // nothing is left in the socket, since reading began

	mu  sync.Mutex // guards what follows
	out *[]byte    // is on its way, nil if nothing is
	at  int        // of out, what has gone
}

// errNothing says that there is nothing to read now.
var errNothing net.Error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read now" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// Output is gathered in buffers of two sizes: for the usual response, and for as
// much as is written at once.
var (
	wireBuffers      = sync.Pool{New: func() any { b := make([]byte, 0, 8<<10); return &b }}
	largeWireBuffers = sync.Pool{New: func() any { b := make([]byte, 0, wireBound+8<<10); return &b }}
)

// wireBound is how much is written at once, in bytes.
const wireBound = 64 << 10

// Read implements net.Conn.
func (w *wireConn) Read(p []byte) (int, error) {
	if w.waiting {
		return w.readWaiting(p)
	}
	if w.drained { // to find that out once more would take a system call
		return 0, errNothing
	}
	n, drained, err := w.socket.read(p)
	if w.drained = drained; n == 0 && err == nil {
		return 0, errNothing
	}
	return n, err
}

// readWaiting reads during the handshake. While it waits another handshake may
// compute.
func (w *wireConn) readWaiting(p []byte) (int, error) {
	c := w.conn
	for {
		if n, err := c.readNow(w.socket, p); n > 0 || err != nil {
			return n, err
		}
		<-c.loop.server.handshakes
		err := c.await(readable|gone, c.lease.Load().read, c.readDeadline)
		c.loop.server.handshakes <- struct{}{}
		if err != nil {
			return 0, err
		}
	}
}

// Write implements net.Conn.
func (w *wireConn) Write(p []byte) (int, error) {
	if w.waiting {
		return len(p), w.conn.writeTo(w.socket, p, nil)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reserve(len(p))
	*w.out = append(*w.out, p...)
	return len(p), nil
}

// reserve makes room for n bytes, with mu held.
func (w *wireConn) reserve(n int) {
	switch {
	case w.out == nil && n <= 7<<10:
		w.out, w.at = wireBuffers.Get().(*[]byte), 0
	case w.out == nil:
		w.out, w.at = largeWireBuffers.Get().(*[]byte), 0
	case cap(*w.out)-len(*w.out) < n && cap(*w.out) < wireBound:
		larger := largeWireBuffers.Get().(*[]byte)
		*larger = append(*larger, *w.out...)
		w.free()
		w.out = larger
	}
}

// free gives the buffer back, with mu held.
func (w *wireConn) free() {
	*w.out = (*w.out)[:0]
	if cap(*w.out) < wireBound {
		wireBuffers.Put(w.out)
	} else if cap(*w.out) <= 2*wireBound {
		largeWireBuffers.Put(w.out)
	}
	w.out = nil
}

// flush sends what is on its way.
func (w *wireConn) flush() (blocked bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.out == nil {
		return false, nil
	}
	n, blocked, err := w.socket.write((*w.out)[w.at:], nil)
	if w.at += n; err == nil && !blocked {
		w.free()
	}
	return blocked, err
}

func (w *wireConn) Close() error                     { return nil }
func (w *wireConn) LocalAddr() net.Addr              { return net.TCPAddrFromAddrPort(w.conn.peer.Local) }
func (w *wireConn) RemoteAddr() net.Addr             { return net.TCPAddrFromAddrPort(w.conn.peer.Remote) }
func (w *wireConn) SetDeadline(time.Time) error      { return nil }
func (w *wireConn) SetReadDeadline(time.Time) error  { return nil }
func (w *wireConn) SetWriteDeadline(time.Time) error { return nil }

// read implements socket.
func (s *tlsSocket) read(p []byte) (n int, drained bool, err error) {
	s.wire.drained = false
	for n < len(p) {
		k, err := s.conn.Read(p[n:])
		n += k
		if err == errNothing {
			_, err = s.wire.flush() // what crypto/tls has answered by itself
			return n, true, err
		}
		if err != nil {
			return n, true, err
		}
	}
	return n, false, nil
}

// write implements socket.
func (s *tlsSocket) write(p, q []byte) (n int, blocked bool, err error) {
	if blocked, err := s.wire.flush(); blocked || err != nil {
		return 0, blocked, err
	}
	for _, part := range [][]byte{p, q} {
		for len(part) > 0 {
			piece := part[:min(len(part), wireBound)]
			s.wire.mu.Lock()
			s.wire.reserve(len(piece))
			s.wire.mu.Unlock()
			if _, err := s.conn.Write(piece); err != nil {
				return n, false, err
			}
			n += len(piece)
			part = part[len(piece):]
			if n == len(p) && len(q) > 0 && n <= copiedTogether {
				break // the second part comes with it
			}
			if blocked, err := s.wire.flush(); blocked || err != nil {
				return n, blocked, err
			}
		}
	}
	return n, false, nil
}

// copiedTogether is how much of the first part may wait for the second.
const copiedTogether = 4 << 10

func (s *tlsSocket) sendsFiles() bool { return false }
func (s *tlsSocket) sendFile(*os.File, int64) (int64, bool, error) {
	return 0, false, errors.ErrUnsupported
}

func (s *tlsSocket) sendAt(int, int64, int64) (int64, bool, error) {
	return 0, false, errors.ErrUnsupported
}

// onTheWay implements socket.
func (s *tlsSocket) onTheWay() int { return s.wire.socket.onTheWay() }

// shutdown implements socket.
func (s *tlsSocket) shutdown(both bool) error {
	if !both {
		_ = s.conn.CloseWrite() // the connection ends in any case
		_, _ = s.wire.flush()
	}
	return s.wire.socket.shutdown(both)
}

// close implements socket.
func (s *tlsSocket) close() { s.wire.socket.close() }

// compute has a handshake compute when not too many others do.
func (s *Server) compute(handshake func() error) error {
	s.handshakes <- struct{}{}
	defer func() { <-s.handshakes }() // after a panic too
	return handshake()
}

// handshake makes c a TLS connection, and gives it to its loop. c was borrowed.
func (c *loopConn) handshake(config *tls.Config) {
	s := c.loop.server
	t := &tlsSocket{wire: wireConn{socket: c.socket, conn: c, waiting: true}}
	t.conn = tls.Server(&t.wire, config)
	until := time.Now().Add(s.opts.HandshakeTimeout)
	c.setReadDeadline(until)
	ctx, cancel := context.WithDeadline(context.Background(), until)
	defer cancel()
	var n noted
	var began time.Time
	err := s.compute(func() error {
		began = time.Now()
		return t.conn.HandshakeContext(context.WithValue(ctx, notedKey{}, &n))
	})
	reason := n.settle(t.conn, &c.peer, began, err)
	var plain tls.RecordHeaderError
	switch {
	case errors.As(err, &plain) && plain.Conn != nil && looksLikeHTTP(plain.RecordHeader):
		s.h1.Refuse(c, &c.peer, "plain HTTP request on a TLS listener")
		c.linger()
		c.close()
		return
	case err != nil:
		s.opts.Logger.Debug("tls handshake failed", "remote", c.peer.Remote.String(), "error", err)
		if reason.OfCertificate() {
			c.linger()
		}
		c.close()
		return
	}
	state := t.conn.ConnectionState()
	if !speaksHTTP(state.NegotiatedProtocol) {
		c.close()
		return
	}
	t.wire.waiting = false
	c.socket = t
	c.peer.TLS = s.tlsInfo(state, n)
	if c.decided = true; state.NegotiatedProtocol == "h2" {
		c.beginH2()
	}
	c.enter()
}
