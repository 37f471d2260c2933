package fetch

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/collapse"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/overload"
)

// Options configure a Fetcher.
type Options struct {
	Origins origin.RoundTripper
	Cache   *cache.Cache
	Now     func() time.Time // that responses are judged and dated by; may jump
	Measure func() time.Time // for durations; nil means time.Now
	Logger  *slog.Logger
	// MaxFetches bounds the fetches that run apart from their viewer, and
	// MaxBackground the background revalidations among them. Past the first
	// a viewer is refused, past the second a revalidation waits for the next
	// request. 0 means 10,000 and 256. What ask one origin are at most five
	// times as many as could still begin, so that no number of origins that
	// stall takes all: past that one fails with origin.ErrorLimit.
	MaxFetches, MaxBackground int64
	// Overload says whether there is memory to store responses; nil means that
	// there is.
	Overload *overload.Manager
}

// A Fetcher runs fetches. Its methods may be called from any goroutine.
type Fetcher struct {
	origins origin.RoundTripper
	cache   *cache.Cache
	now     func() time.Time
	measure func() time.Time
	logger  *slog.Logger
	flights *collapse.Table[*Result]
	crew    crew
	// The cache's accounts of content in flight, as values that need not be
	// made for each fetch.
	closeWindow, release func(int64)
	reserve              func(int64) bool
	refusals             refusals
	overload             *overload.Manager

	base   context.Context // ends with Close
	cancel context.CancelFunc
}

// New returns a Fetcher. Close ends what it started.
func New(o Options) *Fetcher {
	f := &Fetcher{
		origins: o.Origins, cache: o.Cache, overload: o.Overload, now: o.Now, measure: o.Measure, logger: o.Logger,
		crew: crew{max: cmp.Or(o.MaxFetches, 10_000), maxBackground: cmp.Or(o.MaxBackground, 256)},
	}
	f.flights = collapse.New(f.open)
	f.closeWindow, f.release, f.reserve = f.cache.CloseWindow, f.cache.Release, f.cache.Reserve
	if f.measure == nil {
		f.measure = time.Now
	}
	f.base, f.cancel = context.WithCancel(context.Background())
	return f
}

// Close cuts the fetches that still run, waits for their end and lets none
// start any more. Viewers should have been served before.
func (f *Fetcher) Close() {
	f.crew.close()
	f.cancel()
	_ = f.crew.wait(context.Background()) // ends: a canceled fetch waits for nothing
}

// Drain waits until no fetch runs, at most until ctx ends.
func (f *Fetcher) Drain(ctx context.Context) error { return f.crew.wait(ctx) }

// InFlight returns the number of fetches that run apart from a viewer.
func (f *Fetcher) InFlight() int64 { return f.crew.size() }

// Get answers from the fetch in flight for the key, or leads one. stale is
// the stored response to revalidate, or nil. The error is ctx's cause: the
// viewer has gone.
func (f *Fetcher) Get(ctx context.Context, rules *Rules, req *Request, stale *cache.Entry) (Answer, error) {
	if answer, ok, err := f.joinWhole(ctx, rules, req); ok || err != nil {
		return answer, err
	}
	ticket := f.cache.Ticket()
	flight, role := f.flights.Join(f.flightHash(req), req.flightKey(), ticket.Epoch, f.current(req))
	if role == collapse.RoleJoiner {
		return f.follow(ctx, rules, req, stale, flight)
	}
	if found := f.stored(req); found != nil {
		flight.Publish(found, nil)
		flight.Remove()
		return Answer{Result: found}, nil
	}
	if !req.admitted() {
		flight.Publish(notAdmitted(), nil)
		flight.Remove()
		return Answer{Result: notAdmitted()}, nil
	}
	return f.lead(ctx, f.newFetch(rules, req, stale, flight, ticket))
}

// current reports whether a fetch that began at an epoch may answer req.
func (f *Fetcher) current(req *Request) func(epoch uint64) bool {
	return func(epoch uint64) bool { return f.cache.Current(req.Distribution, req.Key, epoch) }
}

// follow answers from another's fetch, or from one of its own if that may not
// be shared (CF-COL-04). What has moved on too far or was cut off cannot be
// joined any more: those that come too late for it share the next fetch.
func (f *Fetcher) follow(ctx context.Context, rules *Rules, req *Request, stale *cache.Entry, flight *collapse.Flight[*Result]) (Answer, error) {
	var answer Answer
	var fits, ok bool
	result, err := wait(ctx, flight, rules.Choices.CollapsedWait, func(r *Result) {
		if fits = r.fits(req); fits {
			answer, ok = f.join(r, rules, req)
		}
	})
	switch {
	case errors.Is(err, errLongWait):
		return f.Alone(ctx, rules, req, stale)
	case err != nil:
		return Answer{}, err
	case result.Kind == KindNotAdmitted: // of those that are, one leads
		if !req.admitted() {
			return Answer{Result: notAdmitted()}, nil
		}
		return f.Get(ctx, rules, req, stale)
	case !fits: // another variant; that of this request may be in flight too
		return f.Get(ctx, rules, req, nil)
	case ok:
		return answer, nil
	}
	if found := f.stored(req); found != nil {
		return Answer{Result: found}, nil
	}
	if result.shared {
		return f.Get(ctx, rules, req, stale)
	}
	return f.Alone(ctx, rules, req, stale)
}

