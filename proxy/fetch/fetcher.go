package fetch

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/collapse"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// RoundTripper sends one request to an origin; origin/transport's Client is
// one. Its error is an *origin.Error.
type RoundTripper interface {
	RoundTrip(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error)
}

// Options configure a Fetcher.
type Options struct {
	Origins RoundTripper
	Cache   *cache.Cache
	Now     func() time.Time
	Logger  *slog.Logger
	// MaxFetches bounds the fetches that run apart from their viewer, and
	// MaxBackground the background revalidations among them. Past the first
	// a viewer is refused, past the second a revalidation waits for the next
	// request. 0 means 10,000 and 256.
	MaxFetches, MaxBackground int64
}

// A Fetcher runs fetches. Its methods may be called from any goroutine.
type Fetcher struct {
	origins RoundTripper
	cache   *cache.Cache
	now     func() time.Time
	logger  *slog.Logger
	flights *collapse.Table[*Result]

	maxFetches, maxBackground int64
	running, background       atomic.Int64

	base   context.Context // ends with Close
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// New returns a Fetcher. Close ends what it started.
func New(o Options) *Fetcher {
	f := &Fetcher{
		origins: o.Origins, cache: o.Cache, now: o.Now, logger: o.Logger,
		flights:    collapse.New[*Result](),
		maxFetches: o.MaxFetches, maxBackground: o.MaxBackground,
	}
	if f.maxFetches == 0 {
		f.maxFetches = 10_000
	}
	if f.maxBackground == 0 {
		f.maxBackground = 256
	}
	f.base, f.cancel = context.WithCancel(context.Background())
	return f
}

// Close cuts the fetches that still run and waits for their end. Viewers
// should have been served before.
func (f *Fetcher) Close() {
	f.cancel()
	f.wait.Wait()
}

// Drain waits until no fetch runs, at most until ctx ends.
func (f *Fetcher) Drain(ctx context.Context) error {
	done := make(chan struct{})
	go func() { f.wait.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// InFlight returns the number of fetches that run apart from a viewer.
func (f *Fetcher) InFlight() int64 { return f.running.Load() }

// An Answer is a Result with the caller's own place in its content. The
// caller must Close it.
type Answer struct {
	*Result
	// Fields are those for this viewer: the viewer that caused the fetch also
	// gets the ones that must not be stored.
	Fields field.Lines
	// Content is the caller's place in Result.Body, nil when there is none.
	Content *body.Reader
	// Collapsed tells that another viewer's fetch gave the Result.
	Collapsed bool
}

// Close gives up the content.
func (a Answer) Close() {
	if a.Content != nil {
		a.Content.Close()
	}
	if a.Result != nil && a.Result.Direct != nil {
		a.Result.Direct.Close()
	}
}

// Get answers from the fetch in flight for the key, or leads one. Its error
// is ctx's cause: the viewer has gone.
func (f *Fetcher) Get(ctx context.Context, rules *Rules, req *Request, stale *cache.Entry) (Answer, error) {
	ticket := f.cache.Ticket()
	flight, role := f.flights.Join(req.flightHash(), req.Key, ticket.Epoch, func(epoch uint64) bool {
		return f.cache.Current(req.Distribution, req.Key, epoch)
	})
	if role != collapse.RoleJoiner {
		return f.lead(ctx, f.newFetch(rules, req, stale, flight, ticket))
	}
	result, err := flight.Wait(ctx)
	if err != nil {
		return Answer{}, err
	}
	if answer, ok := result.join(); ok {
		return answer, nil
	}
	return f.Alone(ctx, rules, req, stale) // not for sharing (CF-COL-04)
}

// Alone runs a fetch that nobody joins; its response is stored like any. The
// error is ctx's cause.
func (f *Fetcher) Alone(ctx context.Context, rules *Rules, req *Request, stale *cache.Entry) (Answer, error) {
	ticket := f.cache.Ticket()
	flight := f.flights.Alone(req.flightHash(), req.Key, ticket.Epoch)
	return f.lead(ctx, f.newFetch(rules, req, stale, flight, ticket))
}

// Background revalidates stale unless a fetch for its key is in flight
// (CF-SWR-05) or too many revalidations run already.
func (f *Fetcher) Background(rules *Rules, req *Request, stale *cache.Entry) {
	if f.background.Add(1) > f.maxBackground {
		f.background.Add(-1)
		return
	}
	ticket := f.cache.Ticket()
	flight, role := f.flights.Join(req.flightHash(), req.Key, ticket.Epoch, func(uint64) bool { return true })
	if role != collapse.RoleLeader {
		f.background.Add(-1)
		return
	}
	ft := f.newFetch(rules, req, stale, flight, ticket)
	ft.background = true
	if !f.start(ft) {
		ft.publish(&Result{Kind: KindRefused, Status: 503})
		flight.Remove()
		f.background.Add(-1)
	}
}

// Direct runs a fetch in the caller's goroutine and for its viewer alone:
// nothing is stored, and the fetch ends with ctx.
func (f *Fetcher) Direct(ctx context.Context, rules *Rules, req *Request) Answer {
	flight := f.flights.Alone(req.flightHash(), req.Key, 0)
	ft := f.newFetch(rules, req, nil, flight, cache.Ticket{})
	ft.ctx, ft.direct = ctx, true
	ft.run()
	return Answer{Result: ft.result, Fields: ft.fields}
}

// lead starts ft and waits for its head.
func (f *Fetcher) lead(ctx context.Context, ft *Fetch) (Answer, error) {
	ft.leader = ctx
	if !f.start(ft) {
		ft.publish(&Result{Kind: KindRefused, Status: 503})
		ft.flight.Remove()
	}
	result, err := ft.flight.Wait(ctx)
	if err != nil {
		return Answer{}, err
	}
	return Answer{Result: result, Fields: ft.fields, Content: ft.leaderContent}, nil
}

// start runs ft in its own goroutine, unless too many run already.
func (f *Fetcher) start(ft *Fetch) bool {
	if f.running.Add(1) > f.maxFetches {
		f.running.Add(-1)
		return false
	}
	ft.ctx = f.base
	f.wait.Add(1)
	go func() {
		defer f.wait.Done()
		defer f.running.Add(-1)
		if ft.background {
			defer f.background.Add(-1)
		}
		ft.run()
	}()
	return true
}

// run drives the states. Whatever happens, the flight is published and
// removed, and a panic ends this fetch only.
func (ft *Fetch) run() {
	defer ft.finish()
	for next := state(buildRequest); next != nil; {
		next = next(ft)
	}
}

func (ft *Fetch) finish() {
	if p := recover(); p != nil {
		ft.logger.Error("panic in a fetch", "panic", fmt.Sprint(p), "origin", ft.rules.Origin.ID,
			"request_id", ft.req.ID, "stack", string(debug.Stack()))
		ft.endContent(errPanic)
	}
	if ft.result == nil {
		ft.publish(&Result{Kind: KindRefused, Status: 500})
	}
	ft.flight.Remove()
	if ft.content != nil {
		ft.cache.Release(ft.content.Reserved())
	}
}

// A Result is what a fetch got, as soon as its head is known. It is shared
// by all viewers of the fetch and immutable.
type Result struct {
	Kind   Kind
	Status int
	// Fields are those that are stored: without Content-Length, and without
	// those that every response gets; read-only.
	Fields field.Lines
	// Length is the length of the content, -1 if it is not known yet.
	Length int64
	// Body is the content while it arrives; nil if there is none, if Entry
	// has it, or if Direct has it.
	Body *body.Buffer
	// Entry is the stored response that answers: freshened by a 304
	// (KindRevalidated), or stale (KindStaleOnError).
	Entry *cache.Entry
	// Direct is the origin's content, of a Direct fetch only.
	Direct io.ReadCloser
	// Err says why the origin gave no usable response (KindFailed).
	Err *origin.Error
	// NoStore says why the response is not stored.
	NoStore NoStore
	// Timing says where the time at the origin went.
	Timing origin.Timing

	shared bool
}

// join returns a joiner's Answer, if the result may be shared and its first
// bytes are still there.
func (r *Result) join() (Answer, bool) {
	if !r.shared {
		return Answer{}, false
	}
	a := Answer{Result: r, Fields: r.Fields, Collapsed: true}
	if r.Body != nil {
		if a.Content = r.Body.NewReader(); a.Content == nil {
			return Answer{}, false
		}
	}
	return a, true
}
