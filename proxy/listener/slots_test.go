package listener

import (
	"net/netip"
	"testing"
)

// TestSlots: who is refused while others have connections, and that nothing is
// kept of viewers that have gone.
func TestSlots(t *testing.T) {
	s := slots{total: 4, perViewer: 2}
	for i, step := range []struct {
		from string
		want bool
	}{
		{"192.0.2.1", true},
		{"::ffff:192.0.2.1", true}, // the same viewer
		{"192.0.2.1", false},
		{"2001:db8::1", true},
		{"2001:db8:0:0:ffff::2", true}, // the same network
		{"192.0.2.2", false},           // in total
	} {
		if got := s.take(netip.MustParseAddr(step.from)); got != step.want {
			t.Errorf("step %d, %s: got %t, want %t", i, step.from, got, step.want)
		}
	}
	s.give(netip.MustParseAddr("2001:db8::1"))
	if !s.take(netip.MustParseAddr("2001:db8::3")) || s.take(netip.MustParseAddr("2001:db8::3")) {
		t.Error("after one of the network has gone: want room for one more, and no other")
	}
	for _, from := range []string{"192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::3"} {
		s.give(netip.MustParseAddr(from))
	}
	if s.open != 0 || len(s.viewers) != 0 {
		t.Errorf("after all have gone: got %d open and %v, want nothing", s.open, s.viewers)
	}
}

// TestSlotsWithoutBound: viewers are not counted unless there is a bound.
func TestSlotsWithoutBound(t *testing.T) {
	s := slots{total: 3}
	for i, want := range []bool{true, true, true, false} {
		if got := s.take(netip.MustParseAddr("192.0.2.1")); got != want {
			t.Errorf("connection %d: got %t, want %t", i, got, want)
		}
	}
	s.give(netip.MustParseAddr("192.0.2.1"))
	if s.open != 2 || s.viewers != nil {
		t.Errorf("got %d open and %v, want 2 and no counts", s.open, s.viewers)
	}
}
