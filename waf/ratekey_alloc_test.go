//go:build !race

package waf

import (
	"context"
	"net/netip"
	"testing"
)

// TestRateKeysAllocate: counting by several parts and labels has nothing on the
// heap.
func TestRateKeysAllocate(t *testing.T) {
	a, r := fiveKeys(t)
	p := a.Peer(netip.MustParseAddr("192.0.2.1"))
	if n := testing.AllocsPerRun(100, func() { a.Evaluate(context.Background(), p, r, nil) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
