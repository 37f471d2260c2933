package proxy

import (
	"encoding/base64"
	mathrand "math/rand/v2"
	"regexp"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/groundfront/groundfront/proxy/viewer"
)

var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9_-]{53}[AQgw]==$`)

// TestRequestIDForm proves CF-HDR-53 and TV-BYTE-03.
func TestRequestIDForm(t *testing.T) {
	s := newIDSource()
	for range 4000 {
		id := s.text(7)
		raw, err := base64.URLEncoding.Strict().DecodeString(id)
		if !requestIDForm.MatchString(id) || err != nil || len(raw) != 40 {
			t.Fatalf("id: got %q (%v), want 40 bytes in base64url", id, err)
		}
	}
}

// TestRequestIDPieces proves that every piece of every place is used, and that
// the next id differs from the last in nearly all places.
func TestRequestIDPieces(t *testing.T) {
	s := newIDSource()
	var seen [idPieces]map[string]bool
	var last viewer.RequestID
	same := 0
	const ids = 5000
	for range ids {
		var id viewer.RequestID
		s.next(0, &id)
		for place := range seen {
			if seen[place] == nil {
				seen[place] = map[string]bool{}
			}
			piece := string(id[8*place:][:8])
			seen[place][piece] = true
			if piece == string(last[8*place:][:8]) {
				same++
			}
		}
		last = id
	}
	for place, pieces := range seen {
		if len(pieces) != 256 {
			t.Errorf("place %d: got %d pieces, want 256", place, len(pieces))
		}
	}
	if want := 2 * ids * idPieces / 256; same > want {
		t.Errorf("pieces equal to those of the id before: got %d, want at most %d", same, want)
	}
}

// TestScramble proves that it is a bijection, by its inverse.
func TestScramble(t *testing.T) {
	inverse := func(odd uint64) uint64 {
		x := odd
		for range 6 {
			x *= 2 - odd*x
		}
		return x
	}
	const mask = 1<<idBits - 1
	for range 1000 {
		n := mathrand.Uint64() & mask
		x := scramble(n)
		if x > mask {
			t.Fatalf("scrambled %#x: got %#x, want 56 bits", n, x)
		}
		x ^= x >> 28
		x = x * inverse(0x94d049bb133111eb) & mask
		x ^= x >> 29
		x = x * inverse(0xbf58476d1ce4e5b9) & mask
		x ^= x >> 28
		x = x * inverse(0x9e3779b97f4a7c15) & mask
		if x != n {
			t.Fatalf("scrambled %#x and back: got %#x", n, x)
		}
	}
}

// TestRequestIDUnique draws from shards of two sources at the same time, and
// from one shard by several goroutines.
func TestRequestIDUnique(t *testing.T) {
	sources := [2]*idSource{newIDSource(), newIDSource()}
	const each = 2000
	var drawn [8][each]string
	var wg sync.WaitGroup
	for g := range drawn {
		wg.Go(func() {
			for i := range each {
				drawn[g][i] = sources[g%2].text(uint8(g / 4))
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for g := range drawn {
		for _, id := range drawn[g] {
			if seen[id] {
				t.Fatalf("id %s: got it twice, want it once", id)
			}
			seen[id] = true
		}
	}
}

func TestRequestIDAllocates(t *testing.T) {
	s := newIDSource()
	var id viewer.RequestID
	if got := testing.AllocsPerRun(100, func() { s.next(3, &id) }); got != 0 {
		t.Errorf("allocations: got %v, want 0", got)
	}
}

// BenchmarkRequestID has one goroutine for each processor, with a shard of its
// own.
func BenchmarkRequestID(b *testing.B) {
	s := newIDSource()
	for _, bb := range []struct {
		name string
		next func(shard uint8, id *viewer.RequestID)
	}{
		{"a counter in each shard", s.next},
		{"rejected/runtime and encoding,base64", func(_ uint8, id *viewer.RequestID) {
			var raw [40]byte
			for i := 0; i < len(raw); i += 8 {
				v := mathrand.Uint64()
				for j := range 8 {
					raw[i+j] = byte(v >> (8 * j))
				}
			}
			copy(id[:], base64.URLEncoding.EncodeToString(raw[:]))
		}},
	} {
		b.Run(bb.name, func(b *testing.B) {
			var last atomic.Uint32
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				shard := uint8(last.Add(1))
				var id viewer.RequestID
				for pb.Next() {
					bb.next(shard, &id)
				}
			})
		})
	}
}
