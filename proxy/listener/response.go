package listener

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A call is one request with its response writer, reused for the next.
type call struct {
	request  viewer.Request
	response response
}

var calls = sync.Pool{New: func() any { return new(call) }}

// serveHTTP is the handler that net/http calls.
func (s *Server) serveHTTP(w http.ResponseWriter, r *http.Request) {
	p := r.Context().Value(peerKey{}).(*peer)
	if p.guarded != nil {
		p.guarded.answering.Store(true)
	}
	c := calls.Get().(*call)
	c.response = response{w: w, r: r, head: r.Method == http.MethodHead, chunks: r.ProtoMajor == 1 && r.ProtoMinor >= 1}
	if reason := fillRequest(&c.request, r, p); reason != "" {
		s.malformed(p.remote.String(), http.StatusBadRequest, reason)
		s.answerPage(&c.response, http.StatusBadRequest)
		return
	}
	c.request.Received = s.opts.Now()
	s.handle(c, r)
	if c.response.aborted {
		panic(http.ErrAbortHandler)
	}
	clear(c.request.Fields)
	c.request = viewer.Request{Fields: c.request.Fields[:0]}
	c.response = response{}
	calls.Put(c)
}

// handle calls the Handler. A panic ends this request alone: with a page if
// nothing was sent yet, else by cutting the response.
func (s *Server) handle(c *call, r *http.Request) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		s.panicked(v, &c.request)
		if c.response.started {
			c.response.Abort()
			return
		}
		s.answerPage(&c.response, http.StatusInternalServerError)
	}()
	s.opts.Handler(r.Context(), &c.response, &c.request)
}

// answerPage answers with a page and ends the connection.
func (s *Server) answerPage(w *response, status int) {
	fields, content := s.opts.Page(status)
	w.w.Header().Set("Connection", "close")
	if w.WriteHead(status, fields, int64(len(content))) == nil && !w.head {
		w.Write(content)
	}
}

// A response is the viewer.ResponseWriter over net/http's.
type response struct {
	w       http.ResponseWriter
	r       *http.Request
	head    bool // to a HEAD request
	chunks  bool // HTTP/1.1: content of unknown length goes in chunks
	started bool
	aborted bool
	written int64
}

var errAborted = errors.New("response is aborted")

// WriteInterim implements viewer.ResponseWriter. A viewer that waits for 100
// before it sends its content gets nothing else: net/http writes that one
// from the goroutine that reads the content, beside whatever is written here.
func (w *response) WriteInterim(status int, fields field.Lines) error {
	switch {
	case w.started || status < 100 || status == 101 || status > 199:
		return errors.New("interim status " + strconv.Itoa(status) + " at the wrong time")
	case !w.r.ProtoAtLeast(1, 1), w.r.ProtoMajor == 1 && w.r.Header.Get("Expect") != "":
		return nil
	}
	h := w.w.Header()
	for _, l := range fields {
		if !framing(l.Name) {
			h.Add(l.Name, l.Value)
			w.written += int64(len(l.Name) + len(l.Value) + len(": \r\n"))
		}
	}
	w.written += int64(len("HTTP/1.1 100 \r\n\r\n") + len(http.StatusText(status)))
	w.w.WriteHeader(status)
	clear(h) // the final response begins anew
	return nil
}

// WriteHead implements viewer.ResponseWriter. Fields of framing are left
// out: framing is decided here.
func (w *response) WriteHead(status int, fields field.Lines, contentLength int64) error {
	if w.started {
		return errors.New("response head written twice")
	}
	if status < 200 || status > 999 {
		return errors.New("status " + strconv.Itoa(status) + " is not final")
	}
	w.started = true
	h := w.w.Header()
	for _, name := range [...]string{"Date", "Content-Type"} {
		h[name] = nil // present and empty: net/http adds none of its own
	}
	w.written += int64(len("HTTP/1.1 200 \r\n\r\n") + len(http.StatusText(status)))
	for _, l := range fields {
		if field.EqualName(l.Name, "Connection") && (l.Value == "close" || l.Value == "keep-alive") {
			h.Set("Connection", l.Value) // the proxy's own wish, never an origin's (CF-RESP-15)
			continue
		}
		if framing(l.Name) {
			continue
		}
		name := l.Name
		if field.EqualName(name, "Date") || field.EqualName(name, "Content-Type") {
			name = http.CanonicalHeaderKey(name)
		}
		h[name] = append(h[name], l.Value)
		w.written += int64(len(l.Name) + len(l.Value) + len(": \r\n"))
	}
	switch {
	case status == http.StatusNoContent:
	case contentLength >= 0:
		h.Set("Content-Length", strconv.FormatInt(contentLength, 10))
	case w.chunks: // also what net/http could count: it came in chunks (CF-RESP-46)
		h.Set("Transfer-Encoding", "chunked")
	}
	w.w.WriteHeader(status)
	return nil
}

// framing reports whether the field belongs to the connection or to the
// framing of the message, which are the engine's.
func framing(name string) bool {
	return field.HopByHop(name) || field.EqualName(name, "Content-Length")
}

// Write implements viewer.ResponseWriter.
func (w *response) Write(p []byte) (int, error) {
	if w.aborted {
		return 0, errAborted
	}
	n, err := w.w.Write(p)
	w.written += int64(n)
	return n, err
}

// filePiece is how much of a file is sent with one write timeout.
const filePiece = 1 << 20

// SendsFiles implements viewer.FileSender.
func (w *response) SendsFiles() bool { return w.r.ProtoMajor == 1 && w.r.TLS == nil && !w.aborted }

// SendFile implements viewer.FileSender.
func (w *response) SendFile(f *os.File, n int64) error {
	for n > 0 {
		if w.aborted {
			return errAborted
		}
		sent, err := io.CopyN(w.w, f, min(n, filePiece)) // net/http's ReadFrom, and below it sendfile(2)
		w.written += sent
		n -= sent
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Flush implements viewer.ResponseWriter.
func (w *response) Flush() error {
	if w.aborted {
		return errAborted
	}
	return http.NewResponseController(w.w).Flush()
}

// Abort implements viewer.ResponseWriter. What was written goes out; then
// HTTP/1.1 closes the connection short of the announced end, and HTTP/2
// resets the stream, when the Handler returns.
func (w *response) Abort() {
	if w.started && !w.aborted {
		_ = http.NewResponseController(w.w).Flush()
	}
	w.aborted = true
}

// BytesWritten implements viewer.ResponseWriter; the head is counted as
// HTTP/1.1 would send it.
func (w *response) BytesWritten() int64 { return w.written }

var (
	_ viewer.ResponseWriter = (*response)(nil)
	_ viewer.FileSender     = (*response)(nil)
)
