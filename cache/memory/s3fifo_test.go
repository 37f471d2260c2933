package memory

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

// kept adds up what the index holds.
func (p *s3FIFO[T]) kept() (values, bytes int64) {
	for i := range p.index.shards {
		for _, i := range p.index.shards[i].buckets {
			for i != none {
				n := p.slab.at(i)
				values++
				bytes += n.cost
				i = n.chain
			}
		}
	}
	return values, bytes
}

// check holds the queues against their sums, against the index and against
// the slab.
func (p *s3FIFO[T]) check(t *testing.T) {
	t.Helper()
	var queued, dead int64
	for _, q := range []*fifo[T]{&p.order.small, &p.order.main} {
		var bytes int64
		last := none
		for i := q.head; i != none; {
			n := p.slab.at(i)
			bytes += n.cost
			if p.queue(n) != q {
				t.Errorf("value %v is in the other queue", n.value)
			}
			if n.dead {
				dead++
			} else if at, _ := p.find(p.index.hashOf(n.value)); at != i {
				t.Errorf("value %v is in a queue and not in the index", n.value)
			}
			queued++
			last, i = i, n.next
		}
		if bytes != q.bytes || last != q.tail {
			t.Errorf("a queue of %d bytes says %d, or has another tail", bytes, q.bytes)
		}
	}
	if values, _ := p.kept(); values != queued-dead {
		t.Errorf("got %d values in the index, %d in the queues", values, queued-dead)
	}
	free := int64(0)
	for i := p.slab.free; i != none; i = p.slab.at(i).next {
		free++
	}
	if got, want := queued+free, int64(p.slab.used); got != want {
		t.Errorf("got %d nodes in the queues or free, want all %d", got, want)
	}
}

// slowS3FIFO is the policy as plain as can be: two slices, and every sum
// added up anew.
type slowS3FIFO struct {
	max         int64
	small, main []slowValue
	ghosts      map[cachekey.Hash]int // when it was added
	ghostsEver  int
	evicted     []cachekey.Hash
}

type slowValue struct {
	hash cachekey.Hash
	v    *value
	cost int64
	hits int
}

func sum(values []slowValue) (bytes int64) {
	for _, v := range values {
		bytes += v.cost
	}
	return bytes
}

func (m *slowS3FIFO) find(h cachekey.Hash) *slowValue {
	for _, q := range [][]slowValue{m.small, m.main} {
		if i := slices.IndexFunc(q, func(v slowValue) bool { return v.hash == h }); i >= 0 {
			return &q[i]
		}
	}
	return nil
}

func (m *slowS3FIFO) get(h cachekey.Hash) (*value, bool) {
	v := m.find(h)
	if v == nil {
		return nil, false
	}
	v.hits = min(v.hits+1, 3)
	return v.v, true
}

func (m *slowS3FIFO) put(h cachekey.Hash, v *value, cost int64) bool {
	if cost > m.max {
		return false
	}
	for {
		var oldCost int64
		old := m.find(h)
		if old != nil {
			oldCost = old.cost
		}
		if sum(m.small)+sum(m.main)-oldCost+cost > m.max {
			m.evict()
			continue
		}
		if old != nil {
			old.v, old.cost = v, cost
			return true
		}
		n := slowValue{hash: h, v: v, cost: cost}
		if at, isGhost := m.ghosts[h]; isGhost && m.ghostsEver-at < leastGhosts {
			m.main = append(m.main, n)
		} else {
			m.small = append(m.small, n)
		}
		delete(m.ghosts, h)
		return true
	}
}

func (m *slowS3FIFO) evict() {
	for {
		if len(m.main) == 0 || sum(m.small) > (sum(m.small)+sum(m.main))/10 {
			v := m.small[0]
			m.small = m.small[1:]
			if v.hits == 0 {
				m.ghostsEver++
				m.ghosts[v.hash] = m.ghostsEver
				m.evicted = append(m.evicted, v.hash)
				return
			}
			v.hits = 0
			m.main = append(m.main, v)
			continue
		}
		v := m.main[0]
		m.main = m.main[1:]
		if v.hits == 0 {
			m.evicted = append(m.evicted, v.hash)
			return
		}
		v.hits--
		m.main = append(m.main, v)
	}
}

