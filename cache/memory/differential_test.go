package memory

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

// A ledger is what must be in a store by its calls and what OnEvict said.
type ledger struct {
	newest         map[cachekey.Hash]*value // of all that was taken, kept or not
	rejected, told uint64

	mu   sync.Mutex
	kept map[cachekey.Hash]int64 // costs; guarded by mu
}

func (l *ledger) evicted(h cachekey.Hash) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.kept, h)
	l.told++
}

// put makes one Put, lets it settle and keeps the books of it.
func (l *ledger) put(s *Store[value], h cachekey.Hash, v *value, cost int64) {
	taken := put(s, h, v, cost)
	if taken {
		l.newest[h] = v
	}
	s.Flush()
	l.mu.Lock()
	defer l.mu.Unlock()
	got, ok := s.Get(h)
	switch {
	case ok && got == v:
		l.kept[h] = cost
	case taken: // and not admitted
		delete(l.kept, h)
		fallthrough
	default:
		l.rejected++
	}
}

func (l *ledger) bytes() (sum int64) {
	for _, cost := range l.kept {
		sum += cost
	}
	return sum
}

// Both policies get the same calls. Which values they keep is theirs to
// choose; nothing else is.
func TestPoliciesKeepTheSamePromises(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	eachPolicy(t, func(t *testing.T, e Eviction) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		const maxBytes = 50_000
		l := &ledger{newest: make(map[cachekey.Hash]*value), kept: make(map[cachekey.Hash]int64)}
		s := newStore(t, e, maxBytes, l.evicted)
		for step := range 6000 {
			h := hashOf(rnd.IntN(1 + rnd.IntN(400)))
			if rnd.IntN(2) == 0 {
				l.put(s, h, &value{version: step}, 1+rnd.Int64N(1+rnd.Int64N(60_000)))
			}
			if got, ok := s.Get(h); ok && got != l.newest[h] {
				t.Fatalf("step %d: Get: got version %d, want that of the newest Put, %d", step, got.version, l.newest[h].version)
			} else if _, kept := l.kept[h]; ok != kept {
				t.Fatalf("step %d: Get: got %v, by the books %v", step, ok, kept)
			}
			want := Stats{int64(len(l.kept)), l.bytes(), maxBytes, l.told, l.rejected}
			if got := s.Stats(); got != want || got.Bytes > maxBytes {
				t.Fatalf("step %d: Stats: got %+v, by the books %+v", step, got, want)
			}
		}
		checkStats(t, s)
		if l.told == 0 || l.rejected == 0 {
			t.Errorf("got %d evictions and %d rejections, want some of each", l.told, l.rejected)
		}
	})
}
