package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/collapse"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/compress"
	"github.com/groundfront/groundfront/proxy/geo"
)

// Rules are what a cache behavior says about its fetches.
type Rules struct {
	// Origin is who is asked, unless there is a Group, or a Route to one of
	// several: then the first of these.
	Origin        *origin.Origin
	Group         *Group
	Route         *Route
	RequestPolicy *requestpolicy.Policy
	Freshness     freshness.Policy
	Errors        freshness.ErrorPolicy
	Compress      compress.Policy
	// OptionsCached says that OPTIONS is a cached method.
	OptionsCached bool
	// CookiesForwarded is set when any cookie goes to the origin: then
	// nothing is collapsed and nothing revalidated conditionally (CF-COL-06,
	// CF-COND-06).
	CookiesForwarded bool
	// CacheTagHeader names the field of the origin's responses that carries
	// cache tags; "" if there are none (CF-TAG-01).
	CacheTagHeader string
	// Choices are those where AWS documents nothing.
	Choices Choices
	// Observer, if set, is told how Origin does.
	Observer Observer
}

// An Observer is told how an origin does. Its methods may be called from any
// goroutine.
type Observer interface {
	// RoundTrip reports the status of an answer, or 0 when there was none.
	RoundTrip(status int, t origin.Timing)
	// Content reports how long an answer's content took to arrive.
	Content(d time.Duration)
}

// A Request is the viewer's request as far as a fetch needs it. It owns its
// memory: nothing of it may be reused when the viewer is done.
type Request struct {
	ID           string // X-Amz-Cf-Id
	Method       string
	Scheme, Host string
	Path, Query  string
	HasQuery     bool
	Fields       field.Lines // hop-by-hop ones included: the policy leaves them out
	Generated    field.Lines // CloudFront-* fields made for this viewer
	Proto        string      // "1.1": the viewer's version, for Via
	HTTP10       bool
	Viewer       netip.Addr
	Told         *geo.Place  // where the viewer is, instead of where its address is; nil for most
	Peer         netip.Addr  // who has connected: the viewer, or a proxy that it is behind
	Ends         origin.Ends // of the viewer's connection
	// AcceptEncoding is the normalised value by the cache policy.
	AcceptEncoding cachekey.AcceptEncoding
	// Body is nil when there is none; only Direct sends one.
	Body          io.Reader
	ContentLength int64

	// GRPC asks for a gRPC call: over HTTP/2, content both ways at the same
	// time, fields behind it (CF-GRPC). Only Direct makes one.
	GRPC bool
	// Upgrade is the protocol to go on with if the origin agrees, "" for none;
	// only Direct asks for one.
	Upgrade string

	EdgeHost     string // our name in Via
	Distribution string // domain name, for invalidations
	Key          []byte
	Hash         cachekey.Hash
	// Interim, if set, is called with each interim response of the origin, in
	// the goroutine that asks and before it has its answer. A viewer that
	// joins another's fetch gets none.
	Interim func(status int, fields field.Lines)
	// Admission, if set, says whether it may go to the origin at all.
	Admission Admission
	// Range asks for a part: what the origin gets as Range and If-Range
	// (CF-RNG-02). "" asks for the whole response.
	Range, IfRange string

	// Selection is how Key was chosen among the variants of a key. With a
	// NoStore request nothing is stored, with a Validated one nothing stored
	// is used unless the origin has confirmed it (RFC 9111 section 5.2.1).
	Selection Selection
	NoStore   bool
	Validated bool
	// Changeable requests do not join a flight that began before their target
	// was changed by an unsafe request: who has changed something must see it.
	Changeable bool
	// Conditional asks for an answer to the viewer's own condition: If-* are
	// forwarded (ConditionsOrigin). Only Alone runs such a request.
	Conditional bool
	// IsTarget reports whether a reference in the response leads to the
	// target. It is set for a POST whose answer may be stored under Key.
	IsTarget func(reference string) bool

	rest *rest // set when it goes on for viewers that were left behind
}

