package listener

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A port is a listener that is served, and the connections that came from it,
// which end when it drains: with the server, or alone.
type port struct {
	listener  net.Listener
	protocols Protocols
	config    *tls.Config     // nil without TLS
	proxies   viewer.Networks // who says first whose a connection is; nil if nobody does
	h1        *h1.Options     // the server's, with draining

	since    time.Time   // when draining began; written before draining is set
	draining atomic.Bool // no connection is accepted any more

	conns    sync.WaitGroup // added to until accepted
	accepted chan struct{}  // closed when no connection comes any more

	stops []func() // each has accepting end; guarded by the server's mu
}

// begin registers a call of Serve, which end ends; nil if the server is closing.
func (s *Server) begin(l net.Listener, protocols Protocols, config *tls.Config, proxies viewer.Networks) *port {
	p := &port{listener: l, protocols: protocols, config: config, proxies: proxies, accepted: make(chan struct{}), stops: []func(){stopOf(l)}}
	options := *s.h1
	options.Draining, p.h1 = &p.draining, &options
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.draining.Load() {
		return nil
	}
	s.accepting.Add(1)
	s.ports[p] = struct{}{}
	return p
}

// end ends a call of Serve.
func (s *Server) end(p *port) {
	p.listener.Close()
	close(p.accepted)
	s.accepting.Done()
}

// alsoStop registers a further thing to do for a call of Serve that has begun.
func (s *Server) alsoStop(p *port, stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p.stops = append(p.stops, stop)
	if p.draining.Load() {
		stop()
	}
}

// drainLocked has a port accept what waits and no more, and its connections end.
// The caller holds mu, and wakes the loops.
func (s *Server) drainLocked(p *port) {
	if !p.draining.Load() {
		p.since = s.opts.Now()
		p.draining.Store(true)
	}
	for _, stop := range p.stops {
		stop()
	}
	for c := range s.conns {
		if c.port == p {
			c.drain()
		}
	}
}

// cut closes the connections of a port.
func (s *Server) cut(p *port) {
	s.mu.Lock()
	for c := range s.conns {
		if c.port == p {
			c.nc.Close()
		}
	}
	loops := s.loopsLocked()
	s.mu.Unlock()
	for _, l := range loops {
		l.each(func(c *loopConn) {
			if c.port == p {
				_ = c.raw.shutdown(true) // its owner then finds out
			}
		})
	}
}

// Leave is Shutdown of one listener and the connections that came from it; the
// others go on. Its Serve returns ErrClosed. It returns at once if l is not
// served.
func (s *Server) Leave(ctx context.Context, l net.Listener) error {
	s.mu.Lock()
	p := s.portLocked(l)
	if p == nil {
		s.mu.Unlock()
		return nil
	}
	s.leaving.Add(1)
	defer s.leaving.Add(-1)
	s.drainLocked(p)
	loops := s.loopsLocked()
	s.mu.Unlock()
	for _, l := range loops {
		l.poller.wake()
	}
	ended := make(chan struct{})
	go func() {
		<-p.accepted
		p.conns.Wait()
		close(ended)
	}()
	err := error(nil)
	select {
	case <-ended:
	case <-ctx.Done():
		<-p.accepted
		s.cut(p)
		<-ended
		err = context.Cause(ctx)
	}
	s.mu.Lock()
	delete(s.ports, p)
	s.mu.Unlock()
	return err
}

func (s *Server) portLocked(l net.Listener) *port {
	for p := range s.ports {
		if p.listener == l {
			return p
		}
	}
	return nil
}
