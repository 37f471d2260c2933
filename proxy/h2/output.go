package h2

import "sync"

// A buffer is memory of output, or of an incomplete frame, that connections
// share: one that is idle has none.
type buffer struct{ b []byte }

// maxKeptBuffer is the largest buffer that is kept for others, in bytes.
const maxKeptBuffer = 256 << 10

var buffers = sync.Pool{New: func() any { return &buffer{make([]byte, 0, 4<<10)} }}

func newBuffer() *buffer { return buffers.Get().(*buffer) }

// free gives b back. Nobody may use it any more.
func (b *buffer) free() {
	if cap(b.b) > maxKeptBuffer {
		return
	}
	b.b = b.b[:0]
	buffers.Put(b)
}

// output returns the output, to append to; emit takes it back.
func (c *Conn) output() []byte {
	if c.out == nil {
		c.out = newBuffer()
	}
	return c.out.b
}

func (c *Conn) emit(b []byte) {
	if c.err == nil {
		c.out.b = b
	}
}

// queued is how much output waits to be taken.
func (c *Conn) queued() int {
	if c.out == nil {
		return 0
	}
	return len(c.out.b)
}

// rest is what a write has left.
func (c *Conn) rest() int {
	if c.writing == nil {
		return 0
	}
	return len(c.writing.b) - c.at
}

// dataTail says which DATA frame the output ends with, so that it can grow.
type dataTail struct {
	id uint32
	at int // where its header begins; the length of the output is the check
	to int
}

// tailOf returns the header of the DATA frame that the output ends with, if it
// is one of stream id.
func (c *Conn) tailOf(id uint32) []byte {
	if c.tail.id != id || c.tail.to == 0 || c.queued() != c.tail.to {
		return nil
	}
	return c.out.b[c.tail.at:]
}

// Flush writes output until there is none or write takes less than it is given:
// then that writes no more without blocking, and the driver calls again when it
// does. While another goroutine is in Flush it returns at once, and that one
// goes on: also if it has just found that write takes no more, for that may have
// changed since. write is called without a lock held.
func (c *Conn) Flush(write func(p []byte) (int, error)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flushing {
		c.again = true
		return nil
	}
	c.flushing = true
	defer func() { c.flushing = false }()
	for c.take() {
		p := c.writing.b[c.at:]
		c.again = false
		n, err := c.unlocked(write, p)
		if n > 0 {
			c.at += n
			if c.progress += n; c.progress >= leastProgress {
				c.written, c.progress = c.now, 0
			}
		}
		if err != nil {
			return err
		}
		if n < len(p) && !c.again {
			break
		}
	}
	return nil
}

func (c *Conn) unlocked(write func(p []byte) (int, error), p []byte) (int, error) {
	c.mu.Unlock()
	defer c.mu.Lock()
	return write(p)
}

// leastProgress is how many bytes a viewer must take in the WriteTimeout, unless there
// are fewer (reliability D3).
const leastProgress = 64 << 10

// take makes output ready to be written, and reports whether there is any.
func (c *Conn) take() bool {
	if c.rest() > 0 {
		return true
	}
	if c.writing != nil {
		c.writing.free()
		c.writing = nil
	}
	c.send()
	if c.queued() == 0 {
		return false
	}
	c.writing, c.at, c.out = c.out, 0, nil
	c.tail = dataTail{}
	c.written, c.progress = c.now, 0
	c.room.Broadcast()
	return true
}

// Full reports that so much output waits behind what a write has left that a
// driver should read no more until it could Flush. With less it goes on: a viewer
// may not get to read while it writes, and what it writes may be the window that
// all of it waits for (RFC 9113 section 5.2.2). What comes of reading is bounded
// by Options.MaxOutput, MaxStreams and Control.
func (c *Conn) Full() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rest() > 0 && !c.flushing && c.queued() >= 2*c.o.MaxOutput
}

// Blocked reports that a write has left output.
func (c *Conn) Blocked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rest() > 0 && !c.flushing
}
