package listener

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/h3"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/workers"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// A Server serves any number of listeners until Shutdown.
type Server struct {
	opts  Options
	slots slots
	h1    *h1.Options
	h2    *h2.Options
	h3    *h3.Server

	draining  atomic.Bool
	leaving   atomic.Int32   // the calls of Leave
	accepting sync.WaitGroup // the calls of Serve
	accepted  atomic.Bool    // no connection comes any more
	running   sync.WaitGroup // the goroutines of connections
	workers   *workers.Pool[task]
	looping   sync.WaitGroup // the event loops
	// handshakes bounds how many handshakes compute at a time. A flood of them
	// would keep the loops, which are few, and everybody else from having their turn.
	handshakes    chan struct{}
	handshakeRate *ratelimit.Throttle // of each viewer; nil without a bound

	pumps bool // there are loops for connections that are not the kernel's

	mu     sync.Mutex // guards what follows
	loops  []*loop    // nil with the other driver; read without mu by who knows that they run
	pumped *loop      // of connections that are not the kernel's
	fds    *fdTable
	ports  map[*port]struct{} // the calls of Serve, and those that have returned whose connections have not all ended
	conns  map[*conn]struct{}

	descriptors int          // how many the process may have, 0 if that is not known
	complained  atomic.Int64 // when it was logged that accepting failed, in milliseconds

	evicting  sync.Mutex // guards what follows
	crowdedAt time.Time  // when there was no idle connection to make room

	lastTLS atomic.Pointer[viewer.TLS] // of the last handshake
}

// New returns a Server that listens nowhere yet.
func New(o Options) *Server {
	o.setDefaults()
	s := &Server{opts: o, pumps: o.Engine == EngineEventLoop, slots: slots{total: o.MaxConns, perViewer: o.MaxConnsPerViewer}, conns: make(map[*conn]struct{}), ports: make(map[*port]struct{})}
	s.workers = workers.New(&s.running, task.serve)
	s.descriptors = descriptorLimit()
	s.handshakes = make(chan struct{}, 2*runtime.GOMAXPROCS(0))
	s.handshakeRate = newHandshakeRate(o.MaxHandshakesPerViewer)
	s.h1 = h1.Options{
		Overload: o.Overload,
		Handler:  o.Handler, Hit: o.Hit, Page: o.Page, OnMalformed: s.malformed, OnPanic: s.panicked,
		Now: o.Now, MaxHeadBytes: o.MaxHeaderBytes, MaxFields: o.MaxFields, HeaderTimeout: o.HeaderTimeout, BodyTimeout: o.BodyTimeout, MinBodyRate: o.MinBodyRate,
	}.WithDefaults()
	s.h2 = h2.Options{
		Overload: o.Overload,
		Handler:  o.Handler, Hit: o.Hit, Page: o.Page, OnMalformed: s.malformed, OnPanic: s.panicked,
		MaxHeaderBytes: o.MaxHeaderBytes, MaxFields: o.MaxFields, HeaderTimeout: o.HeaderTimeout, BodyTimeout: o.BodyTimeout, MinBodyRate: o.MinBodyRate,
		IdleTimeout: o.IdleTimeout, FirstTimeout: o.FirstTimeout, WriteTimeout: o.WriteTimeout,
		PrefaceTimeout:  min(prefaceTimeout, o.HeaderTimeout),
		ExtendedConnect: o.ExtendedConnect,
	}.WithDefaults()
	s.h3 = s.newH3()
	return s
}

// prefaceTimeout is how long a viewer that speaks HTTP/2 may take to say so
// (reliability H16): it has nothing to wait for.
const prefaceTimeout = 2 * time.Second

// ErrClosed is returned by Serve after Shutdown.
var ErrClosed = errors.New("listener: server is closed")

// Serve accepts connections from l and serves them until Shutdown or Leave, when it
// returns ErrClosed, or until accepting fails for good. With choose, viewers must
// speak TLS, and its answers say by ALPN which of the protocols. Serve closes l.
func (s *Server) Serve(l net.Listener, p Protocols, choose Choose) error {
	return s.serveFrom(l, p, choose, nil)
}

// ServeProxied is Serve of a listener to which only proxies connect, from the
// networks given. What each connection begins with, before TLS, is a header of the
// PROXY protocol: who it announces is the viewer. Others are closed at once
// (reliability F19).
func (s *Server) ServeProxied(l net.Listener, p Protocols, choose Choose, proxies viewer.Networks) error {
	if proxies == nil {
		proxies = viewer.Networks{}
	}
	return s.serveFrom(l, p, choose, proxies)
}

// serveFrom serves l. proxies is nil for connections that do not begin with a
// header of the PROXY protocol.
func (s *Server) serveFrom(l net.Listener, p Protocols, choose Choose, proxies viewer.Networks) error {
	var config *tls.Config
	if choose != nil {
		config = s.perHello(choose)
	}
	from := s.begin(l, p, config, proxies)
	if from == nil {
		l.Close()
		return ErrClosed
	}
	defer s.end(from)
	tcp, looping := l.(*net.TCPListener)
	if looping {
		var err error
		if looping, err = s.hasLoops(); err != nil {
			return err
		}
	}
	var err error
	switch {
	case looping:
		err = s.serveLoops(tcp, from)
	case tcp == nil && s.pumps:
		err = s.servePumps(from)
	default:
		err = s.accept(from, func(nc net.Conn) {
			if c := s.open(nc, from); c != nil {
				s.running.Go(func() {
					defer s.close(c)
					if proxies == nil || c.introduced() {
						s.serve(c)
					}
				})
			}
		})
	}
	if from.draining.Load() {
		return ErrClosed
	}
	return err
}

