package h3

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestHits: a hit is what the Handler would have answered, but for the id; who asks
// for more than a look at the cache is for the Handler (RFC 9110 section 13.2).
func TestHits(t *testing.T) {
	edge := viewer.NewReadyFields(field.Lines{{Name: "X-Cache", Value: "Hit"}, {Name: "Alt-Svc", Value: `h3=":443"`}})
	content := strings.Repeat("content ", 5000)
	var mu sync.Mutex // a viewer may have its answer, and ask again, before Done is called
	var done int64
	var path string
	o := Options{
		Hit: func(h *viewer.Hit, r *viewer.Request) bool {
			if r.Path == "/miss" {
				return false
			}
			h.Status, h.Stored, h.Edge, h.Age, h.Content = 200, "Content-Type: text/html\r\nX-A: 1\r\n", edge, 7, []byte(content)
			h.AllowOrigin, h.ServerTiming = r.Fields.Get("Origin"), r.Fields.Get("Timing")
			if r.Path == "/small" {
				h.Content = []byte("small")
			}
			copy(h.ID[:], strings.Repeat("i", len(h.ID)))
			h.Done = func(_ *viewer.Hit, r *viewer.Request, n int64) {
				mu.Lock()
				defer mu.Unlock()
				done, path = n, r.Path
			}
			return true
		},
		Handler: func(_ context.Context, w viewer.ResponseWriter, r *viewer.Request) {
			if !r.Tried != (r.Path != "/miss") {
				panic("Tried")
			}
			w.WriteHead(200, field.Lines{{Name: "X-From", Value: "handler"}}, 0)
		},
	}
	head := []string{":status: 200", "content-type: text/html", "x-a: 1", "x-cache: Hit", `alt-svc: h3=":443"`, "x-amz-cf-id: " + strings.Repeat("i", 56), "age: 7"}
	handler := []string{":status: 200", "x-from: handler", "content-length: 0", "end"}
	for name, tt := range map[string]struct {
		fields []string
		want   []string
		bytes  int64 // of the content; -1 for no hit
	}{
		"large":       {get("/large"), append(head[:7:7], "content-length: 40000", content, "end"), 40000},
		"small":       {get("/small"), append(head[:7:7], "content-length: 5", "small", "end"), 5},
		"HEAD":        {[]string{":method: HEAD", ":scheme: https", ":authority: a", ":path: /small"}, append(head[:7:7], "content-length: 5", "end"), 0},
		"origin":      {get("/small", "origin: https://a.test"), slices.Concat(head[:3:3], []string{"access-control-allow-origin: https://a.test"}, head[3:], []string{"content-length: 5", "small", "end"}), 5},
		"timing":      {get("/small", "timing: a;dur=1"), append(head[:7:7], "server-timing: a;dur=1", "content-length: 5", "small", "end"), 5},
		"miss":        {get("/miss"), handler, -1},
		"range":       {get("/small", "range: bytes=0-1"), handler, -1},
		"conditional": {get("/small", `if-none-match: "a"`), handler, -1},
		"POST":        {[]string{":method: POST", ":scheme: https", ":authority: a", ":path: /small"}, handler, -1},
	} {
		t.Run(name, func(t *testing.T) {
			done, path = -1, ""
			run(t, o, func(t *testing.T, s *site) {
				c := s.dial(t)
				defer c.close()
				c.control(settings...)
				for range 3 { // with the memory of the one before
					expect(t, "answer", answer(c.send(headers(tt.fields...))), tt.want...)
				}
				if got := s.told(); got != "" {
					t.Errorf("told: got %s", got)
				}
			})
			want := tt.bytes
			if want >= 0 {
				want += int64(len("HTTP/1.1 200 \r\n\r\n"))
				for _, line := range tt.want[1:] {
					if want += int64(len(line) + len("\r\n")); strings.HasPrefix(line, "content-length") {
						break
					}
				}
			}
			if done != want || (path == "") != (want < 0) {
				t.Errorf("done: got %d bytes of %q, want %d", done, path, want)
			}
		})
	}
}

// TestSmallHit: one of several packets, which is given to QUIC as a whole, comes as
// one does to a viewer whose window is smaller than it.
func TestSmallHit(t *testing.T) {
	content := strings.Repeat("content ", 400)
	edge := viewer.NewReadyFields(nil)
	o := Options{
		Hit: func(h *viewer.Hit, _ *viewer.Request) bool {
			h.Status, h.Stored, h.Edge, h.Age, h.Content = 200, "Content-Type: text/html\r\n", edge, -1, []byte(content)
			h.AllowOrigin, h.ServerTiming = "", "" // the Hit may be that of another test
			copy(h.ID[:], strings.Repeat("i", len(h.ID)))
			h.Done = func(*viewer.Hit, *viewer.Request, int64) {}
			return true
		},
		Handler: func(context.Context, viewer.ResponseWriter, *viewer.Request) {},
	}
	for _, window := range []uint64{0, 1000} {
		run(t, o, func(t *testing.T, s *site) {
			s.window = window
			c := s.dial(t)
			defer c.close()
			c.control(settings...)
			expect(t, "answer", answer(c.send(headers(get("/")...))),
				":status: 200", "content-type: text/html", "x-amz-cf-id: "+strings.Repeat("i", 56), "content-length: 3200", content, "end")
		})
	}
}
