package h1

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// hitsOf asks once about all of in, with shelf.
func hitsOf(in string, o Options) (out string, used int, next Next) {
	c := NewConn(newDesk(o).WithDefaults(), &viewer.Peer{})
	var s Scratch
	used, next = c.Hits(&s, []byte(in), time.Unix(0, 0))
	return string(s.Out) + string(s.Tail), used, next
}

// TestHits: which requests are answered at once.
func TestHits(t *testing.T) {
	const get, host = "GET /hit HTTP/1.1\r\n", "Host: h\r\n"
	for _, c := range []struct {
		in   string
		want Next
	}{
		{get + host, NextRead},
		{"\r\n" + get + host, NextRead},
		{"HEAD /hit HTTP/1.1\r\n" + host, NextRead},
		{"GET /hit?a HTTP/1.1\r\n" + host, NextRead},
		{get + host + "Connection: Keep-Alive\r\nCookie: a\r\nOrigin: o\r\nAccept-Encoding: gzip\r\nAuthorization: a\r\n", NextRead},

		{"GET /miss HTTP/1.1\r\n" + host, NextServe},
		{"POST /hit HTTP/1.1\r\n" + host, NextServe},
		{"get /hit HTTP/1.1\r\n" + host, NextServe},
		{"GET /hit HTTP/1.0\r\n" + host, NextServe},
		{"GET http://h/hit HTTP/1.1\r\n" + host, NextServe},
		{get + host + "Content-Length: 0\r\n", NextServe},
		{get + host + "Transfer-Encoding: chunked\r\n", NextServe},
		{get + host + "Upgrade: a\r\n", NextServe},
		{get + host + "Expect: 100-continue\r\n", NextServe},
		{get + host + "Range: bytes=0-1\r\n", NextServe},
		{get + host + "If-None-Match: *\r\n", NextServe},
		{get + host + "TE: trailers\r\n", NextServe},
		{get + host + "Connection: close\r\n", NextServe},
		{get + host + "Connection: keep-alive, close\r\n", NextServe},
		{get + host + "Connection: keep-alive\r\nConnection: close\r\n", NextServe},
		{get + host + "Connection:\r\n", NextServe},
		// Malformed ones are for Serve to refuse.
		{get, NextServe},
		{get + host + host, NextServe},
		{get + "Host: a/b\r\n", NextServe},
		{"GET /hit#a HTTP/1.1\r\n" + host, NextServe},
		{get + host + "A : b\r\n", NextServe},
	} {
		out, used, next := hitsOf(c.in+"\r\n", Options{Hit: shelf})
		if next != c.want || (used > 0) != (c.want == NextRead) || (out != "") != (c.want == NextRead) {
			t.Errorf("%q: got %v, %d bytes used, %q; want %v", c.in, next, used, out, c.want)
		}
	}
	if out, used, next := hitsOf(get+host+"\r\n", Options{}); out != "" || used != 0 || next != NextServe {
		t.Errorf("no HitFunc: got %v, %d bytes used, %q", next, used, out)
	}
}

// TestHostAt: a request tells where among the fields Host was (WF-FLD-12), also
// where its field section was known.
func TestHostAt(t *testing.T) {
	var at []int
	o := Options{
		Hit: func(h *viewer.Hit, r *viewer.Request) bool {
			at = append(at, r.HostAt)
			return shelf(h, r)
		},
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			at = append(at, r.HostAt)
			w.WriteHead(200, nil, 0)
		},
	}
	for in, want := range map[string]int{
		"GET /hit HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n\r\n":              0,
		"GET /hit HTTP/1.1\r\nA: 1\r\nB: 2\r\nHost: h\r\n\r\n":              2,
		"POST /hit HTTP/1.1\r\nA: 1\r\nHost: h\r\nB: 2\r\n\r\n":             1,
		"POST http://h/ HTTP/1.0\r\nA: 1\r\nConnection: keep-alive\r\n\r\n": 0,
		"POST http://h/ HTTP/1.1\r\nA: 1\r\nHost: other\r\nB: 2\r\n\r\n":    1,
	} {
		at = nil
		newDesk(o).answers(strings.Repeat(in, 4))
		if !slices.Equal(at, []int{want, want, want, want}) {
			t.Errorf("%q, four times: got %v, want %d each time", in, at, want)
		}
	}
}

