package ratelimit

import (
	"hash/maphash"
	"math"
	"math/rand/v2"
	"sync"
	"unsafe"
)

// A table keeps a value for each of a bounded number of keys, and with it a ring
// of numbers of a length that is the same for all. Its memory has no pointers: a
// garbage collection does not look at it. It grows by doubling up to the bound
// and never past it, whatever keys come; nothing is allocated after that.
//
// Where there is no room, the key goes that is the quietest of a few: of those
// behind the one that went last, so that of equally quiet ones each stays as long
// as there are places. One that stands out, which means over its limit, never
// goes. So keys that come once displace one another and nobody else. And only one
// new key in four is taken in then, by chance: whoever is in stays four times as
// long, and so who comes again and again, but slowly, is there at his next request
// and from then on heavier than those that come once. Of a hundred who came just
// more often than their limit among keys that come once, 99 were found out while
// 4 times as many of these came between two requests of theirs as there are
// places, and 76 at 8 times as many (TestSlowAmongMany).
//
// Rejected: to take all in, which finds out 100 up to 0.9 times as many and none
// at 1.5; and a count sketch before the table, of 6 and of 30 percent of its
// memory, which found out 23 and 100 at 4 times in a window of a minute, 98 and 30
// in one of ten. A map of pointers to instances, which was here: a request of a
// connection took 5 ns instead of 30, since it needed no lock, but memory was of
// no fixed size and a collection went through it.
type table[V any] struct {
	seed   maphash.Seed
	words  int // of a ring
	shards []shard[V]
}

// A shard has the keys with its hash. Cells are found by chains, whose links and
// heads are numbers from 1; 0 ends a chain.
type shard[V any] struct {
	mu    sync.Mutex // guards what follows
	heads []uint32   // by hash, a power of two of them
	cells []cell[V]
	rings []uint32 // of all cells
	max   int      // cells
	hand  int      // the cell behind the one that went last
	_     [64]byte
}

type cell[V any] struct {
	key   Key
	next  uint32
	value V
}

const (
	maxShards = 64
	// minPerShard is how many keys a shard has room for at least: so many that,
	// by chance, none is full before all are to five sixths.
	minPerShard = 512
	// looked is how many keys are looked at where one has to go.
	looked = 8
	// takenIn is of how many new keys one is taken in where another has to go.
	takenIn = 4
	// firstCells is how many a shard begins with.
	firstCells = 4
)

// A weight says what would be lost with a key: the least goes first.
type weight uint64

const (
	weightNone weight = 0              // nothing: it is as if it had never been there
	weightFull weight = math.MaxUint64 // it never goes
)

func newTable[V any](most, words int) *table[V] {
	n := 1
	for n < maxShards && most/(2*n) >= minPerShard {
		n *= 2
	}
	t := &table[V]{seed: maphash.MakeSeed(), words: words, shards: make([]shard[V], n)}
	for i := range t.shards {
		t.shards[i].max = (most + i) / n // together most
	}
	return t
}

// hash says where a key is: its low bits which shard, its high ones which chain.
func (t *table[V]) hash(key *Key) uint64 { return maphash.Bytes(t.seed, key[:]) }

func (t *table[V]) shard(hash uint64) *shard[V] { return &t.shards[hash&uint64(len(t.shards)-1)] }

// find returns the number of a key's cell, 0 if it has none. It may be where it
// was before, at hint. The caller holds s.mu.
func (s *shard[V]) find(key *Key, hash uint64, hint uint32) uint32 {
	if i := int(hint) - 1; i >= 0 && i < len(s.cells) && s.cells[i].key == *key {
		return hint
	}
	if len(s.heads) == 0 {
		return 0
	}
	at := *s.head(hash)
	for at != 0 && s.cells[at-1].key != *key {
		at = s.cells[at-1].next
	}
	return at
}

func (s *shard[V]) head(hash uint64) *uint32 { return &s.heads[hash>>32&uint64(len(s.heads)-1)] }

// add gives a key that has none a cell with zero values, and returns its number; 0
// if it is not taken in. weigh says what another key would be a loss of. The caller
// holds s.mu.
func (t *table[V]) add(s *shard[V], key *Key, hash uint64, weigh func(*V, []uint32) weight) uint32 {
	i, least := s.quietest(t.words, weigh)
	switch {
	case i >= 0 && least == weightNone:
		t.unlink(s, i)
	case len(s.cells) < s.max:
		i = t.grow(s)
	case i < 0, rand.Uint32()%takenIn != 0:
		return 0
	default:
		t.unlink(s, i)
	}
	head := s.head(hash)
	s.cells[i] = cell[V]{key: *key, next: *head}
	clear(s.ring(i, t.words))
	*head = uint32(i + 1)
	return *head
}

// quietest looks at a few cells and returns the one that weighs least, -1 if none
// may go.
func (s *shard[V]) quietest(words int, weigh func(*V, []uint32) weight) (least int, w weight) {
	least, w = -1, weightFull
	at := s.hand
	for range min(looked, len(s.cells)) {
		if at >= len(s.cells) {
			at = 0
		}
		if v := weigh(&s.cells[at].value, s.ring(at, words)); v < w {
			least, w = at, v
		}
		at++
	}
	if s.hand = at; least >= 0 {
		s.hand = least + 1
	}
	return least, w
}

// unlink takes a cell out of its chain.
func (t *table[V]) unlink(s *shard[V], i int) {
	at := s.head(t.hash(&s.cells[i].key))
	for *at != uint32(i+1) {
		at = &s.cells[*at-1].next
	}
	*at = s.cells[i].next
}

// grow makes a cell more than there are, and returns its index.
func (t *table[V]) grow(s *shard[V]) int {
	n := len(s.cells)
	if n == cap(s.cells) {
		size := min(s.max, max(firstCells, 2*n))
		s.cells = append(make([]cell[V], 0, size), s.cells...)
		s.rings = append(make([]uint32, 0, size*t.words), s.rings...)
	}
	s.cells, s.rings = s.cells[:n+1], s.rings[:(n+1)*t.words]
	if n >= len(s.heads) {
		t.rechain(s)
	}
	return n
}

// rechain doubles the chains.
func (t *table[V]) rechain(s *shard[V]) {
	s.heads = make([]uint32, max(firstCells, 2*len(s.heads)))
	for i := range s.cells[:len(s.cells)-1] {
		head := s.head(t.hash(&s.cells[i].key))
		s.cells[i].next, *head = *head, uint32(i+1)
	}
}

func (s *shard[V]) ring(i, words int) []uint32 { return s.rings[i*words : (i+1)*words] }

// memory returns how many bytes t may take at most.
func (t *table[V]) memory() (n int64) {
	for i := range t.shards {
		s := &t.shards[i]
		n += int64(s.max) * int64(unsafe.Sizeof(cell[V]{})+4*uintptr(t.words)+8) // fewer than 8 for its heads
		n += int64(unsafe.Sizeof(*s))
	}
	return n
}

// each calls f with every key, one shard at a time.
func (t *table[V]) each(f func(key *Key, v *V, ring []uint32)) {
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for j := range s.cells {
			f(&s.cells[j].key, &s.cells[j].value, s.ring(j, t.words))
		}
		s.mu.Unlock()
	}
}
