package proxy

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/h1"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
)

// hitEngine returns a connection of the HTTP/1.1 engine with a Server behind it
// that has what /p is answered with.
func hitEngine(tb testing.TB, acl *waf.ACL, throttles ...Throttle) *h1.Conn {
	s := benchServer(tb)
	d := s.Snapshot().Distributions[0]
	d.WebACL, d.Behaviors[len(d.Behaviors)-1].Throttles = acl, throttles
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
	for range 2 { // stored, and learned
		s.Serve(tb.Context(), &discard{}, r)
		if err := s.Drain(tb.Context()); err != nil {
			tb.Fatal(err)
		}
	}
	c := h1.NewConn(h1.Options{Hit: s.Hit, Handler: func(context.Context, viewer.ResponseWriter, *viewer.Request) {}}.WithDefaults(),
		&viewer.Peer{Remote: netip.MustParseAddrPort("198.51.100.10:40001")})
	return &c
}

// What viewers send: as little as possible, and as much as browsers do.
const (
	plainRequest  = "GET /p HTTP/1.1\r\nHost: shop.test\r\nAccept-Encoding: gzip, br\r\n\r\n"
	chattyRequest = "GET /p HTTP/1.1\r\nHost: shop.test\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8\r\n" +
		"Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9,de-DE;q=0.8,de;q=0.7\r\nCache-Control: max-age=0\r\n" +
		"Referer: https://www.example.com/catalogue/list?category=garden&page=3\r\n" +
		"Sec-Ch-Ua: \"Chromium\";v=\"126\", \"Not.A/Brand\";v=\"24\"\r\nSec-Ch-Ua-Mobile: ?0\r\nSec-Ch-Ua-Platform: \"Linux\"\r\nSec-Fetch-Mode: cors\r\n" +
		"X-Request-Trace: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n\r\n"
)

// BenchmarkHitH1 measures a hit from the bytes of the request to those of the
// response, with log record and metrics.
func BenchmarkHitH1(b *testing.B) {
	acl := newWebACL(b, metrics.New())
	for _, c := range []struct {
		name, in string
		requests int
		acl      *waf.ACL
	}{
		{"Host only", plainRequest, 1, nil}, {"browser", chattyRequest, 1, nil}, {"browser, firewall", chattyRequest, 1, acl},
		{"32 pipelined", strings.Repeat(plainRequest, 32), 32, nil}, {"32 pipelined, firewall", strings.Repeat(plainRequest, 32), 32, acl},
	} {
		b.Run(c.name, func(b *testing.B) {
			conn := hitEngine(b, c.acl)
			var scratch h1.Scratch
			in, now := []byte(c.in), time.Now()
			b.ReportAllocs()
			for b.Loop() {
				if used, _ := conn.Hits(&scratch, in, now); used != len(in) {
					b.Fatal("no hit")
				}
				scratch.Reset()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.requests), "ns/request")
		})
	}
}
