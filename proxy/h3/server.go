package h3

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/workers"
)

// A Server serves any number of sockets until Shutdown.
type Server struct {
	o          *Options
	handshakes atomic.Int64 // under way

	mu       sync.Mutex // guards what follows, and the sockets
	sockets  map[*socket]struct{}
	draining bool
}

// A socket is a call of Serve with its connections.
type socket struct {
	server *Server
	pc     net.PacketConn
	l      *quic.Listener
	ended  chan struct{} // closed when Serve has returned
	// workers serve the streams of all connections.
	workers *workers.Pool[accepted]

	conns    map[*conn]struct{}
	draining bool
	cut      bool // connections end at once
}

// New returns a Server that has no socket yet.
func New(o Options) *Server {
	return &Server{o: o.withDefaults(), sockets: make(map[*socket]struct{})}
}

// Serve serves pc until Shutdown or Leave, when it returns ErrClosed, or until it
// fails for good. By then no connection is left, and pc is closed. Protocol and
// least version are set in config; what it has for a ClientHello must have done
// so itself.
func (s *Server) Serve(pc net.PacketConn, config *tls.Config) error {
	defer pc.Close()
	quietBuffers()
	var reset quic.StatelessResetKey
	_, _ = rand.Read(reset[:]) // never fails
	transport := &quic.Transport{
		Conn: pc, ConnectionIDLength: 8, StatelessResetKey: &reset,
		VerifySourceAddress: func(net.Addr) bool { return s.o.ProveAddress || s.handshakes.Load() >= s.o.RetryAbove },
		ConnContext:         s.admit,
	}
	defer transport.Close()
	l, err := transport.Listen(withProtocol(config), s.quicConfig())
	if err != nil {
		return err
	}
	defer l.Close()
	var streams sync.WaitGroup
	from := s.open(pc, l, &streams)
	if from == nil {
		return ErrClosed
	}
	defer s.close(from)
	var running sync.WaitGroup
	defer func() {
		running.Wait()
		from.workers.Stop()
		streams.Wait()
	}()
	for {
		qc, err := l.Accept(context.Background())
		if errors.Is(err, quic.ErrServerClosed) {
			return ErrClosed
		}
		if err != nil {
			return err
		}
		running.Go(func() { from.serve(qc) })
	}
}

// quietBuffers has quic-go not print, past our log, that the kernel allows less
// than it would like of a receive buffer (net.core.rmem_max).
var quietBuffers = sync.OnceFunc(func() {
	const name = "QUIC_GO_DISABLE_RECEIVE_BUFFER_WARNING"
	if os.Getenv(name) == "" {
		_ = os.Setenv(name, "true")
	}
})

// withProtocol returns config with ALPN and version set.
func withProtocol(config *tls.Config) *tls.Config {
	config = config.Clone()
	config.MinVersion = tls.VersionTLS13
	config.NextProtos = []string{Protocol}
	return config
}

// Protocol is HTTP/3's name in a handshake (RFC 9114 section 3.1).
const Protocol = "h3"

// quicConfig returns what all connections have in common.
func (s *Server) quicConfig() *quic.Config {
	return &quic.Config{
		HandshakeIdleTimeout:       s.o.HandshakeTimeout,
		MaxIdleTimeout:             s.o.IdleTimeout,
		InitialStreamReceiveWindow: streamWindow, MaxStreamReceiveWindow: streamWindow,
		InitialConnectionReceiveWindow: connWindow, MaxConnectionReceiveWindow: connWindow,
		MaxIncomingStreams: s.o.MaxStreams, MaxIncomingUniStreams: maxUniStreams,
		// A stream counts until its Handler has returned, and not only until QUIC is done
		// with it.
		RequireStreamCreditRelease: true,
		// What was written before a response is cut should get there, if the viewer
		// knows how.
		EnableStreamResetPartialDelivery: true,
	}
}

// settledKey is what a connection's context has a func() by, which says that its
// handshake has ended.
type settledKey struct{}