// TestHitHead: HEAD has the head of GET and no content.
func TestHitHead(t *testing.T) {
	out, _, _ := hitsOf("HEAD /hit HTTP/1.1\r\nHost: h\r\n\r\n"+next, Options{Hit: shelf})
	want := hitAnswer("/hit")
	check(t, "HEAD", out, want[:strings.Index(want, "\r\n\r\n")+4]+want)
}

// TestHitTiming: Server-Timing stands behind all but the length, where there is one.
func TestHitTiming(t *testing.T) {
	out, _, _ := hitsOf("GET /hit HTTP/1.1\r\nHost: h\r\nTiming: a;dur=1\r\n\r\n"+next, Options{Hit: shelf})
	want := hitAnswer("/hit")
	check(t, "timing", out, strings.Replace(want, "Content-Length", "Server-Timing: a;dur=1\r\nContent-Length", 1)+want)
}

// TestHitOrigin: an origin is echoed behind what is stored, where there is one.
func TestHitOrigin(t *testing.T) {
	out, _, _ := hitsOf("GET /hit HTTP/1.1\r\nHost: h\r\nOrigin: https://a.test\r\n\r\n"+next, Options{Hit: shelf})
	want := hitAnswer("/hit")
	check(t, "origin", out, strings.Replace(want, "A: 1\r\n", "A: 1\r\nAccess-Control-Allow-Origin: https://a.test\r\n", 1)+want)
}

