package conditional

import (
	"fmt"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const (
	older   = "Sat, 28 Feb 2026 10:00:00 GMT"
	changed = "Sat, 28 Feb 2026 11:00:00 GMT"
	newer   = "Sat, 28 Feb 2026 12:00:00 GMT"
)

// request makes fields of name and value pairs.
func request(pairs ...string) field.Lines {
	var ls field.Lines
	for i := 0; i < len(pairs); i += 2 {
		ls.Add(pairs[i], pairs[i+1])
	}
	return ls
}

func TestEvaluate(t *testing.T) {
	strong := Stored{Status: 200, ETag: `"x"`, LastModified: changed, Date: newer, Received: now}
	weak := Stored{Status: 200, ETag: `W/"x"`, LastModified: changed, Date: newer, Received: now}
	dated := Stored{Status: 200, Date: changed, Received: now}
	bare := Stored{Status: 200, Received: time.Date(2026, 2, 28, 11, 0, 0, 0, time.UTC)}
	for _, c := range []struct {
		name string
		in   field.Lines
		s    Stored
		want Result
	}{
		{"no condition", request("Accept", "*/*"), strong, Proceed},
		{"CF-COND-04 same tag", request("If-None-Match", `"x"`), strong, NotModified},
		{"CF-COND-04 other tag", request("If-None-Match", `"y"`), strong, Proceed},
		{"CF-COND-04 one of several", request("If-None-Match", `"y", W/"z" ,"x"`), strong, NotModified},
		{"CF-COND-04 on two lines", request("If-None-Match", `"y"`, "if-none-match", `"x"`), strong, NotModified},
		{"CF-COND-04 star", request("If-None-Match", "*"), strong, NotModified},
		{"CF-COND-04 star without a tag", request("If-None-Match", "*"), bare, NotModified},
		{"CF-COND-04 tag against none", request("If-None-Match", `"x"`), dated, Proceed},
		{"CF-COND-08 strong asks for weak", request("If-None-Match", `"x"`), weak, NotModified},
		{"CF-COND-08 weak asks for weak", request("If-None-Match", `W/"x"`), weak, NotModified},
		{"weak asks for strong", request("If-None-Match", `W/"x"`), strong, NotModified},
		{"malformed list", request("If-None-Match", `x`), strong, Proceed},
		{"malformed after the match", request("If-None-Match", `"x", y`), strong, NotModified},
		{"malformed before the match", request("If-None-Match", `y, "x"`), strong, Proceed},
		{"no comma", request("If-None-Match", `"y""x"`), strong, Proceed},

		{"CF-COND-04 since the change", request("If-Modified-Since", changed), strong, NotModified},
		{"since later", request("If-Modified-Since", newer), strong, NotModified},
		{"since earlier", request("If-Modified-Since", older), strong, Proceed},
		{"bad date", request("If-Modified-Since", "yesterday"), strong, Proceed},
		{"Date stands in", request("If-Modified-Since", changed), dated, NotModified},
		{"Date stands in, earlier", request("If-Modified-Since", older), dated, Proceed},
		{"reception stands in", request("If-Modified-Since", changed), bare, NotModified},
		{"reception stands in, earlier", request("If-Modified-Since", older), bare, Proceed},
		{"CF-COND-04 tag before date", request("If-None-Match", `"y"`, "If-Modified-Since", newer), strong, Proceed},
		{"tag matches, date does not", request("If-None-Match", `"x"`, "If-Modified-Since", older), strong, NotModified},

		{"If-Match", request("If-Match", `"x"`), strong, Proceed},
		{"If-Match other", request("If-Match", `"y"`), strong, PreconditionFailed},
		{"If-Match is strong", request("If-Match", `W/"x"`), weak, PreconditionFailed},
		{"If-Match star", request("If-Match", "*"), weak, Proceed},
		{"If-Match without a tag", request("If-Match", `"x"`), dated, PreconditionFailed},
		{"If-Unmodified-Since", request("If-Unmodified-Since", changed), strong, Proceed},
		{"If-Unmodified-Since earlier", request("If-Unmodified-Since", older), strong, PreconditionFailed},
		{"If-Unmodified-Since bad date", request("If-Unmodified-Since", "x"), strong, Proceed},
		{"If-Unmodified-Since without a date", request("If-Unmodified-Since", older), dated, Proceed},
		{"If-Match hides If-Unmodified-Since", request("If-Match", `"x"`, "If-Unmodified-Since", older), strong, Proceed},
		{"412 before 304", request("If-Match", `"y"`, "If-None-Match", `"x"`), strong, PreconditionFailed},
		{"then 304", request("If-Match", `"x"`, "If-None-Match", `"x"`), strong, NotModified},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				if got := Evaluate(method, c.in, c.s, now); got != c.want {
					t.Errorf("Evaluate(%s, %v, %+v): got %v, want %v", method, c.in, c.s, got, c.want)
				}
			}
		})
	}
}

// TestEvaluateIgnored proves RFC 9110 section 13.2.1: conditions do not count
// for other methods and for answers that are not 2xx.
func TestEvaluateIgnored(t *testing.T) {
	in := request("If-None-Match", `"x"`)
	for _, c := range []struct {
		method string
		status int
	}{{"OPTIONS", 200}, {"GET", 404}, {"GET", 301}, {"HEAD", 503}} {
		if got := Evaluate(c.method, in, Stored{Status: c.status, ETag: `"x"`}, now); got != Proceed {
			t.Errorf("Evaluate(%s) of a %d: got %v, want proceed", c.method, c.status, got)
		}
	}
}

func TestResultNames(t *testing.T) {
	for r, want := range []string{"proceed", "not-modified", "precondition-failed", "unknown"} {
		if got := Result(r).String(); got != want {
			t.Errorf("Result(%d): got %q, want %q", r, got, want)
		}
	}
}

func TestEvaluateAllocates(t *testing.T) {
	in := request("Host", "a", "If-None-Match", `"y", "x"`, "If-Modified-Since", changed)
	s := Stored{Status: 200, ETag: `W/"x"`, LastModified: changed, Date: newer}
	if n := testing.AllocsPerRun(100, func() { Evaluate("GET", in, s, now) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkEvaluate(b *testing.B) {
	s := Stored{Status: 200, ETag: `W/"x"`, LastModified: changed, Date: newer}
	for name, in := range map[string]field.Lines{
		"none": request("Host", "a", "Accept", "*/*", "User-Agent", "b", "Accept-Encoding", "gzip"),
		"tag":  request("Host", "a", "Accept", "*/*", "If-None-Match", `"x"`),
		"date": request("Host", "a", "Accept", "*/*", "If-Modified-Since", changed),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Evaluate("GET", in, s, now)
			}
		})
	}
}

func ExampleEvaluate() {
	stored := Stored{Status: 200, ETag: `W/"v1"`}
	viewer := field.Lines{{Name: "If-None-Match", Value: `"v1"`}}
	fmt.Println(Evaluate("GET", viewer, stored, time.Now()))
	// Output: not-modified
}
