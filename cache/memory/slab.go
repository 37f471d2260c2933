package memory

import (
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cachekey"
)

// A node is one value of s3FIFO. The order lock guards it, but for what only
// the index needs.
type node[T any] struct {
	value *T     // guarded by the lock of its index shard, for writing by both
	tag   uint64 // of its hash; guarded like value
	cost  int64
	chain number // the next of its bucket in the index; guarded like value
	next  number // in its queue, or the next free one
	hits  atomic.Uint32
	main  bool // in main, else in small
	dead  bool // deleted; leaves its queue when it is its turn
}

// A slab holds nodes. It does not shrink: it has as many as there were values
// at most. The order lock guards take and give; at may be called by everyone.
type slab[T any] struct {
	pages[node[T]]
	free number // the first of the free ones
}

// take returns the number of a zero node, or none if all are in use.
func (s *slab[T]) take() number {
	i := s.free
	if i == none {
		return s.next()
	}
	n := s.at(i)
	s.free, n.next = n.next, none
	return i
}

// give takes back a node that no queue and no index leads to.
func (s *slab[T]) give(i number, n *node[T]) {
	n.hits.Store(0)
	n.cost, n.main, n.dead = 0, false, false
	n.next, s.free = s.free, i
}

// An index leads from hashes to nodes. Its place for a hash depends on a seed:
// whoever chooses keys, and so hashes, cannot crowd many into one bucket.
type index[T any] struct {
	seed   maphash.Seed
	hashOf func(*T) cachekey.Hash
	slab   *slab[T]
	shards [indexShards]indexShard
}

// An indexShard is a table of buckets, each a chain of nodes. There are at
// least as many buckets as nodes, and a power of two.
//
// Rejected: a map from hashes to numbers. It takes 45 bytes a value more, for
// its slots are larger and up to half of them are empty.
type indexShard struct {
	sync.RWMutex
	buckets []number
	nodes   int
	_       [8]byte // a cache line for each lock
}

// place returns the shard of a hash and its tag, which tells the bucket.
func (x *index[T]) place(hash cachekey.Hash) (s *indexShard, tag uint64) {
	tag = maphash.Comparable(x.seed, hash)
	return &x.shards[tag%indexShards], tag
}

func (s *indexShard) bucket(tag uint64) *number {
	return &s.buckets[tag/indexShards&uint64(len(s.buckets)-1)]
}

// find returns the node of hash, if there is one. The caller holds the
// shard's lock.
func (x *index[T]) find(s *indexShard, hash cachekey.Hash, tag uint64) (number, *node[T]) {
	if s.nodes == 0 {
		return none, nil
	}
	for i := *s.bucket(tag); i != none; {
		n := x.slab.at(i)
		if n.tag == tag && x.hashOf(n.value) == hash {
			return i, n
		}
		i = n.chain
	}
	return none, nil
}

// link puts a node with its value into the index.
func (x *index[T]) link(hash cachekey.Hash, i number, n *node[T], value *T) {
	s, tag := x.place(hash)
	s.Lock()
	defer s.Unlock()
	if s.nodes == len(s.buckets) {
		x.grow(s)
	}
	s.nodes++
	b := s.bucket(tag)
	n.tag, n.value, n.chain, *b = tag, value, *b, i
}

// grow doubles the buckets.
func (x *index[T]) grow(s *indexShard) {
	old := s.buckets
	s.buckets = make([]number, max(2*len(old), 8))
	for _, i := range old {
		for i != none {
			n := x.slab.at(i)
			b := s.bucket(n.tag)
			i, n.chain, *b = n.chain, *b, i
		}
	}
}

// unlink takes a node, which is there, out of the index, and its value out of
// the node.
func (x *index[T]) unlink(i number, n *node[T]) {
	s := &x.shards[n.tag%indexShards]
	s.Lock()
	defer s.Unlock()
	at := s.bucket(n.tag)
	for *at != i {
		at = &x.slab.at(*at).chain
	}
	*at = n.chain
	s.nodes--
	n.value, n.chain = nil, none
}

// replace gives a node another value.
func (x *index[T]) replace(n *node[T], value *T) {
	s := &x.shards[n.tag%indexShards]
	s.Lock()
	defer s.Unlock()
	n.value = value
}

// appendValues appends the values of a shard.
func (x *index[T]) appendValues(values []*T, s *indexShard) []*T {
	s.RLock()
	defer s.RUnlock()
	for _, i := range s.buckets {
		for i != none {
			n := x.slab.at(i)
			values = append(values, n.value)
			i = n.chain
		}
	}
	return values
}

// A fifo is a queue of nodes, linked through next.
type fifo[T any] struct {
	slab       *slab[T]
	head, tail number
	bytes      int64
}

func (q *fifo[T]) push(i number, n *node[T]) {
	if q.tail == none {
		q.head = i
	} else {
		q.slab.at(q.tail).next = i
	}
	q.tail = i
	q.bytes += n.cost
}

// pop takes the head of a queue that has one.
func (q *fifo[T]) pop() (number, *node[T]) {
	i := q.head
	n := q.slab.at(i)
	q.head, n.next = n.next, none
	if q.head == none {
		q.tail = none
	}
	q.bytes -= n.cost
	return i, n
}
