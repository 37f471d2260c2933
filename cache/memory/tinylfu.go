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
//	get ──> overlay if anything is in it, then ristretto, then both at once
//
// One writer goroutine takes the newest value of each queued hash, waits
// until ristretto has handled it, and only then takes it out of the overlay.
// So a put is visible from the moment it returns, a newer one always wins,
// and a value that ristretto refuses is counted and gone. The overlay is
// bounded by count and bytes; a put that finds it full is refused at once
// (and counted), it never waits.
//
// ristretto holds numbers of values instead of the values: its maps are in no
// order, and a garbage collector that follows a million pointers from there
// takes four times as long as from pages in the order in which they came.
type tinyLFU[T any] struct {
	*counters
	hashOf    func(*T) cachekey.Hash
	ristretto *ristretto.Cache[uint64, number] // by the lower half of the hash
	slots     pages[atomic.Pointer[T]]         // by ristretto's number
	free      []number                         // unused ones of those; the writer's and, while that waits, ristretto's

	overlaid atomic.Int64 // values in overlay; 0 lets get skip its lock
	overlay  struct {
		sync.RWMutex
		values map[cachekey.Hash]item[T]
		bytes  int64
		empty  *sync.Cond // signalled when the last value has left
		closed bool
	}
	queue chan cachekey.Hash // one for each put; sent and closed under the overlay's lock
	done  chan struct{}

	rejected atomic.Bool // the value being applied; the writer's and ristretto's
}

// An item is a value on its way in.
type item[T any] struct {
	value *T
	cost  int64
	dead  bool // the value is to be taken out; of cost 0
}

func (i item[T]) found() (*T, bool) {
	if i.dead {
		return nil, false
	}
	return i.value, true
}

