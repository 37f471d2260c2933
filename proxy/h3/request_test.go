package h3

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// echo answers with all that it knows about a request.
func echo(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s://%s %s", r.Method, r.Scheme, r.Host, r.Path)
	if r.HasQuery {
		fmt.Fprintf(&b, " ?%s", r.Query)
	}
	fmt.Fprintf(&b, " %v %d", r.Proto, r.ContentLength)
	for _, l := range r.Fields {
		fmt.Fprintf(&b, "\n%s=%s", l.Name, l.Value)
	}
	if r.Body != nil {
		content, err := io.ReadAll(r.Body)
		fmt.Fprintf(&b, "\n%q %v", content, err)
	}
	w.WriteHead(200, nil, int64(b.Len()))
	io.WriteString(w, b.String())
}

// TestRequests: what reaches the Handler is what the viewer sent, byte for byte:
// path and query (CF-KEY-20, CF-BEH-11), the order of fields and their repetition
// (CF-CFH-19), cookies joined (CF-REQ-21).
func TestRequests(t *testing.T) {
	for _, tt := range []struct {
		name  string
		parts [][]byte
		want  []string
	}{
		{"plain", [][]byte{headers(get("/a")...)}, []string{"GET https://api.example /a HTTP/3.0 0"}},
		{
			"raw path and query", [][]byte{headers(get(`/a/../b//%2e%2E/c?x=%41+%zz&&"<>|`)...)},
			[]string{`GET https://api.example /a/../b//%2e%2E/c ?x=%41+%zz&&"<>| HTTP/3.0 0`},
		},
		{"empty query", [][]byte{headers(get("/a?")...)}, []string{"GET https://api.example /a ? HTTP/3.0 0"}},
		{
			"order of fields", [][]byte{headers(get("/", "user-agent: u", "x-b: 1", "accept: */*", "x-b: 2", "x-a: ")...)},
			[]string{"GET https://api.example / HTTP/3.0 0", "user-agent=u", "x-b=1", "accept=*/*", "x-b=2", "x-a="},
		},
		{
			"cookies", [][]byte{headers(get("/", "cookie: a=1", "x: y", "cookie: b=2")...)},
			[]string{"GET https://api.example / HTTP/3.0 0", "cookie=a=1; b=2", "x=y"},
		},
		{
			"Host in place of :authority", [][]byte{headers(":method: GET", ":scheme: https", ":path: /", "host: Api.Example:8443")},
			[]string{"GET https://Api.Example:8443 / HTTP/3.0 0"},
		},
		{
			"content with its length", [][]byte{headers(":method: POST", ":scheme: https", ":authority: a", ":path: /", "content-length: 5"), data("ab"), data(""), data("cde")},
			[]string{"POST https://a / HTTP/3.0 5", "content-length=5", `"abcde" <nil>`},
		},
		{
			"content without a length, and trailers", [][]byte{headers(":method: PUT", ":scheme: https", ":authority: a", ":path: /"), data("ab"), data("cde"), headers("x-sum: 1")},
			[]string{"PUT https://a / HTTP/3.0 -1", `"abcde" <nil>`},
		},
		{
			"GET with content", [][]byte{headers(get("/")...), data(""), data("abc")},
			[]string{"GET https://api.example / HTTP/3.0 -1", `"abc" <nil>`},
		},
		{
			"GET with fields behind nothing", [][]byte{headers(get("/", "a: b")...), headers("x-sum: 1")},
			[]string{"GET https://api.example / HTTP/3.0 0", "a=b"},
		},
		{
			"no content", [][]byte{headers(":method: POST", ":scheme: https", ":authority: a", ":path: /")},
			[]string{"POST https://a / HTTP/3.0 0"},
		},
		{
			"unknown frames", [][]byte{{0x21, 3, 1, 2, 3}, headers(get("/")...), {0x40, 0x5f, 0}},
			[]string{"GET https://api.example / HTTP/3.0 0"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			run(t, Options{Handler: echo}, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				body := strings.Join(tt.want, "\n")
				expect(t, "answer", answer(c.send(tt.parts...)), ":status: 200", fmt.Sprintf("content-length: %d", len(body)), body, "end")
			})
		})
	}
}

// TestReused: only the first request of a connection is the one that made it
// (CF-CFH-25).
func TestReused(t *testing.T) {
	tell := func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
		w.WriteHead(200, nil, -1)
		fmt.Fprint(w, r.Reused)
	}
	run(t, Options{Handler: tell}, func(t *testing.T, s *site) {
		c := s.dial(t)
		defer c.close()
		c.control(settings...)
		for _, want := range []string{"false", "true", "true"} {
			expect(t, "answer", answer(c.send(headers(get("/")...))), ":status: 200", want, "end")
		}
	})
}
