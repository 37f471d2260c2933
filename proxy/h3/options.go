package h3

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// Options are what all connections have in common. Handler, Page, OnMalformed
// and OnPanic are required. 0 means the default everywhere.
type Options struct {
	// Handler answers what Hit does not.
	Handler viewer.Handler
	// Hit answers plain requests from memory; nil means that nothing does.
	Hit    viewer.HitFunc
	Logger *slog.Logger
	// Page makes the response to a request that the Handler does not get: 400
	// and 494 for malformed ones, 500 after a panic.
	Page func(status int) (fields field.Lines, content []byte)
	// OnMalformed is told about each request refused here. The status is 0 where
	// the stream was reset instead (RFC 9114 section 4.1.2).
	OnMalformed func(remote string, status int, reason string)
	// OnPanic is told about each panic of the Handler, from the goroutine and the
	// call that panicked.
	OnPanic func(v any, r *viewer.Request)

	// Take is asked for a slot for a connection from an address, which nobody may
	// have proved, and Give gets it back. Nil means that there is always one.
	Take func(from netip.Addr) bool
	Give func(from netip.Addr)
	// Overload, if set, says when requests for the Handler are rejected and idle
	// connections end.
	Overload *overload.Manager
	// Context, if set, makes the context of a handshake, which the TLS
	// configuration sees, and TLS says in the proxy's words what came of it.
	Context func(context.Context) context.Context
	TLS     func(context.Context, tls.ConnectionState) *viewer.TLS

	// MaxStreams bounds the requests of a connection that are open or have a
	// Handler running. 0 means 100.
	MaxStreams int64
	// Resets is for streams that the viewer resets, or makes us reset, as over HTTP/2.
	// The default is 200, and 10 each second.
	Resets h2.Budget
	// MaxHeaderBytes bounds a request's field section as RFC 9114 section 4.2.2
	// counts it (32 bytes more for each field). Beyond it the answer is 494
	// (CF-ERR-14); one that takes more than twice as many bytes ends the
	// connection. It is above CloudFront's own limit, which the Handler enforces
	// (CF-SIZE-01). 0 means 64 KiB.
	MaxHeaderBytes int
	// MaxFields bounds the fields of a request as for HTTP/2. 0 means 100.
	MaxFields int
	// ProveAddress has viewers prove their addresses in any case, before Take is asked
	// about them.
	ProveAddress bool
	// RetryAbove is how many handshakes may be under way before viewers must
	// prove their addresses (RFC 9000 section 8.1.2), which takes them a round
	// trip. 0 means 128.
	RetryAbove int64

	// HandshakeTimeout bounds a handshake. 0 means 5 s.
	HandshakeTimeout time.Duration
	// HeaderTimeout bounds the time from the begin of a request to the end of its
	// field section. 0 means 10 s.
	HeaderTimeout time.Duration
	// BodyTimeout bounds the wait for each part of a request's content, while the
	// response has not begun: later both sides may take their time, as gRPC does.
	// 0 means 60 s.
	BodyTimeout time.Duration
	// MinBodyRate is how many bytes a second of a request's content must come on
	// average, where it is waited for and the response has not begun, after 10 s; 0
	// means any.
	MinBodyRate int
	// IdleTimeout bounds the time without a request, and without a packet. 0
	// means 60 s. FirstTimeout does so until the first request; 0 means as
	// IdleTimeout.
	IdleTimeout, FirstTimeout time.Duration
	// WriteTimeout bounds the time that is spent waiting for a viewer to take 64 KiB of
	// a response, or what there is. 0 means 60 s.
	WriteTimeout time.Duration
	// Now is the clock for Request.Received; nil means time.Now.
	Now func() time.Time
}

// Flow control: how much of a stream, and of a connection, may wait unread. They
// are fixed, so that a connection cannot grow.
const (
	streamWindow = 256 << 10
	connWindow   = 1 << 20
)

// maxUniStreams bounds the streams of a viewer that carry no request: there are
// three, and any number of reserved ones that are refused (RFC 9114 section
// 6.2.3).
const maxUniStreams = 8

func (o Options) withDefaults() *Options {
	o.MaxStreams = cmp.Or(o.MaxStreams, 100)
	o.Resets = cmp.Or(o.Resets, h2.Budget{Burst: 200, PerSecond: 10})
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, 64<<10)
	o.MaxFields = cmp.Or(o.MaxFields, 100)
	o.RetryAbove = cmp.Or(o.RetryAbove, 128)
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, 5*time.Second)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 60*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 60*time.Second)
	o.FirstTimeout = min(cmp.Or(o.FirstTimeout, o.IdleTimeout), o.IdleTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 60*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Take == nil {
		o.Take, o.Give = func(netip.Addr) bool { return true }, func(netip.Addr) {}
	}
	return &o
}
