package body

import (
	"context"
	"io"
	"sort"
)

// A Reader is one viewer's place in a Buffer. It is used by one goroutine,
// except Close, which any may call.
type Reader struct {
	b      *Buffer
	pinned bool // never left behind; set before anybody else can see it

	// Guarded by b.mu.
	offset int64
	hungry bool // it has found nothing to read since it last moved
	left   bool // it was left behind
	closed bool
}

// Next returns the next bytes, waiting for them if need be, or io.EOF after
// complete content, or the error with which the content was cut off, or
// ErrLeft; after Close it is io.ErrClosedPipe. The slice is read-only and stays valid as
// long as the caller keeps it.
func (r *Reader) Next(ctx context.Context) ([]byte, error) {
	for {
		p, wait, err := r.take()
		if wait == nil {
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
	return r.offset < r.b.mu.size || r.b.mu.closed || r.closed || r.left
}

// take returns what is there now. A non-nil channel asks to wait for more.
func (r *Reader) take() (p []byte, wait <-chan struct{}, err error) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.closed:
		return nil, nil, io.ErrClosedPipe
	case r.left:
		return nil, nil, ErrLeft
	case r.offset < b.mu.size:
		return r.advanceLocked(), nil, nil
	case !b.mu.closed:
		if !r.hungry { // the writer may wait for a slower one
			r.hungry = true
			wake(&b.mu.room)
		}
		if b.mu.more == nil {
			b.mu.more = make(chan struct{})
		}
		return nil, b.mu.more, nil
	case b.mu.err != nil:
		return nil, nil, b.mu.err
	}
	return nil, nil, io.EOF
}

// advanceLocked returns the rest of the chunk in which the reader stands and
// moves it behind that.
func (r *Reader) advanceLocked() []byte {
	chunks := r.b.mu.chunks
	c := chunks[sort.Search(len(chunks), func(i int) bool { return r.offset < chunks[i].end() })]
	p := c.data[r.offset-c.start : len(c.data) : len(c.data)]
	r.moveLocked(c.end())
	return p
}

// moveLocked makes offset the reader's place.
func (r *Reader) moveLocked(offset int64) {
	r.offset, r.hungry = offset, false
	wake(&r.b.mu.room)
}

// Offset returns where the reader stands in the content.
func (r *Reader) Offset() int64 {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	return r.offset
}

// Left reports whether the reader was left behind.
func (r *Reader) Left() bool {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	return r.left
}

// Skip moves the reader ahead to offset, which may lie beyond what was
// written; it never moves back.
func (r *Reader) Skip(offset int64) {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	if offset > r.offset {
		r.moveLocked(offset)
	}
}

// Close gives up the place. It is safe to call more than once and from any
// goroutine.
func (r *Reader) Close() {
	if r.leave() && r.b.Abandoned != nil {
		r.b.Abandoned()
	}
}

func (r *Reader) leave() (abandoned bool) {
	r.b.mu.Lock()
	defer r.b.mu.Unlock()
	if r.closed {
		return false
	}
	r.closed = true
	return r.b.removeLocked(r)
}
