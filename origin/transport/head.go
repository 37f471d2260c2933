package transport

import (
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/origin"
)

const (
	// maxHead bounds status line, fields and empty line of one response
	// (CF-SIZE-06).
	maxHead = 32768
	// maxInformational bounds the 1xx responses before the final one; the
	// number is ours.
	maxInformational = 8
	// spareFields is the room for what is added on the way to a viewer.
	spareFields = 6
)

// A head is the parsed beginning of a final response.
type head struct {
	status int
	minor  int // of the version, 0 or 1
	fields field.Lines
	// length is Content-Length, -1 without one; chunked overrides it.
	length  int64
	chunked bool
	close   bool // Connection says so
	keep    bool // Connection says so
	// bodiless: no content follows whatever the fields say (RFC 9112
	// section 6.3, first two rules).
	bodiless bool
	// ambiguous: both Content-Length and Transfer-Encoding came (CF-RESP-49).
	ambiguous bool
}

// readResponse reads up to the end of the final response's head, into h. What
// comes before it goes to r.Interim: at most one 100 (CF-RESP-24) and a few
// other informational responses, Early Hints among them (RFC 9110 section
// 15.2). 101 is final, and only for who has asked for it (CF-RESP-25).
func (c *conn) readResponse(h *head, r *origin.Request) error {
	for seen100, n := false, 0; ; n++ {
		text, err := c.readHead()
		if err == nil {
			err = h.parse(text)
		}
		switch {
		case err != nil:
			return err
		case h.status >= 200:
			h.bodiless = r.Method == "HEAD" || h.status == 204 || h.status == 304
			return h.checkPart()
		case h.status == 101:
			return h.checkUpgrade(r.Upgrade)
		case h.status == 100 && seen100, n == maxInformational:
			return invalid("too many informational responses")
		}
		seen100 = seen100 || h.status == 100
		if r.Interim != nil {
			origin.RemoveHopByHop(&h.fields)
			r.Interim(h.status, h.fields)
			h.fields = nil // they are whose they were given to
		}
	}
}

// checkUpgrade refuses a change to another protocol than the one that was
// asked for (RFC 9110 section 7.8).
func (h *head) checkUpgrade(protocol string) error {
	if protocol == "" {
		return invalid("101 response that nobody asked for")
	}
	if got := h.fields.Joined("Upgrade"); !strings.EqualFold(got, protocol) {
		return invalid("101 response for %q, not for %q", clip(got), protocol)
	}
	return nil
}

// checkPart refuses a single part whose Content-Length is not the length that
// its Content-Range says (CF-LDT-15). What Content-Range says otherwise is the
// viewer's to judge.
func (h *head) checkPart() error {
	value, isBytes := strings.CutPrefix(h.fields.Get("Content-Range"), "bytes ")
	if h.status != 206 || h.chunked || h.length < 0 || !isBytes {
		return nil
	}
	span, _, _ := strings.Cut(value, "/")
	first, last, _ := strings.Cut(span, "-")
	from, err := parseLength(first)
	to, err2 := parseLength(last)
	if err == nil && err2 == nil && to-from+1 == h.length {
		return nil
	}
	return &badResponse{origin.ErrorContentRange, "Content-Range " + strconv.Quote(clip(value)) + " with Content-Length " + strconv.FormatInt(h.length, 10)}
}

var errHeadTooBig = &badResponse{origin.ErrorHeaderTooBig, "header section is larger than 32768 bytes"}

// startsLikeHTTP lets garbage be refused before it has a line end.
func startsLikeHTTP(b []byte) bool {
	const p = "HTTP/1."
	n := min(len(b), len(p))
	return string(b[:n]) == p[:n]
}

func clip(s string) string { return s[:min(len(s), 40)] }

// parse parses a status line and field lines, each ended by CRLF (RFC 9112
// sections 4 and 5), into h, whose fields are parts of text. Folded lines,
// blanks around names, and control characters are refused.
func (h *head) parse(text string) error {
	line, rest, ok := cutLine(text)
	if !ok {
		return invalid("bad line end in status line %q", clip(text))
	}
	*h = head{length: -1, fields: h.fields[:0]}
	if err := h.parseStatus(line); err != nil {
		return err
	}
	if n := strings.Count(rest, "\n") + spareFields; cap(h.fields) < n {
		h.fields = make(field.Lines, 0, n)
	}
	for rest != "" {
		colon := field.NameEnd(rest)
		if colon == 0 || colon == len(rest) || rest[colon] != ':' {
			return invalid("bad field line %q", clip(rest))
		}
		end := colon + 1 + field.ValueEnd(rest[colon+1:])
		if !strings.HasPrefix(rest[end:], "\r\n") {
			return invalid("bad field line %q", clip(rest))
		}
		h.fields = append(h.fields, field.Line{Name: rest[:colon], Value: field.TrimSpace(rest[colon+1 : end])})
		rest = rest[end+2:]
	}
	return h.frame()
}

