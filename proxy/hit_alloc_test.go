//go:build !race

package proxy

import "testing"

// TestHitAllocations: a hit allocates its fields, its id, its key and whoever
// takes the answer here. The number may only become less.
func TestHitAllocations(t *testing.T) {
	s := benchServer(t)
	r := request("GET http://shop.test/p", "Accept: */*\nUser-Agent: bench\nAccept-Encoding: gzip, br")
	hit := func() { s.Serve(t.Context(), &discard{}, r) }
	hit()
	s.fetcher.Drain(t.Context()) // until it is stored
	if n := testing.AllocsPerRun(200, hit); n > 5 {
		t.Errorf("got %v allocations for a hit, want at most 5", n)
	}
}
