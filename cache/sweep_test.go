package cache

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cache/memory"
	"github.com/groundfront/groundfront/cachekey/field"
)

// tagged makes an Entry with cache tags, as fetched does without.
func tagged(c *Cache, path, tags, content string) *Entry {
	ticket := c.Ticket()
	hash, key := keyOf(path)
	t := invalidation.AppendTags(nil, tags)
	m := Meta{
		Hash: hash, Status: 200, Times: times(0, 0, 0),
		Epoch: ticket.Epoch, Order: ticket.Order, TagCount: uint8(t.Len()), Length: int64(len(content)),
	}
	m.Times.Validated = freshness.MomentOf(start)
	block := append(AppendPrefix(nil, key, `"tag"`, field.Lines{{Name: "A", Value: "b"}}), t...)
	return NewEntry(m, append(block, content...), len(key), len(`"tag"`), len(block))
}

func invalidateTag(t *testing.T, c *Cache, tag string) {
	t.Helper()
	b := invalidation.Batch{Distribution: distribution, Paths: []string{"#" + tag}, AcceptsTags: true}
	if _, err := c.invalidations.Add(b, start); err != nil {
		t.Fatal(err)
	}
}

func TestTaggedEntry(t *testing.T) {
	c := newCache(t, Options{})
	e := tagged(c, "/a", "red, blue", "content")
	if got := e.Fields(nil); len(got) != 1 || got[0].Value != "b" || string(e.Content()) != "content" || e.originETag() != `"tag"` {
		t.Errorf("got fields %v, content %q, tag %s, want those without the cache tags", got, e.Content(), e.originETag())
	}
	n := e.Freshened(e.Meta, "", e.Fields(nil), invalidation.AppendTags(nil, "green"))
	if n.Tags().Len() != 1 || string(n.Content()) != "content" || len(n.Fields(nil)) != 1 {
		t.Errorf("freshened: got %d tags, content %q, fields %v, want 1 and the same", n.Tags().Len(), n.Content(), n.Fields(nil))
	}
}

