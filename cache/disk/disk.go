// Package disk is the cache's disk tier: it keeps records, each a file, under
// 128-bit hashes, larger than memory and past the end of the process.
//
//	Put ──> waiting (visible at once) ──> writer ──> temporary file ──> rename ──> index
//	Get ──> waiting, else index ──> file, checked from first byte to last
//	Open ─> file of a large record, each block checked when it is read
//
// Put never waits for the disk: records wait in a queue that is bounded by
// number and bytes, and beyond that they are dropped and counted. One writer
// goroutine owns the files; it writes, evicts, removes, and lists the folders
// after the start, while records are served already. A record is found once
// its folder was listed.
//
// Whatever the process or the machine dies of, Get returns a record as it was
// once Put under that hash, or nothing: see shelf. What is found damaged is
// removed and counted. The content of a large record is not read by Get but
// by Readers, in blocks: its end is then not known to be whole when its
// beginning is sent, but nothing is sent that was not written. A disk that is full or fails is left alone
// for a while, with one line in the log; what it holds is still read.
//
// Of the meaning of records the Store knows nothing. Freshness and
// invalidation are the caller's, who keeps what it needs for them in the
// record's head.
//
// It is a part of cache.
package disk

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/groundfront/groundfront/cachekey"
)

// Options configure a Store.
type Options struct {
	// Path is the folder. It is created if need be, and belongs to one Store
	// at a time: see Lock.
	Path string
	// MaxSize bounds what the files take on the disk, in bytes.
	MaxSize int64
	// QueueSize bounds the records that wait to be written, in bytes. One
	// record may always wait. 0 means 16 MiB.
	QueueSize int64
	// WholeSize is the size of the largest file whose content Get reads.
	WholeSize int64
	// MaxReaders bounds the Readers at a time, each of which needs a block of
	// memory.
	MaxReaders int64
	// Files is used instead of Path if its functions are set.
	Files Files
	// Logger takes one line for each change of State. nil means none.
	Logger *slog.Logger
	// Now is the time by which a failing disk is tried again. nil means
	// time.Now.
	Now func() time.Time
}

// Stats are counters since start.
type Stats struct {
	Records   int64 // files known by now
	Bytes     int64 // what they take on the disk
	MaxBytes  int64 // the bound
	Hits      uint64
	Evictions uint64 // left for others
	Drops     uint64 // not written: the queue was full, or the disk failed
	Damaged   uint64 // could not be read as they were written
	State     State
}

// queueLength is how many records may wait to be written or removed.
const queueLength = 4096

// A Store keeps records. Its methods may be called from any goroutine.
type Store struct {
	shelf   *shelf
	reading openFiles
	gate    gate
	now     func() time.Time
	maxWait int64
	whole   int64
	readers readers

	mu struct { // taken before the index's
		sync.Mutex
		waiting map[cachekey.Hash]*job
		bytes   int64
		empty   *sync.Cond // signalled when nothing waits any more
		closed  bool
	}
	queue  chan cachekey.Hash // one for each job; sent and closed under mu
	listed chan struct{}      // closed when all folders are
	done   chan struct{}

	hits, drops, damaged atomic.Uint64
}

// A job is a record that waits to be written, or if it has no head, for what
// is there to be removed.
type job struct {
	order   uint64
	number  uint64 // of the content
	head    []byte
	content []byte
	from    *Content // instead of content: the record there has it
}

// size is the memory that waits with it.
func (j *job) size() int64 { return int64(len(j.head) + len(j.content)) }

// fileSize is the size that the record's file will have.
func (j *job) fileSize() int64 {
	length := int64(len(j.content))
	if j.from != nil {
		length = j.from.length
	}
	return fileSize(len(j.head), length)
}

