package proxy

import (
	"context"
	"io"
	"log/slog"
	"testing"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/metrics"
)

// BenchmarkPass measures what the proxy adds to a request that goes to the
// origin, from the parsed request to the response's fields and content, with
// an origin that answers at once and costs next to nothing: where caching is
// disabled, where the origin says no-store, and where the response is stored.
func BenchmarkPass(b *testing.B) {
	for _, m := range []struct {
		name    string
		policy  freshness.Policy
		control string
		vary    bool // the path
	}{
		{"caching disabled", freshness.Policy{}, "no-store", false},
		{"no-store", freshness.Policy{DefaultTTL: 60e9, MaxTTL: 3600e9}, "no-store", false},
		{"stored", freshness.Policy{DefaultTTL: 60e9, MaxTTL: 3600e9}, "max-age=60", true},
	} {
		b.Run(m.name, func(b *testing.B) {
			s := passServer(b, m.policy, m.control)
			r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
			ctx, cancel := context.WithCancel(b.Context())
			defer cancel()
			path := []byte("/p00000000")
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if m.vary {
					for n, at := i, len(path)-1; at > 1; n, at = n/10, at-1 {
						path[at] = byte('0' + n%10)
					}
					r.Path = string(path)
				}
				var w discard
				s.Serve(ctx, &w, r)
				if w.bytes != 1024 {
					b.Fatalf("got %d bytes", w.bytes)
				}
			}
		})
	}
}

func passServer(b testing.TB, p freshness.Policy, control string) *Server {
	b.Helper()
	c, err := cache.New(cache.Options{MaxSize: 64 << 20, Invalidations: invalidation.New()})
	if err != nil {
		b.Fatal(err)
	}
	fields := lines("Date: Fri, 27 Nov 2026 15:00:00 GMT\nContent-Type: application/json\nETag: \"v1\"\nCache-Control: " + control)
	s := New(Options{Cache: c, Logger: slog.New(slog.DiscardHandler), Origins: originFunc(
		func(context.Context, *origin.Origin, *origin.Request) (*origin.Response, error) {
			a := &struct {
				origin.Response
				constant
				fields [8]field.Line
			}{constant: 1024}
			a.Response = origin.Response{Status: 200, ContentLength: 1024, Body: &a.constant}
			a.Fields = append(a.fields[:0], fields...)
			return &a.Response, nil
		})})
	b.Cleanup(func() {
		s.Close()
		c.Close()
	})
	d := newDistribution(b, "shop")
	d.Behaviors = []*Behavior{newBehavior(b, d, p)}
	d.Behaviors[0].Metrics = metrics.New().Behavior("shop", "Default (*)")
	snapshot := &Snapshot{Distributions: []*Distribution{d}}
	if err := snapshot.Index(); err != nil {
		b.Fatal(err)
	}
	s.Swap(snapshot)
	return s
}

// A constant is so many bytes of content that are left.
type constant int

func (c *constant) Read(p []byte) (int, error) {
	n := min(len(p), int(*c))
	if *c -= constant(n); *c == 0 {
		return n, io.EOF
	}
	return n, nil
}

func (c *constant) Close() error { return nil }
