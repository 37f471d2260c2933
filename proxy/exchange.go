package proxy

import (
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/device"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An Exchange is one viewer request with its response, up to its log line. It
// is owned by the goroutine that runs it. Stages fill it in order; each group
// below is written by the stages named.
type Exchange struct {
	server   *Server
	snapshot *Snapshot
	w        viewer.ResponseWriter
	r        *viewer.Request
	now      time.Time // of the request; the whole exchange uses one moment

	rehearsed bool // nothing is logged: CheckHit

	// Accept, SelectDistribution, SelectBehavior.
	id           string // X-Amz-Cf-Id
	distribution *Distribution
	behavior     *Behavior
	// path and query are what is keyed and forwarded: raw, with the default
	// root object applied.
	path, query string
	hasQuery    bool
	normal      string // the path that behavior was chosen by

	// told is where a client of a developer says that it is, else nil.
	told *geo.Place

	// Firewall. content is nil unless the web ACL inspects content.
	content    *inspectedContent
	inserted   field.Lines // what the request goes on with besides the viewer's; may be shared
	inspection *inspection // nil: nothing of the evaluation need be remembered

	// admission lets it go to the origin; nil where nothing keeps it, or nobody
	// has asked yet. unthrottled is set for a page in place of an error.
	admission   *admission
	unthrottled bool

	passing passing // what it carries past the cache
	// acceptance is what a WebSocket handshake must be answered with that was
	// made here; "" if the viewer made it.
	acceptance string

	// BuildKey, Lookup.
	fields    field.Lines // the viewer's, with generated CloudFront-* fields
	generated field.Lines // those alone
	memory    field.Lines // for fields, if there is any
	key       []byte
	hash      cachekey.Hash
	device    device.Class    // of the viewer; 0 as long as nobody has asked
	shown     *shownPlace     // where the viewer is; nil as long as nobody has asked
	failed    *viewer.Request // the viewer's, if this is a fetch of the page for its error
	accept    cachekey.AcceptEncoding
	// unkeyedGenerated tells that generated has those that only the origin is sent.
	unkeyedGenerated bool
	found            cache.Found
	parts            cache.Found // parts of the response, when that is not there

	// The same, for policies with RFC 9111 semantics: how key was chosen, what
	// the request demands, and that it demands validation of what was found.
	selection fetch.Selection
	demands   cachecontrol.Demands
	validated bool

	// Obtain and whoever answers. lost tells that a fetch has answered with a
	// stored response whose content is lost.
	answer answer
	lost   bool
	upload *upload // nil unless content went to the origin

	// ViewerResponse. page is the behavior of a page in place of an error, if its
	// policy is applied; timed says that the response carries Server-Timing.
	page  *Behavior
	timed bool

	// Deliver.
	sent    delivery
	traffic *traffic // nil unless bytes of another protocol went both ways
}

// passing says what an Exchange carries past the cache, whatever the policy.
type passing uint8

const (
	passingNothing   passing = iota // an ordinary request
	passingWebSocket                // a handshake, and what follows if the origin agrees (CF-WS)
	passingGRPC                     // a gRPC call (CF-GRPC)
)

func (p passing) String() string {
	switch p {
	case passingNothing:
		return "nothing"
	case passingWebSocket:
		return "websocket"
	case passingGRPC:
		return "grpc"
	}
	return "passing(?)"
}

// An answer is the response to the viewer before it is sent.
type answer struct {
	status int
	fields field.Lines
	length int64 // of the content, -1 if not known
	reason accesslog.Reason
	// detailed overrides the reason's detailed result type.
	detailed accesslog.DetailedType
	cause    errorpage.Cause // of an error status
	age      int64           // seconds, -1 when no Age is sent

	// The content: all of it, or where it comes from.
	content []byte
	source  source
	// segments are what is sent of it, with what stands between; nil for all.
	segments []byterange.Segment
	// fetched is the fetch that brings the content, if one does.
	fetched fetch.Answer
	// came is what the origin answered with, nil if it did not; it outlasts
	// fetched.
	came *fetch.Result

	// cacheable tells that the representation may answer conditions and
	// ranges here; otherwise the origin has done so. undivided tells that it is
	// sent whole even to a request for ranges.
	cacheable, undivided bool
	received             time.Time // of the representation, for If-Modified-Since
	notModified          bool      // the edge's own 304
}

// giveUp gives up content that was not sent.
func (x *Exchange) giveUp() {
	if x.sent.gone {
		x.answer.fetched.Abandon()
	}
	x.answer.close()
}

// recycle gives back the memory of what passed, when nobody needs it any more.
// After a panic that is not known: then nobody does this.
func (x *Exchange) recycle() { x.answer.fetched.Recycle() }

// close gives up content that was not read.
func (a *answer) close() {
	a.fetched.Close()
	if f, stored := a.source.(file); stored {
		f.reader.Close()
	}
}

// A delivery is what became of sending the answer.
type delivery struct {
	head      bool      // the response's head was sent
	cut       bool      // the content ended early
	gone      bool      // the viewer left
	firstByte time.Time // by the clock for durations
}

// step says whether the next stage is asked.
type step uint8

const (
	proceed  step = iota // go on with the next stage
	answered             // the answer is there: go on with Condition
)
