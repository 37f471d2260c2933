package listener

import (
	"time"

	"github.com/groundfront/groundfront/proxy/overload"
)

// overloadPause is how long accepting rests where the level of overload forbids it.
const overloadPause = 50 * time.Millisecond

// awaitCalm waits while nobody is to be accepted (reliability D6). What connects
// meanwhile waits in the system's queue.
func (s *Server) awaitCalm(from *port) {
	for s.opts.Overload.Level() >= overload.LevelStopAccepting && !from.draining.Load() {
		time.Sleep(overloadPause)
	}
}

// crowded reports whether connections that wait for a request are to end.
func (s *Server) crowded() bool { return s.opts.Overload.Level() >= overload.LevelShed }

// crowdedIdle is how long a connection may wait for a request then.
const crowdedIdle = time.Second

// idleTimeout returns for how long a connection may wait for a request.
func (s *Server) idleTimeout() time.Duration {
	if s.crowded() {
		return min(crowdedIdle, s.opts.IdleTimeout)
	}
	return s.opts.IdleTimeout
}

// ShedIdle ends connections that wait for a request. Event loops and HTTP/2 do
// so by themselves when they next look at the time.
func (s *Server) ShedIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.shed()
	}
}