// Open starts a Store. The error says why the folder cannot be used. Close
// ends its goroutine.
func Open(o Options) (*Store, error) {
	if o.Files.Write == nil {
		var err error
		if o.Files, err = openFolder(o.Path); err != nil {
			return nil, fmt.Errorf("disk tier: %w", err)
		}
	}
	s := &Store{
		shelf: newShelf(o.Files, o.MaxSize), now: o.Now, maxWait: o.QueueSize, whole: o.WholeSize, readers: readers{max: o.MaxReaders},
		queue: make(chan cachekey.Hash, queueLength), listed: make(chan struct{}), done: make(chan struct{}),
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.maxWait == 0 {
		s.maxWait = 16 << 20
	}
	s.reading.mu.files = make(map[Content]*openFile)
	s.gate.logger = o.Logger
	if s.gate.logger == nil {
		s.gate.logger = slog.New(slog.DiscardHandler)
	}
	s.mu.waiting = make(map[cachekey.Hash]*job)
	s.mu.empty = sync.NewCond(&s.mu)
	go s.run()
	return s, nil
}

// PutResult says what Put did with a record.
type PutResult uint8

// The results.
const (
	PutTaken    PutResult = iota // it is visible to Get and will be written
	PutOutdated                  // what is there has a greater order, and stays
	PutDropped                   // too large, or the queue is full, or the disk fails; nothing is there now
	putResultCount
)

var putResultNames = [putResultCount]string{"taken", "outdated", "dropped"}

// String returns the result in lower case.
func (r PutResult) String() string {
	if r < putResultCount {
		return putResultNames[r]
	}
	return "PutResult(?)"
}

// Put keeps a record, in place of an older one of that hash. order is greater
// than 0 and greater the newer the record. The Store reads head, which is not
// empty, and content until the record is written: they must not change.
func (s *Store) Put(hash cachekey.Hash, order uint64, head, content []byte) PutResult {
	return s.put(hash, &job{order: order, number: rand.Uint64(), head: head, content: content})
}

// PutHead is Put with the content of the record that is there, which is
// copied.
func (s *Store) PutHead(hash cachekey.Hash, order uint64, head []byte, content *Content) PutResult {
	return s.put(hash, &job{order: order, number: content.number, head: head, from: content})
}

func (s *Store) put(hash cachekey.Hash, j *job) PutResult {
	s.mu.Lock()
	defer s.mu.Unlock()
	if info, found := s.findLocked(hash); found && info.Order > j.order {
		return PutOutdated
	}
	switch {
	case len(j.head) > maxHead, room(j.fileSize()) > s.shelf.bound, !s.gate.open(s.now()), !s.enqueueLocked(hash, j):
		s.drops.Add(1)
		s.forgetLocked(hash)
		return PutDropped
	}
	return PutTaken
}

// Get reads the record under hash, a large one without its content, and says
// whether there is one. It may wait for the disk. The caller compares the full
// key: equal hashes do not prove equal keys.
func (s *Store) Get(hash cachekey.Hash) (Record, bool) {
	if j := s.waitingJob(hash); j != nil {
		return s.counted(Record{Order: j.order, Head: j.head, Content: j.content, Stored: j.from}, len(j.head) > 0)
	}
	r, found, err := s.shelf.get(hash, s.whole)
	if err != nil {
		s.unreadable(hash, r.Order, err)
		return Record{}, false
	}
	return s.counted(r, found)
}

// counted counts a record that is read; one whose content is not, by Open.
func (s *Store) counted(r Record, found bool) (Record, bool) {
	if found && r.Stored == nil {
		s.hits.Add(1)
	}
	return r, found
}

// unreadable removes a record that could not be read, unless the reason is
// that it has been replaced or evicted meanwhile, or that the process has no
// descriptor left.
func (s *Store) unreadable(hash cachekey.Hash, tried uint64, err error) {
	if exhausted(err) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	info, found := s.findLocked(hash)
	if found && info.Order == tried && s.mu.waiting[hash] == nil {
		s.damaged.Add(1)
		s.forgetLocked(hash)
	}
}

// Info is what the index knows of a record.
type Info struct {
	Order uint64 // that of its Put, 0 if an earlier process wrote it
	Size  int64  // of its file, in bytes
}

// Find says whether there is a record under hash. It does not read the disk,
// and does not count as a use.
func (s *Store) Find(hash cachekey.Hash) (Info, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.findLocked(hash)
}

func (s *Store) findLocked(hash cachekey.Hash) (Info, bool) {
	if j := s.mu.waiting[hash]; j != nil {
		return Info{j.order, j.fileSize()}, len(j.head) > 0
	}
	return s.shelf.index.info(hash)
}

// Forget makes the record under hash unusable and has its file removed,
// unless it is newer than order.
func (s *Store) Forget(hash cachekey.Hash, order uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if info, found := s.findLocked(hash); !found || info.Order <= order {
		s.forgetLocked(hash)
	}
}

// forgetLocked falls back on the index where the queue is full: the file then
// leaves when the hand of the index comes by.
func (s *Store) forgetLocked(hash cachekey.Hash) {
	if _, found := s.findLocked(hash); !found && s.isListed() {
		return
	}
	s.shelf.index.kill(hash, s.isListed())
	if !s.enqueueLocked(hash, new(job)) {
		s.takeLocked(hash)
	}
}

func (s *Store) isListed() bool {
	select {
	case <-s.listed:
		return true
	default:
		return false
	}
}

// enqueueLocked has j wait in place of what waits for hash.
func (s *Store) enqueueLocked(hash cachekey.Hash, j *job) bool {
	bytes := s.mu.bytes + j.size()
	if old := s.mu.waiting[hash]; old != nil {
		bytes -= old.size()
	}
	if s.mu.closed || len(s.queue) == cap(s.queue) || bytes > max(s.maxWait, j.size()) {
		return false
	}
	s.mu.waiting[hash], s.mu.bytes = j, bytes
	s.queue <- hash // has room: this is the only sender, and it holds the lock
	return true
}

// takeLocked takes what waits for hash out of the queue.
func (s *Store) takeLocked(hash cachekey.Hash) {
	if j := s.mu.waiting[hash]; j != nil {
		s.mu.bytes -= j.size()
		delete(s.mu.waiting, hash)
	}
	if len(s.mu.waiting) == 0 {
		s.mu.empty.Broadcast()
	}
}

func (s *Store) waitingJob(hash cachekey.Hash) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.waiting[hash]
}

// Flush waits until all folders are listed and nothing waits any more. For
// tests and the end of the process.
func (s *Store) Flush() {
	select {
	case <-s.listed:
	case <-s.done:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.mu.waiting) > 0 {
		s.mu.empty.Wait()
	}
}

// Stats returns the counters.
func (s *Store) Stats() Stats {
	records, bytes := s.shelf.index.size()
	return Stats{
		Records: records, Bytes: bytes, MaxBytes: s.shelf.bound,
		Hits: s.hits.Load(), Evictions: s.shelf.evictions.Load(), Drops: s.drops.Load(), Damaged: s.damaged.Load(),
		State: s.gate.state(),
	}
}

// Close writes what waits and ends the Store's goroutine; a Put after it is
// dropped. A second call does nothing.
func (s *Store) Close() {
	s.mu.Lock()
	if !s.mu.closed {
		s.mu.closed = true
		close(s.queue)
	}
	s.mu.Unlock()
	<-s.done
}
