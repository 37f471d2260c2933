package compress

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

var (
	both    = Policy{Compress: true, Gzip: true, Brotli: true}
	gzipBr  = Request{Method: "GET", Gzip: true, Brotli: true}
	html    = field.Lines{{Name: "Content-Type", Value: "text/html"}}
	chunked = int64(-1)
)

// response builds the response of a row: type, length, further lines.
func response(status int, contentType string, length int64, more ...field.Line) Response {
	fields := field.Lines{{Name: "content-type", Value: contentType}}
	return Response{Status: status, Fields: append(fields, more...), ContentLength: length}
}

func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		id   string
		p    Policy
		r    Request
		a    Response
		want Decision
	}{
		{"TV-CMP-01", both, gzipBr, response(200, "text/html", 1000), DecisionBrotli},
		{"TV-CMP-02", both, gzipBr, response(200, "text/html", 999), DecisionTooSmall},
		{"TV-CMP-03", both, gzipBr, response(200, "application/json", 10_000_000), DecisionBrotli},
		{"TV-CMP-04", both, gzipBr, response(200, "application/json", 10_000_001), DecisionTooLarge},
		{"TV-CMP-05", both, gzipBr, response(200, "application/json", chunked), DecisionNoLength},
		{"TV-CMP-06", both, gzipBr, response(404, "text/html", 5000), DecisionBrotli},
		{"TV-CMP-07", both, gzipBr, response(500, "text/html", 5000), DecisionStatus},
		{"TV-CMP-08", both, gzipBr, response(200, "image/png", 5000), DecisionContentType},
		{"TV-CMP-09", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "ETag", Value: `"x"`}), DecisionBrotli},
		{"TV-CMP-10", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "ETag", Value: `W/"x"`}), DecisionBrotli},
		{"TV-CMP-11", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "ETag", Value: `x`}), DecisionBrotli},
		{"TV-CMP-12", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "Content-Encoding", Value: "gzip"}), DecisionEncoded},
		{"TV-CMP-13", both, Request{Method: "GET", HTTP10: true, Gzip: true}, response(200, "text/css", 5000), DecisionHTTP10},
		{"TV-CMP-14", Policy{Compress: true, CachingDisabled: true}, gzipBr, response(200, "text/css", 5000), DecisionCachingDisabled},
		{"TV-CMP-15", both, Request{Method: "GET", Gzip: true}, response(200, "text/css", 5000), DecisionGzip},
		{"TV-CMP-16", both, gzipBr, response(200, "application/problem+json", 5000), DecisionContentType},

		{"CF-CMP-01 off", Policy{Gzip: true, Brotli: true}, gzipBr, response(200, "text/css", 5000), DecisionBehaviorOff},
		{"CF-CMP-01 policy", Policy{Compress: true}, gzipBr, response(200, "text/css", 5000), DecisionPolicyOff},
		{"CF-CMP-01 identity", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "content-encoding", Value: "identity"}), DecisionEncoded},
		{"CF-CMP-01 empty", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "Content-Encoding"}), DecisionEncoded},
		{"CF-CMP-01 403", both, gzipBr, response(403, "text/html", 5000), DecisionBrotli},
		{"CF-CMP-01 no type", both, gzipBr, Response{Status: 200, ContentLength: 5000}, DecisionContentType},
		{"CF-CMP-02 br off", Policy{Compress: true, Gzip: true}, gzipBr, response(200, "text/css", 5000), DecisionGzip},
		{"CF-CMP-02 gzip off", Policy{Compress: true, Brotli: true}, gzipBr, response(200, "text/css", 5000), DecisionBrotli},
		{"CF-CMP-10", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "Cache-Control", Value: "max-age=1"}, field.Line{Name: "cache-control", Value: "public , No-Transform"}), DecisionNoTransform},
		{"CF-CMP-10 other", both, gzipBr, response(200, "text/css", 5000, field.Line{Name: "Cache-Control", Value: "no-transformers"}), DecisionBrotli},
		{"CF-CMP-11", both, gzipBr, response(206, "text/css", 5000), DecisionStatus},
		{"CF-CMP-15", both, gzipBr, response(200, "Application/JSON ; charset=utf-8", 5000), DecisionBrotli},
		{"CF-CMP-16", both, Request{Method: "GET"}, response(200, "text/css", 5000), DecisionNotAccepted},
		{"CF-CMP-16 only the other", Policy{Compress: true, Brotli: true}, Request{Method: "GET", Gzip: true}, response(200, "text/css", 5000), DecisionNotAccepted},
		{"CF-CMP-17", both, Request{Method: "HEAD", Gzip: true, Brotli: true}, response(200, "text/css", 5000), DecisionMethod},
		{"CF-CMP-18", both, Request{Method: "POST", Gzip: true, Brotli: true}, response(200, "text/css", 5000), DecisionMethod},
	} {
		if got := Decide(tt.p, tt.r, tt.a); got != tt.want {
			t.Errorf("%s: Decide(%+v, %+v, %+v): got %v, want %v", tt.id, tt.p, tt.r, tt.a, got, tt.want)
		}
	}
}

