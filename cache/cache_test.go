package cache

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/field"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const distribution = "d111111abcdef8.cloudfront.net"

var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

func newCache(tb testing.TB, o Options) *Cache {
	tb.Helper()
	if o.MaxSize == 0 {
		o.MaxSize = 64 << 20
	}
	if o.Now == nil {
		o.Now = func() time.Time { return start }
	}
	if o.Invalidations == nil {
		o.Invalidations = invalidation.New()
	}
	c, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(c.Close)
	return c
}

func invalidate(t *testing.T, c *Cache, path string) {
	t.Helper()
	if _, err := c.invalidations.Add(invalidation.Batch{Distribution: distribution, Paths: []string{path}}, start); err != nil {
		t.Fatal(err)
	}
}

var builder = func() *cachekey.Builder {
	b, err := cachekey.New(cachekey.Policy{}, cachekey.Options{Distribution: distribution})
	if err != nil {
		panic(err)
	}
	return b
}()

func keyOf(path string) (cachekey.Hash, []byte) {
	key := builder.Append(nil, &cachekey.Request{Method: "GET", Path: path})
	return cachekey.Sum(key), key
}

// fetched makes the Entry of a response that was received at start. Its
// ticket is taken now.
func fetched(c *Cache, path string, m Meta, content string) *Entry {
	ticket := c.Ticket()
	hash, key := keyOf(path)
	m.Hash, m.Epoch, m.Order = hash, ticket.Epoch, ticket.Order
	if m.Status == 0 {
		m.Status = 200
	}
	m.Times.Validated = freshness.MomentOf(start)
	return build(m, string(key), "", field.Lines{{Name: "Content-Type", Value: "text/plain"}}, content)
}

// times of a response with max-age=10 and a maximum TTL of 1000 s.
func times(swr, sie time.Duration, onError freshness.StaleOnError) freshness.Times {
	return freshness.Times{
		Lifetime: 10 * time.Second, StaleLimit: 1000 * time.Second,
		StaleWhileRevalidate: swr * time.Second, StaleIfError: sie * time.Second, OnError: onError,
	}
}

func lookup(c *Cache, path, method string, at time.Duration) Found {
	hash, key := keyOf(path)
	return c.Lookup(hash, key, method, start.Add(at))
}

func store(t *testing.T, c *Cache, e *Entry, want StoreResult) {
	t.Helper()
	if got := c.Store(e); got != want {
		t.Errorf("Store: got %v, want %v", got, want)
	}
}

func TestLookup(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		times  freshness.Times
		failed time.Duration // when the origin failed, for 10 s; 0 for never
		at     time.Duration
		want   Outcome
	}{
		"fresh":                            {times(0, 0, freshness.StaleOnErrorDefault), 0, 9 * s, OutcomeFresh},
		"stale":                            {times(0, 0, freshness.StaleOnErrorDefault), 0, 10 * s, OutcomeStale},
		"TV-ST-01":                         {times(30, 0, freshness.StaleOnErrorDefault), 0, 20 * s, OutcomeStaleWhileRevalidate},
		"TV-ST-02":                         {times(30, 0, freshness.StaleOnErrorDefault), 0, 50 * s, OutcomeStale},
		"TV-ST-06, pause":                  {times(0, 0, freshness.StaleOnErrorDefault), 30 * s, 39 * s, OutcomeStaleRetryLater},
		"TV-ST-06, pause is over":          {times(0, 0, freshness.StaleOnErrorDefault), 30 * s, 40 * s, OutcomeStale},
		"TV-ST-07":                         {times(0, 0, freshness.StaleOnErrorNever), 30 * s, 31 * s, OutcomeStale},
		"TV-ST-03, pause":                  {times(0, 60, freshness.StaleOnErrorWindow), 30 * s, 31 * s, OutcomeStaleRetryLater},
		"the window ends in the pause":     {times(0, 60, freshness.StaleOnErrorWindow), 65 * s, 71 * s, OutcomeStale},
		"CF-SWR-08, background failed":     {times(30, 0, freshness.StaleOnErrorNever), 20 * s, 21 * s, OutcomeStaleRetryLater},
		"CF-SWR-08, after the pause":       {times(30, 0, freshness.StaleOnErrorNever), 20 * s, 30 * s, OutcomeStaleWhileRevalidate},
		"a failure does not end freshness": {times(0, 0, freshness.StaleOnErrorDefault), 5 * s, 6 * s, OutcomeFresh},
		"not kept longer than a day past":  {times(0, 0, freshness.StaleOnErrorDefault), 0, 24*time.Hour + 11*s, OutcomeMiss},
		"kept a day past the lifetime":     {times(0, 0, freshness.StaleOnErrorDefault), 0, 24*time.Hour + 10*s, OutcomeStale},
		"CF-NC-01, never used unasked":     {freshness.Times{StaleLimit: 1000 * s, OnError: freshness.StaleOnErrorDefault}, 0, 0, OutcomeStale},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, Options{})
			e := fetched(cache, "/", Meta{Times: c.times}, "content")
			store(t, cache, e, StoreKept)
			if c.failed > 0 {
				cache.DelayRetry(e, start.Add(c.failed+10*s))
			}
			got := lookup(cache, "/", "GET", c.at)
			if got.Outcome != c.want {
				t.Errorf("at %v: got %v, want %v", c.at, got.Outcome, c.want)
			}
			if has := got.Entry == e; has != (c.want != OutcomeMiss) {
				t.Errorf("got the entry: %v, with outcome %v", has, got.Outcome)
			}
		})
	}
}

