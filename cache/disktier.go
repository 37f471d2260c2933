package cache

import (
	"cmp"
	"errors"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/groundfront/groundfront/cache/disk"
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
)

// DiskOptions configure the disk tier.
type DiskOptions struct {
	// Path is the folder, which belongs to one Cache at a time. With "" there
	// is no disk tier.
	Path string
	// MaxSize bounds what it takes on the disk, in bytes.
	MaxSize int64
	// MinObjectSize is the smallest content that goes to the disk, in bytes.
	MinObjectSize int64
	// StreamSize is the size of the largest file that is read as a whole; the
	// content of a larger one is never in memory. 0 means 256 KiB, less than
	// 0 that none is.
	StreamSize int64
	// Logger takes a line when the disk fails, and when it works again. nil
	// means none.
	Logger *slog.Logger
}

// The disk tier is behind the memory tier: what is stored goes to both, to
// the disk in the background, and what memory does not have is looked for
// there. So memory is never older than the disk. What comes back competes for
// its place in memory like a new response.
//
// An Entry on disk keeps its times and its invalidation epoch: after a
// restart its age is right, and what was invalidated is dead, if the
// invalidation log has kept its epochs too (invalidation.Open). A moment
// before which the origin is not to be asked is kept beside it while the
// process lives (DelayRetry). Some entries serve their process only, or stay
// in memory:
//
//   - A Strict one comes back after a restart if it is known what unsafe
//     requests have changed since (changesFile).
//   - The answer to a HEAD does not: whether one to a GET is newer is told by
//     their order, which begins anew (superseded).
//   - One that stands for an origin without a response does not: what is at
//     fault may be what the restart is for, and what Failure means is this
//     program's own.
//   - One that is private and kept for an outage is not written down.
type diskTier struct {
	store      *disk.Store // nil without a disk tier
	minContent int64
	streamSize int64
	firstOrder uint64 // of this start, if the changes are kept

	// A load lock lets one request at a time read the records that share it:
	// the others then find the Entry in memory, and no more records than
	// there are locks are read at once.
	loadLocks [storeLocks]sync.Mutex
}

// openDisk starts the disk tier.
func (c *Cache) openDisk(o DiskOptions, memory int64) (err error) {
	if o.Path == "" {
		return nil
	}
	c.disk.minContent, c.disk.streamSize = o.MinObjectSize, max(cmp.Or(o.StreamSize, streamSize), 0)
	c.disk.store, err = disk.Open(disk.Options{
		Path: o.Path, MaxSize: o.MaxSize, QueueSize: memory / 16, WholeSize: c.disk.streamSize, Logger: o.Logger,
		MaxReaders: max(memory/4/disk.BlockSize, leastReaders),
	})
	if err == nil {
		c.openChanges(o)
	}
	return err
}

// changesName is the file in the folder of the disk tier that keeps what unsafe
// requests have changed.
const changesName = "changes"

// openChanges has the changes kept on the disk. Where that fails they end with
// the process, and Strict responses are not used after a restart.
func (c *Cache) openChanges(o DiskOptions) {
	c.changes.kept.failed = func(err error) {
		if o.Logger != nil {
			o.Logger.Error("what unsafe requests change is not kept: strict responses do not survive a restart", "error", err)
		}
	}
	first, err := c.changes.openChanges(filepath.Join(o.Path, changesName), bootOf())
	if err != nil {
		c.changes.kept.failed(err)
		return
	}
	c.disk.firstOrder = first
	c.order.Store(first)
}

// closeChanges marks a good end. No request may follow.
func (c *Cache) closeChanges() {
	c.changes.kept.Lock()
	defer c.changes.kept.Unlock()
	if c.changes.kept.file != nil {
		c.changes.kept.file.end(c.disk.firstOrder)
	}
}

// load brings the Entry with this key from the disk to memory. It is nil if
// there is none, or no memory to read it.
func (c *Cache) load(place cachekey.Hash, key []byte) *Entry {
	if _, found := c.disk.store.Find(place); !found {
		return nil
	}
	lock := &c.disk.loadLocks[place.Lo%storeLocks]
	lock.Lock()
	defer lock.Unlock()
	if e := c.peek(place, key); e != nil {
		return e // the request before has brought it
	}
	e, order := c.read(place)
	if e == nil || string(e.Key()) != string(key) {
		return nil
	}
	return c.promote(place, e, order)
}

// streamSize is the default of StreamSize. A file up to it is read as a whole:
// its content goes to memory with it. Of a larger one the head goes there, and the
// content is read in blocks each time it is sent, however often: the operating
// system keeps what is used in memory of its own, and a second copy here would
// push out thousands of small responses that gain more. BenchmarkDiskHit: by
// this size a read costs little beside sending.
const streamSize = 256 << 10