// A Fetch is one trip to an origin. It is owned by the goroutine that runs
// it; viewers see its Result only. What Answer takes of it is written before
// the Result is published.
type Fetch struct {
	*Fetcher
	ctx    context.Context    // of the trip
	cancel context.CancelFunc // ends it; nil for Direct
	leader context.Context    // of the viewer that caused it; nil in the background
	rules  *Rules
	req    *Request
	stale  *cache.Entry              // stored response to revalidate, or nil
	flight *collapse.Flight[*Result] // nil for Direct and Lone
	ticket cache.Ticket
	direct bool
	// inline fetches run in the viewer's goroutine until there is a result.
	inline bool
	// interims are on their way to the leader; nil if it wants none.
	interims     chan interim
	interimBytes int

	// validators are those of stale that the origin was asked with, none when
	// unconditional is set: a 304 has shown that stale is outdated.
	validators    conditional.Validators
	unconditional bool
	// member is who is asked: the only one, or that of group whose turn it is.
	member Member
	group  *Group
	turn   int
	// counted is the origin against whose share of the crew the fetch counts;
	// nil for none.
	counted *origin.Origin
	// asked is the request and answered the response; err is set instead of
	// answered when there was none.
	asked    *origin.Request
	answered *origin.Response
	err      *origin.Error
	signed   func() // gives back what signing holds of the content; nil for nothing
	sent     time.Time
	received time.Time

	// The judgement.
	verdict    freshness.Verdict
	fields     field.Lines // toward viewers and store, without Content-Length
	originETag string      // when compression changed the one in fields
	coding     compress.Coding
	length     int64
	part       *Part // of a 206 that can be kept

	// The content on its way, and the leader's place in it.
	prefix  []byte // the first parts of the entry's block, if it will be stored
	tags    invalidation.Tags
	content *body.Buffer
	reader  *Content
	streams *streams // by which readers go on that were left behind; nil if they cannot

	spare int64 // memory for its content that was granted before

	result *Result
	kept   bool // the entry is in the cache

	memory memory
}

// state is one step of a Fetch; it returns the next, nil at the end.
type state func(*Fetch) state

var errPanic = errors.New("the fetch was ended by a fault of ours")

// newFetch makes a Fetch of what its caller has looked up some time ago: if
// stale was invalidated before the ticket was taken, no 304 may revive it
// under the ticket's newer epoch (CF-INV-24). Nor can one make the answer to a
// HEAD that to a GET (HeadMissGet of package proxy).
func (f *Fetcher) newFetch(rules *Rules, req *Request, stale *cache.Entry, flight *collapse.Flight[*Result], t cache.Ticket) *Fetch {
	if stale != nil && (!f.cache.Usable(stale) || stale.HeadOnly && req.Method != "HEAD") {
		stale = nil
	}
	return &Fetch{Fetcher: f, rules: rules, req: req, stale: stale, flight: flight, ticket: t}
}

// run drives the states. Whatever happens, the flight is published and
// removed, the content ended and its memory given back; a panic ends this
// fetch only.
func (ft *Fetch) run() {
	defer ft.finish()
	for next := state(chooseOrigin); next != nil; {
		next = next(ft)
	}
}

// runToHead drives the states until there is a result, and returns the one
// that comes next; nil if that is all.
func (ft *Fetch) runToHead() (next state) {
	defer func() {
		if p := recover(); p != nil {
			next = nil
			ft.abort(p)
		}
		if next == nil {
			ft.giveBack()
		}
	}()
	for next = chooseOrigin; next != nil && ft.result == nil; {
		next = next(ft)
	}
	return next
}

// runOn drives the states that come after runToHead.
func (ft *Fetch) runOn(next state) {
	defer ft.finish()
	for next != nil {
		next = next(ft)
	}
}

func (ft *Fetch) finish() {
	if p := recover(); p != nil {
		ft.abort(p)
	}
	ft.giveBack()
}

// giveBack gives back what the fetch has of others.
func (ft *Fetch) giveBack() {
	if ft.flight != nil {
		ft.flight.Remove()
	}
	if ft.content != nil {
		ft.content.Retire(ft.kept)
	}
	ft.cache.CloseWindow(ft.spare)
	if ft.signed != nil {
		ft.signed()
	}
	if ft.req.rest != nil {
		ft.req.rest.streams.remove(ft.content)
	}
}

// abort ends a fetch that panicked.
func (ft *Fetch) abort(reason any) {
	ft.logger.Error("panic in a fetch", "panic", fmt.Sprint(reason), "origin", ft.member.id(),
		"request_id", ft.req.ID, "stack", string(debug.Stack()))
	if ft.answered != nil {
		ft.answered.Body.Close()
		if ft.answered.Tunnel != nil {
			ft.answered.Tunnel.Close()
		}
	}
	ft.endContent(errPanic)
	if ft.result == nil {
		ft.publish(refused(500))
	}
}

// publish hands r to the viewers, once. The content stays where it begins
// until those that wait have their place in it.
func (ft *Fetch) publish(r *Result) {
	ft.result = r
	if ft.flight == nil {
		return
	}
	served := func() {}
	if r.Body != nil && r.shared {
		served = r.Body.Hold()
	}
	ft.flight.Publish(r, served)
}

// abandon ends a fetch whose viewer has left before it had the response, if
// that is the choice and nobody else waits for the same (CF-TTL-28,
// CF-COL-11).
func (ft *Fetch) abandon() {
	if ft.rules.Choices.Aborted == AbortedDrop && ft.cancel != nil && (ft.flight == nil || ft.flight.RemoveUnjoined()) {
		ft.cancel()
	}
}

// endContent ends the content, if there is any: complete without an error.
func (ft *Fetch) endContent(err error) {
	if ft.content != nil {
		ft.content.Close(err)
	}
}
