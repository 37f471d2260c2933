// Package body holds response content that many viewers read while one
// fetch still writes it.
//
// A Buffer has one writer and any number of readers, each at its own place.
// Bytes that were written never change and never move, so readers get them
// without a copy and without a lock held. Two regimes:
//
//   - whole: everything is kept, and Seal gives it to the cache in the end.
//     It holds while the content stays within the limit and Reserve grants
//     the memory. The writer never waits.
//   - window: the content will not be stored (too large, or private), so what
//     every reader has passed is dropped, and the writer waits when the
//     slowest reader is a window behind. When the last reader leaves, the
//     Buffer is abandoned: the writer is told to stop, and no reader can come
//     any more.
//
// A Buffer starts whole and may turn to window once, never back.
//
// In the window regime a slow reader would hold up the others. So when the
// window has been full for a moment (patience) and a reader has nothing left
// to read, those that are more than half a window behind are left behind, if
// Leave agrees: they get ErrLeft, keep their place as a number, and go on
// elsewhere. Without the moment a reader would be left behind because its
// goroutine happened to run late, and each costs a request. Readers of one
// pace share one Buffer, however many they are. The rejected alternatives: to
// keep what the slowest has yet to read takes as much memory as the content,
// and to cut slow readers off fails viewers that did nothing wrong.
//
// It is a part of cache.
package body

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"
)

var (
	// ErrAbandoned is returned by Write in the window regime when nobody reads
	// any more: the fetch may stop.
	ErrAbandoned = errors.New("no viewer reads the response any more")
	// ErrLeft is returned to a reader that was left behind: the bytes at its
	// place are gone.
	ErrLeft = errors.New("the reader was left behind")
)

const (
	// Window is how far, in bytes, the writer may run ahead of the slowest
	// reader once the content is not kept whole; MinWindow is the least with
	// which content still moves.
	Window    = 256 << 10
	MinWindow = 16 << 10

	// patience is how long slow readers may hold up the others in all; each
	// window that was written adds morePatience, up to patience again.
	patience     = 50 * time.Millisecond
	morePatience = time.Millisecond

	// Chunks double with the content, so that a short answer of unknown
	// length costs little and a long one few pieces.
	minChunk = 4 << 10
	maxChunk = 64 << 10
)

// Options configure a Buffer.
type Options struct {
	// Prefix is what the cache wants in front of the content in one block.
	Prefix []byte
	// Length is the content's length if it is known, else -1. A known length
	// within Limit makes one block of exactly the right size, so that Seal
	// need not copy.
	Length int64
	// Limit is how much is kept whole. With 0 the Buffer is in the window
	// regime from the start.
	Limit int64
	// Reserve asks for n more bytes of the memory that all content kept whole
	// may use together; when it refuses, the Buffer turns to window. Release
	// gives back what was granted: as the window slides, and the rest after
	// Retire. Both are called under the Buffer's lock and must not call it;
	// both may be nil.
	Reserve func(n int64) bool
	Release func(n int64)
	// OpenWindow is asked once, when the Buffer turns to window, how many
	// bytes the window may have, at most Window. What is less than MinWindow,
	// because there is no memory or the content is shorter, makes a window of
	// that. CloseWindow gives back what was
	// granted, when writer and readers have gone. nil means Window. The same
	// holds for calls as above.
	OpenWindow  func() int64
	CloseWindow func(n int64)
	// Leave is asked before a reader is left behind. nil means never. The
	// same holds for calls as above.
	Leave func() bool
	// Abandoned, if set, is called once when the last reader leaves a Buffer
	// that is in the window regime and not complete, so that a writer that
	// waits for its source can be woken. It is called without a lock.
	Abandoned func()
}

