package fetch

import (
	"context"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

// memory is what a Fetch makes for others, and has with itself so that it need
// not be allocated.
type memory struct {
	asked  origin.Request
	fields field.Lines // of asked, empty
	result Result
}

// room returns room for the request to the origin and n fields of it. Members of
// a group each get a request of their own.
func (ft *Fetch) room(n int) (*origin.Request, field.Lines) {
	if ft.group != nil {
		return new(origin.Request), make(field.Lines, 0, n)
	}
	m := &ft.memory
	if cap(m.fields) < n {
		m.fields = make(field.Lines, 0, n)
	}
	return &m.asked, m.fields
}

// A direct is a Direct fetch with its request. Nobody else has anything of it
// when the viewer has his answer, so it is used again for another: what a
// request that passes takes of fresh memory costs it a tenth of its time, most
// of it for memory that no cache of the processor has.
type direct struct {
	Fetch
	request Request
}

var directs = sync.Pool{New: func() any { return new(direct) }}

// Direct runs a fetch in the caller's goroutine and for its viewer alone: it
// ends with ctx, and nothing is stored but what a POST has brought (keeper).
func (f *Fetcher) Direct(ctx context.Context, rules *Rules, req *Request) Answer {
	d := directs.Get().(*direct)
	d.request = *req
	fields := d.memory.fields
	d.Fetch = Fetch{
		Fetcher: f, rules: rules, req: &d.request, ticket: f.cache.Ticket(), ctx: ctx, direct: true, inline: true,
	}
	d.memory.fields = fields
	d.run()
	return Answer{Result: d.result, Fields: d.fields, direct: d}
}

// A recycler is the content of a response whose memory can be used for another.
// Recycle is called after Close, when nobody looks at the response any more.
type recycler interface{ Recycle() }

// Recycle gives back the memory of an Answer of Direct, of its fields and its
// request. It is called once, after Close, and nobody may look at any of them
// then. The strings in them stay what they are. Of other Answers, and where
// somebody else may still look, it does nothing.
func (a Answer) Recycle() {
	d := a.direct
	if d == nil || d.result == nil || d.result.Kind != KindResponse || d.request.Body != nil || d.request.GRPC || d.request.Upgrade != "" || d.verdict.Storable() {
		return
	}
	if d.group != nil { // another member may be asked yet, and have the request
		return
	}
	if content, can := d.answered.Body.(recycler); can {
		content.Recycle()
	}
	fields := field.Emptied(d.memory.fields)
	*d = direct{}
	d.memory.fields = fields
	directs.Put(d)
}
