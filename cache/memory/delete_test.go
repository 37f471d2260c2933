package memory

import (
	"math/rand/v2"
	"testing"

	"github.com/groundfront/groundfront/cachekey"
)

func TestDelete(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 1<<20, func(cachekey.Hash) { t.Error("a deleted value counts as evicted") })
		for _, flushed := range []bool{false, true} {
			a, b := &value{}, &value{}
			put(s, hashOf(1), a, 1000)
			if flushed {
				s.Flush()
			}
			s.Delete(hashOf(1), b)
			if got, ok := s.Get(hashOf(1)); !ok || got != a {
				t.Errorf("flushed %v: Delete of another value: got %v, %v, want the stored one", flushed, got, ok)
			}
			s.Delete(hashOf(1), a)
			if _, ok := s.Get(hashOf(1)); ok {
				t.Errorf("flushed %v: Get after Delete: got the value", flushed)
			}
			s.Flush()
			if _, ok := s.Get(hashOf(1)); ok || s.Stats().Values != 0 {
				t.Errorf("flushed %v: Get after Delete and Flush: got found %v, %d values, want none", flushed, ok, s.Stats().Values)
			}
			put(s, hashOf(1), b, 2000)
			s.Delete(hashOf(1), a)
			if got, ok := s.Get(hashOf(1)); !ok || got != b {
				t.Errorf("flushed %v: Put after Delete: got %v, %v, want the new value", flushed, got, ok)
			}
			s.Delete(hashOf(1), b)
			s.Flush()
		}
		if got := s.Stats().Bytes; got > 10*deadCost {
			t.Errorf("got %d bytes of no values", got)
		}
	})
}

// What a value has replaced does not come back when that value is deleted
// before the policy has seen it.
func TestDeleteOfAReplacement(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 1<<20, nil)
		a, b := &value{version: 1}, &value{version: 2}
		put(s, hashOf(1), a, 1000)
		s.Flush()
		put(s, hashOf(1), b, 1000)
		s.Delete(hashOf(1), b)
		s.Flush()
		if got, ok := s.Get(hashOf(1)); ok {
			t.Errorf("Get: got version %d, want none", got.version)
		}
	})
}

// TestDeletedValuesAreBounded: values that come and are deleted again take
// no more room in the end than those that stay.
func TestDeletedValuesAreBounded(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		const most = 100 << 10
		s := newStore(t, e, most, nil)
		random := rand.New(rand.NewPCG(1, 2))
		for i := range 20_000 {
			v := &value{}
			put(s, hashOf(i), v, 500)
			if random.IntN(4) > 0 {
				s.Delete(hashOf(i), v)
			}
			if i%500 == 0 {
				s.Flush()
			}
			if got := s.Stats(); got.Bytes > most || got.Values < 0 {
				t.Fatalf("after %d: got %+v, want at most %d bytes", i, got, most)
			}
		}
		s.Flush()
		if p, ok := s.policy.(*s3FIFO[value]); ok {
			if got := p.slab.used; got > most/deadCost {
				t.Errorf("got %d nodes, want at most %d", got, most/deadCost)
			}
		}
	})
}

func TestEach(t *testing.T) {
	eachPolicy(t, func(t *testing.T, e Eviction) {
		s := newStore(t, e, 1<<20, nil)
		want := map[cachekey.Hash]*value{}
		for i := range 300 {
			v := &value{}
			put(s, hashOf(i), v, 100)
			if i%3 == 0 {
				s.Delete(hashOf(i), v)
			} else {
				want[hashOf(i)] = v
			}
			if i == 200 {
				s.Flush()
			}
		}
		got := 0
		s.Each(func(h cachekey.Hash, v *value) bool {
			got++
			if want[h] != v {
				t.Errorf("got a value that is not stored, or under another hash")
			}
			return true
		})
		if got != len(want) {
			t.Errorf("got %d values, want %d", got, len(want))
		}
		visited := 0
		s.Each(func(cachekey.Hash, *value) bool { visited++; return visited < 7 })
		if visited != 7 {
			t.Errorf("got %d values visited, want it to stop at 7", visited)
		}
	})
}
