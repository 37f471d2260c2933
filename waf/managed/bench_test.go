package managed

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
)

// baselineGroups are those that WF-ARC-11 has figures for.
var baselineGroups = []string{"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet"}

func get(target string) *waf.Request {
	path, query, has := strings.Cut(target, "?")
	return &waf.Request{
		Method: "GET", Path: path, Query: query, HasQuery: has, Host: "www.example.com", Now: time.Unix(1_700_000_000, 0),
		Fields: field.Lines{
			{Name: "user-agent", Value: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36"},
			{Name: "accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
			{Name: "accept-language", Value: "en-US,en;q=0.9,de;q=0.8"},
			{Name: "accept-encoding", Value: "gzip, deflate, br, zstd"},
			{Name: "referer", Value: "https://www.example.com/category/shoes?page=3"},
			{Name: "cookie", Value: "session=3f2b9c7e51d84a0d; _ga=GA1.2.1034567890.1764280000; lang=de-DE"},
			{Name: "sec-fetch-dest", Value: "document"},
			{Name: "sec-fetch-mode", Value: "navigate"},
			{Name: "upgrade-insecure-requests", Value: "1"},
		},
	}
}

func post(body string) *waf.Request {
	r := get("/v1/orders")
	r.Method = "POST"
	r.Fields = append(r.Fields, field.Line{Name: "content-type", Value: "application/json"})
	r.Body = waf.Body{Present: true, Text: body, Size: int64(len(body))}
	return r
}

// order is a JSON document of about a size.
func order(size int) string {
	type item struct {
		SKU   string  `json:"sku"`
		Name  string  `json:"name"`
		Qty   int     `json:"qty"`
		Price float64 `json:"price"`
	}
	doc := struct {
		ID       string            `json:"id"`
		Customer map[string]string `json:"customer"`
		Items    []item            `json:"items"`
	}{"ord_8f3a2c", map[string]string{"name": "Seán O'Connor", "street": "12 St. John's Wood High St", "email": "sean@example.com"}, nil}
	for i := 0; ; i++ {
		text, _ := json.Marshal(doc)
		if len(text) >= size {
			return string(text)
		}
		doc.Items = append(doc.Items, item{fmt.Sprintf("SKU-%04d", i*37), "Running shoe, men's (size 43)", i%4 + 1, 79.9 + float64(i)})
	}
}

var benchmarks = []struct {
	name    string
	groups  []string
	request *waf.Request
}{
	{"get", baselineGroups, get("/products/trail-running-shoe-42?color=red&size=43.5&sort=-price&page=2")},
	{"get-all", inspecting, get("/products/trail-running-shoe-42?color=red&size=43.5&sort=-price&page=2")},
	{"post-1k", baselineGroups, post(order(1024))},
	{"post-1k-all", inspecting, post(order(1024))},
	{"post-8k", baselineGroups, post(order(8000))},
	{"post-8k-all", inspecting, post(order(8000))},
}

// BenchmarkGroups is what requests cost that nothing is found in (WF-ARC-11):
// at most 5 µs for the GET, 150 µs for 1 KiB and 1 ms for 8 KiB of JSON.
func BenchmarkGroups(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			a := build(b, Options{}, nil, bm.groups...)
			p := a.Peer(viewer)
			ctx := context.Background()
			if v := a.Evaluate(ctx, p, bm.request, nil); v.Block != nil {
				b.Fatalf("%s blocks", v.Block.GroupRule)
			}
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				a.Evaluate(ctx, p, bm.request, nil)
			}
			b.ReportMetric(float64(processorTime()-began)/float64(b.N), "cpu-ns/op")
		})
	}
}

// BenchmarkScan is what one pass over texts costs.
func BenchmarkScan(b *testing.B) {
	for _, bm := range []struct{ name, text string }{
		{"user-agent", get("/").Fields[0].Value},
		{"json-1k", order(1024)},
		{"json-8k", order(8000)},
		{"prose", strings.Repeat("We sat at the café; more than 20 people came. Sort of a reunion! ", 16)},
		{"escapes", strings.Repeat(`It\u0027s 5 o\u0027clock; \"see\" you `, 26)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			p := all()
			b.SetBytes(int64(len(bm.text)))
			b.ReportAllocs()
			began := processorTime()
			for b.Loop() {
				p.Scan(bm.text)
			}
			b.ReportMetric(float64(processorTime()-began)/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime is what the process has used, in nanoseconds: on a machine that
// others use, the time on the wall says little.
func processorTime() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Utime.Nano() + u.Stime.Nano()
}