func TestLookupByMethod(t *testing.T) {
	fresh, stale := times(0, 0, freshness.StaleOnErrorDefault), freshness.Times{StaleLimit: time.Hour}
	get := func(tm freshness.Times) Meta { return Meta{Times: tm} }
	head := func(tm freshness.Times) Meta { return Meta{Times: tm, HeadOnly: true} }
	for name, c := range map[string]struct {
		stored []Meta
		method string
		want   Outcome
		head   bool // the answer is that to a HEAD
	}{
		"GET from GET":                                 {[]Meta{get(fresh)}, "GET", OutcomeFresh, false},
		"HEAD from GET (CF-KEY-04)":                    {[]Meta{get(fresh)}, "HEAD", OutcomeFresh, false},
		"HEAD from HEAD":                               {[]Meta{head(fresh)}, "HEAD", OutcomeFresh, true},
		"GET never from HEAD":                          {[]Meta{head(fresh)}, "GET", OutcomeMiss, false},
		"HEAD prefers what is fresh":                   {[]Meta{get(stale), head(fresh)}, "HEAD", OutcomeFresh, true},
		"HEAD prefers fresh to stale-while-revalidate": {[]Meta{get(freshness.Times{StaleWhileRevalidate: time.Hour, StaleLimit: time.Hour}), head(fresh)}, "HEAD", OutcomeFresh, true},
		"a stale HEAD does not hide GET":               {[]Meta{head(stale), get(fresh)}, "HEAD", OutcomeFresh, false},
		"both stale: what has content is asked for":    {[]Meta{head(stale), get(stale)}, "HEAD", OutcomeStale, false},
		"both stale: the newer one":                    {[]Meta{get(stale), head(stale)}, "HEAD", OutcomeStale, true},
		"nothing older than what GET has brought":      {[]Meta{head(fresh), get(stale)}, "HEAD", OutcomeStale, false},
		"a stored HEAD does not replace that to GET":   {[]Meta{get(fresh), head(fresh)}, "GET", OutcomeFresh, false},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, Options{})
			for _, m := range c.stored {
				store(t, cache, fetched(cache, "/", m, ""), StoreKept)
			}
			got := lookup(cache, "/", c.method, 0)
			if got.Outcome != c.want {
				t.Errorf("got %v, want %v", got.Outcome, c.want)
			}
			if got.Entry != nil && got.Entry.HeadOnly != c.head {
				t.Errorf("answer to a HEAD: got %v, want %v", got.Entry.HeadOnly, c.head)
			}
		})
	}
}

// A hit compares the full key.
func TestLookupComparesKeys(t *testing.T) {
	cache := newCache(t, Options{})
	store(t, cache, fetched(cache, "/a", Meta{Times: times(0, 0, 0)}, "a"), StoreKept)
	hash, _ := keyOf("/a")
	_, other := keyOf("/b")
	if got := cache.Lookup(hash, other, "GET", start); got.Outcome != OutcomeMiss {
		t.Errorf("another key with the same hash: got %v, want %v", got.Outcome, OutcomeMiss)
	}
}

