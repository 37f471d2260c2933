package memory

import (
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// s3FIFO is the policy of Yang, Zhang, Qiu, Yue and Vinayak, "FIFO queues are
// all you need for cache eviction" (SOSP 2023), with costs in bytes:
//
//	                  asked for again
//	put ──> small ───────────────────────> main <──┐ asked for again
//	          │ not                         │ └────┘
//	          v                             v not
//	        ghosts ── put again ──> main   evicted
//
// Most of what a cache stores is never asked for again. Such values pass
// through small, which has a tenth of the bytes, and leave; of each only its
// hash is remembered for a while, among the ghosts, and if it is put again
// meanwhile it enters main directly. A hit moves nothing: it only counts,
// up to maxHits, and the count is read when a value reaches a queue's head.
//
// Invariants, under the order lock: each value is in exactly one queue, and in
// the index under its hash unless it is dead; the queues' bytes add up to
// counters.bytes, which never exceeds maxBytes, not even while values are
// replaced; an eviction takes at most maxTurns steps, so the lock is held for
// microseconds.
//
// A get takes the read lock of one of indexShards parts of the index and
// writes one word, at most maxHits times between two visits of the queues. A
// put takes the order lock, and under it that of an index shard; a put is a
// miss, a hundred times dearer than the queues.
//
// Rejected: queues for each shard, with a share of the bytes. A value of
// 8 MiB has no room in a 64th of 256 MiB, and small would be the shard's tenth
// of that. One order is exact, and what needs to be parallel is get.
//
// Rejected: indexes into one slab of nodes in place of pointers. It saves
// 8 bytes a value, but a slab that grows needs the lock of every get.
//
// Rejected: two hits, as in the paper, before a value may go from small to
// main. On the traces of bench/hitratio it answers 0.3 to 0.7 % of the requests
// less in a large cache, and as many in a small one.
type s3FIFO[V comparable] struct {
	*counters
	index [indexShards]indexShard[V]

	order struct {
		sync.Mutex
		small, main fifo[V]
		ghosts      ghosts
		closed      bool
	}
}

const (
	indexShards = 64
	// smallShare is the part of the bytes that small may have before it
	// gives.
	smallShare = 10
	// maxHits is as far as hits are counted: what is in main survives as many
	// visits.
	maxHits = 3
	// maxTurns bounds the values that one eviction spares. Only a cache whose
	// values are nearly all in use reaches it; the next value goes then, used
	// or not.
	maxTurns = 1024
)

// A node is one value.
type node[V comparable] struct {
	hash  cachekey.Hash
	value V // guarded by its index shard's lock
	cost  int64
	next  *node[V] // in its queue
	hits  atomic.Uint32
	main  bool // in main, else in small
	dead  bool // deleted; leaves its queue when it is its turn
}

// deadCost is what a deleted value still counts, so that the nodes that wait
// in the queues are bounded too.
const deadCost = 128

type indexShard[V comparable] struct {
	sync.RWMutex
	nodes map[cachekey.Hash]*node[V]
	_     [32]byte // a cache line for each lock
}

func newS3FIFO[V comparable](c *counters) *s3FIFO[V] {
	p := &s3FIFO[V]{counters: c}
	for i := range p.index {
		p.index[i].nodes = make(map[cachekey.Hash]*node[V])
	}
	return p
}

func (p *s3FIFO[V]) shard(hash cachekey.Hash) *indexShard[V] {
	return &p.index[hash.Hi%indexShards]
}

func (p *s3FIFO[V]) get(hash cachekey.Hash) (V, bool) {
	s := p.shard(hash)
	s.RLock()
	n := s.nodes[hash]
	if n == nil {
		s.RUnlock()
		var none V
		return none, false
	}
	value := n.value
	s.RUnlock()
	// A hit that is lost to another one at the same time does not matter.
	if hits := n.hits.Load(); hits < maxHits {
		n.hits.CompareAndSwap(hits, hits+1)
	}
	return value, true
}

// put makes room first: for all of the value, or for what it grows by. The
// old value may be among those that leave.
func (p *s3FIFO[V]) put(hash cachekey.Hash, value V, cost int64) bool {
	p.order.Lock()
	defer p.order.Unlock()
	if p.order.closed || cost > p.maxBytes {
		return p.refuse()
	}
	for {
		old := p.shard(hash).find(hash)
		growth := cost
		if old != nil {
			growth -= old.cost
		}
		switch {
		case p.bytes.Load()+growth > p.maxBytes:
			p.evict()
		case old != nil:
			p.replace(old, value, growth)
			return true
		default:
			p.insert(&node[V]{hash: hash, value: value, cost: cost})
			return true
		}
	}
}

func (p *s3FIFO[V]) replace(n *node[V], value V, growth int64) {
	s := p.shard(n.hash)
	s.Lock()
	n.value = value
	s.Unlock()
	n.cost += growth
	p.queue(n).bytes += growth
	p.bytes.Add(growth)
}

func (p *s3FIFO[V]) insert(n *node[V]) {
	n.main = p.order.ghosts.take(n.hash)
	p.queue(n).push(n)
	p.came(n.cost)
	s := p.shard(n.hash)
	s.Lock()
	s.nodes[n.hash] = n
	s.Unlock()
}

// evict takes one value out; there is one. It spares those that were asked
// for again: from small they go to main, in main they go round.
func (p *s3FIFO[V]) evict() {
	for turn := 0; ; turn++ {
		n := p.candidate()
		hits := n.hits.Load()
		switch {
		case turn == maxTurns, hits == 0, n.dead:
			p.drop(n)
			return
		case n.main:
			n.hits.Store(hits - 1)
		default:
			n.hits.Store(0)
			n.main = true
		}
		p.order.main.push(n)
	}
}

// candidate takes the head of small while small has more than its share, else
// that of main.
func (p *s3FIFO[V]) candidate() *node[V] {
	if p.order.small.bytes > p.bytes.Load()/smallShare || p.order.main.head == nil {
		return p.order.small.pop()
	}
	return p.order.main.pop()
}

// drop ends n, which is in no queue any more.
func (p *s3FIFO[V]) drop(n *node[V]) {
	if n.dead {
		p.bytes.Add(-n.cost)
		return
	}
	if !n.main {
		p.order.ghosts.add(n.hash, p.values.Load())
	}
	s := p.shard(n.hash)
	s.Lock()
	delete(s.nodes, n.hash)
	s.Unlock()
	p.evicted(n.hash, n.cost)
}

// queue returns the one that n is in, or is to be in.
func (p *s3FIFO[V]) queue(n *node[V]) *fifo[V] {
	if n.main {
		return &p.order.main
	}
	return &p.order.small
}

// remove leaves the node in its queue, whose middle cannot be reached.
func (p *s3FIFO[V]) remove(hash cachekey.Hash, value V) bool {
	p.order.Lock()
	defer p.order.Unlock()
	n := p.shard(hash).find(hash)
	if n == nil || n.value != value {
		return true
	}
	s := p.shard(hash)
	s.Lock()
	delete(s.nodes, hash)
	var none V
	n.value = none
	s.Unlock()
	n.dead = true
	freed := max(n.cost-deadCost, 0)
	n.cost -= freed
	p.queue(n).bytes -= freed
	p.bytes.Add(-freed)
	p.values.Add(-1)
	return true
}

// each copies one shard after the other, so that no lock is held while it
// visits.
func (p *s3FIFO[V]) each(visit func(cachekey.Hash, V) bool) {
	type pair struct {
		hash  cachekey.Hash
		value V
	}
	var pairs []pair
	for i := range p.index {
		s := &p.index[i]
		pairs = pairs[:0]
		s.RLock()
		for hash, n := range s.nodes {
			pairs = append(pairs, pair{hash, n.value})
		}
		s.RUnlock()
		for _, v := range pairs {
			if !visit(v.hash, v.value) {
				return
			}
		}
	}
}

func (p *s3FIFO[V]) flush() {} // every put is decided when it returns

func (p *s3FIFO[V]) close() {
	p.order.Lock()
	defer p.order.Unlock()
	p.order.closed = true
}

func (s *indexShard[V]) find(hash cachekey.Hash) *node[V] {
	s.RLock()
	defer s.RUnlock()
	return s.nodes[hash]
}

// A fifo is a queue of nodes, linked through next.
type fifo[V comparable] struct {
	head, tail *node[V]
	bytes      int64
}

func (q *fifo[V]) push(n *node[V]) {
	if q.tail == nil {
		q.head = n
	} else {
		q.tail.next = n
	}
	q.tail = n
	q.bytes += n.cost
}

// pop takes the head of a queue that has one.
func (q *fifo[V]) pop() *node[V] {
	n := q.head
	q.head, n.next = n.next, nil
	if q.head == nil {
		q.tail = nil
	}
	q.bytes -= n.cost
	return n
}
