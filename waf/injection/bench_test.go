package injection

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/corazawaf/libinjection-go"
)

// benchmarkValues are those of which the specification has figures.
var benchmarkValues = []struct{ name, value string }{
	{"word", "created_at"},
	{"date", "2026-11-27T21:34:47Z"},
	{"uuid", "550e8400-e29b-41d4-a716-446655440000"},
	{"query42", "page=2&limit=25&sort=created_at&order=desc"},
	{"prose", "The quick brown fox jumps over the lazy dog and sleeps in the sun."},
	{"attack", "1' UNION SELECT name, password FROM users--"},
	{"script", "<img src=x onerror=alert(1)>"},
	{"jwt800", strings.Repeat("eyJhbGciOiJIUzI1NiJ9-", 19) + "." + strings.Repeat("dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THs", 10)},
	{"json1K", jsonText(1 << 10)},
	{"json8K", jsonText(8 << 10)},
	{"text8K", strings.Repeat("Plain words of a longer text. ", 8<<10/30)},
}

// jsonText returns a JSON document of about n bytes.
func jsonText(n int) string {
	var b strings.Builder
	b.WriteString(`{"items":[`)
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"item %d","tags":["a","b"]},`, i, i)
	}
	return strings.TrimSuffix(b.String(), ",") + "]}"
}

// BenchmarkSQLi compares the detector with the port alone, which is what it
// would be without injectable.
func BenchmarkSQLi(b *testing.B) {
	for _, v := range benchmarkValues {
		b.Run("prefilter/"+v.name, func(b *testing.B) { run(b, v.value, func(s string) { SQLi(s, SensitivityLow) }) })
		b.Run("port/"+v.name, func(b *testing.B) { run(b, v.value, func(s string) { libinjection.IsSQLi(s) }) })
		b.Run("high/"+v.name, func(b *testing.B) { run(b, v.value, func(s string) { SQLi(s, SensitivityHigh) }) })
		b.Run("patterns/"+v.name, func(b *testing.B) { run(b, v.value, func(s string) { matchesPattern(s, false) }) })
	}
}

// BenchmarkXSS compares the detector with the port alone, and with a scan for
// single bytes in place of hasTag and hasAttribute.
func BenchmarkXSS(b *testing.B) {
	for _, v := range benchmarkValues {
		b.Run("prefilter/"+v.name, func(b *testing.B) { run(b, v.value, func(s string) { XSS(s) }) })
		b.Run("bytes/"+v.name, func(b *testing.B) {
			run(b, v.value, func(s string) { _ = strings.ContainsAny(s, "<=") && libinjection.IsXSS(s) })
		})
		b.Run("port/"+v.name, func(b *testing.B) { run(b, v.value, func(s string) { libinjection.IsXSS(s) }) })
	}
}

// run calls f with value. CPU time is what to compare: the wall clock of a busy
// machine counts others.
func run(b *testing.B, value string, f func(string)) {
	b.ReportAllocs()
	b.SetBytes(int64(len(value)))
	before := processCPU(b)
	for b.Loop() {
		f(value)
	}
	b.ReportMetric(float64((processCPU(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
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

// BenchmarkArguments is what the arguments of one GET cost both detectors.
func BenchmarkArguments(b *testing.B) {
	arguments := []string{"2026-11-27", "-created_at", "jane.doe@mail.example", "id,name,price"}
	for _, d := range []struct {
		name   string
		detect func(string)
	}{
		{"low", func(v string) { _ = SQLi(v, SensitivityLow) || XSS(v) }},
		{"high", func(v string) { _ = SQLi(v, SensitivityHigh) || XSS(v) }},
		{"port", func(v string) { libinjection.IsSQLi(v); libinjection.IsXSS(v) }},
	} {
		b.Run(d.name, func(b *testing.B) {
			run(b, "", func(string) {
				for _, a := range arguments {
					d.detect(a)
				}
			})
		})
	}
}
