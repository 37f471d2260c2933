package proxy

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
)

// discard is an engine that sends nothing, so that what is measured is the
// stages from the parsed request to the response's fields and content.
type discard struct{ bytes int64 }

func (d *discard) WriteInterim(int, field.Lines) error     { return nil }
func (d *discard) WriteHead(int, field.Lines, int64) error { return nil }
func (d *discard) Write(p []byte) (int, error)             { d.bytes += int64(len(p)); return len(p), nil }
func (d *discard) Flush() error                            { return nil }
func (d *discard) Abort()                                  {}
func (d *discard) BytesWritten() int64                     { return d.bytes }

// benchServer returns a Server whose origin answers everything. It keys
// Accept-Encoding and has an access log, as most have.
func benchServer(tb testing.TB) *Server {
	tb.Helper()
	c, err := cache.New(cache.Options{MaxSize: 64 << 20, Invalidations: invalidation.New()})
	if err != nil {
		tb.Fatal(err)
	}
	answer := ok("Cache-Control: max-age=3600\nContent-Type: application/json\nETag: \"v1\"\nVary: Accept-Encoding", string(make([]byte, 1024)))
	s := New(Options{Cache: c, Logger: slog.New(slog.DiscardHandler), Origins: originFunc(
		func(_ context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
			return answer(r)
		})})
	tb.Cleanup(func() {
		s.Close()
		c.Close()
	})
	d := benchDistribution(tb)
	if d.Behaviors[0].Key, err = cachekey.New(cachekey.Policy{EnableAcceptEncodingGzip: true, EnableAcceptEncodingBrotli: true},
		cachekey.Options{Distribution: d.DomainName}); err != nil {
		tb.Fatal(err)
	}
	d.Log = accesslog.NewWriter(io.Discard, accesslog.Options{})
	tb.Cleanup(func() { d.Log.Close() })
	snapshot := &Snapshot{Distributions: []*Distribution{d}}
	if err := snapshot.Index(); err != nil {
		tb.Fatal(err)
	}
	s.Swap(snapshot)
	return s
}

