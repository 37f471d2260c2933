package h2

import (
	"io"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// flushAt is how much output a Write leaves without waking the driver, in bytes.
const flushAt = 16 << 10

// A response is the viewer.ResponseWriter of one stream. Its fields are guarded
// by Conn.mu: the viewer is asked for content by whoever reads it first.
type response struct {
	s        *stream
	head     bool // to a HEAD request
	progress viewer.Progress
	left     int64 // of content with a length, else -1
	written  int64
}

func (w *response) begun() bool {
	w.s.c.mu.Lock()
	defer w.s.c.mu.Unlock()
	return w.progress != viewer.ProgressNone
}

// failed returns why nothing more can be sent.
func (w *response) failed() error {
	if w.progress == viewer.ProgressAborted {
		return viewer.ErrAborted
	}
	return w.s.err
}

// waitForRoom waits until there is room for output, or none is needed any more.
func (w *response) waitForRoom() error {
	c := w.s.c
	if c.queued() >= c.o.MaxOutput {
		c.mu.Unlock()
		c.wake()
		c.mu.Lock()
	}
	for c.queued() >= c.o.MaxOutput && w.failed() == nil {
		c.room.Wait()
	}
	return w.failed()
}

// WriteInterim implements viewer.ResponseWriter.
func (w *response) WriteInterim(status int, fields field.Lines) error {
	if err := w.writeInterim(status, fields); err != nil {
		return err
	}
	w.s.c.wake()
	return nil
}

func (w *response) writeInterim(status int, fields field.Lines) error {
	w.s.c.mu.Lock()
	defer w.s.c.mu.Unlock()
	if err := w.progress.CheckInterim(status); err != nil {
		return err
	}
	if err := w.waitForRoom(); err != nil {
		return err
	}
	w.interim(status, fields)
	return nil
}

func (w *response) interim(status int, fields field.Lines) {
	out, begin := w.s.c.openHead(status)
	w.written += int64(statusBytes)
	w.s.c.emit(w.s.c.closeHead(w.appendFields(out, fields), begin, w.s.id, false))
}

// appendFields appends the fields but those of framing, and counts them.
func (w *response) appendFields(out []byte, fields field.Lines) []byte {
	for i := range fields {
		if l := &fields[i]; !framing(l.Name) {
			out = w.s.c.encoder.appendKnown(out, l.Name, l.Value)
			w.written += int64(len(l.Name) + len(l.Value) + len(": \r\n"))
		}
	}
	return out
}

// WriteHead implements viewer.ResponseWriter. Where the proxy asks to close the
// connection, it ends when its streams have.
func (w *response) WriteHead(status int, fields field.Lines, contentLength int64) error {
	c := w.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := w.progress.CheckHead(status); err != nil {
		return err
	}
	if err := w.waitForRoom(); err != nil {
		return err
	}
	w.progress = viewer.ProgressHead
	w.left = contentLength
	if !viewer.HasContent(w.head, status) {
		w.left = 0
	}
	out, begin := c.openHead(status)
	w.written += int64(statusBytes)
	out = w.appendFields(out, fields)
	if contentLength >= 0 && status != 204 {
		out = appendNumber(out, staticContentLength, contentLength)
		w.written += int64(len("Content-Length: \r\n") + digits(contentLength))
	}
	w.s.localDone = w.left == 0
	c.emit(c.closeHead(out, begin, w.s.id, w.s.localDone))
	if viewer.AsksToClose(fields) {
		c.announce()
	}
	return nil
}

// Write implements viewer.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	n, tell, err := w.write(p)
	if tell {
		w.s.c.wake()
	}
	return n, err
}

// write sends p, as it is, when windows and output take it. It reports whether
// the driver should hear of it.
func (w *response) write(p []byte) (n int, tell bool, err error) {
	s, c := w.s, w.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case w.failed() != nil:
		return 0, false, w.failed()
	case w.progress == viewer.ProgressNone:
		return 0, false, viewer.ErrTooEarly
	case len(p) == 0:
		return 0, false, nil
	case s.localDone || w.left >= 0 && int64(len(p)) > w.left:
		return 0, false, viewer.ErrSurplus
	}
	s.content, s.last = p, int64(len(p)) == w.left
	c.enqueue(s)
	c.send()
	if len(s.content) > 0 {
		c.mu.Unlock()
		c.wake()
		c.mu.Lock()
	}
	for len(s.content) > 0 && s.err == nil {
		s.cond.Wait()
	}
	n = len(p) - len(s.content)
	s.content = nil
	w.written += int64(n)
	if w.left > 0 {
		w.left -= int64(n)
	}
	return n, c.queued() >= flushAt, s.err
}

// Flush implements viewer.ResponseWriter.
func (w *response) Flush() error {
	w.s.c.mu.Lock()
	err := w.failed()
	w.s.c.mu.Unlock()
	if err == nil {
		w.s.c.wake()
	}
	return err
}

// WriteTrailer implements viewer.TrailerWriter.
func (w *response) WriteTrailer(fields field.Lines) error {
	c := w.s.c
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case w.failed() != nil:
		return w.failed()
	case w.progress == viewer.ProgressNone:
		return viewer.ErrTooEarly
	case w.s.localDone || w.left > 0:
		return nil
	}
	if err := w.waitForRoom(); err != nil {
		return err
	}
	out := c.output()
	begin := len(out)
	out = c.encoder.begin(append(out, noHeader[:]...))
	out = w.appendFields(out, fields)
	if len(out) == begin+frameHeaderSize {
		c.endContent(w.s)
		return nil
	}
	w.s.localDone = true
	c.emit(c.closeHead(out, begin, w.s.id, true))
	return nil
}

// Abort implements viewer.ResponseWriter: what was written goes out, and the
// stream is reset.
func (w *response) Abort() {
	w.abort()
	w.s.c.wake()
}

func (w *response) abort() {
	w.s.c.mu.Lock()
	defer w.s.c.mu.Unlock()
	w.progress = viewer.ProgressAborted
	if !w.s.closed && !w.s.localDone && w.s.c.err == nil {
		w.s.c.cut(w.s, ErrCodeInternal, viewer.ErrAborted)
	}
}

// BytesWritten implements viewer.ResponseWriter. Heads are counted in the form
// that they have in HTTP/1.1, without a reason: what they have here depends on
// the responses before.
func (w *response) BytesWritten() int64 {
	w.s.c.mu.Lock()
	defer w.s.c.mu.Unlock()
	return w.written
}

// An upgradable response may go on with another protocol (RFC 8441).
type upgradable struct{ *response }

// WriteUpgrade implements viewer.Upgrader.
func (w upgradable) WriteUpgrade(fields field.Lines) (io.ReadWriter, error) {
	if w.begun() {
		return nil, errNoUpgrade
	}
	if err := w.WriteHead(200, fields, -1); err != nil {
		return nil, err
	}
	w.s.c.wake()
	return tunnel{w.response}, nil
}

// A tunnel is the stream after an upgrade.
type tunnel struct{ w *response }

func (t tunnel) Read(p []byte) (int, error) { return t.w.s.read(p) }

// Write sends p at once: the other protocol may wait for an answer to it.
func (t tunnel) Write(p []byte) (int, error) {
	n, _, err := t.w.write(p)
	t.w.s.c.wake()
	return n, err
}

var (
	_ viewer.ResponseWriter = (*response)(nil)
	_ viewer.TrailerWriter  = (*response)(nil)
	_ viewer.Upgrader       = upgradable{}
)
