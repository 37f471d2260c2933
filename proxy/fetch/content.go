package fetch

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/compress"
)

// A Content is one viewer's place in content that arrives. It is used by one
// goroutine, except Close, which any may call.
//
// Content that is too large to be kept moves at the pace of its viewers. A
// viewer that is slower than the others is left behind by them
// (body.ErrLeft), and then goes on with a stream of its own: a request for
// the rest of the same representation, which every viewer joins that is left
// at about the same place. So there are never more streams than windows fit
// into the content, and none waits for a slower one.
type Content struct {
	fetcher *Fetcher
	rules   *Rules
	req     *Request
	streams *streams

	mu struct {
		sync.Mutex
		reader *body.Reader
		base   int64 // offset in the content of the reader's first byte
		closed bool
		spent  bool        // the memory for the next stream was used for it
		detach func() bool // unties it from the viewer's context
	}
}

// streams are the contents by which viewers of one response go on.
type streams struct {
	validator string      // of the response
	complete  int64       // its length, -1 if not known
	fields    field.Lines // read-only
	lost      atomic.Bool // the origin does not have the rest any more

	// Locked before a Buffer, whose own calls (leave) must therefore not lock.
	mu struct {
		sync.Mutex
		tails   []tail
		opening map[int64]*opening // by offset
	}
}

// A tail is content from an offset on.
type tail struct {
	from int64
	body *body.Buffer
}

func (f *Fetcher) newContent(r *body.Reader, rules *Rules, req *Request, s *streams) *Content {
	c := &Content{fetcher: f, rules: rules, req: req, streams: s}
	c.mu.reader = r
	return c
}

// endWith closes c when ctx ends.
func (c *Content) endWith(ctx context.Context) {
	detach := context.AfterFunc(ctx, c.Close)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mu.detach = detach
}

// Next returns the next bytes, waiting for them if need be, or io.EOF after
// complete content, or the error with which the content was cut off; after
// Close it is io.ErrClosedPipe. The slice is read-only and stays valid as
// long as the caller keeps it.
func (c *Content) Next(ctx context.Context) ([]byte, error) {
	for {
		reader, _ := c.place()
		p, err := reader.Next(ctx)
		if !errors.Is(err, body.ErrLeft) {
			return p, err
		}
		if err := c.goOn(ctx); err != nil {
			return nil, err
		}
	}
}

// Buffered reports whether Next would return without waiting.
func (c *Content) Buffered() bool {
	reader, _ := c.place()
	return reader.Buffered()
}

// Skip moves ahead to an offset of the content, never back.
func (c *Content) Skip(offset int64) {
	reader, base := c.place()
	reader.Skip(offset - base)
}

// Offset returns the place in the content.
func (c *Content) Offset() int64 {
	reader, base := c.place()
	return base + reader.Offset()
}

func (c *Content) place() (*body.Reader, int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mu.reader, c.mu.base
}

// Close gives up the place. It is safe to call more than once and from any
// goroutine.
func (c *Content) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		return
	}
	c.mu.closed = true
	if c.mu.detach != nil {
		c.mu.detach()
	}
	c.giveBackLocked(c.mu.reader)
}

// goOn moves a viewer that was left behind to a stream that still has the
// bytes at its place.
func (c *Content) goOn(ctx context.Context) error {
	old, base := c.place()
	at := base + old.Offset()
	reader, from, err := c.follow(ctx, at)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.closed {
		reader.Close()
		return io.ErrClosedPipe
	}
	c.mu.reader, c.mu.base = reader, from
	c.giveBackLocked(old)
	return nil
}

// giveBackLocked gives up a reader, and the memory that leave had taken for
// its viewer unless the viewer's own stream has it.
func (c *Content) giveBackLocked(r *body.Reader) {
	if r.Left() && !c.mu.spent {
		c.fetcher.cache.CloseWindow(body.MinWindow)
	}
	c.mu.spent = false
	r.Close()
}

// follow returns a reader at an offset of the content, and the offset of the
// first byte of what it reads.
func (c *Content) follow(ctx context.Context, at int64) (*body.Reader, int64, error) {
	for {
		p, opening := c.streams.at(at)
		switch {
		case opening == nil:
		case p == nil:
			reader, err := c.ask(ctx, opening, at)
			return reader, opening.from, err
		default:
			select {
			case <-opening.done:
			case <-ctx.Done():
				c.streams.giveUp(opening, p)
				return nil, 0, context.Cause(ctx)
			}
		}
		switch {
		case p.reader != nil:
			return p.reader, p.from, nil
		case opening.err != nil:
			return nil, 0, opening.err
		}
	}
}

