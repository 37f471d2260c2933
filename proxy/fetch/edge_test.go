package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy/compress"
)

const distribution = "d111111abcdef8.cloudfront.net"

// An edge is a Fetcher with its cache and a scripted origin, in a bubble.
type edge struct {
	*Fetcher
	t             *testing.T
	cache         *cache.Cache
	invalidations *invalidation.Log
	key           *cachekey.Builder
	rules         *Rules
	log           *bytes.Buffer

	mu     sync.Mutex
	script func(ctx context.Context, n int, r *origin.Request) (*origin.Response, error)
	asked  []*origin.Request
	trips  []context.Context
	bodies []*content
}

// run runs test in a bubble with an edge whose behavior caches like a policy
// with TTLs of 0, 0 and 1000 s. Whatever the test does, in the end no fetch
// runs, no flight is left, no memory is reserved and every body is closed.
func run(t *testing.T, o Options, test func(t *testing.T, e *edge)) {
	runWith(t, o, cache.Options{MaxSize: 4 << 20, MaxObjectSize: 1 << 20}, test)
}

// runWith is run with a cache of another size.
func runWith(t *testing.T, o Options, co cache.Options, test func(t *testing.T, e *edge)) {
	synctest.Test(t, func(t *testing.T) {
		e := &edge{t: t, invalidations: invalidation.New(), log: new(bytes.Buffer)}
		var err error
		co.Invalidations = e.invalidations
		e.cache, err = cache.New(co)
		if err != nil {
			t.Fatal(err)
		}
		defer e.cache.Close()
		e.key, err = cachekey.New(cachekey.Policy{}, cachekey.Options{Distribution: distribution})
		if err != nil {
			t.Fatal(err)
		}
		policy, err := requestpolicy.New(requestpolicy.Config{})
		if err != nil {
			t.Fatal(err)
		}
		e.rules = &Rules{
			Origin:        &origin.Origin{ID: "api", DomainName: "api.test"},
			RequestPolicy: policy,
			Freshness:     freshness.Policy{MaxTTL: 1000 * time.Second},
		}
		o.Origins, o.Cache, o.Now = e, e.cache, time.Now
		o.Logger = slog.New(slog.NewTextHandler(e.log, nil))
		e.Fetcher = New(o)
		test(t, e)
		synctest.Wait()
		e.checkNothingLeft()
		e.Close()
	})
}

func (e *edge) checkNothingLeft() {
	e.t.Helper()
	if got := e.InFlight(); got != 0 {
		e.t.Errorf("fetches that run in the end: got %d, want 0", got)
	}
	if got := e.flights.Len(); got != 0 {
		e.t.Errorf("flights in the end: got %d, want 0", got)
	}
	if got := e.cache.InFlight(); got != 0 {
		e.t.Errorf("reserved bytes in the end: got %d, want 0", got)
	}
	for i, ctx := range e.trips {
		if ctx != e.t.Context() && ctx.Err() == nil {
			e.t.Errorf("the context of request %d has not ended", i)
		}
	}
	for i, b := range e.bodies {
		if !b.closed {
			e.t.Errorf("content %d of the origin was not closed", i)
		}
	}
}

// RoundTrip asks the script.
func (e *edge) RoundTrip(ctx context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
	e.mu.Lock()
	kept := *r // whose memory another may have afterwards
	kept.Fields = r.Fields.Clone()
	e.asked, e.trips = append(e.asked, &kept), append(e.trips, ctx)
	n, script := len(e.asked), e.script
	e.mu.Unlock()
	response, err := script(ctx, n, r)
	if err != nil {
		return nil, err
	}
	if c, ok := response.Body.(*content); ok {
		c.ctx = ctx
		e.mu.Lock()
		e.bodies = append(e.bodies, c)
		e.mu.Unlock()
	}
	return response, nil
}

// answer makes the origin give this response to every request.
func (e *edge) answer(responses ...func() *origin.Response) {
	first := e.requests()
	e.script = func(_ context.Context, n int, _ *origin.Request) (*origin.Response, error) {
		return responses[min(n-first, len(responses))-1](), nil
	}
}

// fail makes the origin give no response, after a while.
func (e *edge) fail(kind origin.ErrorKind, after time.Duration) {
	e.script = func(ctx context.Context, _ int, _ *origin.Request) (*origin.Response, error) {
		if !sleep(ctx, after) {
			kind = origin.ErrorCanceled
		}
		return nil, &origin.Error{Kind: kind, Op: "test", Err: context.Cause(ctx)}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

func (e *edge) requests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}

func (e *edge) wantRequests(want int) {
	e.t.Helper()
	if got := e.requests(); got != want {
		e.t.Errorf("requests to the origin: got %d, want %d", got, want)
	}
}

func (e *edge) invalidate(path string) {
	e.t.Helper()
	if _, err := e.invalidations.Add(invalidation.Batch{Distribution: distribution, Paths: []string{path}}, time.Now()); err != nil {
		e.t.Fatal(err)
	}
}

// request returns a viewer's, for method and path.
func (e *edge) request(method, path string, fields ...string) *Request {
	r := &Request{
		ID: "id", Method: method, Scheme: "https", Host: "shop.test", Path: path,
		Fields: parseFields(fields), Proto: "1.1", EdgeHost: "edge", Distribution: distribution,
	}
	r.Range, r.IfRange = r.Fields.Get("Range"), r.Fields.Get("If-Range")
	r.Key = e.key.Append(nil, &cachekey.Request{Method: method, Path: path})
	r.Hash = cachekey.Sum(r.Key)
	return r
}

func parseFields(lines []string) (ls field.Lines) {
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		ls.Add(name, value)
	}
	return ls
}

