package h1

import (
	"bytes"
	"context"
	"sync"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// A call is the memory of one exchange that nobody has a hold of when it is
// over: it is used again for the next.
type call struct {
	head    Head
	request viewer.Request
	input   input
	buffer  []byte // of the response
}

var calls = sync.Pool{New: func() any { return &call{buffer: make([]byte, 0, bufferSize)} }}

// release gives k back, without anything of its request.
func (k *call) release() {
	clear(k.head.Fields)
	*k = call{head: Head{Fields: k.head.Fields[:0]}, input: input{space: k.input.space}, buffer: k.buffer[:0]}
	if cap(k.input.space) <= bufferSize {
		calls.Put(k)
	}
}

// Serve answers one request, of which in is the beginning or all, and perhaps
// more. It returns what has come behind the request, and whether the connection
// goes on. It needs in until it returns; by then the response has been written.
func (c *Conn) Serve(t Transport, in []byte) (rest []byte, keep bool) {
	k := calls.Get().(*call)
	defer k.release()
	k.input.t, k.input.ahead = t, in
	k.head.MaxFields = c.options.MaxFields
	c.seen = 0
	refusal, err := c.readHead(k)
	if err != nil {
		return nil, false
	}
	var f framing
	if refusal == "" {
		refusal = k.head.route(&k.request)
	}
	if refusal == "" {
		f, refusal = k.head.frame()
	}
	if refusal != "" {
		c.options.refuse(t, c.peer, k.head.Proto, refusal)
		return nil, false
	}
	if !c.exchange(t, k, f) {
		return nil, false
	}
	return bytes.Clone(k.input.ahead), true
}

// tooLarge is the refusal of a head that is too large.
const tooLarge Refusal = "request head is too large"

// readHead reads the head. Its strings are views of a copy that belongs to the
// request for good: what comes of it may outlive the connection. An error means
// that the viewer has gone, or takes too long.
func (c *Conn) readHead(k *call) (Refusal, error) {
	for from, began := 0, false; ; {
		ahead := k.input.ahead
		if end := bytes.Index(ahead[from:], []byte("\r\n\r\n")); end >= 0 && from+end+4 <= c.options.MaxHeadBytes {
			size, refusal := k.head.Parse(string(ahead[:from+end+4]))
			k.input.ahead = ahead[size:]
			if size == 0 && refusal == "" {
				refusal = "malformed request"
			}
			return refusal, nil
		}
		if _, refusal := k.head.Parse(view(ahead[:min(len(ahead), c.options.MaxHeadBytes)])); refusal != "" {
			return refusal, nil
		}
		if len(ahead) >= c.options.MaxHeadBytes {
			return tooLarge, nil
		}
		if !began {
			began = true
			k.input.t.SetReadTimeout(c.options.HeaderTimeout)
		}
		from = max(0, len(ahead)-3)
		if err := k.input.grow(); err != nil {
			return "", err
		}
	}
}

// Refuse answers what is not a request with a page, and tells OnMalformed. The
// connection must be closed.
func (o *Options) Refuse(t Transport, p *viewer.Peer, why Refusal) {
	o.refuse(t, p, viewer.ProtoHTTP11, why)
}

// refuse answers a malformed request with a page. The statuses are
// CloudFront's: 494 for a head that is too large (CF-ERR-14), else 400
// (CF-ERR-01).
func (o *Options) refuse(t Transport, p *viewer.Peer, proto viewer.Proto, why Refusal) {
	status := 400
	if why == tooLarge || why == tooMany {
		status = 494
	}
	o.OnMalformed(p.Remote.String(), status, string(why))
	w := &response{t: t, proto: proto}
	o.answerPage(w, status)
	w.finish()
}

// answerPage answers with a page and ends the connection.
func (o *Options) answerPage(w *response, status int) {
	fields, content := o.Page(status)
	w.keep = false
	if w.WriteHead(status, fields, int64(len(content))) == nil && !w.head {
		_, _ = w.Write(content) // if the viewer has gone, finish finds out
	}
}

// exchange has the Handler answer the request whose head was read.
func (c *Conn) exchange(t Transport, k *call, f framing) (keep bool) {
	r := &k.request
	c.fill(r, &k.head, c.options.Now())
	r.Tried, r.Note, c.state, c.note = c.state&stateTried != 0, c.note, stateReused, nil
	w := &response{t: t, proto: r.Proto, head: r.Method == "HEAD", keep: f.keep && !c.options.draining() && !c.options.sheds(), buffer: k.buffer}
	ctx := &viewerContext{t: t}
	t.SetReadTimeout(0)
	if f.length != 0 {
		w.body = &body{in: &k.input, left: f.length, chunked: f.length < 0, done: ctx.watchable, timeout: c.options.BodyTimeout, pace: viewer.Pace{Least: c.options.MinBodyRate}, now: c.options.Now}
		w.body.chunks.in, w.body.chunks.maxFields = &k.input, c.options.MaxFields
		if f.continues && len(k.input.ahead) == 0 {
			w.waits, w.body.before = true, w.askForContent
		}
		r.Body, r.ContentLength = w.body, f.length
	} else {
		ctx.watchable()
	}
	if r.Upgrade = f.upgrade; r.Upgrade != "" {
		s := &stream{w: w, in: &k.input}
		c.handle(ctx, upgradable{w, s, r.Upgrade}, w, r)
		s.end(t)
	} else {
		c.handle(ctx, w, w, r)
	}
	ctx.end(errAnswered)
	keep = w.finish()
	k.buffer = w.buffer
	if w.body != nil {
		keep = w.body.end(t) && keep
	}
	w.close()
	return keep
}

// handle calls the Handler. A panic ends this request alone: with a page if
// nothing was sent yet, else by cutting the response.
func (c *Conn) handle(ctx context.Context, to viewer.ResponseWriter, w *response, r *viewer.Request) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		c.options.OnPanic(v, r)
		if w.progress != viewer.ProgressNone {
			w.Abort()
			return
		}
		c.options.answerPage(w, 500)
	}()
	c.options.Handler(ctx, to, r)
}