// TestTags proves CF-TAG-04 for what is stored and what is on its way.
func TestTags(t *testing.T) {
	c := newCache(t, Options{})
	store(t, c, tagged(c, "/a", "red", "x"), StoreKept)
	store(t, c, tagged(c, "/b", "blue", "x"), StoreKept)
	store(t, c, fetched(c, "/c", Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
	during, other, untagged := tagged(c, "/d", "Red", "x"), tagged(c, "/e", "blue", "x"), fetched(c, "/f", Meta{Times: times(0, 0, 0)}, "x")
	ticket := c.Ticket()
	invalidateTag(t, c, "RED")
	store(t, c, during, StoreInvalidated)
	store(t, c, other, StoreKept)
	store(t, c, untagged, StoreKept)
	for path, want := range map[string]Outcome{"/a": OutcomeMiss, "/b": OutcomeFresh, "/c": OutcomeFresh, "/e": OutcomeFresh, "/f": OutcomeFresh} {
		hash, key := keyOf(path)
		if got := c.Lookup(hash, key, "GET", start); got.Outcome != want {
			t.Errorf("%s: got %v, want %v", path, got.Outcome, want)
		}
	}
	_, key := keyOf("/new")
	if c.Current(distribution, key, ticket.Epoch) || !c.Current(distribution, key, c.Ticket().Epoch) {
		t.Error("Current: a fetch from before an invalidation by tag may bring that tag")
	}
}

// TestStoreFreshened: a 304 with other tags does not save content that was
// invalidated by the old ones.
func TestStoreFreshened(t *testing.T) {
	for _, tt := range []struct {
		tag  string
		want StoreResult
	}{{"red", StoreInvalidated}, {"blue", StoreInvalidated}, {"other", StoreKept}} {
		c := newCache(t, Options{})
		old := tagged(c, "/a", "red", "x")
		store(t, c, old, StoreKept)
		fresh := tagged(c, "/a", "blue", "x")
		invalidateTag(t, c, tt.tag)
		if got := c.StoreFreshened(fresh, old); got != tt.want {
			t.Errorf("#%s during the fetch: got %v, want %v", tt.tag, got, tt.want)
		}
	}
}

// TestSweep: invalidated entries leave the memory, all others stay.
func TestSweep(t *testing.T) {
	for _, eviction := range []memory.Eviction{memory.EvictionTinyLFU, memory.EvictionS3FIFO} {
		t.Run(eviction.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCache(t, Options{Eviction: eviction})
				for i := range 1500 {
					store(t, c, fetched(c, fmt.Sprintf("/old/%d", i), Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
					c.memory.Flush()
				}
				store(t, c, fetched(c, "/stays", Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
				invalidate(t, c, "/old/*")
				store(t, c, fetched(c, "/old/1", Meta{Times: times(0, 0, 0)}, "new"), StoreKept)
				synctest.Wait()
				if got := c.Stats().Values; got < 1500 {
					t.Errorf("at once: got %d values, want no work at the call", got)
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if got := c.Stats().Values; got != 2 {
					t.Errorf("swept: got %d values, want 2", got)
				}
				for _, path := range []string{"/stays", "/old/1"} {
					hash, key := keyOf(path)
					if got := c.Lookup(hash, key, "GET", start); got.Outcome != OutcomeFresh {
						t.Errorf("%s: got %v, want it fresh", path, got.Outcome)
					}
				}
				hash, key := keyOf("/old/2")
				if got := c.Lookup(hash, key, "GET", start); got.Cause != MissPurged {
					t.Errorf("swept: got %v, want the cause remembered", got.Cause)
				}
			})
		})
	}
}

// Row I5: what is too stale to be used goes without being asked for, and
// nothing else does.
func TestSweepOutdated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCache(t, Options{Now: time.Now, StaleKeep: 48 * time.Hour})
		for i := range 100 {
			store(t, c, fetched(c, fmt.Sprintf("/old/%d", i), Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
			c.memory.Flush()
		}
		long := times(0, 0, 0)
		long.Lifetime = 30 * 24 * time.Hour
		store(t, c, fetched(c, "/long", Meta{Times: long}, "x"), StoreKept)
		for _, step := range []struct {
			wait time.Duration
			want int64
		}{{48 * time.Hour, 101}, {sweepEvery + time.Minute, 1}, {29 * 24 * time.Hour, 1}, {24 * time.Hour, 0}} {
			time.Sleep(step.wait)
			synctest.Wait()
			if got := c.Stats().Values; got != step.want {
				t.Errorf("after %v: got %d values, want %d", time.Since(start), got, step.want)
			}
		}
		if got := lookup(c, "/old/1", "GET", 0); got.Cause != MissCold {
			t.Errorf("swept: got %v, want %v", got.Cause, MissCold)
		}
	})
}

func TestCloseEndsTheSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{MaxSize: 1 << 20, Invalidations: invalidation.New()})
		if err != nil {
			t.Fatal(err)
		}
		store(t, c, fetched(c, "/a", Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
		invalidate(t, c, "/*")
		time.Sleep(sweepDelay / 2)
		c.Close()
	})
}

func TestMatching(t *testing.T) {
	c := newCache(t, Options{})
	store(t, c, tagged(c, "/a/1", "red", "x"), StoreKept)
	store(t, c, tagged(c, "/a/2", "red", "x"), StoreKept)
	store(t, c, tagged(c, "/b", "blue", "x"), StoreKept)
	store(t, c, fetched(c, "/a/dead", Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
	invalidate(t, c, "/a/dead")
	for _, tt := range []struct {
		distribution string
		paths        []string
		want         int
	}{
		{distribution, []string{"/a/*"}, 2},
		{distribution, []string{"#red"}, 2},
		{distribution, []string{"#red", "/a/1", "/b"}, 3},
		{distribution, []string{"/*"}, 3},
		{distribution, []string{"/none"}, 0},
		{"other", []string{"/*"}, 0},
	} {
		b := invalidation.Batch{Distribution: tt.distribution, Paths: tt.paths, AcceptsTags: true}
		if got, err := c.Matching(context.Background(), b); got != tt.want || err != nil {
			t.Errorf("%v: got %d, %v, want %d", tt.paths, got, err, tt.want)
		}
	}
	hash, key := keyOf("/b")
	if got := c.Lookup(hash, key, "GET", start); got.Outcome != OutcomeFresh {
		t.Errorf("after Matching: got %v, want nothing changed", got.Outcome)
	}
	var refused *invalidation.Error
	if _, err := c.Matching(context.Background(), invalidation.Batch{Distribution: distribution, Paths: []string{"#red"}}); !errors.As(err, &refused) {
		t.Errorf("a tag without tags: got %v, want it refused", err)
	}
}

func TestMatchingStops(t *testing.T) {
	c := newCache(t, Options{})
	for i := range 3000 {
		store(t, c, fetched(c, fmt.Sprintf("/%d", i), Meta{Times: times(0, 0, 0)}, "x"), StoreKept)
		c.memory.Flush()
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	n, err := c.Matching(ctx, invalidation.Batch{Distribution: distribution, Paths: []string{"/*"}})
	if !errors.Is(err, context.Canceled) || n > 1024 {
		t.Errorf("got %d, %v, want it canceled soon", n, err)
	}
}

// TestTaggedLookupAllocates: neither the fast answer nor the one after an
// invalidation of something else allocates.
func TestTaggedLookupAllocates(t *testing.T) {
	c := newCache(t, Options{})
	e := tagged(c, "/a", "red, green, blue", "x")
	store(t, c, e, StoreKept)
	c.memory.Flush()
	hash, key := keyOf("/a")
	invalidateTag(t, c, "other")
	for name, again := range map[string]bool{"checked": false, "to be checked": true} {
		if n := testing.AllocsPerRun(100, func() {
			if again {
				e.checked.Store(0)
			}
			c.Lookup(hash, key, "GET", start)
		}); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, n)
		}
	}
}

// BenchmarkInvalidate measures what an invalidation costs at its call: the
// same, however many entries there are.
func BenchmarkInvalidate(b *testing.B) {
	for _, entries := range []int{100, 20_000} {
		b.Run(fmt.Sprintf("%d entries", entries), func(b *testing.B) {
			c := newCache(b, Options{})
			for i := range entries {
				c.Store(fetched(c, fmt.Sprintf("/%d", i), Meta{Times: times(0, 0, 0)}, "x"))
				c.memory.Flush()
			}
			b.ReportAllocs()
			batch := invalidation.Batch{Distribution: distribution, Paths: []string{"/none/*", "#none"}, AcceptsTags: true}
			for b.Loop() {
				if _, err := c.invalidations.Add(batch, start); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
