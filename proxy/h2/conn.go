package h2

import (
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Conn is the protocol's state on one connection.
type Conn struct {
	o    *Options
	peer viewer.Peer
	wake func()

	mu sync.Mutex // guards all that follows

	err error     // why the connection ends
	now time.Time // the last that a driver has said

	// input.go
	prefaced, greeted bool    // the preface came, and SETTINGS
	acknowledged      bool    // our SETTINGS were
	partial           []byte  // an incomplete frame, or preface
	partialBuffer     *buffer // its memory
	block             block
	reused            bool      // a request has come
	headSince         time.Time // when the frame or block that is incomplete began
	scratch           *scratch  // during Receive
	decoder           decoder
	controls, resets  Purse
	unearned          int   // content that was sent and has earned nothing yet
	returnable        int64 // window that content which was sent has used, of streams and of the connection

	// stream.go
	streams  map[uint32]*stream
	last     uint32    // highest stream of the viewer
	ended    recent    // streams that ended on both sides, or that the viewer has reset
	cutShort recent    // streams that we reset: frames may be on their way
	running  int       // Handlers
	quiet    sync.Cond // running is 0
	active   time.Time // when a stream began or ended
	shrunk   bool      // memory was given back since

	// flow.go
	sendWindow    int64 // what the viewer lets us send
	initialWindow int64 // of a new stream
	recvWindow    int   // what we let the viewer send
	credit        int   // what was read of that, and not said
	ready         []*stream
	moved         time.Time // when content was last sent
	held          hold      // by the window of the connection

	// output.go
	out      *buffer // what goes with the next write, nil for nothing
	writing  *buffer // what is being written, from at
	at       int
	flushing bool
	again    bool // Flush was called since write was
	tail     dataTail
	room     sync.Cond // out was taken
	written  time.Time // when the driver last took something, enough of it
	progress int       // bytes that it has taken since
	encoder  encoder

	drain      drain
	drainSince time.Time // the first Tick since
}

// drain is how far a graceful end has come (RFC 9113 section 6.8).
type drain uint8

const (
	drainNone      drain = iota
	drainAnnounced       // GOAWAY without a last stream was sent
	drainFinal           // GOAWAY with the last stream was sent
)

// New returns the engine of a connection on which nothing was read yet. Its
// first output is waiting already. wake is called when output waits that no
// Receive, Tick or Shutdown has caused, by goroutines of streams; it may call
// Flush.
func New(o *Options, p viewer.Peer, wake func()) *Conn {
	c := &Conn{
		o: o, peer: p, wake: wake,
		encoder:    encoder{max: tableSize},
		decoder:    decoder{max: tableSize},
		sendWindow: defaultWindow, initialWindow: defaultWindow, recvWindow: o.ConnWindow,
	}
	c.quiet.L, c.room.L = &c.mu, &c.mu
	c.emit(o.appendSettings(c.output()))
	return c
}

// Shutdown ends the connection when its streams have ended: the viewer is told
// to begin no more, and which streams are answered when what is on its way has
// come (RFC 9113 section 6.8). The driver goes on until Done.
func (c *Conn) Shutdown() {
	c.mu.Lock()
	c.announce()
	c.mu.Unlock()
}

// shutdownPing is sent behind the first GOAWAY; its answer proves that the
// viewer has seen it.
var shutdownPing = []byte("shutdown")

// announce sends the first GOAWAY.
func (c *Conn) announce() {
	if c.drain != drainNone || c.err != nil {
		return
	}
	c.drain = drainAnnounced
	c.emit(appendGoAway(c.output(), maxWindow, ErrCodeNo, ""))
	c.emit(appendPing(c.output(), 0, shutdownPing))
}

// goAway sends the second GOAWAY: streams above the last one get no answer.
func (c *Conn) goAway() {
	c.drain = drainFinal
	c.emit(appendGoAway(c.output(), c.last, ErrCodeNo, ""))
}

// Done reports that the connection was shut down, that no stream is left, and
// that all output has been written: nobody is in Flush. Then it closes.
func (c *Conn) Done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.drain == drainFinal && len(c.streams) == 0 && !c.flushing && c.queued() == 0 && c.rest() == 0
}

// Close ends everything: the connection is gone. Contexts of Handlers end with
// it, and reading and writing fails.
func (c *Conn) Close(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		err = errClosed
	}
	if c.err == nil {
		c.err = err
	}
	c.end(c.err)
	c.out = nil
}

// Wait waits until no Handler runs.
func (c *Conn) Wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.running > 0 {
		c.quiet.Wait()
	}
}

// fail ends the connection with GOAWAY. Later calls of Receive and Tick return
// err.
func (c *Conn) fail(code ErrCode, reason string, err error) {
	if c.err != nil {
		return
	}
	c.emit(appendGoAway(c.output(), c.last, code, reason))
	c.err = err
	c.end(err)
}

// end ends all streams.
func (c *Conn) end(err error) {
	c.ready = nil
	for _, s := range c.streams {
		s.stop(err)
		if !s.running {
			delete(c.streams, s.id)
		}
	}
	c.dropPartial()
	c.block = block{}
}
