// Package body holds response content that many viewers read while one
// fetch still writes it.
//
// A Buffer has one writer and any number of readers, each at its own place.
// Bytes that were written never change and never move, so readers get them
// without a copy and without a lock held. Two regimes:
//
//   - whole: everything is kept, and Seal gives it to the cache in the end.
//     It holds while the content stays within the limit.
//   - window: the content will not be stored (too large, or private), so what
//     every reader has passed is dropped, and the writer waits when the
//     slowest reader is more than the window behind. With no reader left the
//     writer is told to stop.
//
// A Buffer starts whole and may turn to window once, never back.
//
// It is a part of cache.
package body

import (
	"context"
	"errors"
	"io"
	"sync"
)

// ErrNoReaders is returned by Write in the window regime when nobody reads
// any more: the fetch may stop.
var ErrNoReaders = errors.New("no viewer reads the response any more")

const (
	chunkSize = 32 << 10
	// Window is how far the writer may run ahead of the slowest reader once
	// the content is not kept whole.
	Window = 1 << 20
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
	// Reserve asks for n more bytes of the memory that all content on its
	// way may use together. When it refuses, the Buffer turns to window. The
	// owner gives back Reserved in the end. nil always agrees.
	Reserve func(n int64) bool
}

// A Buffer is content being written. Create it with New.
type Buffer struct {
	limit   int64
	reserve func(int64) bool
	head    int // bytes of the first chunk that belong to the entry's head

	mu struct {
		sync.Mutex
		chunks  [][]byte // chunks[0] starts at offset base
		base    int64
		size    int64 // bytes written in all
		window  bool
		held    int64 // reserved bytes
		slid    bool  // bytes were dropped: a new reader would miss them
		closed  bool
		err     error // nil when closed complete
		readers []*Reader
		changed chan struct{} // closed and replaced when anything above changes; nil while nobody waits
	}
}

// New returns an empty Buffer.
func New(o Options) *Buffer {
	b := &Buffer{limit: o.Limit, reserve: o.Reserve}
	switch {
	case o.Limit <= 0 || o.Length > o.Limit:
		b.mu.window = true
	case o.Length >= 0 && !b.holdLocked(o.Length):
		b.mu.window = true
	case o.Length >= 0:
		block := make([]byte, len(o.Prefix), int64(len(o.Prefix))+o.Length)
		copy(block, o.Prefix)
		b.head = len(o.Prefix)
		b.mu.chunks = [][]byte{block}
	}
	return b
}

// holdLocked reserves n more bytes, unless they are refused.
func (b *Buffer) holdLocked(n int64) bool {
	if b.reserve != nil && !b.reserve(n) {
		return false
	}
	b.mu.held += n
	return true
}

// Reserved returns how many bytes the Buffer got from Reserve in all.
func (b *Buffer) Reserved() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mu.held
}

// Write appends a copy of p. In the window regime it waits while the slowest
// reader is too far behind, until ctx ends. It never returns a short count
// without an error.
func (b *Buffer) Write(ctx context.Context, p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		n, wait, err := b.append(p)
		if err != nil {
			return written, err
		}
		written += n
		p = p[n:]
		if wait == nil {
			continue
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return written, context.Cause(ctx)
		}
	}
	return written, nil
}

// append takes what fits now. A non-nil channel asks to wait for readers.
func (b *Buffer) append(p []byte) (n int, wait <-chan struct{}, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mu.window && !b.fitsLocked(int64(len(p))) {
		b.mu.window = true
	}
	if b.mu.window {
		if len(b.mu.readers) == 0 {
			return 0, nil, ErrNoReaders
		}
		room := b.slideLocked() + Window - b.mu.size
		if room <= 0 {
			return 0, b.waitLocked(), nil
		}
		p = p[:min(int64(len(p)), room)]
	}
	b.appendLocked(p)
	b.wakeLocked()
	return len(p), nil, nil
}

// fitsLocked reports whether n more bytes can be kept whole, and reserves
// them.
func (b *Buffer) fitsLocked(n int64) bool {
	need := b.mu.size + n
	return need <= b.limit && (need <= b.mu.held || b.holdLocked(max(need-b.mu.held, chunkSize)))
}

func (b *Buffer) appendLocked(p []byte) {
	b.mu.size += int64(len(p))
	for len(p) > 0 {
		last := len(b.mu.chunks) - 1
		if last < 0 || len(b.mu.chunks[last]) == cap(b.mu.chunks[last]) {
			b.mu.chunks = append(b.mu.chunks, make([]byte, 0, max(chunkSize, min(len(p), 8*chunkSize))))
			last++
		}
		c := b.mu.chunks[last]
		n := min(len(p), cap(c)-len(c))
		b.mu.chunks[last] = append(c, p[:n]...)
		p = p[n:]
	}
}

