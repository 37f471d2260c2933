package cache

import (
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/byterange"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

// A rangeHit is what is done for a range request that the cache can answer:
// lookup, freshness, conditions and the choice of the bytes.
type rangeHit struct {
	cache   *Cache
	hash    cachekey.Hash
	key     []byte
	request field.Lines
	now     time.Time

	// Memory that a viewer's exchange has anyway.
	fields field.Lines
	ranges []byterange.Range
	pieces [][]byte
}

func newRangeHit(tb testing.TB) *rangeHit {
	h := &rangeHit{
		cache: newCache(tb, Options{}), now: start.Add(time.Second),
		request: field.Lines{{Name: "Accept", Value: "*/*"}, {Name: "Range", Value: "bytes=2-5"}, {Name: "If-Range", Value: `"v"`}},
		fields:  make(field.Lines, 0, 24), ranges: make([]byterange.Range, 0, 8), pieces: make([][]byte, 0, 8),
	}
	h.hash, h.key = keyOf("/a")
	return h
}

// choose returns the ranges of the response that answer the request.
func (h *rangeHit) choose(found Found) []byterange.Range {
	h.fields = found.Entry.Fields(h.fields[:0])
	stored := conditional.StoredOf(200, h.fields, start)
	if conditional.Evaluate("GET", h.request, stored, h.now) != conditional.Proceed {
		return nil
	}
	ranges, _ := byterange.Select(h.ranges[:0], "GET", h.request, stored, found.Entry.Length, h.now)
	return ranges
}

// complete answers from a complete response.
func (h *rangeHit) complete() []byte {
	found := h.cache.Lookup(h.hash, h.key, "GET", h.now)
	r := h.choose(found)[0]
	return found.Entry.Content()[r.From:r.To]
}

// parts answers from stored parts, after the complete response was not found.
func (h *rangeHit) parts() []byte {
	if found := h.cache.Lookup(h.hash, h.key, "GET", h.now); found.Entry != nil {
		return nil
	}
	found := h.cache.LookupParts(h.hash, h.key, h.now)
	r := h.choose(found)[0]
	if !found.Entry.Missing(r).Empty() {
		return nil
	}
	return found.Entry.AppendPieces(h.pieces[:0], r)[0]
}

func (h *rangeHit) storeComplete() {
	storeAlphabet(h.cache, "/a", 1, `"v"`, 0, int64(len(alphabet)))
	h.cache.memory.Flush()
}

func (h *rangeHit) storeParts() {
	storeAlphabet(h.cache, "/a", 1, `"v"`, 0, 8)
	storeAlphabet(h.cache, "/a", 2, `"v"`, 20, 24)
	h.cache.memory.Flush()
}

// BenchmarkRangeHit: lookup, freshness and selection of a range.
func BenchmarkRangeHit(b *testing.B) {
	b.Run("complete response", func(b *testing.B) {
		h := newRangeHit(b)
		h.storeComplete()
		b.ReportAllocs()
		for b.Loop() {
			h.complete()
		}
	})
	b.Run("parts", func(b *testing.B) {
		h := newRangeHit(b)
		h.storeParts()
		b.ReportAllocs()
		for b.Loop() {
			h.parts()
		}
	})
}
