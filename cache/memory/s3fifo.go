package memory

import (
	"hash/maphash"
	"sync"

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
// Values lie in a slab, and queues and index name them by number (slab.go): to
// the garbage collector the policy is a few large objects, however many values
// there are. Rejected: an object and a slot of a map for each, which take 60
// bytes more and ten times the time of a collection (BenchmarkLayout).
//
// Rejected: queues for each shard, with a share of the bytes. A value of
// 8 MiB has no room in a 64th of 256 MiB, and small would be the shard's tenth
// of that. One order is exact, and what needs to be parallel is get.
//
// Rejected: two hits, as in the paper, before a value may go from small to
// main. On the traces of bench/hitratio it answers 0.3 to 0.7 % of the requests
// less in a large cache, and as many in a small one.
type s3FIFO[T any] struct {
	*counters
	slab  slab[T]
	index index[T]

	order struct {
		sync.Mutex
		small, main fifo[T]
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
	// deadCost is what a deleted value still counts, its node, so that those
	// that wait in the queues are bounded too.
	deadCost = 40
)

func newS3FIFO[T any](c *counters, hashOf func(*T) cachekey.Hash) *s3FIFO[T] {
	p := &s3FIFO[T]{counters: c}
	p.index.seed, p.index.hashOf, p.index.slab = maphash.MakeSeed(), hashOf, &p.slab
	p.order.small.slab, p.order.main.slab = &p.slab, &p.slab
	return p
}

func (p *s3FIFO[T]) get(hash cachekey.Hash) (*T, bool) {
	s, tag := p.index.place(hash)
	s.RLock()
	defer s.RUnlock()
	_, n := p.index.find(s, hash, tag)
	if n == nil {
		return nil, false
	}
	// A hit that is lost to another one at the same time does not matter.
	if hits := n.hits.Load(); hits < maxHits {
		n.hits.CompareAndSwap(hits, hits+1)
	}
	return n.value, true
}

// find returns the node of hash, nil if there is none. It is the order lock's
// holder that asks: nobody else ends a node.
func (p *s3FIFO[T]) find(hash cachekey.Hash) (number, *node[T]) {
	s, tag := p.index.place(hash)
	s.RLock()
	defer s.RUnlock()
	return p.index.find(s, hash, tag)
}

// put makes room first: for all of the value, or for what it grows by. The
// old value may be among those that leave.
func (p *s3FIFO[T]) put(hash cachekey.Hash, value *T, cost int64) bool {
	p.order.Lock()
	defer p.order.Unlock()
	if p.order.closed || cost > p.maxBytes {
		return p.refuse()
	}
	for {
		_, old := p.find(hash)
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
			return p.insert(hash, value, cost)
		}
	}
}

func (p *s3FIFO[T]) replace(n *node[T], value *T, growth int64) {
	p.index.replace(n, value)
	n.cost += growth
	p.queue(n).bytes += growth
	p.bytes.Add(growth)
}

func (p *s3FIFO[T]) insert(hash cachekey.Hash, value *T, cost int64) bool {
	i := p.slab.take()
	if i == none {
		return p.refuse()
	}
	n := p.slab.at(i)
	n.cost, n.main = cost, p.order.ghosts.take(hash)
	p.queue(n).push(i, n)
	p.came(cost)
	p.index.link(hash, i, n, value)
	return true
}

// evict takes one value out; there is one. It spares those that were asked
// for again: from small they go to main, in main they go round.
func (p *s3FIFO[T]) evict() {
	for turn := 0; ; turn++ {
		i, n := p.candidate()
		hits := n.hits.Load()
		switch {
		case turn == maxTurns, hits == 0, n.dead:
			p.drop(i, n)
			return
		case n.main:
			n.hits.Store(hits - 1)
		default:
			n.hits.Store(0)
			n.main = true
		}
		p.order.main.push(i, n)
	}
}

// candidate takes the head of small while small has more than its share, else
// that of main.
func (p *s3FIFO[T]) candidate() (number, *node[T]) {
	if p.order.small.bytes > p.bytes.Load()/smallShare || p.order.main.head == none {
		return p.order.small.pop()
	}
	return p.order.main.pop()
}

// drop ends n, which is in no queue any more.
func (p *s3FIFO[T]) drop(i number, n *node[T]) {
	if n.dead {
		p.bytes.Add(-n.cost)
		p.slab.give(i, n)
		return
	}
	hash := p.index.hashOf(n.value)
	if !n.main {
		p.order.ghosts.add(hash, p.values.Load())
	}
	p.index.unlink(i, n)
	p.evicted(hash, n.cost)
	p.slab.give(i, n)
}

// queue returns the one that n is in, or is to be in.
func (p *s3FIFO[T]) queue(n *node[T]) *fifo[T] {
	if n.main {
		return &p.order.main
	}
	return &p.order.small
}

// remove leaves the node in its queue, whose middle cannot be reached.
func (p *s3FIFO[T]) remove(hash cachekey.Hash, value *T) bool {
	p.order.Lock()
	defer p.order.Unlock()
	i, n := p.find(hash)
	if n == nil || n.value != value {
		return true
	}
	p.index.unlink(i, n)
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
func (p *s3FIFO[T]) each(visit func(cachekey.Hash, *T) bool) {
	var values []*T
	for i := range p.index.shards {
		values = p.index.appendValues(values[:0], &p.index.shards[i])
		for _, v := range values {
			if !visit(p.index.hashOf(v), v) {
				return
			}
		}
	}
}

func (p *s3FIFO[T]) flush() {} // every put is decided when it returns

func (p *s3FIFO[T]) close() {
	p.order.Lock()
	defer p.order.Unlock()
	p.order.closed = true
}

// peek is get: what is not there is not counted.
func (p *s3FIFO[T]) peek(hash cachekey.Hash) (*T, bool) { return p.get(hash) }
