package origintest

import (
	"context"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// A MemoryListener is a net.Listener without a network. Its connections are
// buffered like those of a kernel, know deadlines, half closing and resets,
// and block in ways testing/synctest understands.
type MemoryListener struct {
	addr   net.Addr
	accept chan net.Conn
	done   chan struct{}
	once   sync.Once

	mu   sync.Mutex
	port int // of the last client
}

// NewMemoryListener returns a listener that calls itself 203.0.113.1:443.
func NewMemoryListener() *MemoryListener {
	return &MemoryListener{
		addr:   &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 443},
		accept: make(chan net.Conn),
		done:   make(chan struct{}),
		port:   40000,
	}
}

// Accept returns the server's end of the next connection.
func (l *MemoryListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accept:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close makes Accept fail and Dial be refused.
func (l *MemoryListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

// Addr returns 203.0.113.1:443.
func (l *MemoryListener) Addr() net.Addr { return l.addr }

// Dial connects from 198.51.100.10. network and addr are ignored, so that it
// serves as transport.Options.Dial.
func (l *MemoryListener) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	return l.DialFrom(ctx, netip.AddrFrom4([4]byte{198, 51, 100, 10}))
}

// DialFrom connects from an address.
func (l *MemoryListener) DialFrom(ctx context.Context, source netip.Addr) (net.Conn, error) {
	l.mu.Lock()
	l.port++
	from := net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, uint16(l.port)))
	l.mu.Unlock()
	client, server := memoryPipe(from, l.addr)
	select {
	case l.accept <- server:
		return client, nil
	case <-l.done:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Addr: l.addr, Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// memoryPipe returns the two ends of a connection.
func memoryPipe(client, server net.Addr) (a, b net.Conn) {
	up, down := newHalf(), newHalf()
	return &memoryConn{in: down, out: up, local: client, remote: server},
		&memoryConn{in: up, out: down, local: server, remote: client}
}

type memoryConn struct {
	in, out       *half
	local, remote net.Addr
}

func (c *memoryConn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.out.write(p) }
func (c *memoryConn) LocalAddr() net.Addr         { return c.local }
func (c *memoryConn) RemoteAddr() net.Addr        { return c.remote }

// Quiet reports whether nothing can be read now, not even the end.
func (c *memoryConn) Quiet() bool {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	return len(c.in.buf) == 0 && c.in.readErr == nil
}

// Close ends both directions: the peer reads what was sent and then io.EOF,
// and its writes are reset. Its own calls end first: what the peer does about
// the end is nothing that they see.
func (c *memoryConn) Close() error {
	c.in.end(net.ErrClosed, syscall.ECONNRESET)
	c.out.end(io.EOF, net.ErrClosed)
	return nil
}

// CloseWrite ends the direction to the peer only.
func (c *memoryConn) CloseWrite() error {
	c.out.end(io.EOF, net.ErrClosed)
	return nil
}

// Reset ends the connection as a TCP reset does: the peer's calls fail at
// once and what it has not read is lost.
func (c *memoryConn) Reset() {
	c.in.end(net.ErrClosed, syscall.ECONNRESET)
	c.out.drop()
	c.out.end(syscall.ECONNRESET, net.ErrClosed)
}

func (c *memoryConn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.reading, t)
	return nil
}

func (c *memoryConn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writing, t)
	return nil
}

// capacity is what one direction holds before writes block.
const capacity = 64 << 10

// A half is one direction of a connection.
type half struct {
	mu               sync.Mutex
	changed          sync.Cond
	buf              []byte
	readErr          error // what a read returns once buf is empty
	writeErr         error
	reading, writing deadline
}

type deadline struct {
	timer *time.Timer
	over  bool
}

func newHalf() *half {
	h := &half{}
	h.changed.L = &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.readErr == net.ErrClosed:
			return 0, h.readErr
		case h.reading.over:
			return 0, os.ErrDeadlineExceeded
		case len(h.buf) > 0:
			n := copy(p, h.buf)
			h.buf = h.buf[n:]
			h.changed.Broadcast()
			return n, nil
		case h.readErr != nil:
			return 0, h.readErr
		}
		h.changed.Wait()
	}
}

func (h *half) write(p []byte) (n int, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.writeErr != nil:
			return n, h.writeErr
		case h.writing.over:
			return n, os.ErrDeadlineExceeded
		case n == len(p):
			return n, nil
		case len(h.buf) < capacity:
			part := p[n:min(len(p), n+capacity-len(h.buf))]
			h.buf = append(h.buf, part...)
			n += len(part)
			h.changed.Broadcast()
			continue
		}
		h.changed.Wait()
	}
}

// end sets how reads and writes fail from now on; the first end counts,
// except that one's own close wins for reading.
func (h *half) end(readErr, writeErr error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.readErr == nil || readErr == net.ErrClosed {
		h.readErr = readErr
	}
	if h.writeErr == nil {
		h.writeErr = writeErr
	}
	h.reading.stop()
	h.writing.stop()
	h.changed.Broadcast()
}

func (h *half) drop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.buf = nil
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (h *half) setDeadline(d *deadline, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.stop()
	wait := time.Until(t)
	d.over = !t.IsZero() && wait <= 0
	if d.over {
		h.changed.Broadcast()
	}
	if t.IsZero() || d.over {
		return
	}
	var timer *time.Timer
	timer = time.AfterFunc(wait, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if d.timer == timer {
			d.over = true
			h.changed.Broadcast()
		}
	})
	d.timer = timer
}
