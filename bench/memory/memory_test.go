package main

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestParseUsage(t *testing.T) {
	got, err := parseUsage("Name:\tgroundfront\nVmHWM:\t  401236 kB\nVmRSS:\t  398112 kB\nThreads:\t9\n")
	if want := (usage{now: 398112 << 10, peak: 401236 << 10}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, in := range []string{"", "VmRSS:\t12 kB\n", "VmHWM:\t1 kB\nVmRSS:\tx kB\n", "VmHWM:\t1 kB\nVmRSS:\t12\n"} {
		if got, err := parseUsage(in); err == nil {
			t.Errorf("%q: got %+v, want an error", in, got)
		}
	}
}

// TestOriginContentIsDistinct: equal content would still be separate entries,
// but it must not look as if it could be shared.
func TestOriginContentIsDistinct(t *testing.T) {
	o := &origin{content: []byte(strings.Repeat("x", 64))}
	contents := map[string]bool{}
	for _, path := range []string{"/object/1", "/object/2"} {
		w := httptest.NewRecorder()
		o.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Body.Len() != 64 {
			t.Errorf("%s: got %d bytes, want 64", path, w.Body.Len())
		}
		contents[w.Body.String()] = true
	}
	if len(contents) != 2 {
		t.Errorf("got %d contents, want 2", len(contents))
	}
}

// TestPullRefusesHits: a response that did not come from the origin measures
// nothing.
func TestPullRefusesHits(t *testing.T) {
	o := &origin{content: make([]byte, 64)}
	server := httptest.NewServer(o) // no edge: there is no X-Cache
	defer server.Close()
	_, err := pull(context.Background(), server.URL, plan{total: 640, each: 64, viewers: 2})
	if err == nil || !strings.Contains(err.Error(), "want 200") {
		t.Errorf("got %v, want an error about X-Cache", err)
	}
}