// A Buffer is content being written. Create it with New; its owner calls
// Close and then Retire.
type Buffer struct {
	Options

	mu struct {
		sync.Mutex
		block    []byte        // prefix and content, when the length was known
		chunks   []chunk       // ascending; all but the last are full
		size     int64         // bytes written in all
		held     int64         // bytes granted by Reserve and not given back
		window   bool          // the regime
		span     int64         // of the window, in bytes
		granted  int64         // of that by OpenWindow, and not given back
		patience time.Duration // for which slow readers may yet hold up others
		left     bool          // abandoned
		closed   bool
		retired  bool
		err      error // nil when closed complete
		readers  []*Reader
		more     chan struct{} // closed when there is more for readers; nil while none waits
		room     chan struct{} // closed when there may be room for the writer; nil while it does not wait
	}
}

// A chunk is a part of the content. Its data grows in place up to its
// capacity.
type chunk struct {
	start int64 // offset of its first byte in the content
	data  []byte
}

func (c chunk) end() int64 { return c.start + int64(len(c.data)) }
func (c chunk) room() int  { return cap(c.data) - len(c.data) }

// New returns an empty Buffer.
func New(o Options) *Buffer {
	b := &Buffer{Options: o}
	b.mu.patience = patience
	switch {
	case o.Limit <= 0 || o.Length > o.Limit || !b.holdLocked(max(o.Length, 0)):
		b.turnLocked()
	case o.Length >= 0:
		head := len(o.Prefix)
		b.mu.block = make([]byte, head+int(o.Length))
		copy(b.mu.block, o.Prefix)
		b.mu.chunks = []chunk{{data: b.mu.block[head:head:len(b.mu.block)]}}
	}
	return b
}

// holdLocked reserves n more bytes, unless they are refused.
func (b *Buffer) holdLocked(n int64) bool {
	if b.Reserve != nil && !b.Reserve(n) {
		return false
	}
	b.mu.held += n
	return true
}

// giveLocked gives back up to n reserved bytes.
func (b *Buffer) giveLocked(n int64) {
	n = min(n, b.mu.held)
	b.mu.held -= n
	if n > 0 && b.Release != nil {
		b.Release(n)
	}
}

// turnLocked makes the regime that of a window.
func (b *Buffer) turnLocked() {
	b.mu.window, b.mu.span = true, Window
	if b.OpenWindow != nil {
		b.mu.granted = b.OpenWindow()
		b.mu.span = max(b.mu.granted, MinWindow)
	}
}

// Write appends a copy of p. In the window regime it waits while the slowest
// reader is too far behind, until ctx ends. It never returns a short count
// without an error.
func (b *Buffer) Write(ctx context.Context, p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, wait, atMost, err := b.append(p[written:])
		if err != nil {
			return written, err
		}
		written += n
		if wait == nil {
			continue
		}
		if err := b.wait(ctx, wait, atMost); err != nil {
			return written, err
		}
	}
	return written, nil
}

