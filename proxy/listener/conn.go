package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A tracked connection holds one of the server's slots until it is closed,
// and bounds each write.
type tracked struct {
	net.Conn
	writeTimeout time.Duration
	release      func()
	once         sync.Once
}

// track takes a slot for c, or closes it when there is none.
func (s *Server) track(c net.Conn) (net.Conn, bool) {
	select {
	case s.slots <- struct{}{}:
		return &tracked{Conn: c, writeTimeout: s.opts.WriteTimeout, release: func() { <-s.slots }}, true
	default:
		c.Close()
		if s.opts.OnRefused != nil {
			s.opts.OnRefused()
		}
		return nil, false
	}
}

func (t *tracked) Write(p []byte) (int, error) {
	t.Conn.SetWriteDeadline(time.Now().Add(t.writeTimeout))
	return t.Conn.Write(p)
}

// ReadFrom sends what it reads from r, a file by sendfile(2) where the
// connection can do that.
func (t *tracked) ReadFrom(r io.Reader) (int64, error) {
	if conn, ok := t.Conn.(io.ReaderFrom); ok {
		t.Conn.SetWriteDeadline(time.Now().Add(t.writeTimeout))
		return conn.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{t}, r)
}

func (t *tracked) Close() error {
	err := t.Conn.Close()
	t.once.Do(t.release)
	return err
}

// A handoff is the listener that net/http sees.
type handoff struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newHandoff(addr net.Addr) *handoff {
	return &handoff{addr: addr, conns: make(chan net.Conn), done: make(chan struct{})}
}

// give passes c to Accept, or closes it when nobody accepts any more.
func (h *handoff) give(c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.done:
		c.Close()
	}
}

func (h *handoff) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *handoff) Close() error {
	h.once.Do(func() { close(h.done) })
	return nil
}

func (h *handoff) Addr() net.Addr { return h.addr }

// A peer is what all requests of a connection have in common.
type peer struct {
	remote, local netip.AddrPort
	tls           *viewer.TLS
	guarded       *guarded // nil for HTTP/2 over TLS
}

type peerKey struct{}

// connContext is http.Server.ConnContext: it runs once per connection.
func connContext(ctx context.Context, c net.Conn) context.Context {
	p := &peer{remote: addrPort(c.RemoteAddr()), local: addrPort(c.LocalAddr())}
	switch c := c.(type) {
	case *tls.Conn:
		p.tls = tlsInfo(c.ConnectionState())
	case *guarded:
		p.guarded = c
		if c.secure != nil {
			p.tls = tlsInfo(c.secure.ConnectionState())
		}
	}
	return context.WithValue(ctx, peerKey{}, p)
}

func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		ap := t.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return ap
}

// isExhausted reports whether accepting failed for want of descriptors or
// memory, or because the viewer was gone already.
func isExhausted(err error) bool {
	for _, e := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
