package listener

import (
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/waf/ratelimit"
)

// newHandshakeRate returns what bounds the handshakes of each viewer: so many a
// second, and as many at once. It is nil for 0, and has room for 100,000 viewers that
// have used some of theirs.
func newHandshakeRate(perSecond int) *ratelimit.Throttle {
	if perSecond <= 0 {
		return nil
	}
	n := min(perSecond, 1_000_000)
	t, err := ratelimit.NewThrottle(ratelimit.Tokens{Rate: float64(n), Burst: n})
	if err != nil {
		panic(err) // both are in range
	}
	return t
}

// mayShakeHands reports whether a viewer may have a handshake now, and tells that it
// is refused otherwise: nothing is read or computed for it (reliability T2).
func (s *Server) mayShakeHands(from netip.Addr) bool {
	if s.handshakeRate == nil || !from.IsValid() {
		return true
	}
	if s.handshakeRate.Take(ratelimit.KeyOfAddr(addressOf(from)), time.Now()) == 0 {
		return true
	}
	s.refused(RefusalHandshakes)
	return false
}

// A handshaker is the net.Conn under crypto/tls in the driver with a goroutine for
// each connection. During the handshake it has a turn, except while it waits for the
// viewer: another handshake may compute then.
type handshaker struct {
	*wire
	turns chan struct{} // nil when the handshake is over
}

// begin waits for a turn.
func (h *handshaker) begin(turns chan struct{}) {
	turns <- struct{}{}
	h.turns = turns
}

// end gives it up for good.
func (h *handshaker) end() {
	<-h.turns
	h.turns = nil
}

// Read implements net.Conn.
func (h *handshaker) Read(p []byte) (int, error) {
	if h.turns != nil {
		<-h.turns
		defer func() { h.turns <- struct{}{} }()
	}
	return h.wire.Read(p)
}

// Write implements net.Conn.
func (h *handshaker) Write(p []byte) (int, error) {
	if h.turns != nil {
		<-h.turns
		defer func() { h.turns <- struct{}{} }()
	}
	return h.wire.Write(p)
}
