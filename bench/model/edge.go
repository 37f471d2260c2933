package model

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An edge is the real thing, with a clock and an origin of the test's.
type edge struct {
	policy        *policy
	server        *proxy.Server
	cache         *cache.Cache
	invalidations *invalidation.Log
	settle        func()
	options       cache.Options
	snapshot      *proxy.Snapshot

	mu      sync.Mutex // guards what follows
	now     time.Time
	answer  answer
	content string
	asked   []ask
}

func newEdge(p *policy, snapshot *proxy.Snapshot, t tier, now time.Time) (*edge, error) {
	e := &edge{policy: p, invalidations: invalidation.New(), settle: t.settle, now: now}
	e.snapshot, e.options = snapshot, cache.Options{
		MaxSize: cmp.Or(t.size, 256<<10), MaxObjectSize: 64 << 10, Eviction: t.eviction,
		StaleKeep: staleKeep, Invalidations: e.invalidations, Now: e.time,
	}
	if t.disk != "" {
		path, err := os.MkdirTemp(t.disk, "")
		if err != nil {
			return nil, err
		}
		e.options.Disk = cache.DiskOptions{Path: path, MaxSize: 1 << 20, StreamSize: t.stream}
	}
	return e, e.start()
}

func (e *edge) start() (err error) {
	if e.cache, err = cache.New(e.options); err != nil {
		return err
	}
	e.server = proxy.New(proxy.Options{
		Cache: e.cache, Origins: e, Logger: slog.New(slog.DiscardHandler), Now: e.time,
	})
	e.server.Swap(e.snapshot)
	return nil
}

func (e *edge) close() {
	e.server.Close()
	e.cache.Close()
}

func (e *edge) time() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.now
}

func (e *edge) distribution() *proxy.Distribution {
	return e.server.Snapshot().Distribution(e.policy.host())
}

// step lets s happen and returns what the viewer got, once no fetch runs any
// more.
func (e *edge) step(s step, content string) (reply, error) {
	e.mu.Lock()
	e.now = e.now.Add(s.wait)
	e.answer, e.content, e.asked = s.answer, content, nil
	e.mu.Unlock()
	if s.restart {
		e.close()
		return reply{}, e.start()
	}
	if s.invalidate != "" {
		_, err := e.invalidations.Add(invalidation.Batch{
			Distribution: e.distribution().DomainName, Paths: []string{s.invalidate},
		}, e.time())
		return reply{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	w := new(response11)
	e.server.Serve(ctx, w, s.request.message(e.policy.host()))
	if err := e.server.Drain(ctx); err != nil {
		return reply{}, fmt.Errorf("fetches do not end: %w", err)
	}
	if e.settle != nil {
		e.settle()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return w.reply(e.asked)
}

// message is the request as an engine gives it.
func (r request) message(host string) *viewer.Request {
	v := &viewer.Request{
		Method: r.method, Scheme: "https", Host: host, Path: r.path,
		Query: r.query, HasQuery: r.query != "", Proto: viewer.ProtoHTTP11, HeadBytes: 100,
		Remote: netip.MustParseAddrPort("192.0.2.9:40000"), Received: time.Now(),
		TLS: &viewer.TLS{Version: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256"},
	}
	for _, f := range []field.Line{{Name: r.condition, Value: r.value}, {Name: "Range", Value: r.rng}, {Name: "If-Range", Value: r.ifRange}} {
		if f.Value != "" {
			v.Fields.Add(f.Name, f.Value)
		}
	}
	for name, value := range r.fields {
		v.Fields.Add(name, value)
	}
	return v
}

// RoundTrip is the origin.
func (e *edge) RoundTrip(_ context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	q := ask{
		method: r.Method, noneMatch: r.Fields.Get("If-None-Match"), since: r.Fields.Get("If-Modified-Since"),
		rng: r.Fields.Get("Range"), ifRang: r.Fields.Get("If-Range"),
	}
	e.asked = append(e.asked, q)
	e.now = e.now.Add(e.answer.delay)
	if e.answer.failure != origin.ErrorUnknown {
		return nil, &origin.Error{Kind: e.answer.failure, Op: "test"}
	}
	return e.answer.respond(q, e.content, e.now).message(), nil
}

// message is the response as the client of origins gives it.
func (r response) message() *origin.Response {
	m := &origin.Response{Status: r.status, ContentLength: r.length, Body: io.NopCloser(strings.NewReader(r.content))}
	if r.cut {
		m.Body = io.NopCloser(io.MultiReader(strings.NewReader(r.content[:len(r.content)/2]), brokenReader{}))
	}
	add := func(name, value string) {
		if value != "" {
			m.Fields.Add(name, value)
		}
	}
	if r.dated != undated {
		add("Date", r.date.UTC().Format(httpDate))
	}
	add("Cache-Control", r.control.String())
	if r.targeted != nil {
		add("CDN-Cache-Control", r.targeted.String())
	}
	add("Age", r.age)
	add("Vary", r.vary)
	add("Location", r.location)
	add("Content-Location", r.place)
	add("ETag", r.etag)
	add("Last-Modified", r.modified)
	add("Content-Range", r.rng)
	if r.expires != noExpires {
		add("Expires", r.received.Add(time.Duration(r.expires)*second).UTC().Format(httpDate))
	}
	if r.secret {
		add("X-Secret", "s")
	}
	return m
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) {
	return 0, &origin.Error{Kind: origin.ErrorRead, Op: "read body", Err: io.ErrUnexpectedEOF}
}

// A response11 takes what a viewer gets.
type response11 struct {
	heads   int
	status  int
	fields  field.Lines
	length  int64
	content bytes.Buffer
	cut     bool
}

func (w *response11) WriteInterim(int, field.Lines) error { return nil }

func (w *response11) WriteHead(status int, fields field.Lines, length int64) error {
	w.heads++
	w.status, w.fields, w.length = status, fields.Clone(), length
	return nil
}

func (w *response11) Write(p []byte) (int, error) { return w.content.Write(p) }
func (w *response11) Flush() error                { return nil }
func (w *response11) Abort()                      { w.cut = true }
func (w *response11) BytesWritten() int64         { return int64(w.content.Len()) }

// reply returns the response as the model sees it. What no response may ever
// be is an error.
func (w *response11) reply(asked []ask) (reply, error) {
	xCache, found := strings.CutSuffix(w.fields.Get("X-Cache"), " from cloudfront")
	r := reply{
		status: w.status, xCache: xCache, age: w.fields.Get("Age"), content: w.content.String(),
		cacheStatus: w.fields.Get("Cache-Status"), date: w.fields.Get("Date"),
		etag: w.fields.Get("ETag"), secret: w.fields.Has("X-Secret"), rng: w.fields.Get("Content-Range"),
		generated: w.fields.Get("Server") == "CloudFront", cut: w.cut, asked: fmt.Sprint(asked),
	}
	switch {
	case w.heads != 1 || !found:
		return r, fmt.Errorf("%d heads, X-Cache %q", w.heads, w.fields.Get("X-Cache"))
	case !w.cut && w.content.Len() > 0 && w.length >= 0 && w.length != int64(w.content.Len()):
		return r, fmt.Errorf("Content-Length %d, %d bytes", w.length, w.content.Len())
	}
	return r, nil
}
