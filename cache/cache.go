package cache

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cache/memory"
	"github.com/groundfront/groundfront/cachekey"
)

// Options configure a Cache.
type Options struct {
	// MaxSize bounds the memory of all entries, in bytes.
	MaxSize int64
	// MaxObjectSize is the largest content that is stored, in bytes; larger
	// responses stream through. 0 means a 64th of MaxSize: eviction compares
	// how often entries are used and not how large they are, so one very
	// large entry could push out many small ones.
	MaxObjectSize int64
	// StaleKeep is how long past its freshness lifetime a response is used at
	// all, for revalidation or stale. 0 means a day.
	StaleKeep time.Duration
	// Eviction chooses what leaves when MaxSize is reached.
	Eviction Eviction
	// Disk configures the tier behind memory.
	Disk DiskOptions
	// Invalidations says what was invalidated since an entry was fetched.
	Invalidations *invalidation.Log
	// Now is the clock of the times in entries, by which those that are too
	// stale to be used are given up; nil means time.Now. It may jump.
	Now func() time.Time
}

// Eviction is the policy that chooses what stays in memory.
type Eviction = memory.Eviction

// The policies.
const (
	EvictionTinyLFU = memory.EvictionTinyLFU
	EvictionS3FIFO  = memory.EvictionS3FIFO
)

const storeLocks = 64

// A Cache holds the stored responses of all distributions. Its methods may be
// called from any goroutine.
type Cache struct {
	maxObjectSize int64
	staleKeep     time.Duration
	now           func() time.Time
	invalidations *invalidation.Log
	memory        *memory.Store[Entry]
	disk          diskTier
	ghosts        ghosts
	unshared      moments // by hash
	rests         moments // by Entry.rest, of what is on disk
	changes       changes
	order         atomic.Uint64
	sweeper       sweeper

	// A store lock orders the Stores of the keys that share it.
	storeLocks [storeLocks]sync.Mutex

	inFlight, windows budget
}

// A budget is memory that many share.
type budget struct {
	used atomic.Int64
	max  int64
}

