package fetch

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/groundfront/groundfront/cache/body"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/compress"
)

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
