package h1

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// browserRequest is a request with the twelve fields of a browser.
var browserRequest = strings.ReplaceAll(`GET /hit?category=garden&page=3 HTTP/1.1
Host: www.example.com
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7
Cache-Control: max-age=0
Referer: https://www.example.com/catalogue/list?category=garden&page=3
Sec-Ch-Ua: "Chromium";v="126", "Not.A/Brand";v="24", "Google Chrome";v="126"
Sec-Ch-Ua-Mobile: ?0
Sec-Ch-Ua-Platform: "Linux"
Sec-Fetch-Mode: cors
X-Request-Trace: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01

`, "\n", "\r\n")

// BenchmarkParse measures the parser alone.
func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, in string }{{"Host only", next}, {"browser", browserRequest}} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.in)))
			b.ReportAllocs()
			var h Head
			for b.Loop() {
				if size, _ := h.Parse(c.in); size != len(c.in) {
					b.Fatal("not accepted")
				}
			}
		})
	}
}

// readyShelf is a HitFunc that has 1 KiB for any request.
func readyShelf() viewer.HitFunc {
	edge := viewer.NewReadyFields(field.Lines{{Name: "X-Cache", Value: "Hit from cloudfront"}, {Name: "Via", Value: "1.1 x.cloudfront.net (CloudFront)"}})
	content, done := make([]byte, 1<<10), func(*viewer.Hit, *viewer.Request, int64) {}
	return func(h *viewer.Hit, r *viewer.Request) bool {
		h.Status, h.Stored, h.Edge, h.Age, h.Content, h.Done = 200, "Content-Type: application/json\r\nETag: \"v1\"\r\n", edge, 12, content, done
		return true
	}
}

// BenchmarkHits measures the engine from the bytes of requests to those of the
// responses, with nothing behind it, one and many in a read; beside it the same
// request by Serve.
func BenchmarkHits(b *testing.B) {
	for _, c := range []struct {
		name, in string
		requests int
	}{{"Host only", next, 1}, {"browser", browserRequest, 1}, {"32 pipelined", strings.Repeat(next, 32), 32}} {
		b.Run(c.name, func(b *testing.B) {
			conn := NewConn(newDesk(Options{Hit: readyShelf()}).WithDefaults(), &viewer.Peer{})
			var s Scratch
			in, now := []byte(c.in), time.Now()
			b.ReportAllocs()
			for b.Loop() {
				if used, _ := conn.Hits(&s, in, now); used != len(in) {
					b.Fatal("no hit")
				}
				s.Reset()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.requests), "ns/request")
		})
	}
	b.Run("browser, never the same fields", func(b *testing.B) {
		conn := NewConn(newDesk(Options{Hit: readyShelf()}).WithDefaults(), &viewer.Peer{})
		var s Scratch
		in, now := []byte(browserRequest), time.Now()
		number := in[len(in)-len("01\r\n\r\n")-8 : len(in)-len("01\r\n\r\n")]
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			number[i%8] = 'a' + byte(i/8%16)
			if used, _ := conn.Hits(&s, in, now); used != len(in) {
				b.Fatal("no hit")
			}
			s.Reset()
		}
	})
	b.Run("Serve", func(b *testing.B) {
		content := strings.Repeat("x", 1<<10)
		conn := NewConn(newDesk(Options{Handler: respondBytes([]byte(content))}).WithDefaults(), &viewer.Peer{})
		in := []byte(browserRequest)
		b.ReportAllocs()
		for b.Loop() {
			if _, keep := conn.Serve(nowhere{}, in); !keep {
				b.Fatal("not answered")
			}
		}
	})
}

func respondBytes(content []byte) viewer.Handler {
	return func(_ context.Context, w viewer.ResponseWriter, _ *viewer.Request) {
		w.WriteHead(200, field.Lines{{Name: "Content-Type", Value: "application/json"}}, int64(len(content)))
		w.Write(content)
	}
}

// nowhere is a Transport to nobody.
type nowhere struct{ Transport }

func (nowhere) Read([]byte) (int, error)     { return 0, io.EOF }
func (nowhere) Write(p []byte) (int, error)  { return len(p), nil }
func (nowhere) WriteBoth(p, q []byte) error  { return nil }
func (nowhere) SetReadTimeout(time.Duration) {}