// Read your writes: what Store kept is found at once.
func TestStoreIsVisibleAtOnce(t *testing.T) {
	cache := newCache(t, Options{})
	for i := range 300 {
		path := fmt.Sprintf("/%d", i)
		e := fetched(cache, path, Meta{Times: times(0, 0, 0)}, "content")
		store(t, cache, e, StoreKept)
		if got := lookup(cache, path, "GET", 0); got.Entry != e {
			t.Fatalf("Lookup %s after Store: got %v", path, got.Outcome)
		}
	}
}

// Stores of one key are ordered by the start of their fetches, whatever the
// order of their ends.
func TestStoreOrder(t *testing.T) {
	cache := newCache(t, Options{})
	older := fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "older")
	newer := fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "newer")
	store(t, cache, newer, StoreKept)
	store(t, cache, older, StoreOutdated)
	if got := lookup(cache, "/", "GET", 0); got.Entry != newer {
		t.Errorf("got %q, want the newer", got.Entry.Content())
	}
}

// An error never hides a good response that is served in its place.
func TestDrop(t *testing.T) {
	c := newCache(t, Options{})
	hash, key := keyOf("/a")
	old := fetched(c, "/a", Meta{Times: times(0, 0, freshness.StaleOnErrorDefault)}, "old")
	c.Store(old)
	c.Drop(old)
	if got := c.Lookup(hash, key, "GET", start); got.Outcome != OutcomeMiss {
		t.Errorf("after Drop: got %v, want a miss", got.Outcome)
	}
	next := fetched(c, "/a", Meta{Times: times(0, 0, freshness.StaleOnErrorDefault)}, "new")
	c.Store(next)
	c.Drop(old)
	if got := c.Lookup(hash, key, "GET", start); got.Entry != next {
		t.Errorf("after Drop of what was replaced: got %v, want the new entry", got.Outcome)
	}
}

func TestStoreShadowed(t *testing.T) {
	failed := func(status int, at time.Duration) func(*Entry) {
		return func(e *Entry) { e.Status, e.Times.Validated = uint16(status), freshness.MomentOf(start.Add(at)) }
	}
	for name, c := range map[string]struct {
		good  freshness.Times
		newer func(*Entry)
		want  StoreResult
	}{
		"500 while fresh":                 {times(0, 0, freshness.StaleOnErrorNever), failed(500, 5*time.Second), StoreShadowed},
		"504 while good enough for it":    {times(0, 0, freshness.StaleOnErrorDefault), failed(504, 50*time.Second), StoreShadowed},
		"TV-ST-07: 503 and stale":         {times(0, 0, freshness.StaleOnErrorNever), failed(503, 50*time.Second), StoreKept},
		"CF-STALE-05: a 404 is an answer": {times(0, 0, freshness.StaleOnErrorDefault), failed(404, 5*time.Second), StoreKept},
		"a newer good one":                {times(0, 0, freshness.StaleOnErrorDefault), failed(200, 5*time.Second), StoreKept},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, Options{})
			store(t, cache, fetched(cache, "/", Meta{Times: c.good}, "good"), StoreKept)
			e := fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "newer")
			c.newer(e)
			store(t, cache, e, c.want)
		})
	}
	t.Run("not one that is too stale to be used", func(t *testing.T) {
		cache := newCache(t, Options{StaleKeep: 30 * time.Second})
		store(t, cache, fetched(cache, "/", Meta{Times: times(0, 0, freshness.StaleOnErrorDefault)}, "good"), StoreKept)
		e := fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "")
		failed(500, 50*time.Second)(e)
		store(t, cache, e, StoreKept)
	})
	t.Run("not one of a HEAD before the last GET", func(t *testing.T) {
		cache := newCache(t, Options{})
		store(t, cache, fetched(cache, "/", Meta{HeadOnly: true, Times: times(0, 0, freshness.StaleOnErrorDefault)}, ""), StoreKept)
		store(t, cache, fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "newer"), StoreKept)
		e := fetched(cache, "/", Meta{HeadOnly: true, Times: times(0, 0, 0)}, "")
		failed(500, 50*time.Second)(e)
		store(t, cache, e, StoreKept)
	})
	t.Run("not one that was invalidated", func(t *testing.T) {
		cache := newCache(t, Options{})
		store(t, cache, fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "good"), StoreKept)
		invalidate(t, cache, "/*")
		store(t, cache, fetched(cache, "/", Meta{Status: 500, Times: times(0, 0, 0)}, ""), StoreKept)
	})
}

