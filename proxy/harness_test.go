package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/netip"
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
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/clock"
	"github.com/groundfront/groundfront/proxy/compress"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An edge is a Server with one distribution whose origin is a function.
type edge struct {
	t             *testing.T
	server        *Server
	invalidations *invalidation.Log
	clock         clock.Clock
	log           *bytes.Buffer

	mu    sync.Mutex
	asked []*origin.Request
}

// answerFunc is what the origin does.
type answerFunc func(*origin.Request) (*origin.Response, error)

type originFunc func(context.Context, *origin.Origin, *origin.Request) (*origin.Response, error)

func (f originFunc) RoundTrip(ctx context.Context, o *origin.Origin, r *origin.Request) (*origin.Response, error) {
	return f(ctx, o, r)
}

// newEdge starts an edge; change may edit the snapshot before it is used.
func newEdge(t *testing.T, answer answerFunc, change func(*Snapshot)) *edge {
	t.Helper()
	return newEdgeWith(t, cache.Options{MaxSize: 4 << 20, MaxObjectSize: 1 << 20}, answer, change)
}

func newEdgeWith(t *testing.T, o cache.Options, answer answerFunc, change func(*Snapshot)) *edge {
	t.Helper()
	e := &edge{t: t, invalidations: invalidation.New(), log: &bytes.Buffer{}}
	o.Invalidations = e.invalidations
	c, err := cache.New(o)
	if err != nil {
		t.Fatal(err)
	}
	e.server = New(Options{
		Cache:  c,
		Logger: slog.New(slog.NewTextHandler(e.log, nil)),
		Origins: originFunc(func(_ context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
			e.mu.Lock()
			kept := *r // whose memory another may have afterwards
			kept.Fields = r.Fields.Clone()
			e.asked = append(e.asked, &kept)
			e.mu.Unlock()
			return answer(r)
		}),
		Now: e.clock.Now,
	})
	s := &Snapshot{Distributions: []*Distribution{newDistribution(t, "shop")}}
	if change != nil {
		change(s)
	}
	if err := s.Index(); err != nil {
		t.Fatal(err)
	}
	e.server.Swap(s)
	t.Cleanup(func() {
		e.server.Close()
		c.Close()
	})
	return e
}

func newDistribution(t testing.TB, name string) *Distribution {
	t.Helper()
	patterns, err := behavior.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := &Distribution{
		Name: name, ID: "E2EXAMPLE1234", DomainName: "d111111abcdef8.cloudfront.net",
		Aliases: []string{name + ".test"}, Enabled: true, HTTP2: true, Patterns: patterns,
	}
	d.Behaviors = []*Behavior{newBehavior(t, d, freshness.Policy{DefaultTTL: time.Minute, MaxTTL: time.Hour})}
	return d
}

func newBehavior(t testing.TB, d *Distribution, p freshness.Policy) *Behavior {
	t.Helper()
	key, err := cachekey.New(cachekey.Policy{}, cachekey.Options{Distribution: d.DomainName})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := requestpolicy.New(requestpolicy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return &Behavior{
		PathPattern: "Default (*)", Methods: MethodsAll, Key: key,
		Rules: fetch.Rules{
			Origin:        &origin.Origin{ID: "api", DomainName: "api.test", HTTPPort: 80, HTTPSPort: 443, Attempts: 1},
			RequestPolicy: policy, Freshness: p,
			Compress: compress.Policy{CachingDisabled: p.MaxTTL == 0},
		},
	}
}

func errorResponses(t *testing.T, rules ...errorpage.Rule) *errorpage.Rules {
	t.Helper()
	r, err := errorpage.New(rules)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// response makes an origin's answer; fields come as "Name: value" lines.
func response(status int, fields, content string) *origin.Response {
	return &origin.Response{
		Status: status, Fields: lines(fields), ContentLength: int64(len(content)),
		Body: io.NopCloser(strings.NewReader(content)),
	}
}

func lines(text string) field.Lines {
	var ls field.Lines
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, ok := strings.Cut(line, ": "); ok {
			ls.Add(strings.TrimSpace(name), value)
		}
	}
	return ls
}

// A got is what a viewer received.
type got struct {
	status  int
	fields  field.Lines
	length  int64
	content bytes.Buffer
	aborted bool
	refuse  bool // the viewer is gone: every write fails
}

var errGone = errors.New("viewer gone")

func (g *got) WriteInterim(int, field.Lines) error { return nil }

func (g *got) WriteHead(status int, fields field.Lines, length int64) error {
	if g.refuse {
		return errGone
	}
	g.status, g.fields, g.length = status, fields.Clone(), length
	return nil
}

func (g *got) Write(p []byte) (int, error) {
	if g.refuse {
		return 0, errGone
	}
	return g.content.Write(p)
}

func (g *got) Flush() error        { return nil }
func (g *got) Abort()              { g.aborted = true }
func (g *got) BytesWritten() int64 { return int64(g.content.Len()) }

// request makes a viewer's request: "GET http://shop.test/path?query", with
// fields as "Name: value" lines.
func request(what, fields string) *viewer.Request {
	method, url, _ := strings.Cut(what, " ")
	scheme, rest, _ := strings.Cut(url, "://")
	host, target, _ := strings.Cut(rest, "/")
	path, query, hasQuery := strings.Cut("/"+target, "?")
	r := &viewer.Request{
		Method: method, Scheme: scheme, Host: host, Path: path, Query: query, HasQuery: hasQuery,
		Proto: viewer.ProtoHTTP11, Fields: lines(fields), HeadBytes: 100,
		Remote: netip.MustParseAddrPort("192.0.2.9:40000"), Received: time.Now(),
	}
	if scheme == "https" {
		r.TLS = &viewer.TLS{Version: "TLSv1.3", Cipher: "TLS_AES_128_GCM_SHA256"}
	}
	return r
}

// ask sends a request and returns what came back.
func (e *edge) ask(what, fields string) *got {
	return e.send(request(what, fields))
}

func (e *edge) send(r *viewer.Request) *got {
	g := &got{}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e.server.Serve(ctx, g, r)
	synctest.Wait() // until what was fetched is stored: the next request shall not join the fetch
	return g
}

// want fails unless g has the status, the X-Cache and the content.
func (e *edge) want(g *got, status int, xCache, content string) {
	e.t.Helper()
	if g.status != status || g.fields.Get("X-Cache") != xCache || g.content.String() != content {
		e.t.Errorf("got %d, X-Cache %q, content %q, want %d, %q, %q",
			g.status, g.fields.Get("X-Cache"), g.content.String(), status, xCache, content)
	}
}

// requests returns how often the origin was asked.
func (e *edge) requests() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.asked)
}