// take takes n bytes, if there are as many.
func (b *budget) take(n int64) bool {
	for {
		used := b.used.Load()
		if used+n > b.max {
			return false
		}
		if b.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// New returns an empty Cache. Close ends its goroutines.
func New(o Options) (*Cache, error) {
	c := &Cache{maxObjectSize: o.MaxObjectSize, staleKeep: o.StaleKeep, now: o.Now, invalidations: o.Invalidations}
	if c.now == nil {
		c.now = time.Now
	}
	if c.staleKeep == 0 {
		c.staleKeep = 24 * time.Hour
	}
	if c.maxObjectSize == 0 {
		c.maxObjectSize = o.MaxSize / 64
	}
	c.inFlight.max = max(o.MaxSize/4, c.maxObjectSize)
	c.windows.max = max(o.MaxSize/8, leastWindows*body.MinWindow)
	var err error
	c.memory, err = memory.New(memory.Options{
		MaxBytes: o.MaxSize, Eviction: o.Eviction,
		OnEvict: func(h cachekey.Hash) { c.ghosts.remember(h, MissEvicted) },
	}, (*Entry).place)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	if err := c.openDisk(o.Disk, o.MaxSize); err != nil {
		c.memory.Close()
		return nil, fmt.Errorf("cache: %w", err)
	}
	c.startSweep()
	return c, nil
}

// Close ends the Cache's goroutines, once what waits for the disk is written.
// No Store may follow or be under way.
func (c *Cache) Close() {
	c.stopSweep()
	c.memory.Close()
	if c.disk.store != nil {
		c.disk.store.Close()
	}
	c.closeChanges()
}

// MaxObjectSize returns the largest content that is stored, in bytes.
func (c *Cache) MaxObjectSize() int64 { return c.maxObjectSize }

// Found is the result of a Lookup.
type Found struct {
	Outcome Outcome
	Entry   *Entry    // nil for OutcomeMiss
	Cause   MissCause // for OutcomeMiss
}

// Lookup says what a request with this key may do at now. A GET needs
// content; a HEAD takes the better of what GET and HEAD have brought, but
// nothing older than what GET has brought (CF-KEY-04).
//
// Hot path, BenchmarkLookup: no allocation for what memory has. The rest may
// wait for the disk.
func (c *Cache) Lookup(hash cachekey.Hash, key []byte, method string, now time.Time) Found {
	return c.lookup(hash, key, method, now, c.get)
}

// LookupAgain is Lookup for a request that was looked up before: it does not
// count as another one for what stays in memory.
func (c *Cache) LookupAgain(hash cachekey.Hash, key []byte, method string, now time.Time) Found {
	return c.lookup(hash, key, method, now, c.peek)
}

// getter is get or peek.
type getter func(cachekey.Hash, []byte) *Entry

func (c *Cache) lookup(hash cachekey.Hash, key []byte, method string, now time.Time, get getter) Found {
	found := c.find(hash, key, now, get)
	if method == "HEAD" && found.Outcome != OutcomeFresh {
		head := c.find(HeadHash(hash), key, now, get)
		if head.Entry != nil && head.Outcome <= found.Outcome && !c.superseded(head.Entry) {
			return head
		}
	}
	return found
}

// Fresh returns the response that a GET or HEAD with this key may have at now
// without more ado: complete and with content in memory, fresh, and not of a
// policy with RFC 9111 semantics. It returns nil if there is none; Lookup then
// knows more.
//
// Hot path, BenchmarkFresh: no allocation, and it never waits for the disk.
func (c *Cache) Fresh(hash cachekey.Hash, key []byte, now time.Time) *Entry {
	e := c.get(hash, key)
	if e == nil || e.Failure != 0 || e.HeadOnly || e.Strict || e.Length < 0 || e.Stored() != nil || e.Partial() ||
		e.Times.StateAt(now) != freshness.StateFresh || c.invalidated(e) {
		return nil
	}
	return e
}

func (c *Cache) find(place cachekey.Hash, key []byte, now time.Time, get getter) Found {
	e := get(place, key)
	if e == nil && c.disk.store != nil {
		e = c.load(place, key)
	}
	switch {
	case e == nil:
		return Found{Outcome: OutcomeMiss, Cause: c.ghosts.cause(place)}
	case c.invalidated(e):
		c.ghosts.remember(place, MissPurged)
		c.forgetOnDisk(place, e)
		return Found{Outcome: OutcomeMiss, Cause: MissPurged}
	case c.outdated(e, now):
		c.forgetOnDisk(place, e)
		return Found{Outcome: OutcomeMiss, Cause: MissCold}
	}
	return Found{Outcome: e.outcomeAt(now), Entry: e}
}

// outdated reports whether e is too stale to be used at all.
func (c *Cache) outdated(e *Entry, now time.Time) bool { return e.Times.Remaining(now) < -c.staleKeep }

// superseded reports whether e, the answer to a HEAD, is older than one to a
// GET: it may describe what is gone.
func (c *Cache) superseded(e *Entry) bool {
	if !e.HeadOnly {
		return false
	}
	get := c.peek(e.Hash, e.Key())
	return get != nil && get.Order > e.Order || c.outdatedOnDisk(e.Hash, e)
}

// get returns the Entry that memory has under exactly this key.
func (c *Cache) get(hash cachekey.Hash, key []byte) *Entry {
	e, ok := c.memory.Get(hash)
	return c.checked(e, ok, key)
}

// peek is get for the Cache itself, not for a request.
func (c *Cache) peek(hash cachekey.Hash, key []byte) *Entry {
	e, ok := c.memory.Peek(hash)
	return c.checked(e, ok, key)
}

func (c *Cache) checked(e *Entry, ok bool, key []byte) *Entry {
	if !ok || !bytes.Equal(e.Key(), key) || e.lost() {
		return nil
	}
	return e
}

// invalidated reports whether an invalidation after e's fetch matches e. What
// was checked once need not be checked again until the next invalidation;
// what was withdrawn counts as invalidated for ever.
// What an unsafe request changed is invalid too, if e is Strict.
func (c *Cache) invalidated(e *Entry) bool {
	if e.Strict && c.changes.since(e) {
		return true
	}
	since, ok := e.checkedEpoch()
	if !ok {
		return true
	}
	epoch := c.invalidations.Epoch()
	if c.invalidations.Invalidated(e.distribution(), view(cachekey.Target(e.Key())), e.Tags(), since) {
		return true
	}
	if epoch > since {
		e.setChecked(since, epoch)
	}
	return false
}

func (e *Entry) outcomeAt(now time.Time) Outcome {
	switch e.Times.StateAt(now) {
	case freshness.StateFresh:
		return OutcomeFresh
	case freshness.StateStaleWhileRevalidate:
		if e.retryDelayed(now) { // CF-SWR-08: go on serving, but let the origin rest
			return OutcomeStaleRetryLater
		}
		return OutcomeStaleWhileRevalidate
	}
	if e.retryDelayed(now) && e.Times.MayServeStaleOnError(now) {
		return OutcomeStaleRetryLater
	}
	return OutcomeStale
}

// HeadHash returns where the answer to a HEAD is kept, beside that to a GET.
func HeadHash(h cachekey.Hash) cachekey.Hash {
	return cachekey.Hash{Hi: ^h.Hi, Lo: h.Lo ^ 0x9e3779b97f4a7c15}
}

// A Ticket is taken before the origin is asked: it orders the response among
// others of its key and against invalidations.
type Ticket struct{ Epoch, Order uint64 }

// Ticket returns the next one.
func (c *Cache) Ticket() Ticket {
	return Ticket{Epoch: c.invalidations.Epoch(), Order: c.order.Add(1)}
}

// Current reports whether nothing that matches the target of key, or may
// match the tags of a response that is still on its way, has been invalidated
// since epoch.
func (c *Cache) Current(distribution string, key []byte, epoch uint64) bool {
	return !c.invalidations.InvalidatedUntold(distribution, view(cachekey.Target(key)), epoch)
}

// Usable reports whether e has not been invalidated, nor its content lost.
func (c *Cache) Usable(e *Entry) bool { return !c.invalidated(e) && !e.lost() }

// Drop deletes e. What has replaced it stays.
func (c *Cache) Drop(e *Entry) {
	place := e.place()
	c.forgetOnDisk(place, e)
	c.memory.Delete(place, e)
}

// StoreResult says what Store did with an Entry.
type StoreResult uint8

// The results.
const (
	StoreKept        StoreResult = iota // it is visible to Lookup
	StoreInvalidated                    // an invalidation came during the fetch
	StoreOutdated                       // a newer fetch has stored its response
	StoreShadowed                       // a good response still answers in place of this error (CF-STALE-01)
	StoreRefused                        // no room on the way in
	storeResultCount
)

var storeResultNames = [storeResultCount]string{"kept", "invalidated", "outdated", "shadowed", "refused"}

// String returns the result in lower case.
func (r StoreResult) String() string {
	if r < storeResultCount {
		return storeResultNames[r]
	}
	return "StoreResult(?)"
}

// Store keeps e, unless what is stored is newer or better, or e has been
// invalidated while it was fetched.
func (c *Cache) Store(e *Entry) StoreResult {
	lock := &c.storeLocks[e.place().Lo%storeLocks]
	lock.Lock()
	defer lock.Unlock()
	return c.storeLocked(e)
}

// storeLocked is Store for who holds the store lock of e's place.
func (c *Cache) storeLocked(e *Entry) StoreResult {
	place := e.place()
	if c.invalidated(e) {
		return StoreInvalidated
	}
	if old := c.peek(place, e.Key()); old != nil && !c.invalidated(old) {
		switch {
		case old.Order > e.Order:
			return StoreOutdated
		case old.outlasts(e) && !c.outdated(old, e.Times.Validated.Time()) && !c.superseded(old):
			return StoreShadowed
		}
	}
	if c.shadowedByParts(e) {
		return StoreShadowed
	}
	if c.outdatedOnDisk(place, e) {
		return StoreOutdated
	}
	if !c.memory.Put(place, e, e.Cost()) {
		return StoreRefused
	}
	c.writeDisk(place, e)
	c.ghosts.forget(place)
	if !e.HeadOnly {
		c.dropParts(e)
	}
	return StoreKept
}

// StoreFreshened is Store for the Entry that a 304 made of from. The content
// is from's: what invalidates that by a tag which the 304 takes away must hold
// for the new Entry too, until it is stored (CF-INV-23).
func (c *Cache) StoreFreshened(e, from *Entry) StoreResult {
	if c.invalidated(from) {
		return StoreInvalidated
	}
	result := c.Store(e)
	if result == StoreKept && c.invalidated(from) {
		c.discard(deadEntry{e.place(), e, MissPurged})
		return StoreInvalidated
	}
	return result
}

// Withdraw makes e unusable: its origin has answered in its place with what is
// not stored, so e is what the origin no longer says. Choice: CloudFront's
// guide does not tell whether the older response stands in for a failing
// origin then.
func (c *Cache) Withdraw(e *Entry) {
	e.checked.Store(withdrawn)
	place := e.place()
	c.forgetOnDisk(place, e)
	if again := c.peek(place, e.Key()); again != nil && again.Order == e.Order { // back from the disk since
		again.checked.Store(withdrawn)
		c.memory.Delete(place, again)
	}
}

// MarkUnshared remembers that the response for hash could not be shared, so
// that requests for it do not wait for each other for a while.
func (c *Cache) MarkUnshared(hash cachekey.Hash, now time.Time) {
	c.unshared.set(hash, now.Add(markLifetime))
}

// MarkShared forgets what MarkUnshared remembered.
func (c *Cache) MarkShared(hash cachekey.Hash) { c.unshared.clear(hash) }

// Unshared reports whether hash is marked.
func (c *Cache) Unshared(hash cachekey.Hash, now time.Time) bool {
	return now.UnixNano() < c.unshared.get(hash)
}

// DelayRetry keeps the origin from being asked again about e before until:
// after a failed revalidation e is served stale for the error caching minimum
// TTL (CF-STALE-01).
func (c *Cache) DelayRetry(e *Entry, until time.Time) {
	e.delayRetry(freshness.MomentOf(until))
	if c.disk.store != nil {
		c.rests.set(e.rest(), until)
	}
}

// Reserve asks for n bytes of the memory that content on its way into the
// cache may use in all: a quarter of MaxSize, but at least MaxObjectSize.
// What was granted must be given back by Release.
func (c *Cache) Reserve(n int64) bool { return c.inFlight.take(n) }

// Release gives back what Reserve granted.
func (c *Cache) Release(n int64) { c.inFlight.used.Add(-n) }

// leastWindows is how many responses stream through however small the cache
// is.
const leastWindows = 1024

// OpenWindow grants the memory in which content of the given length, -1 if it
// is not known, that will not be stored moves to its viewers: all of it up to
// body.Window or, when much moves, less, down to body.MinWindow. 0 means that
// there is none: all windows together have an eighth of MaxSize, but at least
// 16 MiB. CloseWindow must give it back.
func (c *Cache) OpenWindow(length int64) int64 {
	if 0 <= length && length <= body.MinWindow {
		length = max(length, 1)
		if c.windows.take(length) {
			return length
		}
		return 0
	}
	for n := int64(body.Window); n >= body.MinWindow; n /= 2 {
		if length > 0 && length <= n/2 {
			continue // a smaller one has room for all
		}
		// Half of the memory is for the smallest, a quarter for the largest,
		// and an eighth and so on for those between.
		limit := c.windows.max/2 - c.windows.max/4*n/body.Window
		if (n == body.MinWindow || c.windows.used.Load()+n <= limit) && c.windows.take(n) {
			return n
		}
	}
	return 0
}

// OpenLeastWindow takes body.MinWindow for a viewer that will need a window of
// its own, and reports whether there was as much. CloseWindow must give it
// back.
func (c *Cache) OpenLeastWindow() bool { return c.windows.take(body.MinWindow) }

// CloseWindow gives back what OpenWindow granted.
func (c *Cache) CloseWindow(n int64) { c.windows.used.Add(-n) }

// Stats are the counters of the memory tier.
type Stats = memory.Stats

// Stats returns the counters.
func (c *Cache) Stats() Stats { return c.memory.Stats() }

// InFlight returns the bytes that Reserve and OpenWindow have granted.
func (c *Cache) InFlight() int64 { return c.inFlight.used.Load() + c.windows.used.Load() }