// slideLocked drops chunks that every reader has passed and returns the
// offset of the slowest reader.
func (b *Buffer) slideLocked() int64 {
	slowest := b.mu.size
	for _, r := range b.mu.readers {
		slowest = min(slowest, r.offset)
	}
	for len(b.mu.chunks) > 1 {
		n := int64(len(b.chunkLocked(0)))
		if b.mu.base+n > slowest {
			break
		}
		b.mu.base += n
		b.mu.chunks[0] = nil
		b.mu.chunks = b.mu.chunks[1:]
		b.head, b.mu.slid = 0, true
	}
	return slowest
}

// chunkLocked returns the content bytes of chunk i, without the prefix.
func (b *Buffer) chunkLocked(i int) []byte {
	if i == 0 {
		return b.mu.chunks[0][b.head:]
	}
	return b.mu.chunks[i]
}

// Close ends the content: complete when err is nil, cut off otherwise.
// Readers see io.EOF or err after the last byte. Only the first call counts.
func (b *Buffer) Close(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.mu.closed {
		b.mu.closed, b.mu.err = true, err
		b.wakeLocked()
	}
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

// Seal returns prefix and content in one block. When the Buffer was made for
// exactly this length the block is the Buffer's own memory, otherwise a
// copy. It must be called by the writer, on a whole Buffer.
func (b *Buffer) Seal(prefix []byte) []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.mu.chunks) == 1 && b.head == len(prefix) && b.head > 0 {
		return b.mu.chunks[0]
	}
	block := make([]byte, 0, int64(len(prefix))+b.mu.size)
	block = append(block, prefix...)
	for i := range b.mu.chunks {
		block = append(block, b.chunkLocked(i)...)
	}
	return block
}

// NewReader returns a reader at the first byte, or nil when the first bytes
// have already been dropped. The caller must Close it.
func (b *Buffer) NewReader() *Reader {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mu.slid {
		return nil
	}
	r := &Reader{b: b}
	b.mu.readers = append(b.mu.readers, r)
	return r
}

// waitLocked returns the channel that the next change closes.
func (b *Buffer) waitLocked() <-chan struct{} {
	if b.mu.changed == nil {
		b.mu.changed = make(chan struct{})
	}
	return b.mu.changed
}

func (b *Buffer) wakeLocked() {
	if b.mu.changed != nil {
		close(b.mu.changed)
		b.mu.changed = nil
	}
}

// A Reader is one viewer's place in a Buffer. It is used by one goroutine,
// except Close, which any may call.
type Reader struct {
	b      *Buffer
	offset int64 // guarded by b.mu
	closed bool  // guarded by b.mu
}

// Next returns the next bytes, waiting for them if need be, or io.EOF after
// complete content, or the error with which the content was cut off. The
// slice is read-only and stays valid as long as the caller keeps it.
func (r *Reader) Next(ctx context.Context) ([]byte, error) {
	for {
		p, wait, err := r.take()
		if p != nil || err != nil {
			return p, err
		}
		select {
		case <-wait:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// Buffered reports whether Next would return without waiting.
func (r *Reader) Buffered() bool {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	return r.offset < r.b.mu.size || r.b.mu.closed
}

func (r *Reader) take() (p []byte, wait <-chan struct{}, err error) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.closed {
		return nil, nil, io.ErrClosedPipe
	}
	if r.offset == b.mu.size {
		switch {
		case !b.mu.closed:
			return nil, b.waitLocked(), nil
		case b.mu.err != nil:
			return nil, nil, b.mu.err
		}
		return nil, nil, io.EOF
	}
	at := b.mu.base
	for i := range b.mu.chunks {
		c := b.chunkLocked(i)
		if r.offset < at+int64(len(c)) {
			p = c[r.offset-at:]
			break
		}
		at += int64(len(c))
	}
	r.offset += int64(len(p))
	if b.mu.window {
		b.wakeLocked() // the writer may wait for room
	}
	return p[:len(p):len(p)], nil, nil
}

// Close gives up the place. It is safe to call more than once and from any
// goroutine.
func (r *Reader) Close() {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	for i, other := range b.mu.readers {
		if other == r {
			last := len(b.mu.readers) - 1
			b.mu.readers[i] = b.mu.readers[last]
			b.mu.readers[last] = nil
			b.mu.readers = b.mu.readers[:last]
			break
		}
	}
	b.wakeLocked()
}
