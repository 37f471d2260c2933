//go:build !race

package waf

import (
	"context"
	"net/netip"
	"testing"
)

// TestTwentyRulesAllocate: with the race detector pools give back less.
func TestTwentyRulesAllocate(t *testing.T) {
	a, r := twentyRules(t), ordinary()
	p := a.Peer(netip.MustParseAddr("192.0.2.1"))
	if v := a.Evaluate(context.Background(), p, r, nil); v.Action != ActionAllow {
		t.Fatalf("got %v, want allow", v.Action)
	}
	if n := testing.AllocsPerRun(100, func() { a.Evaluate(context.Background(), p, r, nil) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
