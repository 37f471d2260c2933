package fetch

import (
	"io"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/vary"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// Kind says where a Result comes from.
type Kind uint8

// The kinds.
const (
	KindResponse     Kind = iota // the origin's response
	KindRevalidated              // a stored response that the origin confirmed by 304
	KindStored                   // a fresh stored response, which another's fetch brought meanwhile
	KindStaleOnError             // a stored response, because the origin failed (CF-SIE-01, CF-STALE-01)
	KindFailed                   // the origin gave no usable response
	KindRefused                  // we did not ask: a bound was reached, or a fault of ours
	KindNotAdmitted              // the request's Admission keeps it from the origin
	kindCount
)

var kindNames = [kindCount]string{"response", "revalidated", "stored", "stale_on_error", "failed", "refused", "not_admitted"}

// String returns the kind in snake_case.
func (k Kind) String() string {
	if k < kindCount {
		return kindNames[k]
	}
	return "Kind(?)"
}

// NoStore says why a response is not stored.
type NoStore = freshness.NoStoreReason

// A Result is what a fetch got, as soon as its head is known. It is shared
// by all viewers of the fetch and immutable.
type Result struct {
	Kind   Kind
	Status int
	// Fields are those that are stored: without Content-Length, and without
	// those that only the viewer of the fetch gets (CF-TTL-14); read-only.
	Fields field.Lines
	// Length is the length of the content, -1 if it is not known yet.
	Length int64
	// Body is the content while it arrives; nil if there is none, if Entry
	// has it, or if Direct has it.
	Body *body.Buffer
	// Entry is the stored response that answers: freshened by a 304
	// (KindRevalidated), brought by another (KindStored), or stale
	// (KindStaleOnError).
	Entry *cache.Entry
	// Direct is the origin's content, of a Direct fetch only.
	Direct io.ReadCloser
	// Pending tells that none of the content of Direct has come yet.
	Pending bool
	// Trailers returns the fields behind the content of Direct, once that has
	// ended with io.EOF; nil if there will be none. Those of a gRPC call pass.
	Trailers func() field.Lines
	// Tunnel is the connection to an origin that goes on with another protocol,
	// of a Direct fetch with status 101 only.
	Tunnel io.ReadWriteCloser
	// Err says why the origin gave no usable response (KindFailed).
	Err *origin.Error
	// Part is what a 206 has of the complete content, if it is one that can be
	// put together with other parts.
	Part *Part
	// Drops tells, for a Part, which fields its response lets nobody else have
	// (CF-TTL-14).
	Drops func(name string) bool
	// NoStore says why the response is not stored.
	NoStore NoStore
	// Timing says where the time at the origin went.
	Timing origin.Timing
	// Layer says which cache had the response (KindResponse).
	Layer Layer

	// Times say how old the response is, and how long it is fresh
	// (KindResponse).
	Times freshness.Times

	shared bool
	// variant is the key of the variant that the response is, chosen by names;
	// nil if the key of the request has but one response.
	variant []byte
	names   vary.Names
	streams *streams // by which viewers go on that were left behind; nil if they cannot
}

// refused returns the Result of a fetch that could not do its work.
func refused(status int) *Result { return &Result{Kind: KindRefused, Status: status} }

// open reports whether requests may still join: not those that would miss
// bytes which are gone, nor those that come when the response has expired
// although its content still arrives. What is not shared decides for itself.
func (f *Fetcher) open(r *Result) bool {
	return !r.shared || r.Body == nil || r.Body.Has(0) && (r.NoStore != freshness.NoStoreNone || r.Times.Remaining(f.now()) > 0)
}

// An Answer is a Result with the caller's own place in its content. The
// caller must Close it.
type Answer struct {
	*Result
	// Fields are those for this viewer: the viewer that caused the fetch also
	// gets the ones that must not be stored. Read-only, unless Direct is set:
	// then they are the caller's.
	Fields field.Lines
	// Content is the caller's place in Result.Body, nil when there is none.
	Content *Content
	// Collapsed tells that another viewer's fetch gave the Result.
	Collapsed bool

	fetch  *Fetch  // of the viewer that leads it, else nil
	direct *direct // of Direct, else nil
}

// Abandon is called before Close for a viewer that left before it had all.
func (a Answer) Abandon() {
	if a.fetch != nil {
		a.fetch.abandon()
	}
}

// Close gives up the content. The zero Answer may be closed, and any Answer
// more than once.
func (a Answer) Close() {
	if a.Content != nil {
		a.Content.Close()
	}
	if a.Result != nil && a.Direct != nil {
		a.Direct.Close()
	}
	if a.Result != nil && a.Tunnel != nil {
		a.Tunnel.Close()
	}
}
