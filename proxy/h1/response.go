package h1

import (
	"os"
	"strconv"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// bufferSize is how much of a response is gathered before it is written: a head
// with content of the usual size.
const bufferSize = 16 << 10

// A response is the viewer.ResponseWriter of one exchange.
type response struct {
	t     Transport
	proto viewer.Proto
	head  bool // to a HEAD request
	body  *body

	// mu guards the output up to the final head: the viewer is asked for
	// content by whoever reads it first.
	mu       sync.Mutex
	buffer   []byte // not written yet
	waits    bool   // the viewer waits for 100
	progress viewer.Progress

	delimiter delimiter
	left      int64 // of content with a length
	keep      bool  // the connection goes on
	ended     bool  // the content is complete
	err       error
	written   int64
}

// A delimiter is what ends the content of a response.
type delimiter uint8

const (
	delimitNone   delimiter = iota // there is no content
	delimitLength                  // Content-Length
	delimitChunks                  // the last chunk
	delimitClose                   // the end of the connection: HTTP/1.0
)

// askForContent tells a viewer that waits for 100 to send its content, unless
// it has its answer already.
func (w *response) askForContent() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.progress != viewer.ProgressNone {
		return errBodyClosed
	}
	return w.ask()
}

// ask is called with mu held.
func (w *response) ask() error {
	if !w.waits {
		return nil
	}
	w.waits = false
	return w.interim(100, nil)
}

// WriteInterim implements viewer.ResponseWriter.
func (w *response) WriteInterim(status int, fields field.Lines) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.progress.CheckInterim(status); err != nil || w.proto == viewer.ProtoHTTP10 {
		return err
	}
	if err := w.ask(); err != nil { // somebody answers, so the content will be wanted
		return err
	}
	return w.interim(status, fields)
}

// interim writes at once. Called with mu held.
func (w *response) interim(status int, fields field.Lines) error {
	before := len(w.buffer)
	w.buffer = appendStatusLine(w.buffer, w.proto, status)
	for i := range fields {
		if !ofFraming(fields[i].Name) {
			w.buffer = appendField(w.buffer, fields[i].Name, fields[i].Value)
		}
	}
	w.buffer = append(w.buffer, "\r\n"...)
	w.written += int64(len(w.buffer) - before)
	return w.flush()
}

// WriteHead implements viewer.ResponseWriter. Fields of framing are left out:
// framing is decided here.
func (w *response) WriteHead(status int, fields field.Lines, contentLength int64) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.progress.CheckHead(status); err != nil {
		return err
	}
	w.progress = viewer.ProgressHead
	w.delimit(status, contentLength)
	// Content that nobody reads ends the connection.
	w.keep = w.keep && w.delimiter != delimitClose && (w.body == nil || !w.body.remains()) && !viewer.AsksToClose(fields)

	before := len(w.buffer)
	w.buffer = appendStatusLine(w.buffer, w.proto, status)
	if status == 204 {
		contentLength = noLength
	}
	w.appendFields(fields, contentLength)
	if w.delimiter == delimitChunks {
		w.buffer = append(w.buffer, "Transfer-Encoding: chunked\r\n"...)
	}
	w.buffer = append(w.buffer, "\r\n"...)
	w.written += int64(len(w.buffer) - before)
	return nil
}

// delimit settles what ends the content (RFC 9112 section 6.3).
func (w *response) delimit(status int, contentLength int64) {
	switch {
	case !viewer.HasContent(w.head, status):
		w.delimiter = delimitNone
	case contentLength >= 0: // also what could be counted came in chunks (CF-RESP-46)
		w.delimiter, w.left = delimitLength, contentLength
	case w.proto == viewer.ProtoHTTP10:
		w.delimiter = delimitClose
	default:
		w.delimiter = delimitChunks
	}
}

// noLength is the length of content that is not announced.
const noLength = -1

// appendFields appends the fields, and says what becomes of the connection and
// how long the content is: where they do, or behind them if it has to be said.
func (w *response) appendFields(fields field.Lines, contentLength int64) {
	said := false
	for i := range fields {
		l := &fields[i]
		switch {
		case field.EqualName(l.Name, "Content-Length"):
			w.appendLength(contentLength)
			contentLength = noLength
		case field.EqualName(l.Name, "Connection"):
			if (l.Value == "close" || l.Value == "keep-alive") && !said { // the proxy's wish, never an origin's (CF-RESP-15)
				w.appendConnection(true)
				said = true
			}
		case !field.HopByHop(l.Name):
			w.buffer = appendField(w.buffer, l.Name, l.Value)
		}
	}
	if !said {
		w.appendConnection(false)
	}
	w.appendLength(contentLength)
}

// appendLength appends Content-Length unless n is negative.
func (w *response) appendLength(n int64) {
	if n < 0 {
		return
	}
	w.buffer = append(w.buffer, "Content-Length: "...)
	w.buffer = strconv.AppendInt(w.buffer, n, 10)
	w.buffer = append(w.buffer, "\r\n"...)
}

