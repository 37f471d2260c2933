package cache

import (
	"testing"
	"time"

	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
)

// TestFresh: what Fresh returns Lookup returns as fresh, and what is not to be
// had without more ado it does not return.
func TestFresh(t *testing.T) {
	for name, c := range map[string]struct {
		meta Meta
		at   time.Duration
		want bool
	}{
		"fresh":                {Meta{Times: times(0, 0, 0)}, 9 * time.Second, true},
		"stale":                {Meta{Times: times(0, 0, 0)}, 10 * time.Second, false},
		"stale, revalidated":   {Meta{Times: times(30, 0, 0)}, 20 * time.Second, false},
		"an error is kept":     {Meta{Times: times(0, 0, 0), Failure: 1}, 0, false},
		"the answer to a HEAD": {Meta{Times: times(0, 0, 0), HeadOnly: true}, 0, false},
		"RFC 9111 semantics":   {Meta{Times: times(0, 0, 0), Strict: true}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, Options{})
			store(t, cache, fetched(cache, "/a", c.meta, "content"), StoreKept)
			hash, key := keyOf("/a")
			got := cache.Fresh(hash, key, start.Add(c.at))
			if (got != nil) != c.want {
				t.Errorf("got %v, want a response: %v", got, c.want)
			}
			if found := cache.Lookup(hash, key, "GET", start.Add(c.at)); got != nil && (found.Entry != got || found.Outcome != OutcomeFresh) {
				t.Errorf("Lookup returns %v, Fresh %v", found, got)
			}
			if other := cache.Fresh(hash, append(key, 'x'), start); other != nil {
				t.Error("another key with the same hash: got a response")
			}
		})
	}
	t.Run("invalidated", func(t *testing.T) {
		cache := newCache(t, Options{Invalidations: invalidation.New()})
		store(t, cache, fetched(cache, "/a", Meta{Times: times(0, 0, 0)}, "content"), StoreKept)
		invalidate(t, cache, "/a")
		if hash, key := keyOf("/a"); cache.Fresh(hash, key, start) != nil {
			t.Error("got a response")
		}
	})
}

// BenchmarkFresh measures the look at the cache of the short way to a hit.
func BenchmarkFresh(b *testing.B) {
	cache := newCache(b, Options{})
	cache.Store(fetched(cache, "/products", Meta{Times: times(0, 0, 0)}, "content"))
	cache.memory.Flush()
	hash, key := keyOf("/products")
	now := start.Add(time.Second)
	b.Run("hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if cache.Fresh(hash, key, now) == nil {
				b.Fatal("not fresh")
			}
		}
	})
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cache.Fresh(cachekey.Hash{Hi: 1, Lo: 2}, key, now)
		}
	})
	b.Run("hit, on all CPUs", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				cache.Fresh(hash, key, now)
			}
		})
	})
}
