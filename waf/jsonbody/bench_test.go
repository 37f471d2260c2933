package jsonbody

import (
	"fmt"
	"strings"
	"testing"
)

const order = `{
  "customer": {"id": 4711, "name": "Gr\u00fcn", "email": "a@example.com", "newsletter": false},
  "items": [
    {"sku": "tea-green-100", "quantity": 2, "price": 4.20, "tags": ["tea", "organic"]},
    {"sku": "pot-small", "quantity": 1, "price": 19.90, "tags": [], "note": "Please wrap it \"as a present\"."}
  ],
  "shipping": {"street": "1 Example Road", "city": "Springfield", "country": "US"},
  "coupon": null
}`

// BenchmarkElements has an ordinary body, and what an attacker may make of
// 64 KiB: each case must take about the same time for a byte.
func BenchmarkElements(b *testing.B) {
	const size = 64 << 10
	keys := func(format string) string {
		var s strings.Builder
		for i := 0; s.Len() < size; i++ {
			fmt.Fprintf(&s, format, i)
		}
		return "{" + s.String() + "}"
	}
	for _, body := range []struct{ name, text string }{
		{"order", order},
		{"keys-8KiB", keys(`"%x":1,`)[:8<<10]},
		{"keys", keys(`"%x":1,`)},
		{"objects", "[" + strings.Repeat(`{"":1}`, size/6) + "]"},
		{"nested", strings.Repeat(`{"":`, size/4)},
		{"brackets", strings.Repeat(`[`, size)},
		{"escapes", `["` + strings.Repeat(`\u003c`, size/6) + `"]`},
		{"short escapes", `[` + strings.Repeat(`"\n"`, size/4) + `]`},
		{"string", `["` + strings.Repeat(`a`, size) + `"]`},
		{"separators", `[` + strings.Repeat(`,`, size) + `]`},
		{"numbers", `[` + strings.Repeat(`1 `, size/2) + `]`},
	} {
		b.Run(body.name, func(b *testing.B) {
			var p Parser
			var dst []Element
			b.SetBytes(int64(len(body.text)))
			b.ReportAllocs()
			for b.Loop() {
				dst, _ = p.Elements(body.text, nil, dst[:0])
				p.Reset()
			}
		})
	}
}
