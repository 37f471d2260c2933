package listener

import (
	"fmt"
	"net/netip"
	"testing"
)

// TestSlots: who is refused while others have connections, and that nothing is
// kept of viewers that have gone.
func TestSlots(t *testing.T) {
	s := slots{total: 4, perViewer: 2}
	for i, step := range []struct {
		from string
		want string
	}{
		{"192.0.2.1", "taken"},
		{"::ffff:192.0.2.1", "taken"}, // the same viewer
		{"192.0.2.1", "viewer"},
		{"2001:db8::1", "taken"},
		{"2001:db8:0:0:ffff::2", "taken"}, // the same network
		{"192.0.2.2", "full"},
	} {
		if got := outcome(&s, step.from); got != step.want {
			t.Errorf("step %d, %s: got %s, want %s", i, step.from, got, step.want)
		}
	}
	s.give(netip.MustParseAddr("2001:db8::1"))
	if outcome(&s, "2001:db8::3") != "taken" || outcome(&s, "2001:db8::3") == "taken" {
		t.Error("after one of the network has gone: want room for one more, and no other")
	}
	for _, from := range []string{"192.0.2.1", "192.0.2.1", "2001:db8::1", "2001:db8::3"} {
		s.give(netip.MustParseAddr(from))
	}
	if s.open != 0 || len(s.viewers) != 0 {
		t.Errorf("after all have gone: got %d open and %v, want nothing", s.open, s.viewers)
	}
}

// outcome takes a slot and says how that went.
func outcome(s *slots, from string) string {
	if why, ok := s.take(netip.MustParseAddr(from)); !ok {
		return why.String()
	}
	return "taken"
}

// TestSlotsOfProxies: connections whose viewer is announced later count in total,
// and from then on as the viewer's.
func TestSlotsOfProxies(t *testing.T) {
	s := slots{total: 3, perViewer: 1}
	unknown, viewer := netip.Addr{}, netip.MustParseAddr("192.0.2.1")
	for range 3 {
		if _, ok := s.take(unknown); !ok {
			t.Fatal("take without an address: got refused, want a slot")
		}
	}
	if why, ok := s.take(unknown); ok || why != RefusalFull {
		t.Errorf("one too many: got %v, want %v", why, RefusalFull)
	}
	if !s.assign(viewer) || s.assign(viewer) {
		t.Error("assign: want one connection for a viewer, and no other")
	}
	s.give(unknown)
	s.give(unknown)
	s.give(viewer)
	if s.open != 0 || len(s.viewers) != 0 {
		t.Errorf("after all have gone: got %d open and %v, want nothing", s.open, s.viewers)
	}
}

// TestSlotsOfSite: whoever has a /48 has no more connections than sixteen viewers,
// from however many networks (reliability I2).
func TestSlotsOfSite(t *testing.T) {
	s := slots{total: 1000, perViewer: 2}
	var all []string
	for i := range 40 {
		from := fmt.Sprintf("2001:db8:1:%x::1", i)
		if outcome(&s, from) == "taken" {
			all = append(all, from)
		}
	}
	if len(all) != 32 {
		t.Errorf("40 networks of one /48 where a viewer has 2: got %d connections, want 32", len(all))
	}
	if got := outcome(&s, "2001:db8:2::1"); got != "taken" {
		t.Errorf("another /48: got %s, want taken", got)
	}
	s.give(netip.MustParseAddr("2001:db8:2::1"))
	s.give(netip.MustParseAddr(all[0]))
	if got := outcome(&s, "2001:db8:1:ffff::1"); got != "taken" {
		t.Errorf("after one of the /48 has gone: got %s, want taken", got)
	}
	s.give(netip.MustParseAddr("2001:db8:1:ffff::1"))
	for _, from := range all[1:] {
		s.give(netip.MustParseAddr(from))
	}
	if s.open != 0 || len(s.viewers) != 0 {
		t.Errorf("after all have gone: got %d open and %v, want nothing", s.open, s.viewers)
	}
}

// TestSlotsWithoutBound: viewers are not counted unless there is a bound.
func TestSlotsWithoutBound(t *testing.T) {
	s := slots{total: 3}
	for i, want := range []string{"taken", "taken", "taken", "full"} {
		if got := outcome(&s, "192.0.2.1"); got != want {
			t.Errorf("connection %d: got %s, want %s", i, got, want)
		}
	}
	s.give(netip.MustParseAddr("192.0.2.1"))
	if s.open != 2 || s.viewers != nil {
		t.Errorf("got %d open and %v, want 2 and no counts", s.open, s.viewers)
	}
}
