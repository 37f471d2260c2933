package h3

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/workers"
)

// A conn is one connection of a viewer.
type conn struct {
	server  *Server
	qc      *quic.Conn
	opening chan struct{}    // closed when control is there, or there will be none
	control *quic.SendStream // ours; nil if there is none
	tls     *viewer.TLS
	running sync.WaitGroup // all goroutines but that of serve, and all streams
	workers *workers.Pool[accepted]
	bigHead chan struct{} // who reads a large field section

	mu     sync.Mutex // guards what follows
	peer   *viewer.Peer
	opened uint64        // the types of the viewer's unidirectional streams, by bit
	open   int           // requests
	quiet  chan struct{} // closed when open is 0; nil unless somebody waits
	resets h2.Purse
	next   quic.StreamID // the stream behind the last that came
	final  bool          // streams from next on are rejected
	since  time.Time     // open is 0; of no meaning if it is not
	idle   *time.Timer   // calls endIdle
	ending bool          // retire or End was called
	over   bool          // nothing may begin any more
}

func newConn(s *Server, qc *quic.Conn, w *workers.Pool[accepted]) *conn {
	c := &conn{server: s, qc: qc, workers: w, opening: make(chan struct{}), bigHead: make(chan struct{}, 1), since: time.Now()}
	state := qc.ConnectionState().TLS
	c.tls = &viewer.TLS{ServerName: state.ServerName}
	if s.o.TLS != nil {
		c.tls = s.o.TLS(qc.Context(), state)
	}
	c.peer = c.newPeer(addrPort(qc.RemoteAddr()))
	return c
}

func (c *conn) newPeer(at netip.AddrPort) *viewer.Peer {
	return &viewer.Peer{Remote: at, Local: addrPort(c.qc.LocalAddr()), TLS: c.tls, Shard: uint8(at.Port())}
}

// peerNow returns what is known of the viewer, which may have moved.
func (c *conn) peerNow() *viewer.Peer {
	at := addrPort(c.qc.RemoteAddr())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.peer.Remote != at {
		c.peer = c.newPeer(at)
	}
	return c.peer
}

// addrPort returns the address of one end.
func addrPort(a net.Addr) netip.AddrPort {
	if u, ok := a.(*net.UDPAddr); ok {
		ap := u.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
	}
	ap, _ := netip.ParseAddrPort(a.String())
	return ap
}

// serve answers requests until the connection ends.
func (c *conn) serve() {
	defer c.wait()
	defer c.server.recover(c)
	c.mu.Lock()
	c.idle = time.AfterFunc(c.server.o.FirstTimeout, c.endIdle)
	c.mu.Unlock()
	defer c.idle.Stop()
	err := c.openControl()
	close(c.opening)
	if err != nil { // the viewer has no place for it, or is gone
		c.fail(&connError{errCodeStreamCreation, "no control stream of ours is taken"})
		return
	}
	c.running.Go(c.acceptControl)
	for {
		s, err := c.qc.AcceptStream(c.qc.Context())
		if err != nil {
			return
		}
		if !c.begin(s.StreamID()) {
			reject(s)
			continue
		}
		c.running.Add(1)
		c.workers.Do(accepted{c, s})
	}
}

// accepted is a stream that has come.
type accepted struct {
	c   *conn
	str *quic.Stream
}

// serve serves it.
func (a accepted) serve() {
	defer a.c.running.Done()
	var came outcome
	defer func() { a.c.end(came) }()
	defer a.str.ReleaseStreamCredit()
	defer a.c.server.recover(a.c)
	came = a.c.serveStream(a.str)
}

// wait waits for all that runs.
func (c *conn) wait() {
	c.mu.Lock()
	c.over = true
	c.mu.Unlock()
	c.running.Wait()
}

// reject resets a stream that nobody has looked at: the viewer may repeat its
// request elsewhere (RFC 9114 section 4.1.1).
func reject(s *quic.Stream) {
	s.CancelRead(errCodeRequestRejected.stream())
	s.CancelWrite(errCodeRequestRejected.stream())
	s.ReleaseStreamCredit()
}

// begin notes a request, unless the connection takes no more.
func (c *conn) begin(id quic.StreamID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.final {
		return false
	}
	c.next = id + 4
	c.open++
	return true
}

