package memory

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/groundfront/groundfront/cachekey"
)

const (
	queueLength = 1024
	// overlayShare is the part of MaxBytes that may be in the overlay beside
	// what is kept.
	overlayShare = 16
)

// tinyLFU is the policy by ristretto, an eventually consistent store: a Set
// becomes visible later, may be dropped without a word, and two Sets of one
// key may end in the older value. A small overlay of values on their way in
// hides all three:
//
//	put ──> overlay (visible at once) ──> queue of hashes ──> writer ──> ristretto
//	get ──> overlay if anything is in it, else ristretto
//
// One writer goroutine takes the newest value of each queued hash, waits
// until ristretto has handled it, and only then takes it out of the overlay.
// So a put is visible from the moment it returns, a newer one always wins,
// and a value that ristretto refuses is counted and gone. The overlay is
// bounded by count and bytes; a put that finds it full is refused at once
// (and counted), it never waits.
type tinyLFU[V comparable] struct {
	*counters
	hashOf    func(V) cachekey.Hash
	ristretto *ristretto.Cache[uint64, V] // by the lower half of the hash

	overlaid atomic.Int64 // values in overlay; 0 lets get skip its lock
	overlay  struct {
		sync.RWMutex
		values map[cachekey.Hash]item[V]
		bytes  int64
		empty  *sync.Cond // signalled when the last value has left
		closed bool
	}
	queue chan cachekey.Hash // one for each put; sent and closed under the overlay's lock
	done  chan struct{}

	rejected atomic.Bool // the value being applied; the writer's and ristretto's
}

// An item is a value on its way in.
type item[V comparable] struct {
	value V
	cost  int64
	dead  bool // the value is to be taken out; of cost 0
}

func newTinyLFU[V comparable](c *counters, hashOf func(V) cachekey.Hash) (*tinyLFU[V], error) {
	p := &tinyLFU[V]{
		counters: c,
		hashOf:   hashOf,
		queue:    make(chan cachekey.Hash, queueLength),
		done:     make(chan struct{}),
	}
	p.overlay.values = make(map[cachekey.Hash]item[V])
	p.overlay.empty = sync.NewCond(&p.overlay)
	var err error
	p.ristretto, err = ristretto.NewCache(&ristretto.Config[uint64, V]{
		NumCounters:        countersFor(c.maxBytes),
		MaxCost:            c.maxBytes,
		BufferItems:        256,
		IgnoreInternalCost: true, // costs are true sizes already
		OnEvict:            p.left,
		OnReject:           func(*ristretto.Item[V]) { p.rejected.Store(true) },
	})
	if err != nil {
		return nil, err
	}
	go p.write()
	return p, nil
}

// countersFor returns the size of the frequency sketch, which ages once in as
// many requests. Few counters forget what is used seldom; many never age, and
// as none counts beyond 15, what is used often and what was used long ago then
// look the same. In the long run 25 to 100 counters a value are best (part of
// 3 to 4 million requests of zipf 0.8 that a cache with room for 10,000 and for
// 1,000 typical values answers; LRU answers 47 and 21 %):
//
//	2.5      5       12      25      50      100     200     600
//	52.5 %   55.1 %  57.5 %  59.2 %  59.1 %  55.8 %  51.5 %  47.5 %
//	                 28.4 %  30.6 %  32.4 %  33.4 %  30.9 %  26.2 %
//
// How large values are shows only later. A counter for 307 bytes gives values
// of 1.5 KiB 5, of 8 KiB 27 and of 25 KiB 83 counters. They take 1.2 % of
// maxBytes: 3 MiB of 2^20 * 5/6 counters, the most that neither ristretto's
// sketch nor its Bloom filter rounds up to the next power of two.
func countersFor(maxBytes int64) int64 {
	const least = 1 << 14
	power := math.Round(math.Log2(float64(max(maxBytes/256, least))))
	return int64(math.Exp2(power) * 5 / 6)
}

func (p *tinyLFU[V]) get(hash cachekey.Hash) (V, bool) {
	if p.overlaid.Load() > 0 {
		p.overlay.RLock()
		i, ok := p.overlay.values[hash]
		p.overlay.RUnlock()
		if ok && i.dead {
			var none V
			return none, false
		}
		if ok {
			return i.value, true
		}
	}
	return p.settled(hash)
}

// settled returns the value that ristretto has under hash. It may have one of
// a hash with the same lower half.
func (p *tinyLFU[V]) settled(hash cachekey.Hash) (V, bool) {
	v, ok := p.ristretto.Get(hash.Lo)
	if !ok || p.hashOf(v) != hash {
		var none V
		return none, false
	}
	return v, true
}