// The policy and its plain form do the same with the same calls, to the order
// of evictions.
func TestS3FIFOLikeItsModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	for _, maxBytes := range []int64{1, 50, 1000, 20_000} {
		var evicted []cachekey.Hash
		s := newStore(t, EvictionS3FIFO, maxBytes, func(h cachekey.Hash) { evicted = append(evicted, h) })
		m := &slowS3FIFO{max: maxBytes, ghosts: make(map[cachekey.Hash]int)}
		for step := range 10_000 {
			// Few keys often, many seldom. Their buckets of ghosts never
			// overflow, and there are never more values than ghosts.
			key := uint64(rnd.IntN(1 + rnd.IntN(1000)))
			h := cachekey.Hash{Hi: (key*2 + 1) << 32, Lo: key}
			if rnd.IntN(3) > 0 {
				got, ok := s.Get(h)
				want, wantOK := m.get(h)
				if got != want || ok != wantOK {
					t.Fatalf("%d bytes, step %d: Get %d: got %v, %v, want %v, %v", maxBytes, step, key, got, ok, want, wantOK)
				}
				continue
			}
			v, cost := &value{version: step, hash: h}, 1+rnd.Int64N(1+rnd.Int64N(300))
			if got, want := put(s, h, v, cost), m.put(h, v, cost); got != want {
				t.Fatalf("%d bytes, step %d: Put %d: got %v, want %v", maxBytes, step, key, got, want)
			}
			if !slices.Equal(evicted, m.evicted) {
				t.Fatalf("%d bytes, step %d: evicted %v, want %v", maxBytes, step, evicted, m.evicted)
			}
			evicted, m.evicted = evicted[:0], m.evicted[:0]
		}
		checkStats(t, s)
	}
}

// A scan passes through small and leaves main alone.
func TestS3FIFOResistsAScan(t *testing.T) {
	s := newStore(t, EvictionS3FIFO, 1000, nil)
	for range 3 {
		for k := range 50 {
			if _, ok := s.Get(hashOf(k)); !ok {
				put(s, hashOf(k), &value{}, 10)
			}
		}
	}
	for k := range 10_000 {
		put(s, hashOf(1000+k), &value{}, 10)
	}
	for k := range 50 {
		if _, ok := s.Get(hashOf(k)); !ok {
			t.Errorf("value %d left for a scan", k)
		}
	}
}

// What is put again soon after it left small enters main.
func TestS3FIFOGhostEntersMain(t *testing.T) {
	s := newStore(t, EvictionS3FIFO, 100, nil)
	p := s.policy.(*s3FIFO[value])
	for k := range 12 {
		put(s, hashOf(k), &value{}, 10)
	}
	put(s, hashOf(0), &value{}, 10)
	put(s, hashOf(100), &value{}, 10)
	for k, want := range map[int]bool{0: true, 100: false} {
		if _, n := p.find(hashOf(k)); n.main != want {
			t.Errorf("value %d in main: got %v, want %v", k, n.main, want)
		}
	}
}

// However many values are in use, an eviction ends, and takes one.
func TestS3FIFOEvictionIsBounded(t *testing.T) {
	const values = 3 * maxTurns
	s := newStore(t, EvictionS3FIFO, values, nil)
	for k := range values {
		put(s, hashOf(k), &value{}, 1)
		for range maxHits {
			s.Get(hashOf(k))
		}
	}
	put(s, hashOf(values), &value{}, 1)
	got := s.Stats()
	if got.Evictions != 1 || got.Values != values {
		t.Errorf("got %+v, want 1 eviction and %d values", got, values)
	}
	p := s.policy.(*s3FIFO[value])
	if p.order.main.bytes != maxTurns {
		t.Errorf("spared: got %d values, want %d", p.order.main.bytes, maxTurns)
	}
	checkStats(t, s)
}

// Whoever chooses keys may find many with hashes that are equal in half of
// their bits. They lie in as short chains as any.
func TestCraftedHashesSpread(t *testing.T) {
	const values = 1 << 12
	for name, hash := range map[string]func(uint64) cachekey.Hash{
		"equal low halves":  func(i uint64) cachekey.Hash { return cachekey.Hash{Hi: i << 32, Lo: 7} },
		"equal high halves": func(i uint64) cachekey.Hash { return cachekey.Hash{Hi: 7, Lo: i << 32} },
	} {
		s := newStore(t, EvictionS3FIFO, values, nil)
		for i := range uint64(values) {
			put(s, hash(i), &value{}, 1)
		}
		x := &s.policy.(*s3FIFO[value]).index
		longest := 0
		for i := range x.shards {
			for _, i := range x.shards[i].buckets {
				length := 0
				for ; i != none; i = x.slab.at(i).chain {
					length++
				}
				longest = max(longest, length)
			}
		}
		if longest > 12 {
			t.Errorf("%s: got a chain of %d values among %d", name, longest, values)
		}
	}
}