var errLongWait = errors.New("waited long enough for another's fetch")

// wait waits for the head of another's response, at most for limit unless
// that is 0; then the error is errLongWait.
func wait(ctx context.Context, flight *collapse.Flight[*Result], limit time.Duration, take func(*Result)) (*Result, error) {
	if limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errLongWait)
		defer cancel()
	}
	return flight.Wait(ctx, take)
}

// stored looks again at the cache, and returns an answer if another's fetch
// has brought one since the caller's own lookup: a fetch may have been stored
// and removed from the table between a request's lookup and its join.
func (f *Fetcher) stored(req *Request) *Result {
	switch found := f.cache.LookupAgain(req.Hash, req.Key, req.Method, f.now()); found.Outcome {
	case cache.OutcomeFresh:
		return &Result{Kind: KindStored, Status: int(found.Entry.Status), Entry: found.Entry, shared: true}
	case cache.OutcomeStaleRetryLater:
		return &Result{Kind: KindStaleOnError, Status: int(found.Entry.Status), Entry: found.Entry, shared: true}
	}
	if found := f.storedPart(req); found != nil {
		return &Result{Kind: KindStored, Status: 200, Entry: found, shared: true}
	}
	return nil
}

// Alone runs a fetch that nobody joins; its response is stored like any. The
// error is ctx's cause.
func (f *Fetcher) Alone(ctx context.Context, rules *Rules, req *Request, stale *cache.Entry) (Answer, error) {
	if !req.admitted() {
		return Answer{Result: notAdmitted()}, nil
	}
	ticket := f.cache.Ticket()
	flight := f.flights.Alone(req.flightHash(), ticket.Epoch)
	return f.lead(ctx, f.newFetch(rules, req, stale, flight, ticket))
}

// Background revalidates stale, unless a fetch for its key is in flight or
// just was (CF-SWR-05), or too many revalidations run already.
func (f *Fetcher) Background(rules *Rules, req *Request, stale *cache.Entry) {
	if !f.crew.enter(dutyBackground) {
		return
	}
	ticket := f.cache.Ticket()
	flight, role := f.flights.Join(f.flightHash(req), req.flightKey(), ticket.Epoch, func(uint64) bool { return true })
	if role != collapse.RoleLeader {
		f.crew.leave(dutyBackground, nil)
		return
	}
	if found := f.stored(req); found != nil {
		flight.Publish(found, nil)
		flight.Remove()
		f.crew.leave(dutyBackground, nil)
		return
	}
	f.start(f.newFetch(rules, req, stale, flight, ticket), dutyBackground)
}

// Lone runs a fetch whose response is not expected to be for sharing or for
// storing, in the caller's goroutine for as long as that holds: then its
// viewer gets the content straight from the origin, and when he leaves, it
// ends. If the response can be stored after all, it goes on as in Alone. The
// request must not ask for a part, nor have conditions. The error is ctx's
// cause.
//
// A request that passes so takes four fifths of the CPU time that it takes in
// Alone, with its goroutine and its buffer (bench/compare).
func (f *Fetcher) Lone(ctx context.Context, rules *Rules, req *Request) (Answer, error) {
	if !req.admitted() {
		return Answer{Result: notAdmitted()}, nil
	}
	ft := f.newFetch(rules, req, nil, nil, f.cache.Ticket())
	ft.leader, ft.inline = ctx, true
	if !f.crew.enter(dutyViewer) {
		return Answer{Result: refused(503)}, nil
	}
	ft.ctx, ft.cancel = context.WithCancel(f.base)
	untie := context.AfterFunc(ctx, ft.cancel)
	next := ft.runToHead()
	end := func() {
		untie()
		ft.cancel()
		f.crew.leave(dutyViewer, ft.counted)
	}
	switch r := ft.result; {
	case next != nil:
		untie()
		go func() {
			defer end()
			ft.runOn(next)
		}()
	case r.Direct != nil:
		r.Direct = &lone{ReadCloser: r.Direct, fetch: ft, began: ft.measure(), end: end}
	default:
		end()
		if ctx.Err() != nil && r.Kind == KindFailed {
			return Answer{}, context.Cause(ctx)
		}
	}
	return Answer{Result: ft.result, Fields: ft.fields, Content: ft.reader, fetch: ft}, nil
}

// lead starts ft and waits for its head.
func (f *Fetcher) lead(ctx context.Context, ft *Fetch) (Answer, error) {
	ft.leader = ctx
	ft.openInterims()
	if f.crew.enter(dutyViewer) {
		f.start(ft, dutyViewer)
	} else {
		ft.publish(refused(503))
		ft.flight.Remove()
	}
	result, err := ft.awaitHead(ctx)
	if err != nil {
		ft.abandon()
		return Answer{}, err // its place in the content goes with ctx
	}
	return Answer{Result: result, Fields: ft.fields, Content: ft.reader, fetch: ft}, nil
}

// start runs ft in its own goroutine; the caller has entered the crew.
func (f *Fetcher) start(ft *Fetch, d duty) {
	ft.ctx, ft.cancel = context.WithCancel(f.base)
	go func() {
		defer func() { f.crew.leave(d, ft.counted) }()
		defer ft.cancel()
		ft.run()
	}()
}
