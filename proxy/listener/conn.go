package listener

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A conn is a viewer's connection in the driver with a goroutine for each. That
// goroutine owns it, and lends it to Handlers as h1.Transport.
type conn struct {
	server *Server
	port   *port
	peer   viewer.Peer
	nc     net.Conn // as accepted
	wire   wire     // what is written to nc
	stream net.Conn // the wire, or TLS over it

	mu       sync.Mutex // guards the deadline
	deadline deadline
	drained  bool      // no request will be waited for
	waiting  bool      // for a request
	began    time.Time // of that
	h2       *h2.Conn  // nil for HTTP/1.1

	watch *watch
	ahead []byte // was read by a watch, or to see which protocol is spoken
}

func newConn(s *Server, nc net.Conn) *conn {
	c := &conn{server: s, nc: nc, peer: viewer.Peer{Remote: addrPort(nc.RemoteAddr()), Local: addrPort(nc.LocalAddr())}}
	c.peer.Shard = uint8(c.peer.Remote.Port())
	c.wire = wire{Conn: nc, timeout: s.opts.WriteTimeout}
	c.stream = &c.wire
	return c
}

// secure goes on with TLS.
func (c *conn) secure(tc *tls.Conn, n noted) {
	c.stream = tc
	c.peer.TLS = tlsInfo(tc.ConnectionState(), n)
}

// protocol returns what a handshake has chosen, "" without one.
func (c *conn) protocol() string {
	if tc, ok := c.stream.(*tls.Conn); ok {
		return tc.ConnectionState().NegotiatedProtocol
	}
	return ""
}

// Read implements h1.Transport.
func (c *conn) Read(p []byte) (int, error) {
	c.unwatch()
	if len(c.ahead) > 0 {
		n := copy(p, c.ahead)
		c.ahead = c.ahead[n:]
		return n, nil
	}
	for {
		n, err := c.stream.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !c.postponed() {
			return n, err
		}
	}
}

// Write implements h1.Transport.
func (c *conn) Write(p []byte) (int, error) { return c.stream.Write(p) }

// WriteBoth implements h1.Transport.
func (c *conn) WriteBoth(p, q []byte) error {
	if c.stream == &c.wire {
		return c.wire.writeBoth(p, q)
	}
	c.wire.gather()
	_, err := c.stream.Write(p)
	if err == nil {
		_, err = c.stream.Write(q)
	}
	return errors.Join(err, c.wire.release())
}

// SendsFiles implements h1.Transport.
func (c *conn) SendsFiles() bool { return c.stream == &c.wire }

// SendFile implements h1.Transport.
func (c *conn) SendFile(f *os.File, n int64) (int64, error) { return c.wire.sendFile(f, n) }

// lingerTime is how long a connection is read that was ended, at least.
const lingerTime = 500 * time.Millisecond

// linger ends the output and reads for a moment what the viewer still sends: to
// close at once would reset the connection, and the viewer might not get to read
// the last response. While some of that is on its way it goes on, for as long as a
// write may take: a viewer of HTTP/2 that is slow to take it says meanwhile what
// else it would take, and that would reset the connection just as well.
func (c *conn) linger() {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok {
		return
	}
	patience := c.wire.timeout
	if tc, ok := c.stream.(*tls.Conn); ok {
		c.wire.timeout, c.wire.armed = lingerTime, time.Time{}
		_ = tc.CloseWrite() // the connection ends in any case
	}
	if half.CloseWrite() != nil {
		return
	}
	c.unwatch()
	const most = 1 << 20
	for end := time.Now().Add(patience); ; {
		_ = c.nc.SetReadDeadline(time.Now().Add(lingerTime))
		_, err := io.CopyN(io.Discard, c.nc, most)
		if !errors.Is(err, os.ErrDeadlineExceeded) || c.onTheWay() == 0 || time.Now().After(end) {
			return
		}
	}
}

// addrPort returns the address of one end.
func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return ap
}

// passing are the failures of accepting that the next attempt may not have: for want
// of descriptors or memory, because the viewer is gone already, because a filter of
// packets or a policy of the system forbids the one connection, or because the network
// fails, which accept(2) of Linux tells of a connection that has come before.
var passing = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EINTR,
	syscall.ECONNABORTED, syscall.ECONNRESET, syscall.EPERM, syscall.EACCES, syscall.EPROTO, syscall.ENOPROTOOPT,
	syscall.ENETDOWN, syscall.ENETUNREACH, syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ETIMEDOUT,
}

// passes reports whether accepting has failed in a way after which it goes on: a
// listener that ended with such a thing would be closed to everybody (reliability D5).
func passes(err error) bool {
	return slices.ContainsFunc(passing, func(e error) bool { return errors.Is(err, e) })
}

var _ h1.Transport = (*conn)(nil)