// admit takes a slot for a connection of which the first packet has come. The
// context ends with the connection, or with its handshake if that fails.
func (s *Server) admit(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	from := addrPort(info.RemoteAddr).Addr()
	if !s.o.Take(from) {
		return nil, errRefused
	}
	s.handshakes.Add(1)
	settled := sync.OnceFunc(func() { s.handshakes.Add(-1) })
	context.AfterFunc(ctx, func() {
		settled()
		s.o.Give(from)
	})
	if s.o.Context != nil {
		ctx = s.o.Context(ctx)
	}
	return context.WithValue(ctx, settledKey{}, settled), nil
}

// open registers a call of Serve, unless the server is closing.
func (s *Server) open(pc net.PacketConn, l *quic.Listener, streams *sync.WaitGroup) *socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining {
		return nil
	}
	from := &socket{server: s, pc: pc, l: l, ended: make(chan struct{}), conns: make(map[*conn]struct{}), workers: workers.New(streams, accepted.serve)}
	s.sockets[from] = struct{}{}
	return from
}

// close ends a call of Serve.
func (s *Server) close(from *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, from)
	close(from.ended)
}

// serve serves a connection whose handshake is done.
func (from *socket) serve(qc *quic.Conn) {
	if settled, ok := qc.Context().Value(settledKey{}).(func()); ok {
		settled()
	}
	s := from.server
	c := newConn(s, qc, from.workers)
	s.mu.Lock()
	from.conns[c] = struct{}{}
	if from.draining { // it has shaken hands, and may have sent a request
		c.retire()
	}
	cut := from.cut
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(from.conns, c)
		s.mu.Unlock()
	}()
	if cut {
		_ = qc.CloseWithError(errCodeNo.connection(), "")
	}
	c.serve()
}

// Shutdown takes no more connections, has viewers go away, and waits for requests
// under way. When ctx ends first, it cuts what is left and returns ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	all := make([]*socket, 0, len(s.sockets))
	for from := range s.sockets {
		all = append(all, from)
		from.drainLocked()
	}
	s.mu.Unlock()
	var err error
	for _, from := range all {
		err = errors.Join(err, from.wait(ctx))
	}
	return err
}

// Leave is Shutdown of one socket and its connections.
func (s *Server) Leave(ctx context.Context, pc net.PacketConn) error {
	s.mu.Lock()
	var from *socket
	for each := range s.sockets {
		if each.pc == pc {
			from = each
			from.drainLocked()
		}
	}
	s.mu.Unlock()
	if from == nil {
		return nil
	}
	return from.wait(ctx)
}

// drainLocked begins the end of a socket. Packets for connections that do not
// exist are dropped from now on, without a word: a viewer that tries to connect
// goes on trying, and may reach who has the socket next.
func (from *socket) drainLocked() {
	from.draining = true
	_ = from.l.Close() // connections go on
	for c := range from.conns {
		c.retire()
	}
}

// wait waits for the end of a socket.
func (from *socket) wait(ctx context.Context) error {
	select {
	case <-from.ended:
		return nil
	case <-ctx.Done():
	}
	s := from.server
	s.mu.Lock()
	from.cut = true
	left := make([]*conn, 0, len(from.conns))
	for c := range from.conns {
		left = append(left, c)
	}
	s.mu.Unlock()
	for _, c := range left {
		_ = c.qc.CloseWithError(errCodeNo.connection(), "")
	}
	<-from.ended
	return context.Cause(ctx)
}

// ShedIdle ends connections without a request.
func (s *Server) ShedIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sockets {
		for c := range from.conns {
			if c.retireIdle() {
				s.o.Overload.Count(overload.ShedConnection)
			}
		}
	}
}

// An Idle is a connection that waits for a request.
type Idle struct{ c *conn }

// EachIdle calls do with each connection that has no request, and since when.
func (s *Server) EachIdle(do func(i Idle, since time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for from := range s.sockets {
		for c := range from.conns {
			if since, ok := c.idleSince(); ok {
				do(Idle{c}, since)
			}
		}
	}
}

// End ends the connection within some milliseconds, and reports false if a request
// has come or it ends already.
func (i Idle) End() bool { return i.c.leave() }

// recover has a panic outside of a Handler end the connection alone that has
// deferred it.
func (s *Server) recover(c *conn) {
	if v := recover(); v != nil {
		s.o.OnPanic(v, &viewer.Request{Remote: addrPort(c.qc.RemoteAddr())})
		_ = c.qc.CloseWithError(errCodeInternal.connection(), "")
	}
}