func TestDecisions(t *testing.T) {
	for d := range numDecisions {
		if d.String() == "" {
			t.Errorf("decision %d: got no name, want one", d)
		}
		want := CodingIdentity
		switch d {
		case DecisionBrotli:
			want = CodingBrotli
		case DecisionGzip:
			want = CodingGzip
		}
		if got := d.Coding(); got != want {
			t.Errorf("coding of %v: got %v, want %v", d, got, want)
		}
	}
	if got, want := numDecisions.String(), "decision(15)"; got != want {
		t.Errorf("name of an unknown decision: got %q, want %q", got, want)
	}
}

// TestCompressible proves that table CF-CT is sorted and that CF-CT-01 holds.
func TestCompressible(t *testing.T) {
	if !slices.IsSorted(compressible) || len(slices.Compact(slices.Clone(compressible))) != len(compressible) {
		t.Error("table CF-CT: got it unsorted or with repeats, want it sorted")
	}
	if got, want := len(compressible), 48; got != want {
		t.Errorf("table CF-CT: got %d entries, want %d", got, want)
	}
	for _, mediaType := range compressible {
		for _, in := range []string{mediaType, strings.ToUpper(mediaType), mediaType + ";charset=utf-8", " " + mediaType + "\t; x"} {
			if !Compressible(in) {
				t.Errorf("Compressible(%q): got false, want true", in)
			}
		}
	}
	for _, in := range []string{
		"", ";", "text", "text/htm", "text/htmlx", "aaa", "zzz",
		"application/problem+json", "application/vnd.api+json", "application/ld+json", "application/manifest+json",
		"application/graphql-response+json", "text/markdown", "text/event-stream", "application/octet-stream",
		"image/png", "font/woff2", "application/grpc",
	} {
		if Compressible(in) {
			t.Errorf("CF-CT-01: Compressible(%q): got true, want false", in)
		}
	}
}

// FuzzCompressible compares with a search that is obviously right.
func FuzzCompressible(f *testing.F) {
	f.Add("Text/HTML; charset=utf-8")
	f.Add("vnd.apple.mpegurl")
	f.Fuzz(func(t *testing.T, contentType string) {
		name := strings.Trim(strings.Split(contentType, ";")[0], " \t")
		want := slices.ContainsFunc(compressible, func(entry string) bool { return field.EqualName(entry, name) })
		if got := Compressible(contentType); got != want {
			t.Errorf("Compressible(%q): got %v, want %v", contentType, got, want)
		}
	})
}

func TestDecideAllocates(t *testing.T) {
	a := response(200, "application/json; charset=utf-8", 5000, field.Line{Name: "Cache-Control", Value: "public, max-age=60"})
	if got := testing.AllocsPerRun(100, func() { Decide(both, gzipBr, a) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

func BenchmarkDecide(b *testing.B) {
	a := response(200, "application/json; charset=utf-8", 5000, field.Line{Name: "Cache-Control", Value: "public, max-age=60"})
	b.ReportAllocs()
	for b.Loop() {
		Decide(both, gzipBr, a)
	}
}

func ExampleDecide() {
	d := Decide(both, gzipBr, Response{Status: 200, Fields: html, ContentLength: 4096})
	fmt.Println(d, d.Coding())
	d = Decide(both, gzipBr, Response{Status: 200, Fields: html, ContentLength: 512})
	fmt.Println(d, d.Coding())
	// Output:
	// br br
	// too_small identity
}
