//go:build !race

package cache

import "testing"

// TestFreshAllocations: the look at the cache of the short way costs none.
func TestFreshAllocations(t *testing.T) {
	cache := newCache(t, Options{})
	cache.Store(fetched(cache, "/products", Meta{Times: times(0, 0, 0)}, "content"))
	cache.memory.Flush()
	hash, key := keyOf("/products")
	if n := testing.AllocsPerRun(1000, func() { cache.Fresh(hash, key, start) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
