package fetch

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/collapse"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/compress"
)

// Rules are what a cache behavior says about its fetches.
type Rules struct {
	Origin        *origin.Origin
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
	// Observe, if set, is told about each round trip.
	Observe func(status int, t origin.Timing, err *origin.Error)
}

// A Request is the viewer's request as far as a fetch needs it. It owns its
// memory: nothing of it may be reused when the viewer is done.
type Request struct {
	ID           string // X-Amz-Cf-Id
	Method       string
	Scheme, Host string
	Path, Query  string
	HasQuery     bool
	Fields       field.Lines // without hop-by-hop fields removed; the policy does that
	Generated    field.Lines // CloudFront-* fields made for this viewer
	Proto        string      // "1.1": the viewer's version, for Via
	HTTP10       bool
	Viewer       netip.Addr
	// AcceptEncoding is the normalised value by the cache policy.
	AcceptEncoding cachekey.AcceptEncoding
	// Body is nil when there is none; only Direct sends one.
	Body          io.Reader
	ContentLength int64

	EdgeHost     string // our name in Via
	Distribution string // domain name, for invalidations
	Key          []byte
	Hash         cachekey.Hash
	// Range asks for a part: Range and If-Range are forwarded (CF-RNG-02).
	Range bool
}

// flightHash keeps HEAD and GET apart in the table of flights: a HEAD brings
// no content that a GET could use (CF-KEY-04, CF-COL-10).
func (r *Request) flightHash() cachekey.Hash {
	if r.Method == "HEAD" {
		return cache.HeadHash(r.Hash)
	}
	return r.Hash
}

// Kind says where a Result comes from.
type Kind uint8

// The kinds.
const (
	KindResponse     Kind = iota // the origin's response
	KindRevalidated              // a stored response that the origin confirmed by 304
	KindStaleOnError             // a stored response, because the origin failed (CF-SIE-01, CF-STALE-01)
	KindFailed                   // the origin gave no usable response
	KindRefused                  // we did not ask: a bound was reached, or a fault of ours
	kindCount
)

var kindNames = [kindCount]string{"response", "revalidated", "stale_on_error", "failed", "refused"}

// String returns the kind in snake_case.
func (k Kind) String() string {
	if k < kindCount {
		return kindNames[k]
	}
	return "Kind(?)"
}

// NoStore says why a response is not stored.
type NoStore = freshness.NoStoreReason

// A Fetch is one trip to an origin. It is owned by the goroutine that runs
// it; viewers see its Result only.
type Fetch struct {
	*Fetcher
	ctx    context.Context
	leader context.Context // of the viewer that caused it; nil in the background
	rules  *Rules
	req    *Request
	stale  *cache.Entry // stored response to revalidate, or nil
	flight *collapse.Flight[*Result]
	ticket cache.Ticket

	direct, background bool

	// asked is the request and answered the response; err is set instead of
	// answered when there was none.
	asked    *origin.Request
	answered *origin.Response
	err      *origin.Error
	received time.Time

	// The judgement.
	verdict    freshness.Verdict
	fields     field.Lines // toward viewers and store, without Content-Length
	originETag string      // when compression changed the one in fields
	coding     compress.Coding
	length     int64

	// The content on its way.
	content       *body.Buffer
	leaderContent *body.Reader
	prefix        int // size of the entry's first parts in content

	result *Result
}

// state is one step of a Fetch; it returns the next, nil at the end.
type state func(*Fetch) state

var errPanic = errors.New("the fetch was ended by a fault of ours")

func (f *Fetcher) newFetch(rules *Rules, req *Request, stale *cache.Entry, flight *collapse.Flight[*Result], t cache.Ticket) *Fetch {
	return &Fetch{Fetcher: f, rules: rules, req: req, stale: stale, flight: flight, ticket: t}
}

// publish hands r to the viewers, once.
func (ft *Fetch) publish(r *Result) {
	ft.result = r
	ft.flight.Publish(r)
}

// endContent ends the content, if there is any: complete without an error.
func (ft *Fetch) endContent(err error) {
	if ft.content != nil {
		ft.content.Close(err)
	}
}