// TestPipeline: requests that come together are answered together, in their
// order, hits and others; what is answered with "close" is the last.
func TestPipeline(t *testing.T) {
	var in, want strings.Builder
	for i := range 20 {
		fmt.Fprintf(&in, "GET /hit/%d HTTP/1.1\r\nHost: h\r\n\r\n", i)
		want.WriteString(hitAnswer(fmt.Sprint("/hit/", i)))
		switch i % 5 {
		case 1:
			fmt.Fprintf(&in, "GET /miss/%d HTTP/1.1\r\nHost: h\r\n\r\n", i)
			want.WriteString(final("other", false))
		case 3:
			fmt.Fprintf(&in, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n%s", len(next), next)
			want.WriteString(final("other", false))
		}
	}
	in.WriteString("GET /hit HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + next)
	want.WriteString(final("other", true))
	for _, size := range []int{1, 2, 3, 5, 17, 100, 1000, 1 << 20} {
		d := newDesk(Options{Hit: shelf, Handler: respond("other")})
		check(t, fmt.Sprint("pieces of ", size), d.answers(cut(in.String(), size)...), want.String())
	}
	out, used, step := hitsOf(strings.Repeat(next, 100), Options{Hit: shelf})
	if used != 100*len(next) || step != NextRead || out != strings.Repeat(hitAnswer("/hit"), 100) {
		t.Errorf("100 hits: got %d bytes used, %v, %d bytes of output", used, step, len(out))
	}
}

// TestHitsWait: requests wait while there is much to write, and behind content
// that is not copied.
func TestHitsWait(t *testing.T) {
	big := func(size int) Options {
		return Options{Hit: func(h *viewer.Hit, r *viewer.Request) bool {
			shelf(h, r)
			h.Content = make([]byte, size)
			return true
		}}
	}
	if _, used, step := hitsOf(strings.Repeat(next, 3), big(100<<10)); used != len(next) || step != NextWrite {
		t.Errorf("large content: got %d bytes used of %d, %v", used, len(next), step)
	}
	if _, used, step := hitsOf(next, big(100<<10)); used != len(next) || step != NextWrite {
		t.Errorf("large content alone: got %d bytes used of %d, %v", used, len(next), step)
	}
	out, used, step := hitsOf(strings.Repeat(next, 1000), big(4<<10))
	if step != NextWrite || used >= 1000*len(next) || len(out) > outputBound+8<<10 {
		t.Errorf("much content: got %d bytes used of %d, %v, %d bytes of output", used, 1000*len(next), step, len(out))
	}
}

// TestHitsInPieces: a head that comes byte by byte is parsed at its beginning
// and at its end.
func TestHitsInPieces(t *testing.T) {
	c := NewConn(newDesk(Options{Hit: shelf}).WithDefaults(), &viewer.Peer{})
	var s Scratch
	for i := 1; i < len(next); i++ {
		if used, step := c.Hits(&s, []byte(next[:i]), time.Time{}); used != 0 || step != NextRead {
			t.Fatalf("%q: got %d bytes used, %v", next[:i], used, step)
		}
		if int(c.seen) != i {
			t.Fatalf("%q: got %d bytes seen", next[:i], c.seen)
		}
	}
	if used, step := c.Hits(&s, []byte(next), time.Time{}); used != len(next) || step != NextRead || c.seen != 0 {
		t.Errorf("got %d bytes used, %v, %d seen", used, step, c.seen)
	}
}

// TestDraining: the response that is next says that the connection ends, and it
// does.
func TestDraining(t *testing.T) {
	var draining atomic.Bool
	d := newDesk(Options{Hit: shelf, Handler: respond("other"), Draining: &draining})
	check(t, next, d.answers(next), hitAnswer("/hit"))
	draining.Store(true)
	check(t, next, d.answers(next+next), final("other", true))
}

// TestHitDone: the log is told of as many bytes as go out.
func TestHitDone(t *testing.T) {
	for _, method := range []string{"GET", "HEAD"} {
		for _, size := range []int{0, 100, copiedContent, copiedContent + 1, 1 << 20} {
			var told int64
			out, _, _ := hitsOf(method+" /hit HTTP/1.1\r\nHost: h\r\n\r\n", Options{Hit: func(h *viewer.Hit, r *viewer.Request) bool {
				shelf(h, r)
				h.Content, h.Age = make([]byte, size), 12
				h.Done = func(_ *viewer.Hit, r *viewer.Request, n int64) {
					if told += n; r.Method != method {
						t.Errorf("got method %s", r.Method)
					}
				}
				return true
			}})
			if told != int64(len(out)) || !strings.Contains(out, "\r\nAge: 12\r\n") {
				t.Errorf("%s of %d bytes: got told of %d, %d went out: %.100q", method, size, told, len(out), out)
			}
		}
	}
}

// TestScratchReset: a buffer that grew large is not kept.
func TestScratchReset(t *testing.T) {
	s := Scratch{Out: make([]byte, 10, maxKept+1), Tail: []byte("x")}
	s.Reset()
	if s.Out != nil || s.Tail != nil {
		t.Error("a large buffer is kept")
	}
	s.Out = make([]byte, 10, maxKept)
	if s.Reset(); cap(s.Out) != maxKept || len(s.Out) != 0 {
		t.Error("a buffer is not kept")
	}
}

// TestNextNames: every step has a name.
func TestNextNames(t *testing.T) {
	for n := range nextCount + 1 {
		if got := n.String(); (got == "Next(?)") != (n == nextCount) || got == "" {
			t.Errorf("%d: got %q", n, got)
		}
	}
}

// TestNoteIsOfItsRequest: what the HitFunc notes reaches the Handler of that
// request, and none after it.
func TestNoteIsOfItsRequest(t *testing.T) {
	var got []string
	o := &Options{
		Hit: func(_ *viewer.Hit, r *viewer.Request) bool {
			r.Note = "note of " + r.Path
			return false
		},
		Now: time.Now,
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			got = append(got, fmt.Sprintf("%s %v %t %t", r.Path, r.Note, r.Tried, r.Peer != nil))
			w.WriteHead(204, nil, 0)
		},
	}
	c := NewConn(o.WithDefaults(), &viewer.Peer{})
	var s Scratch
	in := []byte("GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\nRange: bytes=0-1\r\n\r\n")
	for len(in) > 0 {
		if used, next := c.Hits(&s, in, time.Unix(0, 0)); used != 0 || next != NextServe {
			t.Fatalf("%q: got %d used, %v", in, used, next)
		}
		in, _ = c.Serve(ended(), in)
	}
	if want := []string{"/a note of /a true true", "/b <nil> false true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestReused: only the first request of a connection is the one that made it, and one
// that was tried before it is served is one request (CF-CFH-25).
func TestReused(t *testing.T) {
	var reused []bool
	o := Options{
		Hit: func(h *viewer.Hit, r *viewer.Request) bool {
			reused = append(reused, r.Reused)
			return shelf(h, r)
		},
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			reused = append(reused, r.Reused)
			w.WriteHead(200, nil, 0)
		},
	}
	const hit, tried, served = "GET /hit HTTP/1.1\r\nHost: h\r\n\r\n", "GET /other HTTP/1.1\r\nHost: h\r\n\r\n", "POST / HTTP/1.1\r\nHost: h\r\n\r\n"
	for in, want := range map[string][]bool{
		hit + hit:            {false, true},
		hit + tried + served: {false, true, true, true},
		tried + hit:          {false, false, true},
		served + served:      {false, true},
	} {
		reused = nil
		newDesk(o).answers(in)
		if !slices.Equal(reused, want) {
			t.Errorf("%q: got %v, want %v", in, reused, want)
		}
	}
}
