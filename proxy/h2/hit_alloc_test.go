//go:build !race

package h2

import (
	"bytes"
	"testing"

	"golang.org/x/net/http2/hpack"
)

// TestHitAllocations: a hit costs no allocation, nor do many.
func TestHitAllocations(t *testing.T) {
	for name, block := range map[string]func(*hpack.Encoder, *bytes.Buffer, string) []byte{"plain": plainBlock, "browser": browserBlock} {
		s := newShelf()
		c := newBenchConn(t, s)
		c.hits(t, block(c.encoder, &c.block, "/1024"), 1)
		warm := block(c.encoder, &c.block, "/1024")
		c.hits(t, warm, 32)
		if got := testing.AllocsPerRun(100, func() { c.hits(t, warm, 32) }); got > 0.5 {
			t.Errorf("%s: got %v allocations for 32 hits, want 0", name, got)
		}
		if s.told < 100*32 {
			t.Errorf("%s: got %d hits", name, s.told)
		}
	}
}
