package fetch

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"

	"github.com/groundfront/groundfront/cache/body"
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
