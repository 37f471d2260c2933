package conditional

import (
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

func TestStrongValidator(t *testing.T) {
	const day, dayAfter, secondAfter = "Sun, 01 Mar 2026 11:00:00 GMT", "Mon, 02 Mar 2026 11:00:00 GMT", "Sun, 01 Mar 2026 11:00:01 GMT"
	for name, c := range map[string]struct {
		in   field.Lines
		want string
	}{
		"nothing":                      {nil, ""},
		"strong tag":                   {request("ETag", `"x"`, "Last-Modified", day, "Date", dayAfter), `"x"`},
		"weak tag, the date is no way": {request("ETag", `W/"x"`, "Last-Modified", day, "Date", dayAfter), ""},
		"bad tag":                      {request("ETag", `x`), ""},
		"old date":                     {request("Last-Modified", day, "Date", dayAfter), day},
		"a second old":                 {request("Last-Modified", day, "Date", secondAfter), day},
		"the same second":              {request("Last-Modified", day, "Date", day), ""},
		"no Date":                      {request("Last-Modified", day), ""},
		"bad date":                     {request("Last-Modified", "yesterday", "Date", day), ""},
	} {
		if got := StrongValidator(c.in, time.Unix(0, 0)); got != c.want {
			t.Errorf("%s: StrongValidator(%v): got %q, want %q", name, c.in, got, c.want)
		}
	}
}

func TestSameRepresentation(t *testing.T) {
	const day, dayAfter = "Sun, 01 Mar 2026 11:00:00 GMT", "Mon, 02 Mar 2026 11:00:00 GMT"
	tagged := request("ETag", `"x"`)
	for name, c := range map[string]struct {
		a, b field.Lines
		want bool
	}{
		"CF-RNG-13 same strong tag":    {tagged, request("etag", `"x"`, "X-A", "1"), true},
		"CF-RNG-13 other tag":          {tagged, request("ETag", `"y"`), false},
		"CF-RNG-13 weak tags":          {request("ETag", `W/"x"`), request("ETag", `W/"x"`), false},
		"same date":                    {request("Last-Modified", day, "Date", dayAfter), request("Last-Modified", day, "Date", dayAfter), true},
		"no validator":                 {request("X-A", "1"), request("X-A", "1"), false},
		"a tag that reads like a date": {request("ETag", `"x"`), request("Last-Modified", `"x"`), false},
		"another coding":               {tagged, request("ETag", `"x"`, "Content-Encoding", "br"), false},
	} {
		if got := SameRepresentation(c.a, c.b, time.Unix(0, 0)); got != c.want {
			t.Errorf("%s: SameRepresentation(%v, %v): got %v, want %v", name, c.a, c.b, got, c.want)
		}
	}
}
