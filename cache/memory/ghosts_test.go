package memory

import (
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

func TestGhostsRemember(t *testing.T) {
	for _, window := range []int64{0, 1024, 1025, 20_000} {
		var g ghosts
		size := int(max(window, leastGhosts))
		for i := range 3 * size {
			g.add(hashOf(i), window)
		}
		remembered := func(from, to int) (n int) {
			for i := from; i < to; i++ {
				if g.take(hashOf(i)) {
					n++
				}
			}
			return n
		}
		// A bucket that is full loses some; see that these are few.
		if got, want := remembered(2*size, 3*size), size*9/10; got < want {
			t.Errorf("window %d: remembered %d of the last %d, want at least %d", window, got, size, want)
		}
		if got := remembered(0, 2*size); got != 0 {
			t.Errorf("window %d: remembered %d older ones, want none", window, got)
		}
		if got := remembered(2*size, 3*size); got != 0 {
			t.Errorf("window %d: remembered %d that were taken, want none", window, got)
		}
	}
}

func TestGhostsAreFewWhenUnused(t *testing.T) {
	var g ghosts
	if g.take(cachekey.Hash{}) {
		t.Error("an empty table remembers the zero hash")
	}
	g.add(hashOf(1), 1)
	if g.take(cachekey.Hash{}) {
		t.Error("an unused slot is taken for the zero hash")
	}
}