// hasLoops reports whether there are event loops, and starts them when it is
// asked first. Where they were asked for by name it is an error if there are
// none.
func (s *Server) hasLoops() (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.opts.Engine == EngineGoroutine || s.draining.Load() {
		return false, nil
	}
	if s.loops != nil {
		return true, nil
	}
	err := s.startLoops()
	switch {
	case err == nil:
		return true, nil
	case s.opts.Engine == EngineEventLoop:
		return false, fmt.Errorf("start event loops: %w", err)
	case err != errNoEventLoops:
		s.opts.Logger.Warn("no event loops: each connection has a goroutine", "error", err)
	}
	s.opts.Engine = EngineGoroutine
	return false, nil
}

// A deadliner is a listener that can be left for a while and asked again.
type deadliner interface{ SetDeadline(time.Time) error }

// stopOf returns what ends waiting for a connection from l.
func stopOf(l net.Listener) func() {
	if d, ok := l.(deadliner); ok {
		return func() { _ = d.SetDeadline(time.Unix(1, 0)) } // if it is closed nothing waits
	}
	return func() { l.Close() }
}

// accept calls serve, which does not wait, for each connection until the listener
// fails for good. Passing trouble, as when descriptors run out, is waited for.
func (s *Server) accept(from *port, serve func(net.Conn)) error {
	for pace := (pacer{}); ; {
		s.awaitCalm(from)
		nc, err := from.listener.Accept()
		if err != nil && from.draining.Load() {
			s.acceptRest(from.listener, serve)
			return err
		}
		var ne net.Error
		if errors.As(err, &ne) && ne.Timeout() || passes(err) {
			s.rest(&pace, err)
			continue
		}
		if err != nil {
			return err
		}
		if !s.mayUse(descriptorOf(nc)) {
			nc.Close()
			s.refused(RefusalDescriptors)
			s.rest(&pace, errKept)
			continue
		}
		pace = pacer{}
		serve(nc)
	}
}

// restTime bounds for how long the connections are accepted that the system has
// made before a drain began: to close their listener would reset them.
const restTime = 100 * time.Millisecond

// acceptRest accepts what waits.
func (s *Server) acceptRest(l net.Listener, serve func(net.Conn)) {
	d, ok := l.(deadliner)
	for until := time.Now().Add(restTime); ok && time.Now().Before(until); {
		if d.SetDeadline(time.Now().Add(restTime/50)) != nil {
			return
		}
		nc, err := l.Accept()
		if err != nil {
			return
		}
		serve(nc)
	}
}

// open takes a slot for a connection, or closes it when there is none.
func (s *Server) open(nc net.Conn, from *port) *conn {
	c := newConn(s, nc)
	c.port = from
	var ok bool
	if c.peer.Remote, ok = s.takeSlot(c.peer.Remote, from); !ok {
		nc.Close()
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[c] = struct{}{}
	from.conns.Add(1)
	if from.draining.Load() {
		c.drain()
	}
	return c
}

// takeSlot takes a slot for a connection of peer, if there is one and it may have
// it. It returns who the viewer is, as far as that is known: a proxy has not said
// yet.
func (s *Server) takeSlot(peer netip.AddrPort, from *port) (who netip.AddrPort, ok bool) {
	if from.proxies == nil {
		who = peer
	} else if !from.proxies.Contain(peer.Addr()) {
		s.refused(RefusalUntrusted)
		return who, false
	}
	why, ok := s.slots.take(who.Addr())
	if !ok && why == RefusalFull && s.makeRoom(roomSlots) {
		why, ok = s.takeAgain(who.Addr())
	}
	if !ok {
		s.refused(why)
	}
	return who, ok
}

// refused tells who wants to know about a connection that is not served.
func (s *Server) refused(why Refusal) {
	if s.opts.OnRefused != nil {
		s.opts.OnRefused(why)
	}
}

// close ends a connection and gives its slot back.
func (s *Server) close(c *conn) {
	c.nc.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
	s.slots.give(c.peer.Remote.Addr())
	c.port.conns.Done()
}

// drainGrace is how long a connection without a request is kept when the server
// drains. A request may be on its way, or about to be: it is answered, and the
// viewer told that the connection ends (RFC 9112 section 9.6), which closing it
// from this end could do only by failing a request that crosses the end.
const drainGrace = 100 * time.Millisecond

// Shutdown accepts what waits to be accepted and no more, tells HTTP/2 viewers to
// go away, closes connections that stay idle, and waits for requests under way.
// When ctx ends first, it closes what is left and returns ctx's error.
//
// A request whose first byte was sent before its connection was closed is
// answered.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	if !s.draining.Swap(true) {
		s.workers.Stop()
	}
	for p := range s.ports {
		s.drainLocked(p)
	}
	loops := s.loopsLocked()
	s.mu.Unlock()
	for _, l := range loops {
		l.poller.wake()
	}
	ended := make(chan struct{})
	go func() {
		_ = s.h3.Shutdown(ctx) // its error is the context's
		s.accepting.Wait()
		s.accepted.Store(true)
		s.running.Wait()
		s.looping.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	for c := range s.conns {
		c.nc.Close()
	}
	s.mu.Unlock()
	for _, l := range loops {
		l.each(func(c *loopConn) { _ = c.raw.shutdown(true) }) // its owner then finds out
	}
	<-ended
	return context.Cause(ctx)
}

// loopsLocked returns all loops. The caller holds mu.
func (s *Server) loopsLocked() []*loop {
	if s.pumped == nil {
		return s.loops
	}
	return append(slices.Clone(s.loops), s.pumped)
}

// malformed logs a request that was refused before it had a handler: no
// distribution is known for it, so it appears in no access log (CF-SIZE-10).
func (s *Server) malformed(remote string, status int, reason string) {
	s.opts.Logger.Info("malformed request", "remote", remote, "status", status, "reason", reason)
}