// cutLine splits after the first CRLF; a CR or LF by itself is not ok.
func cutLine(s string) (line, rest string, ok bool) {
	line, rest, _ = strings.Cut(s, "\n")
	line, ok = strings.CutSuffix(line, "\r")
	return line, rest, ok && strings.IndexByte(line, '\r') < 0
}

// parseStatus parses "HTTP/1.1 200 OK"; the reason phrase may be missing with
// its space.
func (h *head) parseStatus(line string) error {
	const prefix = "HTTP/1."
	ok := len(line) >= len("HTTP/1.1 200") && strings.HasPrefix(line, prefix) &&
		isDigit(line[7]) && line[8] == ' ' &&
		isDigit(line[9]) && isDigit(line[10]) && isDigit(line[11]) &&
		(len(line) == 12 || line[12] == ' ') && field.ValidValue(strings.TrimSpace(line[12:]))
	if !ok {
		return invalid("bad status line %q", clip(line))
	}
	h.minor = min(1, int(line[7]-'0'))
	h.status = int(line[9]-'0')*100 + int(line[10]-'0')*10 + int(line[11]-'0')
	if h.status < 100 {
		return invalid("bad status %d", h.status)
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// frame reads the fields that are about this connection, and decides how the
// content is delimited (RFC 9112 section 6.3). Only chunked is supported as
// transfer coding, once and alone (CF-RESP-47); it wins over Content-Length,
// which is dropped (CF-RESP-49). Repeated Content-Lengths must agree.
func (h *head) frame() error {
	coding, coded := "", false
	for i := range h.fields {
		l := &h.fields[i]
		switch {
		case len(l.Name) == len("Content-Length") && field.EqualName(l.Name, "Content-Length"):
			n, err := parseLength(l.Value)
			if err != nil || h.length >= 0 && h.length != n {
				return invalid("bad or differing Content-Length %q", clip(l.Value))
			}
			h.length = n
		case len(l.Name) == len("Transfer-Encoding") && field.EqualName(l.Name, "Transfer-Encoding"):
			if coded && l.Value != coding {
				return invalid("several transfer codings")
			}
			coding, coded = l.Value, true
		case len(l.Name) == len("Connection") && field.EqualName(l.Name, "Connection"):
			for option := range field.Elements(l.Value) {
				h.close = h.close || strings.EqualFold(option, "close")
				h.keep = h.keep || strings.EqualFold(option, "keep-alive")
			}
		}
	}
	if !coded {
		return nil
	}
	if h.minor == 0 || !strings.EqualFold(coding, "chunked") {
		return invalid("unsupported transfer coding %q", clip(coding))
	}
	h.chunked, h.ambiguous, h.length = true, h.length >= 0, -1
	h.fields.Del("Content-Length")
	return nil
}

// parseLength parses 1*DIGIT of at most 18 digits. A list of equal numbers,
// which some servers send, is one number (RFC 9110 section 8.6).
func parseLength(s string) (int64, error) {
	first, rest, more := strings.Cut(s, ",")
	first = field.TrimSpace(first)
	n, ok := field.ParseLength(first)
	if !ok || len(first) > 18 {
		return 0, strconv.ErrSyntax
	}
	if !more {
		return n, nil
	}
	again, err := parseLength(rest)
	if err != nil || again != n {
		return 0, strconv.ErrSyntax
	}
	return n, nil
}

// keepAlive reports whether the connection may carry another request once
// the content has been read.
func (h *head) keepAlive() bool {
	if h.close || h.ambiguous || h.length < 0 && !h.chunked && !h.bodiless {
		return false
	}
	return h.keep || h.minor >= 1
}

// framing returns how the content is delimited.
func (h *head) framing() framing {
	switch {
	case h.bodiless:
		return framingNone
	case h.chunked:
		return framingChunked
	case h.length >= 0:
		return framingLength
	}
	return framingClose
}
