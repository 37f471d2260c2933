//go:build !race

package h1

import (
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// TestHitsAllocations: a hit costs no allocation, nor do a hundred.
func TestHitsAllocations(t *testing.T) {
	for _, in := range []string{next, browserRequest, strings.Repeat(next, 100)} {
		c := NewConn(newDesk(Options{Hit: readyShelf()}).WithDefaults(), &viewer.Peer{})
		var s Scratch
		requests, now := []byte(in), time.Now()
		answer := func() {
			if used, _ := c.Hits(&s, requests, now); used != len(requests) {
				t.Fatalf("got %d bytes used of %d", used, len(requests))
			}
			s.Reset()
		}
		answer()
		if got := testing.AllocsPerRun(100, answer); got != 0 {
			t.Errorf("%.40q: got %v allocations, want 0", in, got)
		}
	}
}
