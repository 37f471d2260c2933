package h3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/overload"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A stream is a request and its response.
type stream struct {
	c   *conn
	str *quic.Stream
	*memory
	request  viewer.Request
	body     body
	response response
	length   int64 // of the content, as the viewer says; -1 if it does not
	ended    bool  // nothing follows the field section
}

// memory is what requests use one after the other that are answered at once.
type memory struct {
	in      *bufio.Reader
	block   bytes.Buffer
	section h2.Section
	hit     viewer.Hit
	out     []byte
}

var memories = sync.Pool{New: func() any { return &memory{in: bufio.NewReaderSize(nil, 4<<10)} }}

// maxKept is how much memory of a block or of output is kept, in bytes.
const maxKept = 32 << 10

// free gives m back. Nobody may use it any more.
func (m *memory) free() {
	m.in.Reset(nil)
	m.section.Release()
	if m.block.Cap() > maxKept || cap(m.out) > maxKept {
		return
	}
	m.block.Reset()
	memories.Put(m)
}

// outcome is what has come of a stream.
type outcome uint8

const (
	outcomeNone     outcome = iota // nothing that the viewer is charged for
	outcomeAnswered                // all of the response is on its way
	outcomeReset                   // the viewer has reset it, or made us reset it
)

// serveStream reads a request and answers it.
func (c *conn) serveStream(str *quic.Stream) outcome {
	s := &stream{c: c, str: str, memory: memories.Get().(*memory)}
	s.in.Reset(str)
	s.response.s = s
	switch next, err := s.read(); {
	case err != nil:
		return s.fail(err)
	case next == stepAnswered:
		s.memory.free()
	default:
		s.handle() // who gets the request may keep what it is made of
	}
	return s.outcome()
}

// outcome tells how a stream has ended that has brought a request. What the viewer
// resets when all of the response is on its way has cost it nothing more than others.
func (s *stream) outcome() outcome {
	var reset *quic.StreamError
	switch cause := context.Cause(s.str.Context()); {
	case errors.As(cause, &reset) && reset.Remote:
		return outcomeReset
	case errors.As(cause, &reset):
		return outcomeNone // cut by us
	}
	return outcomeAnswered
}

// step is what reading a request has come to.
type step uint8

const (
	stepHandle   step = iota // the Handler is to answer it
	stepAnswered             // it has its answer
)

// read reads the request up to its content, and answers it if it can.
func (s *stream) read() (step, error) {
	o := s.c.server.o
	_ = s.str.SetReadDeadline(time.Now().Add(o.HeaderTimeout))
	if err := s.readSection(); err != nil {
		return 0, err
	}
	if s.section.TooLarge() { // CF-ERR-14; the connection ends with it (CF-SIZE-01)
		err := s.page(494, "header list too large")
		s.c.retire()
		return stepAnswered, err
	}
	if reason := s.section.CheckRequest(); reason != "" {
		return 0, malformed(reason)
	}
	if err := s.awaitContent(); err != nil {
		return 0, err
	}
	if s.ended && s.length > 0 {
		return 0, malformed("content shorter than Content-Length")
	}
	if reason := s.section.Refuse(); reason != "" {
		return stepAnswered, s.page(400, reason)
	}
	_ = s.str.SetReadDeadline(time.Time{})
	s.fill()
	if s.ended && s.answerAtOnce() {
		return stepAnswered, nil
	}
	if o.Overload.Level() >= overload.LevelShed && s.c.requests() > shedStreams {
		o.Overload.Count(overload.ShedStream)
		return 0, &streamError{errCodeRequestRejected, "overload", false} // it may be sent again
	}
	return stepHandle, nil
}

// shedStreams is how many requests for the Handler a connection has when memory or
// processors are short (reliability D6), as over HTTP/2.
const shedStreams = 8

// bigHead is the size of a field section from which on a connection reads one at a
// time, in bytes.
const bigHead = 8 << 10

// readSection reads the field section of a request.
func (s *stream) readSection() error {
	kind, length, err := readFrame(s.in)
	if errors.Is(err, io.EOF) {
		return &streamError{errCodeRequestIncomplete, "no request", false}
	}
	if err != nil {
		return err
	}
	if kind != frameHeaders {
		return &connError{errCodeFrameUnexpected, "request does not begin with HEADERS"}
	}
	return s.readBlock(length, &s.section)
}

// readBlock reads and decodes the payload of HEADERS.
func (s *stream) readBlock(length uint64, to *h2.Section) error {
	limit := s.c.server.o.MaxHeaderBytes
	if length > 2*uint64(limit) {
		return &connError{errCodeExcessiveLoad, "field section too long"}
	}
	if length > bigHead {
		select {
		case s.c.bigHead <- struct{}{}:
		case <-s.str.Context().Done():
			return s.str.Context().Err()
		}
		defer func() { <-s.c.bigHead }()
	}
	s.block.Reset()
	if _, err := io.CopyN(&s.block, s.in, int64(length)); err != nil {
		return truncated(err)
	}
	to.Reset(limit, s.c.server.o.MaxFields)
	return decode(s.block.Bytes(), to)
}

