package fetch

import (
	"testing"

	"github.com/groundfront/groundfront/origin"
)

// TestShares: however many origins stall, those that begin at the same time have
// the same, and leave something to the next.
func TestShares(t *testing.T) {
	for _, test := range []struct {
		max            int64
		origins        int
		each, leftOver int64
	}{
		{10_000, 1, 8334, 1666},
		{10_000, 2, 4545, 909},
		{10_000, 3, 3125, 625},
		{10_000, 100, 99, 19},
		{5, 1, 5, 0}, // too few to leave any
		{1, 1, 1, 0},
	} {
		c := crew{max: test.max}
		origins := make([]*origin.Origin, test.origins)
		for i := range origins {
			origins[i] = new(origin.Origin)
		}
		for range test.max { // more than any of them gets
			for _, o := range origins {
				if c.enter(dutyViewer) && !c.ask(nil, o) {
					c.leave(dutyViewer, nil)
				}
			}
		}
		for i, o := range origins {
			if got := c.mu.asking[o]; got < test.each || got > test.each+1 {
				t.Errorf("%d places, %d origins: origin %d has %d, want %d", test.max, test.origins, i, got, test.each)
			}
		}
		if got := test.max - c.size(); got != test.leftOver {
			t.Errorf("%d places, %d origins: got %d places left, want %d", test.max, test.origins, got, test.leftOver)
		}
	}
}

// A fetch that goes on to another origin is one of that, and when it has left
// nothing is known of it.
func TestShareMoves(t *testing.T) {
	c, a, b := crew{max: 12}, new(origin.Origin), new(origin.Origin)
	for range 10 {
		if !c.enter(dutyViewer) || !c.ask(nil, a) {
			t.Fatal("got no place")
		}
	}
	if !c.enter(dutyViewer) || c.ask(nil, a) {
		t.Error("the origin has more than its share")
	}
	if !c.ask(a, b) || c.mu.asking[a] != 9 || c.mu.asking[b] != 1 {
		t.Errorf("moved: got %d and %d, want 9 and 1", c.mu.asking[a], c.mu.asking[b])
	}
	c.leave(dutyViewer, b)
	for range 9 {
		c.leave(dutyViewer, a)
	}
	c.leave(dutyViewer, nil)
	if c.size() != 0 || len(c.mu.asking) != 0 {
		t.Errorf("in the end: got %d fetches of %v, want none", c.size(), c.mu.asking)
	}
}
