package memory

import (
	"math/bits"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/dgraph-io/ristretto/v2"

	"github.com/groundfront/groundfront/cachekey"
)

// kept adds up what ristretto holds.
func (p *tinyLFU[T]) kept() (values, bytes int64) {
	p.ristretto.IterValues(func(number) bool {
		values++
		return false
	})
	return values, p.maxBytes - p.ristretto.RemainingCost()
}

// check holds the numbers that ristretto has against the values they lead to.
func (p *tinyLFU[T]) check(t *testing.T) {
	t.Helper()
	kept := make(map[number]bool)
	p.ristretto.IterValues(func(i number) bool {
		if kept[i] || p.slots.at(i).Load() == nil {
			t.Errorf("number %d leads to no value, or is given twice", i)
		}
		kept[i] = true
		return false
	})
	for _, i := range p.free {
		if kept[i] || p.slots.at(i).Load() != nil {
			t.Errorf("number %d is free and in use", i)
		}
	}
	if got, want := len(kept)+len(p.free), int(p.slots.used); got != want {
		t.Errorf("got %d numbers in use or free, want all %d", got, want)
	}
}

// The sketch is in proportion to the store, and no larger than what ristretto
// makes of it anyway: powers of two.
func TestCountersFor(t *testing.T) {
	for maxBytes := int64(1); maxBytes < 1<<40; maxBytes += maxBytes/3 + 1 {
		got := countersFor(maxBytes)
		if least, most := maxBytes/440, max(maxBytes/210, 14_000); got < least || got > most {
			t.Errorf("%d bytes: got %d counters, want %d to %d", maxBytes, got, least, most)
		}
		const bitsPerCounter = 9.586 // of a Bloom filter that errs once in a hundred
		sketch, bloom := bits.Len64(uint64(got-1)), bits.Len64(uint64(float64(got)*bitsPerCounter)-1)
		if bloom != sketch+3 {
			t.Errorf("%d bytes: %d counters make a sketch of 2^%d and a filter of 2^%d bits", maxBytes, got, sketch, bloom)
		}
	}
}

// Two hashes with equal low halves share a slot of ristretto; neither is ever
// returned for the other.
func TestHalfEqualHashes(t *testing.T) {
	s := newStore(t, EvictionTinyLFU, 1<<20, nil)
	a, b := cachekey.Hash{Hi: 1, Lo: 7}, cachekey.Hash{Hi: 2, Lo: 7}
	va, vb := &value{version: 1}, &value{version: 2}
	put(s, a, va, 10)
	s.Flush()
	put(s, b, vb, 10)
	s.Flush()
	if got, ok := s.Get(b); !ok || got != vb {
		t.Errorf("Get of the second: got %v, %v", got, ok)
	}
	if got, ok := s.Get(a); ok {
		t.Errorf("Get of the first: got %v, want none", got)
	}
	checkStats(t, s)
}