func newTinyLFU[T any](c *counters, hashOf func(*T) cachekey.Hash) (*tinyLFU[T], error) {
	p := &tinyLFU[T]{
		counters: c,
		hashOf:   hashOf,
		queue:    make(chan cachekey.Hash, queueLength),
		done:     make(chan struct{}),
	}
	p.overlay.values = make(map[cachekey.Hash]item[T])
	p.overlay.empty = sync.NewCond(&p.overlay)
	var err error
	p.ristretto, err = ristretto.NewCache(&ristretto.Config[uint64, number]{
		NumCounters:        countersFor(c.maxBytes),
		MaxCost:            c.maxBytes,
		BufferItems:        256,
		IgnoreInternalCost: true, // costs are true sizes already
		OnEvict:            p.left,
		OnReject:           func(*ristretto.Item[number]) { p.rejected.Store(true) },
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

// get looks into the overlay, then asks ristretto. In between the writer may
// take what is replaced out of ristretto, or give its number to another value:
// so only peek says that there is nothing.
func (p *tinyLFU[T]) get(hash cachekey.Hash) (*T, bool) {
	if p.overlaid.Load() > 0 {
		p.overlay.RLock()
		i, ok := p.overlay.values[hash]
		p.overlay.RUnlock()
		if ok {
			return i.found()
		}
	}
	if i, ok := p.ristretto.Get(hash.Lo); ok {
		if v := p.slots.at(i).Load(); v != nil && p.hashOf(v) == hash {
			return v, true
		}
	}
	return p.peek(hash)
}

// peek looks into both under the overlay's lock: nothing comes into it or
// leaves it meanwhile, so no value moves from one to the other between the two
// looks. It asks for the TTL first, for ristretto counts what it gets.
func (p *tinyLFU[T]) peek(hash cachekey.Hash) (*T, bool) {
	p.overlay.RLock()
	defer p.overlay.RUnlock()
	if i, ok := p.overlay.values[hash]; ok {
		return i.found()
	}
	if _, there := p.ristretto.GetTTL(hash.Lo); !there {
		return nil, false
	}
	if v := p.settled(hash); v != nil && p.hashOf(v) == hash {
		return v, true
	}
	return nil, false // it has left, or is one with the same lower half
}

func (p *tinyLFU[T]) put(hash cachekey.Hash, value *T, cost int64) bool {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	old, replaced := p.overlay.values[hash]
	bytes := p.overlay.bytes - old.cost + cost
	if p.overlay.closed || len(p.queue) == cap(p.queue) || bytes > max(p.maxBytes/overlayShare, cost) {
		return p.refuse()
	}
	p.overlay.values[hash] = item[T]{value: value, cost: cost}
	p.overlay.bytes = bytes
	if !replaced {
		p.overlaid.Add(1)
	}
	p.queue <- hash // has room: only put sends, and it holds the lock
	return true
}

// remove goes the way of a put, so that the writer alone changes what
// ristretto holds.
func (p *tinyLFU[T]) remove(hash cachekey.Hash, value *T) bool {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	pending, exists := p.overlay.values[hash]
	kept := pending.value
	if !exists {
		kept = p.settled(hash)
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
	p.overlay.values[hash] = item[T]{value: value, dead: true}
	p.queue <- hash
	return true
}

// settled returns what ristretto has in the place of hash, nil if nothing.
func (p *tinyLFU[T]) settled(hash cachekey.Hash) *T {
	if i, ok := p.ristretto.Get(hash.Lo); ok {
		return p.slots.at(i).Load()
	}
	return nil
}

// each visits the overlay, then ristretto, which holds the lock of one of its
// 256 shards meanwhile.
func (p *tinyLFU[T]) each(visit func(cachekey.Hash, *T) bool) {
	p.overlay.RLock()
	coming := maps.Clone(p.overlay.values)
	p.overlay.RUnlock()
	for hash, i := range coming {
		if !i.dead && !visit(hash, i.value) {
			return
		}
	}
	p.ristretto.IterValues(func(i number) (stop bool) {
		v := p.slots.at(i).Load()
		if v == nil { // it leaves
			return false
		}
		hash := p.hashOf(v)
		_, visited := coming[hash]
		return !visited && !visit(hash, v)
	})
}

// write is the writer goroutine: it ends when close closes the queue. A hash
// that was queued more than once finds its value applied already.
func (p *tinyLFU[T]) write() {
	defer close(p.done)
	for hash := range p.queue {
		if i, ok := p.pending(hash); ok {
			p.apply(hash, i)
			p.settle(hash, i)
		}
	}
}

// pending returns the newest value of hash that is not applied yet.
func (p *tinyLFU[T]) pending(hash cachekey.Hash) (item[T], bool) {
	p.overlay.RLock()
	defer p.overlay.RUnlock()
	i, ok := p.overlay.values[hash]
	return i, ok
}

// apply gives i to ristretto and waits until it was handled. What it replaces
// is taken out first, and i competes like a new value if it is larger:
// ristretto's update path never evicts, so the bound would not hold. What has
// its hash is older than i, for values are applied in the order they came.
func (p *tinyLFU[T]) apply(hash cachekey.Hash, i item[T]) {
	at, exists := p.ristretto.Get(hash.Lo)
	if i.dead && (!exists || p.hashOf(p.slots.at(at).Load()) != hash) {
		return
	}
	if exists {
		p.ristretto.Del(hash.Lo)
		p.values.Add(-1)
	} else {
		at = p.take()
	}
	switch {
	case i.dead:
		p.ristretto.Wait()
		p.give(at)
	case at == none || !p.admitted(hash, at, i):
		p.give(at)
		p.refuse()
	default:
		p.values.Add(1)
	}
	p.bytes.Store(p.maxBytes - p.ristretto.RemainingCost())
}

// admitted offers i to ristretto under a number and reports whether it is
// kept.
func (p *tinyLFU[T]) admitted(hash cachekey.Hash, at number, i item[T]) bool {
	p.slots.at(at).Store(i.value)
	p.rejected.Store(false)
	taken := p.ristretto.Set(hash.Lo, at, i.cost)
	p.ristretto.Wait()
	return taken && !p.rejected.Load()
}

// take returns an unused number, or none.
func (p *tinyLFU[T]) take() number {
	last := len(p.free) - 1
	if last < 0 {
		return p.slots.next()
	}
	at := p.free[last]
	p.free = p.free[:last]
	return at
}

// give takes back a number, with its value.
func (p *tinyLFU[T]) give(at number) {
	if at != none {
		p.slots.at(at).Store(nil)
		p.free = append(p.free, at)
	}
}

// settle takes i out of the overlay unless a newer put of it has come.
func (p *tinyLFU[T]) settle(hash cachekey.Hash, i item[T]) {
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
func (p *tinyLFU[T]) left(i *ristretto.Item[number]) {
	if i.Value != none { // ristretto may report a zero value
		p.evicted(p.hashOf(p.slots.at(i.Value).Load()), i.Cost)
		p.give(i.Value)
	}
}

func (p *tinyLFU[T]) flush() {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	for len(p.overlay.values) > 0 {
		p.overlay.empty.Wait()
	}
}

func (p *tinyLFU[T]) close() {
	if p.closeQueue() {
		<-p.done
		p.ristretto.Close()
	}
}

func (p *tinyLFU[T]) closeQueue() (first bool) {
	p.overlay.Lock()
	defer p.overlay.Unlock()
	if p.overlay.closed {
		return false
	}
	p.overlay.closed = true
	close(p.queue)
	return true
}
