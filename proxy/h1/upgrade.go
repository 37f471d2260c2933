package h1

import (
	"errors"
	"io"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// An upgradable response may go on with another protocol (RFC 9110 section
// 7.8).
type upgradable struct {
	*response
	stream   *stream
	protocol string
}

// WriteUpgrade implements viewer.Upgrader. The connection ends with the
// stream.
func (w upgradable) WriteUpgrade(fields field.Lines) (io.ReadWriter, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.progress != viewer.ProgressNone {
		return nil, errors.New("upgrade after the head of a response")
	}
	w.progress, w.keep, w.delimiter = viewer.ProgressHead, false, delimitClose
	before := len(w.buffer)
	w.buffer = appendStatusLine(w.buffer, w.proto, 101)
	w.buffer = append(w.buffer, "Connection: Upgrade\r\nUpgrade: "...)
	w.buffer = append(w.buffer, w.protocol...)
	w.buffer = append(w.buffer, "\r\n"...)
	for i := range fields {
		if !ofFraming(fields[i].Name) {
			w.buffer = appendField(w.buffer, fields[i].Name, fields[i].Value)
		}
	}
	w.buffer = append(w.buffer, "\r\n"...)
	w.written += int64(len(w.buffer) - before)
	if err := w.flush(); err != nil {
		return nil, err
	}
	w.t.SetReadTimeout(0)
	return w.stream, nil
}

// A stream is the connection after an upgrade. The Handler may read it from
// another goroutine, and that goroutine may still be at it when the Handler
// returns.
type stream struct {
	w  *response
	in *input

	mu    sync.Mutex // held while reading
	ended bool
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, errStreamEnded
	}
	return s.in.Read(p)
}

var errStreamEnded = errors.New("the connection has ended")

// end ends reading: the memory that it takes from is used again.
func (s *stream) end(t Transport) {
	if !s.mu.TryLock() {
		t.Interrupt()
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	s.ended = true
}

func (s *stream) Write(p []byte) (int, error) {
	n, err := s.w.t.Write(p)
	s.w.written += int64(n)
	return n, err
}

var _ viewer.Upgrader = upgradable{}
