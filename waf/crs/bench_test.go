package crs

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corazawaf/coraza/v3/experimental"

	"github.com/groundfront/groundfront/cachekey/field"
)

var usual = field.Lines{
	{Name: "Host", Value: "shop.example.com"},
	{Name: "User-Agent", Value: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"},
	{Name: "Accept", Value: "application/json"},
	{Name: "Accept-Language", Value: "en-GB,en;q=0.9"},
	{Name: "Accept-Encoding", Value: "gzip, br"},
	{Name: "Cookie", Value: "session=4f6c1d20aa; theme=dark"},
}

func get(target string) *Request {
	return &Request{Method: "GET", Target: target, Proto: "HTTP/1.1", Fields: usual, Viewer: netip.MustParseAddrPort("192.0.2.1:4711")}
}

func post(mediaType, body string) *Request {
	r := get("/orders")
	r.Method, r.Body = "POST", []byte(body)
	r.Fields = append(r.Fields.Clone(),
		field.Line{Name: "Content-Type", Value: mediaType},
		field.Line{Name: "Content-Length", Value: strconv.Itoa(len(body))})
	return r
}

// jsonPost is an order of 1 KiB.
func jsonPost() *Request {
	item := `{"sku": "A-1029-XL", "title": "Rain jacket, dark blue", "quantity": 2, "price": 79.9, "tax": {"rate": 0.19, "code": "DE"}, "gift": false},`
	body := `{"customer": {"id": 81723, "name": "Maria Lindgren", "mail": "maria@example.com"}, "items": [` +
		strings.TrimSuffix(strings.Repeat(item, 6), ",") + `], "note": "please ring twice"}`
	return post("application/json", body)
}

// BenchmarkInspect is what the rule set costs. Paranoia level 1 is the default.
// CPU time is what to compare: the wall clock of a busy machine counts others.
func BenchmarkInspect(b *testing.B) {
	requests := []struct {
		name string
		r    *Request
	}{
		{"get", get("/")},
		{"get_4_arguments", get("/products?category=jackets&color=blue&size=xl&sort=price")},
		{"get_attack", get("/products?id=1%27%20OR%20%271%27%3D%271")},
		{"post_json_1KiB", jsonPost()},
		{"post_text_1KiB", post("application/json", `{"text": "`+strings.Repeat("the quick brown fox jumps over ", 32)+`"}`)},
	}
	for _, level := range []int{1, 2, 4} {
		e := newEngine(b, Options{ParanoiaLevel: level})
		for _, request := range requests {
			b.Run("level"+string(rune('0'+level))+"/"+request.name, func(b *testing.B) {
				b.ReportAllocs()
				before := processCPU(b)
				for b.Loop() {
					if _, err := e.Inspect(context.Background(), request.r); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((processCPU(b)-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
	}
}

// processCPU returns how long the process has run on processors.
func processCPU(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkNew is what the first of those costs who choose the same.
func BenchmarkNew(b *testing.B) {
	options, err := Options{}.withDefaults()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := compile(&options)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.waf.(experimental.WAFCloser).Close(); err != nil {
			b.Fatal(err)
		}
	}
}