// BenchmarkServe measures the hot path, a fresh hit through all stages with
// metrics, beside what it is compared with: a miss and a refused request.
func BenchmarkServe(b *testing.B) {
	s := benchServer(b)
	for _, m := range []struct{ name, what string }{
		{"hit", "GET http://shop.test/p"},
		{"miss", "GET http://shop.test/private"},
		{"unknown host", "GET http://other.test/p"},
	} {
		b.Run(m.name, func(b *testing.B) {
			r := request(m.what, "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
			b.ReportAllocs()
			for b.Loop() {
				if m.name == "miss" {
					r.Path = "/" + time.Now().Format("150405.000000000")
				}
				s.Serve(b.Context(), &discard{}, r)
			}
		})
	}
}

// BenchmarkDiskHit measures a hit of content that is on disk only, by size: in
// blocks, as large content is sent; the same with the head on disk too, as it
// is asked for the first time; read as a whole, as small content is and all
// was; and from memory.
func BenchmarkDiskHit(b *testing.B) {
	for _, size := range []int64{16 << 10, 64 << 10, 256 << 10, 1 << 20, 16 << 20} {
		for _, way := range []struct {
			name   string
			stream int64 // cache.DiskOptions.StreamSize
			unload bool  // before each hit
		}{{"blocks", -1, false}, {"head and blocks", -1, true}, {"whole", 1 << 30, true}, {"memory", 1 << 30, false}} {
			b.Run(fmt.Sprintf("%d KiB, %s", size>>10, way.name), func(b *testing.B) {
				s, c := diskServer(b, size, way.stream)
				r := request("GET http://shop.test/p", "Accept: */*")
				s.Serve(b.Context(), &discard{}, r)
				if err := s.Drain(b.Context()); err != nil { // until it is stored
					b.Fatal(err)
				}
				c.Unload()
				b.SetBytes(size)
				b.ReportAllocs()
				for b.Loop() {
					var w discard
					s.Serve(b.Context(), &w, r)
					if w.bytes != size {
						b.Fatalf("got %d bytes, want %d", w.bytes, size)
					}
					if way.unload {
						b.StopTimer()
						c.Unload()
						b.StartTimer()
					}
				}
			})
		}
	}
}

// diskServer is a Server whose origin answers with content of this size.
func diskServer(b *testing.B, size, stream int64) (*Server, *cache.Cache) {
	c, err := cache.New(cache.Options{
		MaxSize: 1 << 30, MaxObjectSize: 64 << 20, Invalidations: invalidation.New(),
		Disk: cache.DiskOptions{Path: b.TempDir(), MaxSize: 1 << 30, StreamSize: stream},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	answer := ok("Cache-Control: max-age=3600\nContent-Type: video/mp4\nETag: \"v1\"", string(make([]byte, size)))
	s := New(Options{Cache: c, Logger: slog.New(slog.DiscardHandler), Origins: originFunc(
		func(_ context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
			return answer(r)
		})})
	b.Cleanup(s.Close)
	snapshot := &Snapshot{Distributions: []*Distribution{benchDistribution(b)}}
	if err := snapshot.Index(); err != nil {
		b.Fatal(err)
	}
	s.Swap(snapshot)
	return s, c
}

func benchDistribution(b testing.TB) *Distribution {
	d := newDistribution(b, "shop")
	d.Behaviors[0].Metrics = metrics.New().Behavior("shop", "Default (*)")
	return d
}

// BenchmarkHit measures a fresh hit the short way, with its log record and
// metrics, without a web ACL and with one, beside the same by the stages. The web
// ACL has an IP set of 10,000 prefixes and a rate-based rule.
func BenchmarkHit(b *testing.B) {
	s := benchServer(b)
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
	for range 2 { // stored, and learned
		s.Serve(b.Context(), &discard{}, r)
		if err := s.Drain(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	r.Peer, r.Received = new(viewer.Peer), time.Now()
	d := s.Snapshot().Distributions[0]
	acl := newWebACL(b, metrics.New())
	seldom := rewriter(b, respheaders.Policy{ServerTiming: &respheaders.ServerTiming{SamplingRate: 1}})
	always := rewriter(b, respheaders.Policy{ServerTiming: &respheaders.ServerTiming{SamplingRate: 1_000_000}})
	for _, m := range []struct {
		name   string
		acl    *waf.ACL
		policy *respheaders.Rewriter
	}{{"hit", nil, nil}, {"hit, firewall", acl, nil}, {"hit, Server-Timing", nil, seldom}, {"hit, Server-Timing in each", nil, always}} {
		b.Run(m.name, func(b *testing.B) {
			d.WebACL, d.Behaviors[0].ResponseHeaders = m.acl, m.policy
			b.ReportAllocs()
			var h viewer.Hit
			for b.Loop() {
				if !s.Hit(&h, r) {
					b.Fatal("no hit")
				}
				h.Done(&h, r, 1700)
			}
		})
	}
	d.Behaviors[0].ResponseHeaders = nil
	d.WebACL = nil
	b.Run("stages", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Serve(b.Context(), &discard{}, r)
		}
	})
}

// everyPart is a policy with something of each part, and for some origins.
var everyPart = respheaders.Policy{
	Remove: []string{"ETag", "X-Powered-By"},
	CORS: &respheaders.CORS{
		AllowOrigins: []string{"https://a.test", "https://b.test", "*.b.test"}, ExposeHeaders: []string{"X-Total"}, AllowCredentials: true, OriginOverride: true,
	},
	Security: respheaders.Security{
		ContentTypeOptions: &respheaders.Flag{Override: true}, FrameOptions: &respheaders.Value{Value: "DENY", Override: true},
		StrictTransportSecurity: &respheaders.StrictTransportSecurity{MaxAge: 365 * 24 * time.Hour, IncludeSubdomains: true},
	},
	Custom:       []respheaders.Header{{Name: "Cache-Control", Value: "max-age=0", Override: true}, {Name: "X-Team", Value: "ground"}},
	ServerTiming: &respheaders.ServerTiming{},
}

// policyServer is a Server of one behavior with a policy, which has sent /p as it
// is stored.
func policyServer(tb testing.TB, p respheaders.Policy) *Server {
	tb.Helper()
	s := benchServer(tb)
	s.Snapshot().Distributions[0].Behaviors[0].ResponseHeaders = rewriter(tb, p)
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
	for range 2 { // stored, and learned
		s.Serve(tb.Context(), &discard{}, r)
		if err := s.Drain(tb.Context()); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

// BenchmarkHitPolicy measures a hit with a response headers policy, by the
// viewer's origin, beside the same by the stages.
func BenchmarkHitPolicy(b *testing.B) {
	s := policyServer(b, everyPart)
	for _, m := range []struct{ name, origin string }{
		{"no origin", ""}, {"allowed origin", "Origin: https://a.test"}, {"allowed by a pattern", "Origin: https://x.b.test"}, {"another origin", "Origin: https://evil.test"},
	} {
		r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br\n"+m.origin)
		r.Marks = viewer.MarksOf(r.Fields)
		r.Peer, r.Received = new(viewer.Peer), time.Now()
		b.Run(m.name, func(b *testing.B) {
			b.ReportAllocs()
			var h viewer.Hit
			for b.Loop() {
				if !s.Hit(&h, r) {
					b.Fatal("no hit")
				}
				h.Done(&h, r, 1700)
			}
		})
		b.Run(m.name+", stages", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Serve(b.Context(), &discard{}, r)
			}
		})
	}
}
