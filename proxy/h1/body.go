package h1

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/groundfront/groundfront/proxy/viewer"
)

// maxDiscarded is how much content that nobody has read is read over to save
// the connection, in bytes.
const maxDiscarded = 256 << 10

var (
	errBodyClosed  = errors.New("request content: the request is answered")
	errSlowContent = errors.New("request content: it comes too slowly")
)

// A body is the content of a request. The Handler may read it from another
// goroutine, and that goroutine may still be at it when the Handler returns.
type body struct {
	mu      sync.Mutex // held while reading
	in      *input
	left    int64         // of content with a length
	chunks  chunkedReader // of content without
	chunked bool
	// before, unless nil, asks the viewer for the content (RFC 9110 section
	// 10.1.1).
	before  func() error
	done    func()        // is told that all of it was read
	timeout time.Duration // of the wait for each part
	pace    viewer.Pace
	now     func() time.Time
	err     error // of the last Read
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	if b.before != nil {
		if b.err = b.before(); b.err != nil {
			return 0, b.err
		}
		b.before = nil
	}
	n, err := b.read(p)
	if b.err = err; errors.Is(err, io.EOF) {
		b.done()
	}
	return n, err
}

func (b *body) read(p []byte) (int, error) {
	b.in.t.SetReadTimeout(b.timeout)
	if b.pace.Least == 0 {
		return b.readNext(p)
	}
	began := b.now()
	n, err := b.readNext(p)
	if slow := b.pace.Wait(b.now().Sub(began), n); slow && err == nil {
		err = errSlowContent
	}
	return n, err
}

func (b *body) readNext(p []byte) (int, error) {
	if b.chunked {
		return b.chunks.Read(p)
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case err != nil:
		return n, unexpectedEOF(err)
	}
	return n, nil
}

// remains reports whether content is left that is not going to be read: the
// viewer waits to be asked for it, there is too much, or it is broken.
func (b *body) remains() bool {
	if !b.mu.TryLock() { // somebody reads it
		return false
	}
	defer b.mu.Unlock()
	return b.before != nil || b.left > maxDiscarded || b.err != nil && !errors.Is(b.err, io.EOF)
}

// end ends reading and reports whether the connection may go on: content that
// was not read is read over, if it is not too much.
func (b *body) end(t Transport) bool {
	if !b.mu.TryLock() { // a reader is left that the Handler has not stopped
		t.Interrupt()
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	complete := b.before == nil && (b.err == nil || errors.Is(b.err, io.EOF)) && b.discard()
	b.err = errBodyClosed
	return complete
}

func (b *body) discard() bool {
	if errors.Is(b.err, io.EOF) {
		return true
	}
	if !b.chunked && b.left > maxDiscarded {
		return false
	}
	var sink [4 << 10]byte
	for n := 0; n <= maxDiscarded; {
		k, err := b.read(sink[:])
		n += k
		if err != nil {
			return errors.Is(err, io.EOF)
		}
	}
	return false
}