// end notes what has come of a request.
func (c *conn) end(came outcome) {
	if came == outcomeReset {
		c.payReset()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if came == outcomeAnswered {
		c.resets.Earn(1)
	}
	if c.open--; c.open > 0 {
		return
	}
	if c.quiet != nil {
		close(c.quiet)
		c.quiet = nil
	}
	c.since = time.Now()
}

// endIdle ends the connection if nothing was asked on it for IdleTimeout, or for
// FirstTimeout ever, else it is called again when that may be: a timer that every
// request had stop and start would be more work than to look again.
func (c *conn) endIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.server.o.IdleTimeout
	if c.next == 0 {
		left = c.server.o.FirstTimeout
	}
	if c.open == 0 {
		left -= time.Since(c.since)
	}
	switch {
	case c.ending || c.over:
	case left > 0:
		c.idle.Reset(left)
	default:
		c.retireLocked()
	}
}

// payReset pays for a stream that ends before its response does, because the viewer
// resets it (CVE-2023-44487) or makes us reset it (CVE-2025-8671): it costs a Handler
// that is started in vain, and perhaps a connection to an origin, as over HTTP/2.
func (c *conn) payReset() {
	c.mu.Lock()
	paid := c.resets.Spend(1, c.server.o.Resets, time.Now())
	c.mu.Unlock()
	if !paid {
		c.fail(&connError{errCodeExcessiveLoad, "too many streams were reset"})
	}
}

// requests returns how many have no answer yet.
func (c *conn) requests() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open
}

// fail ends the connection because of err, if it is an error of the connection.
func (c *conn) fail(err error) {
	var ours *connError
	if !errors.As(err, &ours) {
		return
	}
	c.server.o.Logger.Debug("http/3 connection ended", "remote", c.qc.RemoteAddr().String(), "code", ours.code.String(), "reason", ours.reason)
	_ = c.qc.CloseWithError(ours.code.connection(), ours.reason)
}

const (
	// drainGrace is how long requests are still taken after the first GOAWAY:
	// they were on their way.
	drainGrace = 100 * time.Millisecond
	// lastGrace is how long the viewer has, when all is answered, to take the
	// rest and close the connection itself.
	lastGrace = time.Second
	// lastStream is above all streams of a viewer: GOAWAY with it announces
	// another one.
	lastStream = 1<<62 - 4
)

// retire ends the connection when its requests have their answers (RFC 9114
// section 5.2). It returns at once.
func (c *conn) retire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.retireLocked()
}

// retireIdle is retire of a connection without a request, and reports whether it is
// one that would have gone on.
func (c *conn) retireIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.open == 0 && c.retireLocked()
}

// retireLocked is retire with mu held. It reports false if the connection ends
// already.
func (c *conn) retireLocked() bool {
	if c.ending || c.over {
		return false
	}
	c.ending = true
	c.running.Go(c.retireNow)
	return true
}

func (c *conn) retireNow() {
	<-c.opening
	if c.control == nil || !c.goAway(lastStream, c.server.o.WriteTimeout) {
		return
	}
	c.pause(drainGrace)
	c.mu.Lock()
	c.final = true
	next, quiet := c.next, make(chan struct{})
	if c.open == 0 {
		close(quiet)
	} else {
		c.quiet = quiet
	}
	c.mu.Unlock()
	if !c.goAway(uint64(next), c.server.o.WriteTimeout) {
		return
	}
	select {
	case <-quiet:
	case <-c.qc.Context().Done():
		return
	}
	c.pause(lastGrace)
	_ = c.qc.CloseWithError(errCodeNo.connection(), "")
}

// goAway sends GOAWAY. A viewer that does not take it in time must not keep the
// connection.
func (c *conn) goAway(id uint64, patience time.Duration) bool {
	_ = c.control.SetWriteDeadline(time.Now().Add(patience))
	if _, err := c.control.Write(appendGoAway(nil, id)); err != nil {
		c.fail(&connError{errCodeClosedCritical, "our control stream is not taken"})
		return false
	}
	return true
}

// pause waits, not longer than the connection lasts.
func (c *conn) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.qc.Context().Done():
	}
}
