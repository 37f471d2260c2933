package listener

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/proxy/viewertls"
)

// Protocols is a set of HTTP versions that a listener speaks.
type Protocols = viewertls.Protocols

// The protocols. HTTP2 means ALPN over TLS, and prior knowledge (h2c) without.
const (
	HTTP1 = viewertls.HTTP1
	HTTP2 = viewertls.HTTP2
)

// Choose says how the handshake of a viewer is answered, such as
// viewertls.Table.Choose. It is called from many goroutines.
type Choose func(*tls.ClientHelloInfo) viewertls.Choice

// Options configure a Server. Only Handler is required.
type Options struct {
	Handler viewer.Handler
	// Engine chooses the driver.
	Engine Engine
	// Hit answers plain requests from memory; nil means that nothing does.
	Hit    viewer.HitFunc
	Logger *slog.Logger
	// Page makes the response to a request that no handler gets to answer:
	// 400 and 494 for malformed requests, 500 after a panic. Nil means a line
	// of plain text. Content-Length and Connection are added to the fields.
	Page func(status int) (fields field.Lines, content []byte)
	// OnPanic, if set, is told about each panic of Handler, to count it.
	OnPanic func()
	// OnRefused, if set, is told about each connection that was closed before
	// anything of it was served.
	OnRefused func(Refusal)

	// WantsFingerprints, if set, is asked at each handshake whether JA3 and JA4 are
	// to be in viewer.TLS. It may be called from many goroutines.
	WantsFingerprints func() bool

	// ExtendedConnect offers WebSocket over HTTP/2 (RFC 8441), which CloudFront
	// does not (CF-WS-01).
	ExtendedConnect bool

	// MaxConns bounds the open connections of all listeners; 0 means 16,384.
	MaxConns int
	// MaxConnsPerViewer bounds those of one viewer: an IPv4 address, or the /64
	// of an IPv6 address, of whose /48 all have 16 times as many. 0 means no bound of
	// its own.
	MaxConnsPerViewer int
	// MaxHandshakesPerViewer bounds the TLS handshakes of one viewer: so many each
	// second, and as many at once. 0 means no bound of its own.
	MaxHandshakesPerViewer int
	// HandshakeTimeout bounds a TLS handshake; 0 means 5 s.
	HandshakeTimeout time.Duration
	// HeaderTimeout bounds the time from a request's first byte to the end of
	// its head; 0 means 10 s.
	HeaderTimeout time.Duration
	// IdleTimeout bounds the time between requests; 0 means 60 s.
	IdleTimeout time.Duration
	// FirstTimeout bounds the time to the first request; 0 means as IdleTimeout, which
	// bounds it in any case.
	FirstTimeout time.Duration
	// WriteTimeout bounds how long a viewer may take for 64 KiB of what it is sent, or
	// for what there is: one that takes nothing, or little by little, is cut, a long
	// stream is not; 0 means 60 s.
	WriteTimeout time.Duration
	// BodyTimeout bounds the wait for each part of a request's content; 0 means
	// 60 s.
	BodyTimeout time.Duration
	// MinBodyRate is how many bytes a second of a request's content must come on
	// average, where it is waited for, after 10 s; 0 means any.
	MinBodyRate int
	// MaxHeaderBytes bounds a request's head; 0 means 64 KiB. It is above
	// CloudFront's own limit, which the Handler enforces (CF-SIZE-01).
	MaxHeaderBytes int
	// MaxFields bounds the fields of a request, however they come, and those of its
	// trailer section; 0 means 100.
	MaxFields int
	// Overload, if set, says when idle connections end and nobody is accepted.
	Overload *overload.Manager
	// Now is the clock for Request.Received; nil means time.Now.
	Now func() time.Time

	drainGrace time.Duration // drainGrace but in tests
}

func (o *Options) setDefaults() {
	o.MaxConns = cmp.Or(o.MaxConns, 16384)
	o.HandshakeTimeout = cmp.Or(o.HandshakeTimeout, 5*time.Second)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 60*time.Second)
	o.FirstTimeout = min(cmp.Or(o.FirstTimeout, o.IdleTimeout), o.IdleTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 60*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 60*time.Second)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, 64<<10)
	o.MaxFields = cmp.Or(o.MaxFields, 100)
	o.drainGrace = cmp.Or(o.drainGrace, drainGrace)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Page == nil {
		o.Page = plainPage
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

func plainPage(status int) (field.Lines, []byte) {
	return field.Lines{{Name: "Content-Type", Value: "text/plain"}}, fmt.Appendf(nil, "%d\n", status)
}

// Engine is the driver of connections.
type Engine uint8

// The drivers.
const (
	EngineAuto      Engine = iota // the best that the system has
	EngineGoroutine               // a goroutine for each connection, on any system
	EngineEventLoop               // event loops: over TCP on Linux, and over what is no TCP
	engineCount
)

var engineNames = [engineCount]string{"auto", "goroutine", "eventloop"}

// String returns the name that the configuration has for the driver.
func (e Engine) String() string {
	if e < engineCount {
		return engineNames[e]
	}
	return "Engine(?)"
}

var errNoEventLoops = errors.New("there are event loops only on Linux")

// Available returns an error if this system does not have the driver.
func (e Engine) Available() error { return e.availableWith(hasEventLoops) }

func (e Engine) availableWith(eventLoops bool) error {
	if e == EngineEventLoop && !eventLoops {
		return errNoEventLoops
	}
	return nil
}
