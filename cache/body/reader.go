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
	offset int64 // guarded by b.mu
	closed bool  // guarded by b.mu
}

// Next returns the next bytes, waiting for them if need be, or io.EOF after
// complete content, or the error with which the content was cut off; after
// Close it is io.ErrClosedPipe. The slice is read-only and stays valid as
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
	return r.offset < r.b.mu.size || r.b.mu.closed || r.closed
}

// take returns what is there now. A non-nil channel asks to wait for more.
func (r *Reader) take() (p []byte, wait <-chan struct{}, err error) {
	b := r.b
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.closed:
		return nil, nil, io.ErrClosedPipe
	case r.offset < b.mu.size:
		return r.advanceLocked(), nil, nil
	case !b.mu.closed:
		return nil, b.waitLocked(), nil
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
	r.offset = c.end()
	if r.b.mu.window {
		r.b.wakeLocked() // the writer may wait for room
	}
	return p
}

// Close gives up the place. It is safe to call more than once and from any
// goroutine.
func (r *Reader) Close() {
	if r.leave() && r.b.abandoned != nil {
		r.b.abandoned()
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
