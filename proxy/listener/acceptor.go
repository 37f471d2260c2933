package listener

import (
	"errors"
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

// idleTimeout returns for how long a connection may wait for a request, its first or
// another (reliability H16).
func (s *Server) idleTimeout(used bool) time.Duration {
	d := s.opts.IdleTimeout
	if !used {
		d = s.opts.FirstTimeout
	}
	if s.crowded() {
		d = min(crowdedIdle, d)
	}
	return d
}

// ShedIdle ends connections that wait for a request. Event loops and HTTP/2 do
// so by themselves when they next look at the time.
func (s *Server) ShedIdle() {
	s.h3.ShedIdle()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.shed()
	}
}

// A pacer has accepting rest when descriptors or memory run out, longer each time
// (reliability D5).
type pacer struct{ pause time.Duration }

const (
	firstPause = 5 * time.Millisecond
	// longestPause bounds how long accepting goes on resting when there are
	// descriptors again.
	longestPause = 500 * time.Millisecond
)

// rest rests, and closes connections that are idle meanwhile. It logs one line each
// second at most.
func (s *Server) rest(p *pacer, err error) {
	p.pause = min(max(firstPause, 2*p.pause), longestPause)
	if now, last := time.Now().UnixMilli(), s.complained.Load(); now-last >= 1000 && s.complained.CompareAndSwap(last, now) {
		s.opts.Logger.Warn("accept failed", "error", err, "retry_in", p.pause)
	}
	s.makeRoom(roomDescriptors)
	time.Sleep(p.pause)
}

// keptDescriptors are those that connections leave for origins, logs and the cache.
const keptDescriptors = 64

// errKept is the failure to accept a connection that would need one of them.
var errKept = errors.New("the last descriptors are kept for other things than connections")

// mayUse reports whether a connection may have a descriptor: the lowest that are
// free are given out first, so that a high one is one of the last.
func (s *Server) mayUse(fd int) bool {
	return s.descriptors == 0 || fd < s.descriptors-min(keptDescriptors, s.descriptors/4)
}