// wait waits for readers: while they hold up others not longer than atMost,
// which is 0 when they do not.
func (b *Buffer) wait(ctx context.Context, room <-chan struct{}, atMost time.Duration) error {
	var enough <-chan time.Time
	if atMost > 0 {
		timer, began := time.NewTimer(atMost), time.Now()
		enough = timer.C
		defer func() {
			timer.Stop()
			b.spend(time.Since(began))
		}()
	}
	select {
	case <-room:
	case <-enough:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

func (b *Buffer) spend(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.patience = max(0, b.mu.patience-d)
}

// append takes what fits into one chunk now. A non-nil channel asks to wait
// for readers, at most for a time if that is not 0.
func (b *Buffer) append(p []byte) (n int, wait <-chan struct{}, atMost time.Duration, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mu.closed {
		return 0, nil, 0, io.ErrClosedPipe
	}
	if !b.mu.window && !b.fitsLocked(len(p)) {
		b.turnLocked()
	}
	if b.mu.window {
		if len(b.mu.readers) == 0 {
			b.mu.left = true
			return 0, nil, 0, ErrAbandoned
		}
		room, atMost := b.roomLocked()
		if room <= 0 {
			if b.mu.room == nil {
				b.mu.room = make(chan struct{})
			}
			return 0, b.mu.room, atMost, nil
		}
		p = p[:min(int64(len(p)), room)]
	}
	if capacity := b.nextChunkLocked(len(p)); capacity > 0 {
		b.mu.chunks = append(b.mu.chunks, chunk{start: b.mu.size, data: make([]byte, 0, capacity)})
	}
	n = b.fillLocked(p)
	wake(&b.mu.more)
	return n, nil, 0, nil
}

// fitsLocked reports whether n more bytes can be kept with all before them,
// and reserves the memory that they need.
func (b *Buffer) fitsLocked(n int) bool {
	return b.mu.size+int64(n) <= b.Limit && b.holdLocked(int64(b.nextChunkLocked(n)))
}

// nextChunkLocked returns the capacity of the chunk that n more bytes need,
// 0 if the last one has room.
func (b *Buffer) nextChunkLocked(n int) int {
	if last := len(b.mu.chunks) - 1; last >= 0 && b.mu.chunks[last].room() > 0 {
		return 0
	}
	c := min(max(b.mu.size, int64(n), minChunk), maxChunk)
	if b.mu.window && (b.Length < 0 || b.Length > b.mu.span) { // chunks leave as a whole: of large ones a small window would hold too many bytes
		c = min(c, b.mu.span/4)
	}
	if left := b.Length - b.mu.size; left > 0 {
		c = min(c, left)
	}
	return int(c)
}

// fillLocked copies what fits of p into the last chunk.
func (b *Buffer) fillLocked(p []byte) int {
	last := &b.mu.chunks[len(b.mu.chunks)-1]
	n := min(len(p), last.room())
	last.data = append(last.data, p[:n]...)
	if before := b.mu.size; before/Window < (before+int64(n))/Window {
		b.mu.patience = min(b.mu.patience+morePatience, patience)
	}
	b.mu.size += int64(n)
	return n
}

// roomLocked returns how much the writer may write in the window regime, and
// if that is nothing, how long at most it waits for more; 0 means that it
// holds up nobody.
func (b *Buffer) roomLocked() (room int64, atMost time.Duration) {
	room = b.slideLocked() + b.mu.span - b.mu.size
	switch {
	case room > 0 || b.Leave == nil || !b.starvesLocked():
	case b.mu.patience > 0:
		return 0, b.mu.patience
	case b.leaveLocked():
		room = b.slideLocked() + b.mu.span - b.mu.size
	}
	return room, 0
}

// starvesLocked reports whether a reader has nothing to read.
func (b *Buffer) starvesLocked() bool {
	return slices.ContainsFunc(b.mu.readers, func(r *Reader) bool { return r.offset >= b.mu.size })
}

// slideLocked drops chunks that every reader has passed and returns the
// offset of the slowest reader.
func (b *Buffer) slideLocked() int64 {
	slowest := b.mu.size
	for _, r := range b.mu.readers {
		slowest = min(slowest, r.offset)
	}
	for len(b.mu.chunks) > 1 && b.mu.chunks[0].end() <= slowest {
		b.giveLocked(int64(cap(b.mu.chunks[0].data)))
		b.mu.chunks[0].data = nil
		b.mu.chunks = b.mu.chunks[1:]
	}
	return slowest
}

// leaveLocked leaves slow readers behind, and reports whether it did.
func (b *Buffer) leaveLocked() bool {
	before := len(b.mu.readers)
	b.mu.readers = slices.DeleteFunc(b.mu.readers, func(r *Reader) bool {
		r.left = !r.pinned && r.offset < b.mu.size-b.mu.span/2 && b.Leave()
		return r.left
	})
	return len(b.mu.readers) < before
}

// Close ends the content: complete when err is nil, cut off otherwise.
// Readers see io.EOF or err after the last byte. Only the first call counts.
func (b *Buffer) Close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mu.closed {
		b.mu.closed, b.mu.err = true, err
		wake(&b.mu.more)
	}
}

// Retire gives back the reserved memory: at once when the sealed content was
// kept, because its memory is then the cache's, else when the last reader has
// left. It must follow Close. A reader may still come afterwards: one that had
// waited for the content to begin and was slower than its end.
func (b *Buffer) Retire(kept bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mu.retired = true
	if kept || len(b.mu.readers) == 0 {
		b.giveAllLocked()
	}
}

// giveAllLocked gives back all memory.
func (b *Buffer) giveAllLocked() {
	b.giveLocked(b.mu.held)
	if b.mu.granted > 0 && b.CloseWindow != nil {
		b.CloseWindow(b.mu.granted)
	}
	b.mu.granted = 0
}

// Whole reports whether everything written so far is still there: the
// content can be stored if it is also complete.
func (b *Buffer) Whole() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.mu.window
}

