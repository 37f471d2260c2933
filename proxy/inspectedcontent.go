package proxy

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/waf"
)

// A web ACL whose rules inspect content decides before anything of it goes to the
// origin. So the beginning, as much as is inspected, is read and held, and goes to
// the origin with the rest behind it, as if nobody had looked (WF-OVR-07). To read
// it asks for it, where the viewer waits to be asked: then the edge has said 100
// Continue, whatever the web ACL says (WF-OVR-08). How long that may take is the
// engine's bound for each part, as for all content.

// An inspectedContent is the content of a request, of which the beginning was
// read ahead. Reading it takes no memory: what was read ahead is given back with
// its last byte, or at the end of the exchange.
type inspectedContent struct {
	source io.Reader
	length int64 // as announced, -1 if it was not
	memory *contentMemory
	most   int64 // of memory

	// What the web ACL knows, fixed by readAhead.
	inspected int   // bytes
	truncated bool  // there is more
	read      int64 // bytes that were read ahead, of which one may not be inspected

	mu    sync.Mutex // guards what follows: the origin side reads in a goroutine of its own
	held  []byte
	at    int   // of held, what was read again
	end   error // of source, behind what is held; nil if that is not known
	ended bool  // the exchange has
}

var (
	errNoContentMemory = errors.New("no memory is left for content that is inspected")
	errExchangeEnded   = errors.New("the request is answered")
)

// readAhead reads the first limit bytes, or all if there are fewer, and finds out
// whether there are more. Without memory for as much it returns
// errNoContentMemory; what was read till then is there.
func (c *inspectedContent) readAhead(limit int) error {
	limit = min(limit, heldSizes[len(heldSizes)-1]-1)
	want := limit + 1 // if the end comes behind limit bytes, that shows
	if c.length >= 0 {
		want = int(min(int64(limit), c.length))
	}
	err := c.fill(want)
	c.read, c.inspected = int64(len(c.held)), min(len(c.held), limit)
	c.truncated = len(c.held) > limit || c.length > int64(limit) || errors.Is(err, errNoContentMemory)
	if err == nil && errors.Is(c.end, io.EOF) && c.length > c.read {
		err = io.ErrUnexpectedEOF
	}
	if c.read == 0 {
		c.giveBack()
	}
	return err
}

// fill reads until want bytes are held or the content ends.
func (c *inspectedContent) fill(want int) error {
	for idle := 0; len(c.held) < want && c.end == nil; idle++ {
		if idle == 100 {
			return io.ErrNoProgress
		}
		if len(c.held) == cap(c.held) {
			larger := c.memory.grow(c.held, c.most)
			if larger == nil {
				return errNoContentMemory
			}
			c.held = larger
		}
		n, err := c.source.Read(c.held[len(c.held):min(cap(c.held), want)])
		if n > 0 {
			c.held, idle = c.held[:len(c.held)+n], 0
		}
		if c.end = err; err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	return nil
}

// Read reads what is held, and then from where it came.
func (c *inspectedContent) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, all, err := c.again(p)
	if all {
		return c.source.Read(p)
	}
	return n, err
}

// again reads what is held, and reports whether that was read before.
func (c *inspectedContent) again(p []byte) (n int, all bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return 0, false, errExchangeEnded
	case c.at == len(c.held):
		return 0, c.end == nil, c.end
	}
	n = copy(p, c.held[c.at:])
	if c.at += n; c.at == len(c.held) {
		err = c.end
		c.giveBack()
		c.at = 0
	}
	return n, false, err
}

// text returns what is inspected. It is valid until Read is called, or close.
func (c *inspectedContent) text() string {
	if c == nil {
		return ""
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	held := c.held[:min(len(c.held), c.inspected)]
	return unsafe.String(unsafe.SliceData(held), len(held))
}

// close ends reading.
func (c *inspectedContent) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.giveBack()
}

func (c *inspectedContent) giveBack() {
	if c.held != nil {
		c.memory.give(c.held)
		c.held = nil
	}
}

// heldSizes are the sizes of memory for content, in bytes: who wants to use up
// what there is has to send something for it. The last two have room for what AWS
// WAF inspects, 16 or 64 KiB, and a byte.
var heldSizes = [...]int{512, 4 << 10, 18 << 10, 72 << 10}

// A contentMemory is what content that is inspected is held in.
type contentMemory struct {
	used  atomic.Int64 // bytes
	pools [len(heldSizes)]sync.Pool
}

// grow returns larger memory with what b has, in place of b; nil if more than
// most would be used, or there is none that is larger.
func (m *contentMemory) grow(b []byte, most int64) []byte {
	for i, size := range heldSizes {
		if size <= cap(b) {
			continue
		}
		more := int64(size - cap(b))
		if m.used.Add(more) > most {
			m.used.Add(-more)
			return nil
		}
		larger, ok := m.pools[i].Get().(*[]byte)
		if !ok {
			larger = new(make([]byte, 0, size))
		}
		held := append((*larger)[:0], b...)
		m.keep(b)
		return held
	}
	return nil
}

// give takes memory back, at which nobody looks any more.
func (m *contentMemory) give(b []byte) {
	m.used.Add(-int64(cap(b)))
	m.keep(b)
}

func (m *contentMemory) keep(b []byte) {
	for i, size := range heldSizes {
		if size == cap(b) {
			m.pools[i].Put(&b)
		}
	}
}

// readContent reads what the web ACL inspects of the content. A gRPC call is
// inspected without (CF-WAF-08).
func (x *Exchange) readContent(acl *waf.ACL) step {
	limit := acl.BodyLimit()
	if limit == 0 || x.r.Body == nil || x.passing == passingGRPC {
		return proceed
	}
	c := &inspectedContent{
		source: x.r.Body, length: x.r.ContentLength, memory: &x.server.contentMemory, most: x.snapshot.maxInspected(),
	}
	x.content, x.r.Body = c, c
	switch err := c.readAhead(limit); {
	case err == nil:
		return proceed
	case !errors.Is(err, errNoContentMemory):
		x.answerFailed(&origin.Error{Kind: origin.ErrorCanceled, Op: "read request content", Err: err})
		return answered
	}
	v := acl.Fail(waf.FailureMemory, x.r.Shard)
	if x.inspection != nil {
		x.inspection.verdict = v
	}
	if v.Action != waf.ActionAllow {
		return x.answerBlocked(v.Block)
	}
	return proceed // what was read is inspected
}

// endContent gives back what is held of the content when the exchange ends.
func (x *Exchange) endContent() {
	if x.content != nil {
		x.content.close()
	}
}

// inspectedBody returns what the web ACL knows of the content, and not what it
// has.
func (x *Exchange) inspectedBody() waf.Body {
	if x.r.Body == nil || x.passing == passingGRPC {
		return waf.Body{}
	}
	b := waf.Body{Present: true, Size: x.r.ContentLength}
	if c := x.content; c != nil {
		b.Inspected, b.Truncated = c.inspected, c.truncated
		if !c.truncated {
			b.Size = int64(c.inspected)
		}
	}
	return b
}
