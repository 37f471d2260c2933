package ratelimit

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// cells returns how many there are.
func (t *table[V]) cells() (n int) {
	t.each(func(*Key, *V, []uint32) { n++ })
	return n
}

// bound is how many bytes t may take on the heap, where classes of sizes are
// rounded up.
func (t *table[V]) bound() uint64 { return uint64(t.memory()) + 64*16<<10 }

// heap returns how many bytes are in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// numbered is the Key of an address.
func numbered(i uint32) Key {
	return KeyOfAddr(netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)}))
}

// TestMillion proves WF-RATE-14 and WF-RATE-18: a million addresses that come
// once within a minute neither grow what the table takes, which is bounded by
// MaxInstances, nor hide one that is over its limit, nor one that begins among
// them.
func TestMillion(t *testing.T) {
	const million = 1_000_000
	for _, test := range []struct {
		e    Evaluation
		most int
	}{{EvaluationSteps, 0}, {EvaluationExact, 1000}} {
		before := heap()
		c := mustNew(t, Rule{Limit: 100, Evaluation: test.e, MaxInstances: test.most})
		offender, late := c.Handle(numbered(1<<31)), c.Handle(numbered(1<<31+1))
		for range 101 {
			offender.Hit(at(0))
		}
		var full uint64
		for i := range uint32(million) {
			now := at(10 + float64(i)*60/million)
			c.Hit(numbered(i), now)
			switch {
			case i%100_000 == 99_999: // one in 6 seconds
				if got := offender.Hit(now); got != RateOver {
					t.Fatalf("%v: the offender after %d others: got %v, want %v", test, i, got, RateOver)
				}
			case i == 300_000:
				full = heap()
			case i > 300_000 && i%500 == 0:
				late.Hit(now)
			}
		}
		if got := late.Hit(at(80)); got != RateOver {
			t.Errorf("%v: another that began among them: got %v, want %v", test, got, RateOver)
		}
		after := heap()
		if most := c.table.bound(); after > full+64<<10 || after > before+most {
			t.Errorf("%v: heap: got %d bytes more than in the midst of it, %d in all, want 0, at most %d", test, int64(after-full), int64(after-before), most)
		}
		t.Logf("%v: %d bytes for %d instances", test, after-before, c.Instances(at(80)))
		runtime.KeepAlive(c)
	}
}

// TestSlowAmongMany is about those who are just above the limit while others come
// once, in numbers that the table has no room for: how many of them are found
// out, by how many times longer than a place lasts there is between their
// requests.
func TestSlowAmongMany(t *testing.T) {
	const most, offenders, limit = 1024, 50, 10
	for _, test := range []struct {
		pause float64 // between two requests of an offender, in times that all places are filled anew
		least int     // offenders that are found out
	}{{0.9, 45}, {4, 40}} {
		random := rand.New(rand.NewPCG(1, 2))
		c := mustNew(t, Rule{Limit: limit, Window: 10 * time.Minute, MaxInstances: most, Evaluation: EvaluationExact})
		found := map[int]bool{}
		once := uint32(0)
		for round := range 10 * limit { // 5 seconds each
			for i := range offenders {
				if c.Hit(key("slow", i), at(float64(round)*5)) == RateOver {
					found[i] = true
				}
				for range int(test.pause*most)/offenders + random.IntN(2) {
					once++
					c.Hit(numbered(once), at(float64(round)*5))
				}
			}
		}
		if len(found) < test.least {
			t.Errorf("a request each %v fillings: got %d of %d found out, want at least %d", test.pause, len(found), offenders, test.least)
		}
		t.Logf("a request each %v fillings: %d of %d found out", test.pause, len(found), offenders)
	}
}

// FuzzTable: whatever keys come, the table keeps each once, where it is found,
// and not more than it may; who weighs most stays.
func FuzzTable(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123"), uint8(3))
	f.Add([]byte{}, uint8(0))
	f.Fuzz(func(t *testing.T, keys []byte, most uint8) {
		tab := newTable[uint64](int(most)+1, 1)
		value := func(k *Key) uint64 {
			v := uint64(binary.LittleEndian.Uint16(k[:])) % 50
			if v == 49 {
				return uint64(weightFull)
			}
			return v
		}
		kept := map[Key]bool{}
		for ; len(keys) >= 2; keys = keys[2:] {
			var k Key
			copy(k[:], keys[:2])
			hash := tab.hash(&k)
			s := tab.shard(hash)
			if kept[k] && s.find(&k, hash, uint32(keys[0])) == 0 {
				t.Fatalf("key %x that weighs most: got it gone", k)
			}
			at := s.find(&k, hash, uint32(keys[0]))
			added := at == 0
			if added {
				at = tab.add(s, &k, hash, func(v *uint64, _ []uint32) weight { return weight(*v) })
			}
			if at == 0 {
				continue
			}
			if s.cells[at-1].key != k || added && (s.cells[at-1].value != 0 || s.ring(int(at-1), 1)[0] != 0) {
				t.Fatalf("the cell of key %x: got %+v, ring %d", k, s.cells[at-1], s.ring(int(at-1), 1))
			}
			s.cells[at-1].value, s.ring(int(at-1), 1)[0] = value(&k), 1
			kept[k] = value(&k) == uint64(weightFull)
		}
		seen := map[Key]bool{}
		for i := range tab.shards {
			s := &tab.shards[i]
			for j := range s.cells {
				k := s.cells[j].key
				if seen[k] || s.find(&k, tab.hash(&k), 0) != uint32(j+1) || tab.shard(tab.hash(&k)) != s {
					t.Fatalf("key %x: got it twice, or not found", k)
				}
				seen[k] = true
			}
		}
		if len(seen) > int(most)+1 {
			t.Fatalf("keys: got %d, want at most %d", len(seen), int(most)+1)
		}
	})
}

// TestTuple proves that neither the order nor the borders of values get lost
// (WF-RATE-05), and that two Counters never agree.
func TestTuple(t *testing.T) {
	c := mustNew(t, Rule{Limit: 10})
	seen := map[Key][]string{}
	for _, values := range [][]string{{}, {""}, {"", ""}, {"ab", "c"}, {"a", "bc"}, {"abc"}, {"abc", ""}, {"c", "ab"}, {"\x00"}} {
		tuple := c.Tuple()
		for _, v := range values {
			tuple.Add(v)
		}
		if other, known := seen[tuple.Key()]; known {
			t.Errorf("%q and %q: got one key, want two", values, other)
		}
		seen[tuple.Key()] = values
	}
	tuple, again, others := c.Tuple(), c.Tuple(), mustNew(t, Rule{Limit: 10}).Tuple()
	if tuple.Key() != again.Key() || tuple.Key() == others.Key() {
		t.Error("the same values: got another key, or that of another Counter")
	}
}