func TestInvalidation(t *testing.T) {
	cache := newCache(t, Options{})
	during := fetched(cache, "/a", Meta{Times: times(0, 0, 0)}, "fetched during the invalidation")
	old := fetched(cache, "/a", Meta{Times: times(1000, 1000, freshness.StaleOnErrorWindow)}, "old")
	beside := fetched(cache, "/b", Meta{Times: times(0, 0, 0)}, "of another path")
	store(t, cache, old, StoreKept)
	store(t, cache, beside, StoreKept)
	ticket := cache.Ticket()
	_, key := keyOf("/a")

	invalidate(t, cache, "/a")
	for _, at := range []time.Duration{0, 20 * time.Second} { // fresh and stale (CF-INV-24)
		if got := lookup(cache, "/a", "GET", at); got.Outcome != OutcomeMiss || got.Cause != MissPurged {
			t.Errorf("at %v: got %v, %v, want a miss, purged", at, got.Outcome, got.Cause)
		}
	}
	if got := lookup(cache, "/b", "GET", 0); got.Entry != beside {
		t.Errorf("another path: got %v, want a hit", got.Outcome)
	}
	store(t, cache, during, StoreInvalidated) // CF-INV-23
	if cache.Current(distribution, key, ticket.Epoch) {
		t.Error("Current: a fetch from before the invalidation counts as current")
	}
	if !cache.Current(distribution, key, cache.Ticket().Epoch) {
		t.Error("Current: a fetch from after the invalidation does not count as current")
	}
	after := fetched(cache, "/a", Meta{Times: times(0, 0, 0)}, "new")
	store(t, cache, after, StoreKept)
	for range 2 { // the second time its epoch has been raised
		if got := lookup(cache, "/a", "GET", 0); got.Entry != after {
			t.Errorf("fetched afterwards: got %v, want a hit", got.Outcome)
		}
	}
	invalidate(t, cache, "/*")
	if got := lookup(cache, "/a", "GET", 0); got.Outcome != OutcomeMiss {
		t.Errorf("after everything was invalidated: got %v", got.Outcome)
	}
}

// What its origin does not say any more is gone, in memory and on disk, and no
// 304 that comes late brings it back.
func TestWithdraw(t *testing.T) {
	n := newNode(t)
	c := n.start(Options{})
	old := received(c, "/a", "old")
	store(t, c, old, StoreKept)
	store(t, c, received(c, "/b", "beside"), StoreKept)
	late := old.Freshened(old.Meta, "", nil, nil)
	c.Withdraw(old)
	for path, want := range map[string]Outcome{"/a": OutcomeMiss, "/b": OutcomeFresh} {
		if got := lookup(c, path, "GET", 0); got.Outcome != want {
			t.Errorf("%s: got %v, want %v", path, got.Outcome, want)
		}
	}
	if c.Usable(old) {
		t.Error("usable: got true, want false")
	}
	if got := c.StoreFreshened(late, old); got != StoreInvalidated {
		t.Errorf("freshened late: got %v, want %v", got, StoreInvalidated)
	}
	c = n.start(Options{})
	if got := lookup(c, "/a", "GET", 0); got.Outcome != OutcomeMiss {
		t.Errorf("/a after a restart: got %v, want a miss", got.Outcome)
	}
	store(t, c, received(c, "/a", "new"), StoreKept)
	if got := lookup(c, "/a", "GET", 0); got.Outcome != OutcomeFresh {
		t.Errorf("/a fetched anew: got %v, want fresh", got.Outcome)
	}
}

// What was checked once is found by one atomic load until the next
// invalidation.
func TestInvalidationRaisesEpoch(t *testing.T) {
	cache := newCache(t, Options{})
	e := fetched(cache, "/a", Meta{Times: times(0, 0, 0)}, "")
	store(t, cache, e, StoreKept)
	invalidate(t, cache, "/other")
	lookup(cache, "/a", "GET", 0)
	if got, _ := e.checkedEpoch(); got != cache.invalidations.Epoch() {
		t.Errorf("checked up to: got %d, want %d", got, cache.invalidations.Epoch())
	}
}