// leastReaders is how many viewers are sent content from files at once, however
// small memory is; it is more if a quarter of MaxSize has room for the blocks of
// more. Beyond that what is large is as good as a miss.
const leastReaders = 1024

// read reads an Entry from the disk, with the order of its record.
func (c *Cache) read(place cachekey.Hash) (e *Entry, order uint64) {
	info, found := c.disk.store.Find(place)
	if !found {
		return nil, 0
	}
	held := min(info.Size, c.disk.streamSize)
	if !c.Reserve(held) {
		return nil, 0
	}
	defer c.Release(held)
	r, found := c.disk.store.Get(place)
	if !found {
		return nil, 0
	}
	e, err := entryOf(r, c.changes.era())
	if err != nil || e.place() != place || r.Order == 0 && !e.outlivesProcess() {
		c.disk.store.Forget(place, r.Order)
		return nil, 0
	}
	return e, r.Order
}

// outlivesProcess reports whether e may be used by a process that did not
// fetch it.
func (e *Entry) outlivesProcess() bool { return !e.HeadOnly && e.Failure == 0 }

// promote gives e, of the record with this order, to the memory tier, unless a
// newer one has come while e was read. It returns the one to use.
func (c *Cache) promote(place cachekey.Hash, e *Entry, order uint64) *Entry {
	lock := &c.storeLocks[place.Lo%storeLocks]
	lock.Lock()
	defer lock.Unlock()
	if newer := c.peek(place, e.Key()); newer != nil {
		return newer
	}
	if info, found := c.disk.store.Find(place); !found || info.Order != order {
		return nil
	}
	e.delayRetry(freshness.Moment(c.rests.get(e.rest())))
	if c.memory.Put(place, e, e.Cost()) {
		c.ghosts.forget(place)
	}
	return e
}

// Unload takes out of memory what the disk tier has, once what waits for the
// disk is written, and returns how many usable responses are left that should
// be there. For tests: what is found after that comes from the disk.
func (c *Cache) Unload() (left int) {
	if c.disk.store == nil {
		return int(c.memory.Stats().Values)
	}
	c.memory.Flush()
	c.disk.store.Flush()
	there := make(map[cachekey.Hash]*Entry)
	c.memory.Each(func(place cachekey.Hash, e *Entry) bool {
		if info, found := c.disk.store.Find(place); found && (info.Order == e.Order || info.Order == 0) {
			there[place] = e
		} else if e.isResponse() && !e.Partial() && c.disk.wants(e) && !c.invalidated(e) && !c.outdated(e, c.now()) {
			left++
		}
		return true
	})
	for place, e := range there {
		if !c.memory.Delete(place, e) {
			left++
		}
	}
	c.memory.Flush()
	return left
}

// writeDisk has e written in the background, or what it replaces removed. The
// caller holds the store lock of place.
func (c *Cache) writeDisk(place cachekey.Hash, e *Entry) {
	if c.disk.store == nil {
		return
	}
	head, err := e.appendHead(nil, c.changes.era())
	if err != nil || !c.disk.wants(e) {
		c.disk.store.Forget(place, e.Order)
		return
	}
	if stored := e.Stored(); stored != nil {
		c.disk.store.PutHead(place, e.Order, head, stored)
	} else {
		c.disk.store.Put(place, e.Order, head, e.Content())
	}
}

// Open opens the content of an Entry that is Stored; the caller closes it. It
// is nil if too many are open, or if the content is lost: evicted, replaced or
// damaged since. Then the Entry answers nothing, and no later Lookup finds it.
func (c *Cache) Open(e *Entry) *disk.Reader {
	r, err := c.disk.store.Open(e.Stored())
	if err != nil && !errors.Is(err, disk.ErrBusy) {
		e.elsewhere.lost.Store(true)
	}
	return r
}

// wants reports whether e is worth a file.
func (d *diskTier) wants(e *Entry) bool {
	return e.Times.OnError != freshness.StaleOnErrorOutage && e.Size() >= d.minContent
}

// outdatedOnDisk reports whether the disk has a newer Entry than e.
func (c *Cache) outdatedOnDisk(place cachekey.Hash, e *Entry) bool {
	if c.disk.store == nil {
		return false
	}
	info, found := c.disk.store.Find(place)
	return found && info.Order > e.Order
}

// forgetOnDisk removes e, which cannot be used any more.
func (c *Cache) forgetOnDisk(place cachekey.Hash, e *Entry) {
	if c.disk.store != nil {
		c.disk.store.Forget(place, e.Order)
	}
}

// DiskStats are the counters of the disk tier.
type DiskStats = disk.Stats

// DiskStats returns the counters and whether there is a disk tier.
func (c *Cache) DiskStats() (DiskStats, bool) {
	if c.disk.store == nil {
		return DiskStats{}, false
	}
	return c.disk.store.Stats(), true
}
