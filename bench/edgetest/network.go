package edgetest

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/groundfront/groundfront/origin/origintest"
)

// Reach says what connecting to an origin leads to.
type Reach uint8

// The ways.
const (
	ReachRefused     Reach = iota // the connection is refused
	ReachNoName                   // the name is not resolved
	ReachSilent                   // no answer at all, as behind a firewall
	ReachEstablished              // a connection
	ReachEdge                     // a connection to the edge itself, as to another tier
	ReachMute                     // a connection over which nothing gets there
)

// ReachNames are the words of Reach, by value: what an origin is or does.
var ReachNames = [...]string{"refuses", "unresolvable", "unreachable", "answers", "edge", "mute"}

// String returns the word.
func (r Reach) String() string {
	if int(r) < len(ReachNames) {
		return ReachNames[r]
	}
	return "Reach(?)"
}

// A network is what the transport dials into: listeners by host.
type network struct {
	edge *Edge

	mu    sync.Mutex // guards what follows
	hosts map[string]*originListener
	reach map[string]Reach
	conns map[string][]*lossy // made so far
}

// A lossy connection can lose what is sent over it: then it is half open.
type lossy struct {
	net.Conn
	lost atomic.Bool
}

// Write sends p, or loses it.
func (c *lossy) Write(p []byte) (int, error) {
	if c.lost.Load() {
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// Quiet reports whether nothing can be read, as the transport asks.
func (c *lossy) Quiet() bool { return c.Conn.(interface{ Quiet() bool }).Quiet() }

// Listen returns the listener that connections to host reach. Those to port
// 443 are TLS, with a certificate that nobody trusts; those to any other port
// are plain. It must be closed.
func (e *Edge) Listen(host string) net.Listener {
	l := newOriginListener()
	n := &e.network
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.hosts == nil {
		n.hosts, n.reach = make(map[string]*originListener), make(map[string]Reach)
		n.conns = make(map[string][]*lossy)
	}
	n.hosts[host], n.reach[host] = l, ReachEstablished
	return l
}

// An originListener accepts from a plain and a TLS listener.
type originListener struct {
	plain, secure *origintest.MemoryListener
	accepted      chan net.Conn
	done          chan struct{} // closed by Close
	accepting     sync.WaitGroup
	once          sync.Once
}

func newOriginListener() *originListener {
	l := &originListener{
		plain: origintest.NewMemoryListener(), secure: origintest.NewMemoryListener(),
		accepted: make(chan net.Conn), done: make(chan struct{}),
	}
	l.accepting.Go(func() { l.accept(l.plain) })
	l.accepting.Go(func() { l.accept(tls.NewListener(l.secure, serverTLS())) })
	return l
}

func (l *originListener) accept(from net.Listener) {
	for {
		c, err := from.Accept()
		if err != nil {
			return
		}
		select {
		case l.accepted <- c:
		case <-l.done:
			c.Close()
		}
	}
}

// Accept returns the next connection to either.
func (l *originListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.accepted:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

// Close closes both.
func (l *originListener) Close() error {
	l.once.Do(func() {
		l.plain.Close()
		l.secure.Close()
		close(l.done)
	})
	l.accepting.Wait()
	return nil
}

// Addr returns the address of the plain one.
func (l *originListener) Addr() net.Addr { return l.plain.Addr() }

// SetReach changes what new connections to host lead to, and ends those that
// there are.
func (e *Edge) SetReach(host string, r Reach) {
	n := &e.network
	n.mu.Lock()
	defer n.mu.Unlock()
	n.reach[host] = r
	for _, c := range n.conns[host] {
		c.Close()
	}
	delete(n.conns, host)
}

// Forget makes the connections to host half open, as if it had been restarted
// without a word: what is sent over them is lost. New ones are as they were.
func (e *Edge) Forget(host string) {
	n := &e.network
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.conns[host] {
		c.lost.Store(true)
	}
}

func (n *network) dial(ctx context.Context, kind, addr string) (net.Conn, error) {
	host := addr // a socket's path
	if kind != "unix" {
		host = hostOf(addr)
	}
	n.mu.Lock()
	l, r := n.hosts[host], n.reach[host]
	n.mu.Unlock()
	switch {
	case l == nil || r == ReachNoName:
		return nil, &net.OpError{Op: "dial", Net: kind, Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
	case r == ReachRefused:
		return nil, &net.OpError{Op: "dial", Net: kind, Err: syscall.ECONNREFUSED}
	case r == ReachSilent:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	to := l.plain
	switch secure := strings.HasSuffix(addr, ":443"); {
	case r == ReachEdge && secure:
		to = n.edge.secure
	case r == ReachEdge:
		to = n.edge.plain
	case secure:
		to = l.secure
	}
	conn, err := to.Dial(ctx, kind, addr)
	if err != nil {
		return nil, err
	}
	c := &lossy{Conn: conn}
	c.lost.Store(r == ReachMute)
	n.mu.Lock()
	n.conns[host] = append(n.conns[host], c)
	n.mu.Unlock()
	return c, nil
}

func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return host
}