// writerless returns a policy whose writer is the test, and which calls asked
// before it asks ristretto: that does not find what it is asked for if asked
// returns true.
func writerless(t *testing.T, asked func() (missed bool)) *tinyLFU[value] {
	p := &tinyLFU[value]{counters: &counters{maxBytes: 1 << 20}, hashOf: (*value).place, queue: make(chan cachekey.Hash, queueLength)}
	p.overlay.values = make(map[cachekey.Hash]item[value])
	p.overlay.empty = sync.NewCond(&p.overlay)
	var err error
	p.ristretto, err = ristretto.NewCache(&ristretto.Config[uint64, number]{
		NumCounters: 100, MaxCost: 1 << 20, BufferItems: 64, IgnoreInternalCost: true,
		KeyToHash: func(key uint64) (uint64, uint64) {
			if asked() {
				key = ^key
			}
			return key, 0
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.ristretto.Close)
	return p
}

// A value that goes from the overlay to ristretto between two looks is seen:
// nobody may look where it is not yet, and then where it is no more.
func TestSeenOnItsWay(t *testing.T) {
	for name, look := range map[string]func(*tinyLFU[value], cachekey.Hash) (*value, bool){
		"get": (*tinyLFU[value]).get, "peek": (*tinyLFU[value]).peek,
	} {
		t.Run(name, func(t *testing.T) {
			v, moves := &value{hash: hashOf(1)}, false
			var p *tinyLFU[value]
			p = writerless(t, func() (missed bool) {
				if !moves || !p.overlay.TryLock() { // locked: nothing leaves it
					return false
				}
				p.overlay.Unlock()
				moves = false
				p.apply(v.hash, item[value]{value: v, cost: 10})
				p.settle(v.hash, item[value]{value: v, cost: 10})
				return true // it was asked just before
			})
			p.put(v.hash, v, 10)
			moves = true
			if got, _ := look(p, v.hash); got != v {
				t.Errorf("got %v, want the value", got)
			}
		})
	}
}

// While a value is replaced ristretto has neither the old nor the new one.
func TestSeenWhileReplaced(t *testing.T) {
	former, next := &value{hash: hashOf(1), version: 1}, &value{hash: hashOf(1), version: 2}
	replace := false
	var p *tinyLFU[value]
	p = writerless(t, func() (missed bool) {
		if replace {
			replace = false
			p.put(next.hash, next, 10)
			p.ristretto.Del(next.hash.Lo) // as apply begins
		}
		return false
	})
	p.put(former.hash, former, 10)
	p.apply(former.hash, item[value]{value: former, cost: 10})
	p.settle(former.hash, item[value]{value: former, cost: 10})
	replace = true
	if got, _ := p.get(former.hash); got != next {
		t.Errorf("get: got %v, want %v", got, next)
	}
}

func TestFlushEmptiesTheOverlay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t, EvictionTinyLFU, 160_000, nil)
		p := s.policy.(*tinyLFU[value])
		for k := range 10 { // of 1000 bytes are the overlay's share
			if !put(s, hashOf(k), &value{}, 1000) {
				t.Errorf("value %d does not fit", k)
			}
		}
		s.Flush()
		if p.overlay.bytes != 0 || p.overlaid.Load() != 0 || len(p.overlay.values) != 0 {
			t.Errorf("after Flush: got %d bytes of %d values overlaid, want none", p.overlay.bytes, p.overlaid.Load())
		}
		checkStats(t, s)
	})
}

func TestPutRefusedWhenFull(t *testing.T) {
	// Without a writer nothing leaves the overlay.
	idle := func(maxBytes int64) *tinyLFU[value] {
		p := &tinyLFU[value]{counters: &counters{maxBytes: maxBytes}, queue: make(chan cachekey.Hash, queueLength)}
		p.overlay.values = make(map[cachekey.Hash]item[value])
		return p
	}
	t.Run("by bytes", func(t *testing.T) {
		p := idle(16_000)
		for k := range 2 {
			if got, want := p.put(hashOf(k), &value{}, 600), k == 0; got != want {
				t.Errorf("Put %d of 600 bytes where 1000 may wait: got %v, want %v", k, got, want)
			}
		}
		if !p.put(hashOf(0), &value{}, 700) {
			t.Error("a value was not replaced by a larger one that fits")
		}
		if p.overlay.bytes != 700 || p.overlaid.Load() != 1 {
			t.Errorf("overlaid: got %d bytes of %d values, want 700 of 1", p.overlay.bytes, p.overlaid.Load())
		}
	})
	t.Run("one that is larger than the share", func(t *testing.T) {
		p := idle(16_000)
		if !p.put(hashOf(0), &value{}, 9000) {
			t.Error("got refused while nothing waits")
		}
		if p.put(hashOf(1), &value{}, 9000) {
			t.Error("got taken while another waits")
		}
	})
	t.Run("by count", func(t *testing.T) {
		p := idle(1 << 40)
		for range queueLength {
			if !p.put(hashOf(0), &value{}, 1) {
				t.Fatal("refused below the bound")
			}
		}
		if p.put(hashOf(0), &value{}, 1) {
			t.Error("taken beyond the bound")
		}
		if got := p.Stats().Rejections; got != 1 {
			t.Errorf("Rejections: got %d, want 1", got)
		}
	})
}
