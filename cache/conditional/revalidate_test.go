package conditional

import (
	"fmt"
	"reflect"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
)

func TestAddTo(t *testing.T) {
	viewer := request("Host", "a", "If-None-Match", `"viewer"`, "if-range", `"viewer"`, "If-Match", "*",
		"If-Modified-Since", older, "If-Unmodified-Since", newer, "Accept", "*/*")
	for _, c := range []struct {
		name   string
		stored field.Lines
		want   field.Lines
	}{
		{"CF-COND-01 both", request("ETag", `"x"`, "Last-Modified", changed),
			request("Host", "a", "Accept", "*/*", "If-None-Match", `"x"`, "If-Modified-Since", changed)},
		{"CF-COND-01 tag", request("ETag", `"x"`), request("Host", "a", "Accept", "*/*", "If-None-Match", `"x"`)},
		{"CF-COND-01 date", request("Last-Modified", changed), request("Host", "a", "Accept", "*/*", "If-Modified-Since", changed)},
		{"CF-CMP-21 an invalid tag goes back as it came", request("ETag", "x"), request("Host", "a", "Accept", "*/*", "If-None-Match", "x")},
		{"CF-COND-05 none", request("Date", newer), request("Host", "a", "Accept", "*/*")},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, got := ValidatorsOf(c.stored), viewer.Clone()
			v.AddTo(&got)
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v:\n got %v\nwant %v", v, got, c.want)
			}
			if v.IsZero() != (len(c.want) == 2) {
				t.Errorf("IsZero of %+v: got %v", v, v.IsZero())
			}
		})
	}
}

func TestFreshen(t *testing.T) {
	stored := request("Date", older, "ETag", `"x"`, "Content-Length", "9", "Content-Type", "text/css",
		"X-A", "1", "X-A", "2", "Cache-Control", "max-age=1", "Vary", "Origin")
	packed := request("Date", older, "ETag", `W/"x"`, "Content-Encoding", "br", "Vary", "Origin, Accept-Encoding")
	for _, c := range []struct {
		name       string
		stored, in field.Lines
		compressed bool
		want       field.Lines
	}{
		{"nothing new", stored, nil, false, stored},
		{"CF-COND-02 replaces and adds", stored,
			request("date", newer, "x-a", "3", "Cache-Control", "max-age=60", "X-B", "4", "X-B", "5"), false,
			request("ETag", `"x"`, "Content-Length", "9", "Content-Type", "text/css", "Vary", "Origin",
				"date", newer, "x-a", "3", "Cache-Control", "max-age=60", "X-B", "4", "X-B", "5")},
		{"content and connection fields stay", stored,
			request("Content-Length", "0", "Content-Encoding", "gzip", "Content-Range", "bytes 0-1/2",
				"Connection", "close, X-Hop", "X-Hop", "1", "Keep-Alive", "1", "Transfer-Encoding", "chunked"), false, stored},
		{"new tag", stored[:2], request("ETag", `"y"`), false, request("Date", older, "ETag", `"y"`)},
		{"CF-CMP-20 compressed", packed, request("ETag", `"x"`, "Vary", "Origin"), true,
			request("Date", older, "Content-Encoding", "br", "Vary", "Origin, Accept-Encoding", "ETag", `W/"x"`)},
		{"CF-CMP-20 compressed, invalid tag", packed[2:], request("ETag", `x`), true, packed[2:]},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := fmt.Sprint(c.stored, c.in)
			got := Freshen(c.stored, c.in, c.compressed)
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("Freshen(%v, %v):\n got %v\nwant %v", c.stored, c.in, got, c.want)
			}
			if after := fmt.Sprint(c.stored, c.in); after != before {
				t.Errorf("the arguments changed: got %v, want %v", after, before)
			}
		})
	}
}

func ExampleValidators_AddTo() {
	origin := field.Lines{{Name: "Host", Value: "api.example"}, {Name: "If-None-Match", Value: `"viewer"`}}
	Validators{ETag: `"v1"`}.AddTo(&origin)
	fmt.Println(origin)
	// Output: [{Host api.example} {If-None-Match "v1"}]
}
