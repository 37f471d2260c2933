package proxy

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/proxy/metrics"
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

// BenchmarkServe measures the hot path, a fresh hit through all stages with
// metrics, beside what it is compared with: a miss and a refused request.
func BenchmarkServe(b *testing.B) {
	c, err := cache.New(cache.Options{MaxSize: 64 << 20, Invalidations: invalidation.New()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	answer := ok("Cache-Control: max-age=3600\nContent-Type: application/json\nETag: \"v1\"\nVary: Accept-Encoding", string(make([]byte, 1024)))
	s := New(Options{Cache: c, Logger: slog.New(slog.DiscardHandler), Origins: originFunc(
		func(_ context.Context, _ *origin.Origin, r *origin.Request) (*origin.Response, error) {
			return answer(r)
		})})
	defer s.Close()
	snapshot := &Snapshot{Distributions: []*Distribution{benchDistribution(b)}}
	if err := snapshot.Index(); err != nil {
		b.Fatal(err)
	}
	s.Swap(snapshot)
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

func benchDistribution(b *testing.B) *Distribution {
	d := newDistribution(b, "shop")
	d.Behaviors[0].Metrics = metrics.New().Behavior("shop", "Default (*)")
	return d
}