func TestMissCauses(t *testing.T) {
	cache := newCache(t, Options{MaxSize: 100_000, MaxObjectSize: 10_000})
	if got := lookup(cache, "/never", "GET", 0).Cause; got != MissCold {
		t.Errorf("never stored: got %v, want %v", got, MissCold)
	}
	content := string(make([]byte, 5000))
	for i := range 200 {
		cache.Store(fetched(cache, fmt.Sprintf("/%d", i), Meta{Times: times(0, 0, 0)}, content))
		cache.memory.Flush()
	}
	evicted := 0
	for i := range 200 {
		if lookup(cache, fmt.Sprintf("/%d", i), "GET", 0).Cause == MissEvicted {
			evicted++
		}
	}
	if evicted == 0 || uint64(evicted) > cache.Stats().Evictions {
		t.Errorf("misses as evicted: got %d, want some of %d", evicted, cache.Stats().Evictions)
	}
}

func TestGhosts(t *testing.T) {
	g := new(ghosts)
	h := cachekey.Hash{Hi: 5, Lo: 0xabcdef01}
	sameSlot := cachekey.Hash{Hi: 5 + 1<<14, Lo: 0x12345678}
	g.remember(h, MissPurged)
	if got := g.cause(h); got != MissPurged {
		t.Errorf("got %v, want %v", got, MissPurged)
	}
	if got := g.cause(sameSlot); got != MissCold {
		t.Errorf("another of the slot: got %v, want %v", got, MissCold)
	}
	g.forget(sameSlot)
	if got := g.cause(h); got != MissPurged {
		t.Errorf("after another was forgotten: got %v, want %v", got, MissPurged)
	}
	g.remember(sameSlot, MissEvicted)
	if got := g.cause(h); got != MissCold {
		t.Errorf("replaced: got %v, want %v", got, MissCold)
	}
	g.forget(sameSlot)
	if got := g.cause(sameSlot); got != MissCold {
		t.Errorf("forgotten: got %v, want %v", got, MissCold)
	}
}

func TestMarks(t *testing.T) {
	cache := newCache(t, Options{})
	h := cachekey.Hash{Hi: 5, Lo: 1}
	sameSlot := cachekey.Hash{Hi: 5 + 1<<12, Lo: 2}
	at := func(d time.Duration) bool { return cache.Unshared(h, start.Add(d)) }
	if at(0) {
		t.Error("marked from the beginning")
	}
	cache.MarkUnshared(h, start)
	if !at(0) || !at(markLifetime-1) || at(markLifetime) {
		t.Errorf("got %v, %v, %v at 0, before and at the end of the lifetime", at(0), at(markLifetime-1), at(markLifetime))
	}
	if cache.Unshared(sameSlot, start) {
		t.Error("another of the same slot is marked")
	}
	cache.MarkShared(sameSlot)
	if !at(0) {
		t.Error("cleared with another of the same slot")
	}
	cache.MarkShared(h)
	if at(0) {
		t.Error("still marked")
	}
}

func TestReserve(t *testing.T) {
	for name, c := range map[string]struct {
		size, object int64
		want         int64
	}{
		"a quarter of the cache": {64 << 20, 1 << 20, 16 << 20},
		"at least one object":    {64 << 20, 32 << 20, 32 << 20},
		"object size by default": {64 << 20, 0, 16 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			cache := newCache(t, Options{MaxSize: c.size, MaxObjectSize: c.object})
			if cache.Reserve(c.want + 1) {
				t.Errorf("%d bytes were granted at once", c.want+1)
			}
			if !cache.Reserve(c.want) || cache.Reserve(1) {
				t.Errorf("want exactly %d bytes to be granted", c.want)
			}
			cache.Release(c.want)
			if got := cache.InFlight(); got != 0 {
				t.Errorf("InFlight: got %d, want 0", got)
			}
		})
	}
}

// A request for too much does not make a concurrent one for little fail.
func TestReserveConcurrently(t *testing.T) {
	cache := newCache(t, Options{MaxSize: 4 << 20})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 10_000 {
				cache.Reserve(1 << 30)
			}
		})
	}
	for range 10_000 {
		if !cache.Reserve(1) {
			t.Error("a byte was refused")
			break
		}
		cache.Release(1)
	}
	wait.Wait()
}