// Size returns the number of bytes written so far.
func (b *Buffer) Size() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.size
}

// Seal returns the prefix and the content in one block that never changes.
// It is the Buffer's own memory if the length was known, else a copy, which
// then also replaces what readers have yet to read: a slow viewer does not
// keep a second one alive. It must be called by the writer, on a whole Buffer
// after Close.
func (b *Buffer) Seal() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	head := len(b.Prefix)
	if b.mu.block != nil && int64(len(b.mu.block)-head) == b.mu.size {
		return b.mu.block
	}
	block := make([]byte, 0, int64(head)+b.mu.size)
	block = append(block, b.Prefix...)
	for _, c := range b.mu.chunks {
		block = append(block, c.data...)
	}
	b.mu.chunks = []chunk{{data: block[head:]}}
	return block
}

// NewReader returns a reader at the first byte: NewReaderAt(0).
func (b *Buffer) NewReader() *Reader { return b.NewReaderAt(0) }

// NewReaderAt returns a reader at an offset, which may lie ahead of what was
// written, or nil when the content can not be had from there to its end any
// more: bytes were dropped, it was cut off, or nobody has wanted it. The
// caller must Close it.
func (b *Buffer) NewReaderAt(offset int64) *Reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.hasLocked(offset) {
		return nil
	}
	r := &Reader{b: b, offset: offset}
	b.mu.readers = append(b.mu.readers, r)
	return r
}

// Hold keeps all bytes from the first on until release is called, which must
// be soon: the writer waits for it as for a reader.
func (b *Buffer) Hold() (release func()) {
	r := b.NewReaderAt(0)
	if r == nil {
		return func() {}
	}
	r.pinned = true // nobody else has seen it
	return r.Close
}

// Has reports whether NewReaderAt would return a reader.
func (b *Buffer) Has(offset int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.hasLocked(offset)
}

func (b *Buffer) hasLocked(offset int64) bool {
	return !b.mu.left && b.mu.err == nil && offset >= b.startLocked()
}

// startLocked returns the offset of the first byte that is there, or will be.
func (b *Buffer) startLocked() int64 {
	if len(b.mu.chunks) == 0 {
		return 0
	}
	return b.mu.chunks[0].start
}

// wake closes the channel that some wait for, if any do.
func wake(c *chan struct{}) {
	if *c != nil {
		close(*c)
		*c = nil
	}
}

// removeLocked takes r off the list and reports whether the Buffer is
// abandoned by that.
func (b *Buffer) removeLocked(r *Reader) bool {
	i := slices.Index(b.mu.readers, r)
	if i < 0 {
		return false // it was left behind
	}
	last := len(b.mu.readers) - 1
	b.mu.readers[i] = b.mu.readers[last]
	b.mu.readers[last] = nil
	b.mu.readers = b.mu.readers[:last]
	wake(&b.mu.more) // its own Next may wait
	wake(&b.mu.room)
	if last == 0 && b.mu.retired {
		b.giveAllLocked()
	}
	if last > 0 || b.mu.closed || !b.mu.window {
		return false
	}
	b.mu.left = true
	return true
}
