package proxy

import (
	"context"
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/memfile"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// Options configure a Server.
type Options struct {
	Cache   *cache.Cache
	Origins origin.RoundTripper
	Logger  *slog.Logger
	// Now is the clock that responses are judged and dated by; nil means
	// time.Now. It may jump.
	Now func() time.Time
	// Measure is the clock for durations, the engines' Request.Received
	// included; nil means time.Now.
	Measure func() time.Time
	// At, if set, returns what Now shows at a moment of Measure, so that a hit
	// need not look at a clock.
	At func(measured time.Time) time.Time
	// Pop is the edge location that responses and logs name, in CloudFront's
	// form (TV-BYTE-05). Empty means "GND1-P1".
	Pop string
	// Files bounds the memory of large content that is kept a second time for the
	// kernel to send, in bytes; 0 means none (package memfile).
	Files int64
	// MaxFetches bounds the fetches that run apart from their viewer (package
	// fetch). 0 means 10,000.
	MaxFetches int64
	// Random draws which responses carry Server-Timing, evenly from all numbers;
	// nil means math/rand/v2's, which takes no lock. It may be called by several
	// goroutines at once.
	Random func() uint32
	// Overload says what is given up because memory or processors are short; nil
	// means nothing.
	Overload *overload.Manager
	// Collapsed, if set, is told about each request that was answered by
	// another's fetch.
	Collapsed func()
}

// A Server answers viewers' requests by the current Snapshot. Engines call
// Serve; everything before the parsed request and after the response's bytes
// is theirs.
type Server struct {
	snapshot  atomic.Pointer[Snapshot]
	cache     *cache.Cache
	fetcher   *fetch.Fetcher
	logger    *slog.Logger
	now       func() time.Time
	measure   func() time.Time
	pop       string
	ids       *idSource
	files     *memfile.Store[*cache.Entry]
	edgeHost  string // our name in Via: "32 hex digits.cloudfront.net"
	via       string // the entry for responses: the hop from the origin side is HTTP/1.1, whatever the viewer speaks (CF-RESP-21)
	atMoment  func(time.Time) time.Time
	collapsed func()
	random    func() uint32
	overload  *overload.Manager

	contentMemory contentMemory
}

// New returns a Server without a Snapshot: Swap must be called before the
// first request. Close ends it.
func New(o Options) *Server {
	s := &Server{overload: o.Overload, cache: o.Cache, logger: o.Logger, now: o.Now, measure: o.Measure, pop: o.Pop, collapsed: o.Collapsed, random: o.Random, atMoment: o.At}
	if s.now == nil {
		s.now = time.Now
	}
	if s.measure == nil {
		s.measure = time.Now
	}
	if s.pop == "" {
		s.pop = "GND1-P1"
	}
	if s.random == nil {
		s.random = rand.Uint32
	}
	if s.collapsed == nil {
		s.collapsed = func() {}
	}
	s.ids = newIDSource()
	s.files = memfile.New[*cache.Entry](o.Files)
	s.edgeHost = newEdgeHost()
	s.via = "1.1 " + s.edgeHost + " (CloudFront)"
	s.fetcher = fetch.New(fetch.Options{Origins: o.Origins, Cache: o.Cache, Now: s.now, Measure: s.measure, Logger: o.Logger, MaxFetches: o.MaxFetches, Overload: o.Overload})
	return s
}

// Swap makes snapshot current and returns the one before. Requests that have
// begun keep theirs.
func (s *Server) Swap(snapshot *Snapshot) *Snapshot { return s.snapshot.Swap(snapshot) }

// Snapshot returns the current one, nil before the first Swap.
func (s *Server) Snapshot() *Snapshot { return s.snapshot.Load() }

// Choose answers a handshake at a socket, which the current Snapshot may not know
// any more: then it fails.
func (s *Server) Choose(socket string, hello *tls.ClientHelloInfo) viewertls.Choice {
	return s.snapshot.Load().TLS[socket].Choose(hello)
}

// ChoosePackets is Choose for a handshake of QUIC.
func (s *Server) ChoosePackets(socket string, hello *tls.ClientHelloInfo) viewertls.Choice {
	return s.snapshot.Load().TLS[socket].ChoosePackets(hello)
}

// WantsFingerprints reports whether handshakes that happen now are to be looked
// at for JA3 and JA4. A connection from before a reload that is the first to want
// them goes on without.
func (s *Server) WantsFingerprints() bool { return s.snapshot.Load().fingerprints }

// Serve answers one request. It is the viewer.Handler of every engine.
func (s *Server) Serve(ctx context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	x := Exchange{server: s, snapshot: s.snapshot.Load(), w: w, r: r, now: s.at(r.Received)}
	x.run(ctx)
	x.recycle()
}

// Drain waits until no fetch runs apart from a viewer, at most until ctx
// ends.
func (s *Server) Drain(ctx context.Context) error { return s.fetcher.Drain(ctx) }

// Close cuts what still runs and waits for its end.
func (s *Server) Close() {
	s.fetcher.Close()
	s.files.Close()
}
