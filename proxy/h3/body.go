package h3

import (
	"errors"
	"io"
	"os"
	"time"

	"github.com/groundfront/groundfront/proxy/h2"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A body is Request.Body. The Handler may read it from another goroutine, one at
// a time, and that goroutine may be at it when the Handler has returned.
type body struct {
	s        *stream
	declared int64 // -1 if it was not said
	received int64
	left     uint64 // of the DATA frame under way
	asks     bool   // the viewer waits to be asked for it
	pace     viewer.Pace
	err      error // how it has ended
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	if b.err != nil || len(p) == 0 {
		return 0, b.err
	}
	n, err := b.read(p)
	b.received += int64(n)
	switch {
	case err == nil && b.declared >= 0 && b.received > b.declared:
		err = malformed("content longer than Content-Length")
	case errors.Is(err, io.EOF) && b.declared >= 0 && b.received < b.declared:
		err = malformed("content shorter than Content-Length")
	}
	if err != nil {
		b.end(err)
		if !errors.Is(err, io.EOF) {
			n = 0 // of a message that is none
		}
	}
	return n, b.err
}

// read reads the next bytes of content, io.EOF at its end.
func (b *body) read(p []byte) (int, error) {
	s := b.s
	begun := s.response.begun()
	if b.asks && !begun {
		if err := s.response.WriteInterim(100, nil); err != nil {
			return 0, err
		}
	}
	b.asks = false
	if begun {
		_ = s.str.SetReadDeadline(time.Time{})
		return b.readNext(p)
	}
	began := time.Now()
	_ = s.str.SetReadDeadline(began.Add(s.c.server.o.BodyTimeout))
	n, err := b.readNext(p)
	if slow := b.pace.Wait(time.Since(began), n); slow && err == nil {
		err = errSlowContent
	}
	return n, err
}

// readNext is read without a look at the clock.
func (b *body) readNext(p []byte) (int, error) {
	for b.left == 0 {
		if err := b.nextFrame(); err != nil {
			return 0, err
		}
	}
	n, err := b.s.in.Read(p[:min(uint64(len(p)), b.left)])
	b.left -= uint64(n)
	if err != nil && n == 0 {
		return 0, truncated(err)
	}
	return n, nil
}

// nextFrame begins the next DATA frame, or returns io.EOF.
func (b *body) nextFrame() error {
	kind, length, err := readFrame(b.s.in)
	switch {
	case err != nil:
		return err
	case kind == frameData:
		b.left = length
		return nil
	case kind == frameHeaders:
		return b.trailers(length)
	}
	return &connError{errCodeFrameUnexpected, "frame within a request"}
}

// trailers checks the fields behind the content, drops them, and returns io.EOF
// if the request ends with them.
func (b *body) trailers(length uint64) error {
	s := b.s
	section := new(h2.Section)
	// Nothing else has a reason to be slow here, whoever may take his time otherwise.
	_ = s.str.SetReadDeadline(time.Now().Add(s.c.server.o.HeaderTimeout))
	if err := s.readBlock(length, section); err != nil {
		return err
	}
	if reason := section.CheckTrailers(); reason != "" {
		return malformed(reason)
	}
	if _, _, err := readFrame(s.in); err != nil {
		return err
	}
	return &connError{errCodeFrameUnexpected, "frame behind the last fields of a request"}
}

// end notes how the content has ended. A message that is none ends the stream.
func (b *body) end(err error) {
	b.err = err
	var ours *streamError
	var ofConn *connError
	switch {
	case errors.As(err, &ofConn):
		b.s.c.fail(err)
	case errors.As(err, &ours):
		b.s.c.server.o.OnMalformed(addrPort(b.s.c.qc.RemoteAddr()).String(), 0, ours.reason)
		b.s.str.CancelRead(ours.code.stream())
		b.s.str.CancelWrite(ours.code.stream())
		b.s.c.payReset()
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, errSlowContent):
		b.s.str.CancelRead(errCodeRequestIncomplete.stream())
	}
}