func (p *tinyLFU[V]) put(hash cachekey.Hash, value V, cost int64) bool {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	old, replaced := p.overlay.values[hash]
	bytes := p.overlay.bytes - old.cost + cost
	if p.overlay.closed || len(p.queue) == cap(p.queue) || bytes > max(p.maxBytes/overlayShare, cost) {
		return p.refuse()
	}
	p.overlay.values[hash] = item[V]{value: value, cost: cost}
	p.overlay.bytes = bytes
	if !replaced {
		p.overlaid.Add(1)
	}
	p.queue <- hash // has room: only put sends, and it holds the lock
	return true
}

// remove goes the way of a put, so that the writer alone changes what
// ristretto holds.
func (p *tinyLFU[V]) remove(hash cachekey.Hash, value V) bool {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	pending, exists := p.overlay.values[hash]
	kept := pending.value
	if !exists {
		kept, _ = p.settled(hash)
	}
	switch {
	case kept != value:
		return true
	case p.overlay.closed, len(p.queue) == cap(p.queue):
		return false
	case !exists:
		p.overlaid.Add(1)
	}
	p.overlay.bytes -= pending.cost
	p.overlay.values[hash] = item[V]{value: value, dead: true}
	p.queue <- hash
	return true
}

// each visits the overlay, then ristretto, which holds the lock of one of its
// 256 shards meanwhile.
func (p *tinyLFU[V]) each(visit func(cachekey.Hash, V) bool) {
	p.overlay.RLock()
	coming := maps.Clone(p.overlay.values)
	p.overlay.RUnlock()
	for hash, i := range coming {
		if !i.dead && !visit(hash, i.value) {
			return
		}
	}
	p.ristretto.IterValues(func(v V) (stop bool) {
		hash := p.hashOf(v)
		_, visited := coming[hash]
		return !visited && !visit(hash, v)
	})
}

// write is the writer goroutine: it ends when close closes the queue. A hash
// that was queued more than once finds its value applied already.
func (p *tinyLFU[V]) write() {
	defer close(p.done)
	for hash := range p.queue {
		if i, ok := p.pending(hash); ok {
			p.apply(hash, i)
			p.settle(hash, i)
		}
	}
}

// pending returns the newest value of hash that is not applied yet.
func (p *tinyLFU[V]) pending(hash cachekey.Hash) (item[V], bool) {
	p.overlay.RLock()
	defer p.overlay.RUnlock()
	i, ok := p.overlay.values[hash]
	return i, ok
}

// apply gives i to ristretto and waits until it was handled. What it replaces
// is taken out first, and i competes like a new value if it is larger:
// ristretto's update path never evicts, so the bound would not hold. What has
// its hash is older than i, for values are applied in the order they came.
func (p *tinyLFU[V]) apply(hash cachekey.Hash, i item[V]) {
	old, exists := p.ristretto.Get(hash.Lo)
	if exists && (!i.dead || p.hashOf(old) == hash) {
		p.ristretto.Del(hash.Lo)
		p.values.Add(-1)
	}
	p.rejected.Store(false)
	taken := !i.dead && p.ristretto.Set(hash.Lo, i.value, i.cost)
	p.ristretto.Wait()
	switch {
	case taken && !p.rejected.Load():
		p.values.Add(1)
	case !i.dead:
		p.refuse()
	}
	p.bytes.Store(p.maxBytes - p.ristretto.RemainingCost())
}

// settle takes i out of the overlay unless a newer put of it has come.
func (p *tinyLFU[V]) settle(hash cachekey.Hash, i item[V]) {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	if p.overlay.values[hash] == i {
		delete(p.overlay.values, hash)
		p.overlay.bytes -= i.cost
		p.overlaid.Add(-1)
	}
	if len(p.overlay.values) == 0 {
		p.overlay.empty.Broadcast()
	}
}

// left runs on ristretto's goroutine.
func (p *tinyLFU[V]) left(i *ristretto.Item[V]) {
	var none V
	if i.Value != none { // ristretto may report a zero value
		p.evicted(p.hashOf(i.Value), i.Cost)
	}
}

func (p *tinyLFU[V]) flush() {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	for len(p.overlay.values) > 0 {
		p.overlay.empty.Wait()
	}
}

func (p *tinyLFU[V]) close() {
	if p.closeQueue() {
		<-p.done
		p.ristretto.Close()
	}
}

func (p *tinyLFU[V]) closeQueue() (first bool) {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	if p.overlay.closed {
		return false
	}
	p.overlay.closed = true
	close(p.queue)
	return true
}