// Fetches of one key end in any order while others look it up: nobody sees it
// go back, and no lookup that begins after an invalidation sees older content.
func TestStoreAndLookupConcurrently(t *testing.T) {
	cache := newCache(t, Options{})
	var wait sync.WaitGroup
	done := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 3 {
		rnd := rand.New(rand.NewPCG(uint64(w), 0))
		writers.Go(func() {
			for range 1000 {
				e := fetched(cache, "/", Meta{Times: times(0, 0, 0)}, "content")
				if rnd.IntN(100) == 0 {
					invalidate(t, cache, "/")
				}
				cache.Store(e)
			}
		})
		wait.Go(func() {
			last := uint64(0)
			for {
				select {
				case <-done:
					return
				default:
				}
				epoch := cache.Ticket().Epoch
				got := lookup(cache, "/", "GET", 0)
				if got.Entry == nil {
					continue
				}
				if got.Entry.Order < last || got.Entry.Epoch < epoch {
					t.Errorf("got fetch %d of epoch %d, after fetch %d, in epoch %d", got.Entry.Order, got.Entry.Epoch, last, epoch)
					return
				}
				last = got.Entry.Order
			}
		})
	}
	writers.Wait()
	close(done)
	wait.Wait()
}

// In a bubble every goroutine of a Cache must end by Close.
func TestCloseInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{MaxSize: 1 << 20, Invalidations: invalidation.New()})
		if err != nil {
			t.Fatal(err)
		}
		c.Store(fetched(c, "/", Meta{Times: times(0, 0, 0)}, "content"))
		time.Sleep(time.Minute)
		c.Close()
		if got := c.Store(fetched(c, "/", Meta{Times: times(0, 0, 0)}, "content")); got != StoreRefused {
			t.Errorf("Store after Close: got %v, want %v", got, StoreRefused)
		}
	})
}

func TestNewRefuses(t *testing.T) {
	if c, err := New(Options{Invalidations: invalidation.New()}); err == nil {
		c.Close()
		t.Error("New without a size: got no error")
	}
}

func TestNames(t *testing.T) {
	names := make(map[string]bool)
	check := func(got string) {
		if got == "" || names[got] {
			t.Errorf("got the name %q twice or empty", got)
		}
		names[got] = true
	}
	for o := range outcomeCount {
		check(o.String())
	}
	for r := range storeResultCount {
		check(r.String())
	}
	for c := range missCauseCount {
		check(c.String())
	}
	for _, got := range []string{outcomeCount.String(), storeResultCount.String(), missCauseCount.String()} {
		if got[len(got)-3:] != "(?)" {
			t.Errorf("beyond the last value: got %q", got)
		}
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	cache := newCache(t, Options{})
	cache.Store(fetched(cache, "/products", Meta{Times: times(0, 0, 0)}, "content"))
	cache.memory.Flush()
	hash, key := keyOf("/products")
	for _, method := range []string{"GET", "HEAD"} {
		n := testing.AllocsPerRun(1000, func() {
			if cache.Lookup(hash, key, method, start).Outcome != OutcomeFresh {
				t.Fatal("not fresh")
			}
		})
		if n != 0 {
			t.Errorf("Lookup for %s: got %v allocations, want 0", method, n)
		}
	}
}

func BenchmarkLookup(b *testing.B) {
	cache := newCache(b, Options{})
	cache.Store(fetched(cache, "/products", Meta{Times: times(0, 0, 0)}, "content"))
	cache.memory.Flush()
	hash, key := keyOf("/products")
	_, cold := keyOf("/cold")
	now := start.Add(time.Second)
	b.Run("fresh", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cache.Lookup(hash, key, "GET", now)
		}
	})
	b.Run("miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			cache.Lookup(cachekey.Hash{Hi: 1, Lo: 2}, cold, "GET", now)
		}
	})
	b.Run("fresh, on all CPUs", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				cache.Lookup(hash, key, "GET", now)
			}
		})
	})
}

func ExampleCache() {
	cache, err := New(Options{MaxSize: 64 << 20, Invalidations: invalidation.New()})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer cache.Close()

	hash, key := keyOf("/products")
	fmt.Println(cache.Lookup(hash, key, "GET", start).Outcome)

	ticket := cache.Ticket() // before the origin is asked
	block := append(AppendPrefix(nil, key, "", nil), "hello"...)
	cache.Store(NewEntry(Meta{
		Hash: hash, Status: 200, Length: 5,
		Times: freshness.Times{Validated: freshness.MomentOf(start), Lifetime: time.Minute},
		Epoch: ticket.Epoch, Order: ticket.Order,
	}, block, len(key), 0, len(key)))

	found := cache.Lookup(hash, key, "GET", start.Add(time.Second))
	fmt.Println(found.Outcome, string(found.Entry.Content()))
	// Output:
	// miss
	// fresh hello
}
