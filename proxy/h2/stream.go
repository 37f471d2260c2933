package h2

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A stream is a request whose response is not complete. Its fields are guarded
// by Conn.mu.
type stream struct {
	c    *Conn
	id   uint32
	cond sync.Cond // something has changed for who reads or writes

	remoteDone bool // the request came to its end
	localDone  bool // the response did
	closed     bool // the stream was reset by either side
	running    bool // a Handler has it
	err        error
	cancel     context.CancelFunc

	request  viewer.Request
	response response

	// What waits to be sent: of a Write that blocks, or all that the stream has
	// left. See flow.go.
	content    []byte
	last       bool // the response ends with content
	queued     bool
	sendWindow int64
	priority   priority
	moved      time.Time
	began      time.Time // when it first had content
	held       hold      // by its window

	body body
	// declared is the length of the request's content, -1 if it was not said.
	declared, received int64
	recvWindow, credit int
}

func (c *Conn) add(s *stream) {
	if c.streams == nil {
		c.streams = make(map[uint32]*stream)
	}
	c.streams[s.id] = s
}

// start gives a request to the Handler, in a goroutine of its own.
func (c *Conn) start(id uint32, h *head, r *viewer.Request, ended bool) {
	s := &stream{
		c: c, id: id, remoteDone: ended, running: true, priority: h.priority.orDefault(),
		sendWindow: c.initialWindow, recvWindow: c.o.StreamWindow, declared: h.length,
	}
	s.cond.L = &c.mu
	s.body.pace.Least = c.o.MinBodyRate
	cloneRequest(&s.request, r)
	s.response = response{s: s, head: h.method == "HEAD"}
	if !ended && h.length != 0 && r.Upgrade == "" {
		s.request.Body, s.request.ContentLength = &requestBody{s}, h.length
		s.body.asks = h.expects
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	c.add(s)
	c.running++
	go s.serve(ctx)
}

// cloneRequest copies r with all its strings, which are views.
func cloneRequest(to, r *viewer.Request) {
	*to = *r
	n := len(r.Method) + len(r.Path) + len(r.Query) + len(r.Host) + len(r.Upgrade)
	for i := range r.Fields {
		n += len(r.Fields[i].Name) + len(r.Fields[i].Value)
	}
	memory := make([]byte, 0, n)
	keep := func(s string) string {
		memory = append(memory, s...)
		return view(memory[len(memory)-len(s):])
	}
	to.Method, to.Path, to.Query, to.Host, to.Upgrade = keep(r.Method), keep(r.Path), keep(r.Query), keep(r.Host), keep(r.Upgrade)
	to.Fields = make(field.Lines, len(r.Fields))
	for i, l := range r.Fields {
		to.Fields[i] = field.Line{Name: keep(l.Name), Value: keep(l.Value)}
	}
}

// serve runs the Handler and completes the response. A request that announces
// no content and is not at its end yet waits for that: until then it may turn
// out to be malformed (RFC 9113 section 8.1.1), and nobody is to act on it.
func (s *stream) serve(ctx context.Context) {
	if s.declared != 0 || s.request.Upgrade != "" || s.awaitEnd() {
		s.handle(ctx)
	}
	s.c.mu.Lock()
	s.finish()
	s.c.mu.Unlock()
	s.c.wake()
}

// awaitEnd reports whether the request ended as it has announced, without content.
func (s *stream) awaitEnd() bool {
	_, err := s.read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

// handle calls the Handler. A panic ends this stream alone: with a page if
// nothing was sent yet, else by cutting the response.
func (s *stream) handle(ctx context.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		s.c.o.OnPanic(v, &s.request)
		if s.response.begun() {
			s.response.Abort()
			return
		}
		fields, content := s.c.o.Page(500)
		if s.response.WriteHead(500, fields, int64(len(content))) == nil && !s.response.head {
			s.response.Write(content)
		}
	}()
	var w viewer.ResponseWriter = &s.response
	if s.request.Upgrade != "" {
		w = upgradable{&s.response}
	}
	s.c.o.Handler(ctx, w, &s.request)
}

// finish ends the stream when its Handler has returned.
func (s *stream) finish() {
	c := s.c
	s.cancel()
	w := &s.response
	if !s.closed && c.err == nil && !s.localDone {
		switch {
		case s.queued: // a goroutine of the Handler writes to a tunnel still
			c.cut(s, ErrCodeCancel, errCut)
		case w.progress == viewer.ProgressNone || w.left > 0:
			c.cut(s, ErrCodeInternal, errCut)
		default:
			c.endContent(s)
		}
	}
	if !s.closed && c.err == nil {
		c.completed(s.id, s.remoteDone)
	}
	s.stop(errBodyClosed)
	c.consumed(nil, s.body.drop())
	s.running = false
	delete(c.streams, s.id)
	c.active = c.now
	if c.running--; c.running == 0 {
		c.quiet.Broadcast()
	}
}

// sent is called when the content of s has gone.
func (c *Conn) sent(s *stream) {
	if s.last {
		c.endContent(s)
	}
	switch {
	case s.running:
		s.cond.Broadcast()
	case s.localDone:
		delete(c.streams, s.id)
		c.completed(s.id, s.remoteDone)
	}
}

// cut resets s.
func (c *Conn) cut(s *stream, code ErrCode, err error) {
	c.emit(appendRSTStream(c.output(), s.id, code))
	if s.remoteDone {
		c.ended.add(s.id)
	} else {
		c.cutShort.add(s.id)
	}
	c.shut(s, err)
}

// abandon ends s because the viewer has reset it.
func (c *Conn) abandon(s *stream, err error) {
	c.ended.add(s.id)
	c.shut(s, err)
}

// shut ends s but for its Handler, which keeps its place among the streams.
func (c *Conn) shut(s *stream, err error) {
	s.closed = true
	c.dequeue(s)
	s.stop(err)
	c.consumed(nil, s.body.drop())
	if !s.running {
		delete(c.streams, s.id)
		c.active = c.now
	}
}

// stop makes reading and writing fail.
func (s *stream) stop(err error) {
	if s.err == nil {
		s.err = err
	}
	if s.cancel != nil {
		s.cancel()
	}
	s.cond.Broadcast()
	s.c.room.Broadcast()
}

// recentBound is how many closed streams a connection remembers of each kind:
// frames of those that we reset may be on their way.
const recentBound = 32

// recent are the streams that were closed last.
type recent struct {
	ids []uint32
	at  int
}

func (r *recent) add(id uint32) {
	if len(r.ids) < recentBound {
		r.ids = append(r.ids, id)
		return
	}
	r.ids[r.at] = id
	r.at = (r.at + 1) % recentBound
}

func (r *recent) has(id uint32) bool { return slices.Contains(r.ids, id) }

// isCutShort reports whether frames may be on their way on a stream that we
// have reset: not any more when the viewer has reset it too.
func (c *Conn) isCutShort(id uint32) bool { return c.cutShort.has(id) && !c.ended.has(id) }
