package h3

import (
	"sync"
	"time"

	"github.com/quic-go/quic-go/quicvarint"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

const (
	// gather is up to how many bytes output waits for more.
	gather = 16 << 10
	// portion is how many bytes a viewer must take within WriteTimeout.
	portion = 64 << 10
)

// A response is the viewer.ResponseWriter of a stream. The lock is there because
// the viewer is asked for content by whoever reads it first.
type response struct {
	s    *stream
	head bool // to a HEAD request

	mu       sync.Mutex // guards what follows
	out      []byte     // what waits to be sent
	progress viewer.Progress
	whole    bool  // one DATA frame holds all content
	ended    bool  // nothing may follow
	left     int64 // of content with a length, else -1
	written  int64

	waited time.Duration // for the viewer to take the portion under way
	taken  int           // of that
}

func (w *response) begun() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress != viewer.ProgressNone
}

// WriteInterim implements viewer.ResponseWriter.
func (w *response) WriteInterim(status int, fields field.Lines) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.progress.CheckInterim(status); err != nil {
		return err
	}
	w.appendHead(status, fields, -1)
	return w.flush()
}

// appendHead appends a HEADERS frame.
func (w *response) appendHead(status int, fields field.Lines, length int64) {
	f := newHead(w.out)
	f.status(status)
	f.fields(fields)
	if length >= 0 && status != 204 {
		f.length(length)
	}
	w.out = f.done()
	w.written += f.bytes
}

// WriteHead implements viewer.ResponseWriter. Where the proxy asks to close the
// connection, it ends when its streams have. The head waits for content.
func (w *response) WriteHead(status int, fields field.Lines, contentLength int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.progress.CheckHead(status); err != nil {
		return err
	}
	w.progress = viewer.ProgressHead
	w.appendHead(status, fields, contentLength)
	w.left = contentLength
	if !viewer.HasContent(w.head, status) {
		w.left = 0
	}
	if w.left > 0 {
		w.whole = true
		w.out = appendDataHeader(w.out, w.left)
	}
	w.ended = w.left == 0
	if viewer.AsksToClose(fields) {
		w.s.c.retire()
	}
	return nil
}

// appendDataHeader appends what a DATA frame of n bytes begins with.
func appendDataHeader(out []byte, n int64) []byte {
	return quicvarint.Append(append(out, frameData), uint64(n))
}

// Write implements viewer.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.progress.CheckContent(); err != nil {
		return 0, err
	}
	switch {
	case len(p) == 0:
		return 0, nil
	case w.ended || w.left >= 0 && int64(len(p)) > w.left:
		return 0, viewer.ErrSurplus
	}
	if !w.whole {
		w.out = appendDataHeader(w.out, int64(len(p)))
	}
	n, err := w.content(p)
	w.written += int64(n)
	if w.left > 0 {
		w.left -= int64(n)
		w.ended = w.left == 0
	}
	return n, err
}

// content sends p behind what waits, or has it wait too if it is small.
func (w *response) content(p []byte) (int, error) {
	if len(w.out)+len(p) <= gather {
		w.out = append(w.out, p...)
		return len(p), nil
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	return w.s.send(p)
}

// flush sends what waits.
func (w *response) flush() error {
	if len(w.out) == 0 {
		return nil
	}
	_, err := w.s.send(w.out)
	w.out = w.out[:0]
	return err
}

// send sends p. The viewer has WriteTimeout for each portion of what is sent, in
// however many pieces that comes (reliability H15).
func (s *stream) send(p []byte) (sent int, err error) {
	w := &s.response
	for err == nil && sent < len(p) {
		began := time.Now()
		_ = s.str.SetWriteDeadline(began.Add(s.c.server.o.WriteTimeout - w.waited))
		var n int
		n, err = s.str.Write(p[sent:min(len(p), sent+portion-w.taken)])
		sent += n
		if w.progress != viewer.ProgressNone { // a hit comes whole
			w.waited += time.Since(began)
		}
		if w.taken += n; w.taken >= portion {
			w.waited, w.taken = 0, 0
		}
	}
	if err != nil {
		s.str.CancelWrite(errCodeRequestCancelled.stream()) // nothing if the viewer has left
	}
	return sent, err
}

// Flush implements viewer.ResponseWriter.
func (w *response) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.progress == viewer.ProgressAborted {
		return viewer.ErrAborted
	}
	return w.flush()
}

// WriteTrailer implements viewer.TrailerWriter.
func (w *response) WriteTrailer(fields field.Lines) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.progress.CheckContent(); err != nil {
		return err
	}
	if w.ended || w.left > 0 {
		return nil
	}
	f := newHead(w.out)
	f.fields(fields)
	if f.bytes > 0 {
		w.out = f.done()
		w.written += f.bytes
	}
	w.ended = true
	return nil
}

// Abort implements viewer.ResponseWriter: what was written goes out, and the
// stream is reset. Whether the viewer gets to see the former depends on it (the
// draft of reliable resets); that the response was cut it sees in any case.
func (w *response) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.progress == viewer.ProgressAborted {
		return
	}
	w.cut()
}

// cut is Abort with the lock held.
func (w *response) cut() {
	w.progress = viewer.ProgressAborted
	if w.flush() == nil {
		w.s.str.SetReliableBoundary()
	}
	w.s.str.CancelWrite(errCodeInternal.stream())
}

// BytesWritten implements viewer.ResponseWriter. Heads are counted in the form
// that they have in HTTP/1.1, without a reason, as for HTTP/2.
func (w *response) BytesWritten() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.written
}

var (
	_ viewer.ResponseWriter = (*response)(nil)
	_ viewer.TrailerWriter  = (*response)(nil)
)