// appendConnection appends the Connection field where it differs from what the
// version implies, or anyway.
func (w *response) appendConnection(anyway bool) {
	old := w.proto == viewer.ProtoHTTP10
	switch {
	case w.keep && (anyway || old):
		w.buffer = append(w.buffer, "Connection: keep-alive\r\n"...)
	case !w.keep && (anyway || !old):
		w.buffer = append(w.buffer, "Connection: close\r\n"...)
	}
}

func appendField(out []byte, name, value string) []byte {
	out = append(out, name...)
	out = append(out, ": "...)
	out = append(out, value...)
	return append(out, "\r\n"...)
}

// ofFraming reports whether the field belongs to the connection or to the framing
// of the message, which are the engine's.
func ofFraming(name string) bool {
	return field.HopByHop(name) || field.EqualName(name, "Content-Length")
}

// Write implements viewer.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	if err := w.progress.CheckContent(); err != nil {
		return 0, err
	}
	switch {
	case w.err != nil:
		return 0, w.err
	case len(p) == 0:
		return 0, nil
	}
	switch w.delimiter {
	case delimitNone:
		return 0, viewer.ErrSurplus
	case delimitLength:
		if int64(len(p)) > w.left {
			return 0, viewer.ErrSurplus
		}
		w.left -= int64(len(p))
	case delimitChunks:
		before := len(w.buffer)
		w.buffer = strconv.AppendInt(w.buffer, int64(len(p)), 16)
		w.buffer = append(w.buffer, "\r\n"...)
		w.written += int64(len(w.buffer) - before + len("\r\n"))
	}
	w.written += int64(len(p))
	if err := w.add(p); err != nil {
		return 0, err
	}
	if w.delimiter == delimitChunks {
		w.buffer = append(w.buffer, "\r\n"...)
	}
	return len(p), nil
}

// add appends p to the output, or writes both if it is too much to wait.
func (w *response) add(p []byte) error {
	if len(w.buffer)+len(p) <= bufferSize-len("\r\n") {
		w.buffer = append(w.buffer, p...)
		return nil
	}
	if w.err == nil {
		w.err = w.t.WriteBoth(w.buffer, p)
	}
	w.buffer = w.buffer[:0]
	return w.err
}

// SendsFiles implements viewer.FileSender.
func (w *response) SendsFiles() bool {
	may := w.progress == viewer.ProgressNone || w.progress == viewer.ProgressHead && w.delimiter == delimitLength
	return may && w.t.SendsFiles()
}

// SendFile implements viewer.FileSender.
func (w *response) SendFile(f *os.File, n int64) error {
	switch {
	case w.progress == viewer.ProgressAborted:
		return viewer.ErrAborted
	case w.progress == viewer.ProgressNone || n > w.left:
		return viewer.ErrSurplus
	}
	if err := w.flush(); err != nil {
		return err
	}
	sent, err := w.t.SendFile(f, n)
	w.left -= sent
	w.written += sent
	w.err = err
	return err
}

// Flush implements viewer.ResponseWriter.
func (w *response) Flush() error {
	if w.progress == viewer.ProgressAborted {
		return viewer.ErrAborted
	}
	return w.flush()
}

func (w *response) flush() error {
	if len(w.buffer) > 0 && w.err == nil {
		_, w.err = w.t.Write(w.buffer)
	}
	w.buffer = w.buffer[:0]
	return w.err
}

// WriteTrailer implements viewer.TrailerWriter: a viewer has them if its
// response comes in chunks.
func (w *response) WriteTrailer(fields field.Lines) error {
	switch {
	case w.progress == viewer.ProgressAborted:
		return viewer.ErrAborted
	case w.ended || w.delimiter != delimitChunks:
		return nil
	}
	before := len(w.buffer)
	w.buffer = append(w.buffer, "0\r\n"...)
	for i := range fields {
		if !ofFraming(fields[i].Name) {
			w.buffer = appendField(w.buffer, fields[i].Name, fields[i].Value)
		}
	}
	w.buffer = append(w.buffer, "\r\n"...)
	w.written += int64(len(w.buffer) - before)
	w.ended = true
	return nil
}

// Abort implements viewer.ResponseWriter: what was written goes out, and the
// connection closes short of the end that was announced.
func (w *response) Abort() {
	if w.progress == viewer.ProgressHead {
		_ = w.flush() // the connection ends in any case
	}
	w.progress = viewer.ProgressAborted
}

// close ends the use of w, whoever still has it.
func (w *response) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress, w.buffer = viewer.ProgressAborted, nil
}

// BytesWritten implements viewer.ResponseWriter.
func (w *response) BytesWritten() int64 { return w.written }

// finish completes the response and reports whether the connection may go on.
func (w *response) finish() bool {
	if w.progress != viewer.ProgressHead {
		return false
	}
	if w.delimiter == delimitChunks {
		_ = w.WriteTrailer(nil)
	}
	return w.flush() == nil && w.keep && (w.delimiter != delimitLength || w.left == 0)
}

var (
	_ viewer.ResponseWriter = (*response)(nil)
	_ viewer.FileSender     = (*response)(nil)
	_ viewer.TrailerWriter  = (*response)(nil)
)