// ask asks the origin for the rest of the content, for c and for those that
// wait with it.
func (c *Content) ask(ctx context.Context, o *opening, at int64) (*body.Reader, error) {
	req := *c.req
	req.Interim = nil // the viewer has the head already
	req.Method, req.rest = "GET", &rest{streams: c.streams, from: o.from}
	req.Range, req.IfRange = "bytes="+strconv.FormatInt(o.from, 10)+"-", c.streams.validator
	a, err := c.fetcher.Alone(ctx, c.rules, &req, nil)
	if err != nil { // only this viewer has gone
		c.streams.opened(o, nil, nil)
		return nil, err
	}
	c.mu.Lock()
	c.mu.spent = req.rest.spent
	c.mu.Unlock()
	if a.Kind != KindResponse {
		c.streams.opened(o, nil, errLost)
		a.Close()
		return nil, errLost
	}
	c.streams.opened(o, a.Result, nil)
	a.Content.release()
	reader, _ := a.Content.place()
	reader.Skip(at - o.from)
	return reader, nil
}

// release unties c from its viewer's context: another Content has its reader.
func (c *Content) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.detach != nil {
		c.mu.detach()
	}
}

// errLost ends the response to a viewer that was left behind when the rest of
// the content is not to be had.
var errLost = errors.New("the rest of the content is gone")

// A rest is what a request asks for on behalf of viewers that were left
// behind: content from an offset on.
type rest struct {
	streams *streams
	from    int64
	spent   bool // what leave had taken was used, because there was no more
}

// alignment is where streams begin: viewers that are left behind together go
// on together.
const alignment = 64 << 10

// An opening is a stream that is asked for.
type opening struct {
	from    int64
	waiting []*place // of other viewers; guarded by streams.mu
	done    chan struct{}
	err     error // set before done is closed
}

// A place is where a viewer goes on.
type place struct {
	offset int64 // in the content
	reader *body.Reader
	from   int64 // offset of the first byte of what reader reads
}

// at returns a place at an offset, if a stream has it. If not, it returns the
// opening of a stream that will, with the place that it will have then, or
// with none: then the caller opens it.
func (s *streams) at(offset int64) (*place, *opening) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.mu.tails {
		if ahead := offset - t.from; ahead >= 0 && ahead <= max(t.body.Size(), alignment) {
			if r := t.body.NewReaderAt(ahead); r != nil {
				return &place{offset, r, t.from}, nil
			}
		}
	}
	from := offset - offset%alignment
	if s.lost.Load() {
		done := make(chan struct{})
		close(done)
		return &place{offset: offset}, &opening{from: from, done: done, err: errLost}
	}
	if o := s.mu.opening[from]; o != nil {
		p := &place{offset: offset, from: from}
		o.waiting = append(o.waiting, p)
		return p, o
	}
	if s.mu.opening == nil {
		s.mu.opening = make(map[int64]*opening)
	}
	o := &opening{from: from, done: make(chan struct{})}
	s.mu.opening[from] = o
	return nil, o
}

// opened ends an opening: all that wait for it have their place before
// anybody reads on. With neither a result nor an error they try for
// themselves.
func (s *streams) opened(o *opening, r *Result, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.mu.opening, o.from)
	if r != nil && err == nil {
		for _, p := range o.waiting {
			p.reader = r.Body.NewReaderAt(p.offset - o.from)
		}
	}
	o.err = err
	close(o.done)
}

// giveUp gives up a place, which may have been given meanwhile.
func (s *streams) giveUp(o *opening, p *place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.reader != nil {
		p.reader.Close()
	}
	o.waiting = slices.DeleteFunc(o.waiting, func(q *place) bool { return q == p })
}

func (s *streams) add(t tail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.tails = append(s.mu.tails, t)
}

func (s *streams) remove(b *body.Buffer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mu.tails = slices.DeleteFunc(s.mu.tails, func(t tail) bool { return t.body == b })
}

// mayGoOn reports whether viewers of the response can go on elsewhere: the
// origin has parts of exactly these bytes.
func (ft *Fetch) mayGoOn() bool {
	return ft.req.rest != nil || ft.req.Method == "GET" && ft.answered.Status == 200 && ft.coding == compress.CodingIdentity &&
		!field.EqualName(ft.fields.Get("Accept-Ranges"), "none") && conditional.StrongValidator(ft.fields, ft.received) != ""
}

// openStreams prepares for viewers that are left behind.
func (ft *Fetch) openStreams() {
	if rest := ft.req.rest; rest != nil {
		ft.streams = rest.streams
		return
	}
	ft.streams = &streams{
		validator: conditional.StrongValidator(ft.fields, ft.received), complete: ft.length, fields: ft.fields,
	}
}

// leave agrees to leave a viewer behind if it can go on: the origin has what
// it misses, and there is memory for its own stream.
func (ft *Fetch) leave() bool { return !ft.streams.lost.Load() && ft.cache.OpenLeastWindow() }

// isRest reports whether a response is the rest that was asked for.
func (ft *Fetch) isRest() bool {
	s, p := ft.req.rest.streams, ft.part
	return p != nil && p.From == ft.req.rest.from && (s.complete < 0 || p.Complete == s.complete) && p.To == p.Complete &&
		conditional.SameRepresentation(s.fields, ft.answered.Fields, ft.received)
}