// awaitContent waits until it is known whether content follows, if the viewer
// does not wait itself: for a request that should have none, or that has
// announced some. One that has announced it and ends without is not given to
// anybody (reliability H5).
func (s *stream) awaitContent() error {
	s.length = s.section.ContentLength()
	s.body = body{s: s, declared: s.length, asks: s.section.Expects(), pace: viewer.Pace{Least: s.c.server.o.MinBodyRate}}
	if s.body.asks {
		return nil
	}
	if method := s.section.Method(); s.length < 0 && method != "GET" && method != "HEAD" {
		return s.lookForEnd()
	}
	for s.body.left == 0 {
		err := s.body.nextFrame()
		if errors.Is(err, io.EOF) {
			s.ended = true
			return nil
		}
		if err != nil {
			return err
		}
	}
	if s.length == 0 {
		return malformed("content longer than Content-Length")
	}
	return nil
}

// lookForEnd finds out whether a request that may have content has ended already.
func (s *stream) lookForEnd() error {
	_ = s.str.SetReadDeadline(time.Now().Add(endGrace))
	_, err := s.in.Peek(1)
	switch {
	case errors.Is(err, io.EOF):
		s.ended = true
	case errors.Is(err, os.ErrDeadlineExceeded):
	default:
		return err
	}
	return nil
}

// endGrace is how long the end of a request is waited for that may have content,
// and may not: it is in the same packet, or there will be some.
const endGrace = 5 * time.Millisecond

// fill makes a request of the section.
func (s *stream) fill() {
	r := &s.request
	peer := s.c.peerNow()
	r.Peer, r.Remote, r.Local, r.TLS, r.Shard = peer, peer.Remote, peer.Local, peer.TLS, peer.Shard
	r.Scheme, r.Proto, r.Received = "https", viewer.ProtoHTTP3, s.c.server.o.Now()
	r.Reused = s.str.StreamID() != 0 // which is the first one's (RFC 9000 section 2.1)
	s.section.Fill(r)
	s.response.head = r.Method == "HEAD"
}

// handle gives the request to the Handler and completes the response.
func (s *stream) handle() {
	s.section.Detach()
	if !s.ended {
		s.request.Body, s.request.ContentLength = &s.body, s.length
	}
	s.call()
	s.finish()
}

// call calls the Handler. A panic ends this stream alone: with a page if nothing
// was sent yet, else by cutting the response.
func (s *stream) call() {
	o := s.c.server.o
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		o.OnPanic(v, &s.request)
		if s.response.begun() {
			s.response.Abort()
			return
		}
		fields, content := o.Page(500)
		if s.response.WriteHead(500, fields, int64(len(content))) == nil && !s.response.head {
			_, _ = s.response.Write(content)
		}
	}()
	o.Handler(s.str.Context(), &s.response, &s.request)
}

// finish ends the stream when its response is there.
func (s *stream) finish() {
	w := &s.response
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.progress == viewer.ProgressAborted:
	case w.progress == viewer.ProgressNone || w.left > 0:
		w.cut()
	case w.flush() == nil:
		_ = s.str.Close()
	}
	s.str.CancelRead(errCodeNo.stream()) // RFC 9114 section 4.1; nothing if it was read to its end
}

// page answers a request that the Handler does not get.
func (s *stream) page(status int, reason string) error {
	s.c.server.o.OnMalformed(addrPort(s.c.qc.RemoteAddr()).String(), status, reason)
	fields, content := s.c.server.o.Page(status)
	s.response.head = s.section.Method() == "HEAD"
	err := s.response.WriteHead(status, fields, int64(len(content)))
	if err == nil && !s.response.head {
		_, err = s.response.Write(content)
	}
	s.finish()
	return err
}

// fail ends a stream that brought no request.
func (s *stream) fail(err error) outcome {
	code := errCodeRequestCancelled // the viewer has left
	var ours *streamError
	var ofConn *connError
	switch {
	case errors.As(err, &ofConn):
		s.c.fail(err)
		return outcomeNone
	case errors.As(err, &ours):
		code = ours.code
		if ours.malformed {
			s.c.server.o.OnMalformed(addrPort(s.c.qc.RemoteAddr()).String(), 0, ours.reason)
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		code = errCodeRequestIncomplete
	}
	s.str.CancelRead(code.stream())
	s.str.CancelWrite(code.stream())
	if code == errCodeRequestRejected {
		return outcomeNone
	}
	return outcomeReset
}
