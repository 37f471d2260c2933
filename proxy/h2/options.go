package h2

import (
	"cmp"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// Options are what all connections have in common. Handler, Page, OnMalformed
// and OnPanic are required. 0 means the default everywhere.
type Options struct {
	// Handler answers what Hit does not.
	Handler viewer.Handler
	// Hit answers plain requests from memory; nil means that nothing does.
	Hit viewer.HitFunc
	// Page makes the response to a request that the Handler does not get: 400
	// and 494 for malformed ones, 500 after a panic. The content must not change
	// afterwards.
	Page func(status int) (fields field.Lines, content []byte)
	// OnMalformed is told about each request refused here. The status is 0 where
	// the stream was reset instead (RFC 9113 section 8.1.1).
	OnMalformed func(remote string, status int, reason string)
	// OnPanic is told about each panic of the Handler, from the goroutine and the
	// call that panicked.
	OnPanic func(v any, r *viewer.Request)

	// ExtendedConnect offers WebSocket over HTTP/2 (RFC 8441). CloudFront does
	// not: CF-WS-01.
	ExtendedConnect bool

	// MaxStreams bounds the streams of a connection that are open or have a
	// Handler running: SETTINGS_MAX_CONCURRENT_STREAMS. 0 means 128.
	MaxStreams uint32
	// MaxHeaderBytes bounds a request's header list as RFC 9113 section 10.5.1
	// counts it (32 bytes more for each field): SETTINGS_MAX_HEADER_LIST_SIZE.
	// Beyond it the answer is 494 (CF-ERR-14); a header block of more than twice
	// as many bytes ends the connection. It is above CloudFront's own limit,
	// which the Handler enforces (CF-SIZE-01). 0 means 64 KiB.
	MaxHeaderBytes int
	// MaxFields bounds the fields of a request, without pseudo-fields, and with each
	// part of a Cookie field that was split; and those behind its content. Beyond it
	// the answer is 494 too. 0 means 100.
	MaxFields int
	// MaxContinuations bounds the CONTINUATION frames of one header block. 0
	// means 64.
	MaxContinuations int
	// StreamWindow bounds the content of one request that waits for the Handler,
	// in bytes; 0 means 256 KiB. ConnWindow does so for a connection; 0 means 1
	// MiB. Either is at least 65,535: so much a viewer may send before it knows.
	StreamWindow, ConnWindow int
	// MaxOutput is how much output is made ahead of what the driver has written,
	// in bytes. Above it no content is added and no request answered at once. 0
	// means 128 KiB.
	MaxOutput int

	// Overload, if set, says when streams for the Handler are refused and idle
	// connections end.
	Overload *overload.Manager

	// Resets is for streams that the viewer resets, or makes us reset. Each
	// complete response earns one. The default is 200, and 10 each second.
	Resets Budget
	// Control is for frames that ask for no response: SETTINGS, PING, PRIORITY,
	// PRIORITY_UPDATE, WINDOW_UPDATE, empty DATA, frames on closed streams and of
	// unknown types. Each request earns 4, each 256 bytes of content 1, and a
	// WINDOW_UPDATE that gives back as much of what was received costs nothing. The
	// default is 1,000, and 100 each second.
	Control Budget

	// HeaderTimeout bounds the time from the first byte of the preface, or of any
	// frame but DATA, to its last, and that of a header block. 0 means 10 s.
	HeaderTimeout time.Duration
	// BodyTimeout bounds the wait for each part of a request's content, while the
	// response has not begun: later both sides may take their time, as gRPC does.
	// 0 means 60 s.
	BodyTimeout time.Duration
	// MinBodyRate is how many bytes a second of a request's content must come on
	// average, where it is waited for and the response has not begun, after 10 s; 0
	// means any.
	MinBodyRate int
	// IdleTimeout bounds the time without a stream. 0 means 60 s. FirstTimeout does so
	// until the first one; 0 means as IdleTimeout.
	IdleTimeout, FirstTimeout time.Duration
	// PrefaceTimeout bounds the time to the preface and the SETTINGS behind it; 0
	// means as HeaderTimeout.
	PrefaceTimeout time.Duration
	// WriteTimeout bounds the time in which a viewer takes nothing: no output, or
	// no content of a stream because its window stays closed, or less than 64 KiB
	// while its window is. 0 means 60 s.
	WriteTimeout time.Duration
}

// WithDefaults returns o with its defaults.
func (o Options) WithDefaults() *Options {
	o.MaxStreams = cmp.Or(o.MaxStreams, 128)
	o.MaxHeaderBytes = cmp.Or(o.MaxHeaderBytes, 64<<10)
	o.MaxFields = cmp.Or(o.MaxFields, 100)
	o.MaxContinuations = cmp.Or(o.MaxContinuations, 64)
	o.StreamWindow = min(max(cmp.Or(o.StreamWindow, 256<<10), defaultWindow), maxWindow)
	o.ConnWindow = min(max(cmp.Or(o.ConnWindow, 1<<20), defaultWindow), maxWindow)
	o.MaxOutput = cmp.Or(o.MaxOutput, 128<<10)
	o.Resets = cmp.Or(o.Resets, Budget{200, 10})
	o.Control = cmp.Or(o.Control, Budget{1000, 100})
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.PrefaceTimeout = cmp.Or(o.PrefaceTimeout, o.HeaderTimeout)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 60*time.Second)
	o.IdleTimeout = cmp.Or(o.IdleTimeout, 60*time.Second)
	o.FirstTimeout = cmp.Or(o.FirstTimeout, o.IdleTimeout)
	o.WriteTimeout = cmp.Or(o.WriteTimeout, 60*time.Second)
	return &o
}
