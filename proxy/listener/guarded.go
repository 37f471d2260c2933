package listener

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// A Malformed is a request that was refused before it had a handler: no
// distribution is known for it, so it appears in no access log (CF-SIZE-10).
type Malformed struct {
	Remote string
	Status int    // as answered: 400, 494
	Reason string // "missing required Host header", as far as known
}

// A guarded connection watches what net/http writes. Its HTTP/1 parser
// answers some requests by itself, with a text that says what server this
// is; such a write is recognised by its exact form, while no handler is
// answering, and replaced by a page of ours.
type guarded struct {
	net.Conn
	server *Server
	secure *tls.Conn // the same connection, nil without TLS
	// answering is set from the call of the handler until its response has
	// been flushed, so that no response is ever mistaken for a canned one.
	answering atomic.Bool
}

func (s *Server) guard(c net.Conn, secure *tls.Conn) *guarded {
	return &guarded{Conn: c, server: s, secure: secure}
}

// cannedFields ends the head of each canned answer.
const cannedFields = "\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"

// Write passes p on, unless it is a canned answer.
func (g *guarded) Write(p []byte) (int, error) {
	if g.answering.Load() {
		return g.Conn.Write(p)
	}
	status, reason, canned := cannedAnswer(p)
	if !canned {
		return g.Conn.Write(p)
	}
	if err := g.refuse(status, reason); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ReadFrom passes content on: a canned answer does not come from a reader.
func (g *guarded) ReadFrom(r io.Reader) (int64, error) {
	if conn, ok := g.Conn.(io.ReaderFrom); ok && g.answering.Load() {
		return conn.ReadFrom(r)
	}
	return io.Copy(struct{ io.Writer }{g}, r)
}

// cannedAnswer recognises net/http's own answers: 400, 431, 501 and 505 with
// a text, and the empty 417.
func cannedAnswer(p []byte) (status int, reason string, canned bool) {
	const version = "HTTP/1.1 "
	if !bytes.HasPrefix(p, []byte(version)) || len(p) < len(version)+3 {
		return 0, "", false
	}
	status, err := strconv.Atoi(string(p[len(version) : len(version)+3]))
	head, text, found := bytes.Cut(p, []byte(cannedFields))
	switch {
	case err != nil:
		return 0, "", false
	case status == http.StatusExpectationFailed:
		return status, "unknown expectation", true
	case !found || bytes.Contains(head, []byte("\r\n")):
		return 0, "", false
	}
	if _, after, ok := strings.Cut(string(text), ": "); ok {
		return status, after, true
	}
	return status, string(text), true
}

// refuse answers with a page and tells the log. The statuses are
// CloudFront's: 494 for a head that is too large (CF-ERR-14), else 400
// (CF-ERR-01).
func (g *guarded) refuse(status int, reason string) error {
	if status == http.StatusRequestHeaderFieldsTooLarge {
		status = 494
	} else {
		status = http.StatusBadRequest
	}
	g.server.malformed(g.RemoteAddr().String(), status, reason)
	_, err := g.Conn.Write(g.server.rawPage(status))
	return err
}

func (s *Server) malformed(remote string, status int, reason string) {
	s.opts.Logger.Info("malformed request", "remote", remote, "status", status, "reason", reason)
	if s.opts.OnMalformed != nil {
		s.opts.OnMalformed(Malformed{remote, status, reason})
	}
}

// rawPage returns the page as a whole HTTP/1.1 response that ends its
// connection.
func (s *Server) rawPage(status int) []byte {
	fields, content := s.opts.Page(status)
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) + "\r\n")
	for _, l := range fields {
		if !framing(l.Name) {
			b.WriteString(l.Name + ": " + l.Value + "\r\n")
		}
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(content)) + "\r\nConnection: close\r\n\r\n")
	b.Write(content)
	return b.Bytes()
}