func (e *edge) lookup(r *Request) cache.Found {
	return e.cache.Lookup(r.Hash, r.Key, r.Method, time.Now())
}

// get looks up and, unless the cache answers, asks the fetcher: what the
// proxy's stages do for a viewer.
func (e *edge) get(ctx context.Context, r *Request) (Answer, error) {
	found := e.lookup(r)
	switch {
	case found.Outcome == cache.OutcomeStaleWhileRevalidate:
		e.Background(e.rules, r, found.Entry)
		fallthrough
	case found.Outcome <= cache.OutcomeStaleRetryLater:
		return Answer{Result: &Result{Kind: KindStored, Status: int(found.Entry.Status), Entry: found.Entry}}, nil
	case !e.rules.CookiesForwarded && e.cache.Unshared(r.Hash, time.Now()) && r.Method == "GET" && r.Range == "" && found.Entry == nil:
		return e.Lone(ctx, e.rules, r)
	case e.rules.CookiesForwarded || e.cache.Unshared(r.Hash, time.Now()):
		return e.Alone(ctx, e.rules, r, found.Entry)
	}
	return e.Get(ctx, e.rules, r, found.Entry)
}

// A seen response is what a viewer got.
type seen struct {
	kind      Kind
	status    int
	body      string
	fields    field.Lines
	length    int64
	collapsed bool
	err       error // of the fetch, or with which the content was cut off
}

func (s seen) String() string {
	return fmt.Sprintf("%v %d %.40q collapsed=%v err=%v", s.kind, s.status, s.body, s.collapsed, s.err)
}

// view gets r and reads everything.
func (e *edge) view(ctx context.Context, r *Request) seen {
	a, err := e.get(ctx, r)
	if err != nil {
		return seen{err: err}
	}
	return read(ctx, a)
}

func read(ctx context.Context, a Answer) seen {
	defer a.Close()
	s := seen{kind: a.Kind, status: a.Status, fields: a.Fields, length: a.Length, collapsed: a.Collapsed}
	switch {
	case a.Entry != nil:
		s.body, s.fields, s.length = string(a.Entry.Content()), a.Entry.Fields(nil), a.Entry.Length
	case a.Direct != nil:
		p, err := io.ReadAll(a.Direct)
		s.body, s.err = string(p), err
	case a.Content != nil:
		s.body, s.err = readContent(ctx, a)
	}
	return s
}

func readContent(ctx context.Context, a Answer) (string, error) {
	var b strings.Builder
	for {
		p, err := a.Content.Next(ctx)
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		b.Write(p)
	}
}

// views gets r for n viewers at once and returns what they saw.
func (e *edge) views(n int, r func() *Request) []seen {
	got := make([]seen, n)
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() { got[i] = e.view(e.t.Context(), r()) })
	}
	wait.Wait()
	return got
}

func (e *edge) want(got seen, kind Kind, status int, body string) {
	e.t.Helper()
	if got.kind != kind || got.status != status || got.body != body || got.err != nil {
		e.t.Errorf("viewer: got %v, want %v %d %.40q", got, kind, status, body)
	}
}

// wantStored checks what the cache has for a path; "" stands for nothing.
func (e *edge) wantStored(path, body string) *cache.Entry {
	e.t.Helper()
	synctest.Wait()
	found := e.lookup(e.request("GET", path))
	got := ""
	if found.Entry != nil {
		got = string(found.Entry.Content())
	}
	if got != body {
		e.t.Errorf("stored for %s: got %.40q (%v), want %.40q", path, got, found.Outcome, body)
	}
	return found.Entry
}

// A content is an origin's content: pieces with pauses between them.
type content struct {
	ctx    context.Context
	pieces []string
	pause  time.Duration
	end    error // io.EOF or how it is cut off
	closed bool
}

func (c *content) Read(p []byte) (int, error) {
	if c.closed {
		return 0, errors.New("read after Close")
	}
	if len(c.pieces) == 0 {
		if c.end == errTestPanic {
			panic(errTestPanic)
		}
		return 0, c.end
	}
	if c.pause > 0 && !sleep(c.ctx, c.pause) {
		return 0, &origin.Error{Kind: origin.ErrorCanceled, Op: "read body", Err: context.Cause(c.ctx)}
	}
	n := copy(p, c.pieces[0])
	if c.pieces[0] = c.pieces[0][n:]; c.pieces[0] == "" {
		c.pieces = c.pieces[1:]
	}
	return n, nil
}

func (c *content) Close() error {
	c.closed = true
	return nil
}

var errTestPanic = errors.New("scripted panic")

// respond makes responses with a known length.
func respond(status int, body string, fields ...string) func() *origin.Response {
	return func() *origin.Response {
		c := &content{end: io.EOF}
		if body != "" {
			c.pieces = []string{body}
		}
		return &origin.Response{Status: status, Fields: parseFields(fields), ContentLength: int64(len(body)), Body: c}
	}
}

// slowly makes the content come in pieces, each after a pause, and chunked.
func slowly(pause time.Duration, pieces []string, respond func() *origin.Response) func() *origin.Response {
	return func() *origin.Response {
		r := respond()
		r.Body, r.ContentLength, r.Chunked = &content{pieces: slices.Clone(pieces), pause: pause, end: io.EOF}, -1, true
		return r
	}
}

// endingIn makes the content end in an error.
func endingIn(err error, respond func() *origin.Response) func() *origin.Response {
	return func() *origin.Response {
		r := respond()
		r.Body.(*content).end = err
		return r
	}
}

func compressible() compress.Policy { return compress.Policy{Compress: true, Gzip: true, Brotli: true} }
