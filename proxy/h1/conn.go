package h1

import (
	"cmp"
	"context"
	"io"
	"os"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// Options are what all connections have in common. Handler, Page, OnMalformed
// and OnPanic are required.
type Options struct {
	// Handler answers what Hit does not.
	Handler viewer.Handler
	// Hit answers plain requests from memory; nil means that nothing does.
	Hit viewer.HitFunc
	// Page makes the response to a request that the Handler does not get: 400
	// and 494 for malformed ones, 500 after a panic.
	Page func(status int) (fields field.Lines, content []byte)
	// OnMalformed is told about each request refused here.
	OnMalformed func(remote string, status int, reason string)
	// OnPanic is told about each panic of the Handler, from the goroutine and
	// the call that panicked.
	OnPanic func(v any, r *viewer.Request)
	// Draining, if set, reports whether connections end with the response that
	// is next.
	Draining *atomic.Bool
	// Overload, if set, says when connections end with the response that the
	// Handler gives.
	Overload *overload.Manager
	// Now is the clock of Request.Received.
	Now func() time.Time
	// MaxHeadBytes bounds a request's head; 0 means 64 KiB. It is above
	// CloudFront's own limit, which the Handler enforces (CF-SIZE-01).
	MaxHeadBytes int
	// MaxFields bounds the fields of a request, and those of its trailer section;
	// 0 means 100.
	MaxFields int
	// HeaderTimeout bounds the time from a request's first byte to the end of
	// its head, where Serve reads it; 0 means 10 s.
	HeaderTimeout time.Duration
	// BodyTimeout bounds the wait for each part of a request's content; 0 means
	// 60 s.
	BodyTimeout time.Duration
	// MinBodyRate is how many bytes a second of a request's content must come on
	// average, where it is waited for, after 10 s; 0 means any.
	MinBodyRate int
}

// WithDefaults returns o with its defaults.
func (o Options) WithDefaults() *Options {
	o.MaxHeadBytes = cmp.Or(o.MaxHeadBytes, 64<<10)
	o.MaxFields = cmp.Or(o.MaxFields, 100)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, 60*time.Second)
	return &o
}

func (o *Options) draining() bool { return o.Draining != nil && o.Draining.Load() }

// sheds reports whether a connection that would be kept is to end.
func (o *Options) sheds() bool {
	if o.Overload.Level() < overload.LevelShed {
		return false
	}
	o.Overload.Count(overload.ShedConnection)
	return true
}

// A Transport is a driver's side of a connection, for Serve: one goroutine
// writes; one, perhaps another, reads.
type Transport interface {
	// Read waits for input, at most as long as SetReadTimeout says.
	io.Reader
	// Write sends all of p, or fails: because the viewer has gone, or takes
	// nothing for too long.
	io.Writer
	// WriteBoth sends p and then q, with one system call where that is possible.
	WriteBoth(p, q []byte) error
	// SendsFiles reports whether SendFile can have the kernel send.
	SendsFiles() bool
	// SendFile sends the next n bytes of f. It returns how many it has sent, and
	// io.ErrUnexpectedEOF if there are fewer.
	SendFile(f *os.File, n int64) (int64, error)
	// SetReadTimeout bounds the time that reading takes from now on; 0 is no
	// bound.
	SetReadTimeout(d time.Duration)
	// Interrupt makes the Read that is under way fail, and all after it.
	Interrupt()
	// Watch calls gone, once, if the viewer leaves before the next Read. Input
	// that comes meanwhile is kept for that Read.
	Watch(gone context.CancelCauseFunc)
}

// A Conn is the protocol's state on one connection.
type Conn struct {
	options *Options
	peer    *viewer.Peer
	seen    int32 // bytes of an incomplete head that were looked at
	state   state

	section    uint8  // the place of its field section, if that is known
	sectionSum uint16 // of the section that was parsed last

	note any // what the HitFunc has noted then
}

// state is what is known between requests, in one byte: each byte more of an idle
// connection could be sixteen.
type state uint8

const (
	stateTried  state = 1 << iota // the HitFunc was asked about the request that is next
	stateReused                   // a request was answered
)

// Used reports whether a request was answered.
func (c *Conn) Used() bool { return c.state&stateReused != 0 }

// NewConn returns the state of a new connection.
func NewConn(o *Options, p *viewer.Peer) Conn { return Conn{options: o, peer: p} }

// Next is what a driver does when Hits returns.
type Next uint8

// The steps.
const (
	NextRead  Next = iota // read more and call Hits again
	NextServe             // call Serve, in a goroutine that may wait
	NextWrite             // write, then call Hits again
	nextCount
)

var nextNames = [nextCount]string{"read", "serve", "write"}

// String returns the step in lower case.
func (n Next) String() string {
	if n < nextCount {
		return nextNames[n]
	}
	return "Next(?)"
}
