package h1

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A Head is a parsed request head. Its strings are views of what was parsed.
// Its memory is reused from one Parse to the next.
type Head struct {
	Method, Target string
	Proto          viewer.Proto
	Host           string
	Fields         field.Lines // all but Host
	Marks          viewer.Marks
	Size           int // in bytes, the blank line included

	// MaxFields bounds the field lines, Host among them; 0 means any number.
	MaxFields int

	hosts  int
	hostAt int // how many fields came before Host
}

// A Refusal says why a request is malformed. It is "" for none.
type Refusal string

// Parse reads the request head in front of in and returns its size, or 0 with
// a Refusal, or 0 without one if in ends before the head does: then in is
// well-formed up to its last complete line.
//
// It looks at syntax alone; Frame and Route judge what the fields mean.
//
// Hot path, BenchmarkParse: no allocation once Fields has room.
func (h *Head) Parse(in string) (int, Refusal) {
	h.reset()
	at, refusal := h.parseRequestLine(in)
	if at == 0 {
		return 0, refusal
	}
	return h.parseFields(in, at)
}

func (h *Head) reset() {
	*h = Head{Fields: h.Fields[:0], Proto: viewer.ProtoHTTP11, MaxFields: h.MaxFields}
}

// tooMany is the refusal of a head with more than MaxFields.
const tooMany Refusal = "too many header fields"

// overfull reports whether there are more fields than there may be (reliability H12).
func (h *Head) overfull() bool { return h.MaxFields > 0 && len(h.Fields)+h.hosts > h.MaxFields }

// parseFields reads the field section that begins at at, and returns where it
// ends.
func (h *Head) parseFields(in string, at int) (int, Refusal) {
	for at < len(in) {
		if in[at] == '\r' {
			return h.parseEnd(in, at)
		}
		next, refusal := h.parseField(in, at)
		if next == 0 {
			return 0, refusal
		}
		at = next
	}
	return 0, ""
}

// parseEnd reads the blank line.
func (h *Head) parseEnd(in string, at int) (int, Refusal) {
	switch {
	case at+1 == len(in):
		return 0, ""
	case in[at+1] != '\n':
		return 0, "bare CR"
	}
	h.Size = at + 2
	return h.Size, ""
}

// parseRequestLine reads "method SP target SP HTTP/1.x CRLF" (RFC 9112 section
// 3). An empty line before it is skipped (section 2.2).
func (h *Head) parseRequestLine(in string) (int, Refusal) {
	at := 0
	if strings.HasPrefix(in, "\r\n") {
		at = 2
	} else if in == "\r" {
		return 0, ""
	}
	begin := at
	for at < len(in) && token[in[at]] {
		at++
	}
	if at == len(in) {
		return 0, ""
	}
	if at == begin || in[at] != ' ' {
		return 0, "malformed request line"
	}
	h.Method = in[begin:at]
	at++
	begin = at
	for at < len(in) && in[at] > ' ' && in[at] != 0x7f {
		at++
	}
	if at == len(in) {
		return 0, ""
	}
	if at == begin || in[at] != ' ' {
		return 0, "malformed request line"
	}
	h.Target = in[begin:at]
	return h.parseVersion(in, at+1)
}

// parseVersion reads "HTTP/1.x CRLF".
func (h *Head) parseVersion(in string, at int) (int, Refusal) {
	const form = "HTTP/1.1\r\n"
	rest := in[at:]
	if strings.HasPrefix(rest, form) {
		h.Proto = viewer.ProtoHTTP11
		return at + len(form), ""
	}
	switch n := min(len(rest), len("HTTP/1.")); {
	case rest[:n] != form[:n]:
		return 0, "unsupported HTTP version"
	case len(rest) < len(form):
		return 0, ""
	case rest[7] < '0' || rest[7] > '9' || rest[8:10] != "\r\n":
		return 0, "malformed request line"
	}
	h.Proto = viewer.ProtoHTTP11 // a later minor version is understood as 1.1 (RFC 9110 section 2.5)
	if rest[7] == '0' {
		h.Proto = viewer.ProtoHTTP10
	}
	return at + len(form), ""
}

// parseField reads one field line and returns where the next one begins.
func (h *Head) parseField(in string, at int) (int, Refusal) {
	begin := at
	for at < len(in) && token[in[at]] {
		at++
	}
	switch {
	case at == len(in):
		return 0, ""
	case in[at] != ':' || at == begin:
		return 0, badFieldName(in, begin, at)
	}
	name := in[begin:at]
	at++
	for at < len(in) && (in[at] == ' ' || in[at] == '\t') {
		at++
	}
	begin = at
	at = valueEnd(in, at)
	switch {
	case at+1 >= len(in) && (at == len(in) || in[at] == '\r'):
		return 0, ""
	case in[at] == '\n':
		return 0, "bare LF"
	case in[at] != '\r':
		return 0, "control character in a field value"
	case in[at+1] != '\n':
		return 0, "bare CR"
	}
	h.add(name, trimRight(in[begin:at]))
	if h.overfull() {
		return 0, tooMany
	}
	return at + 2, ""
}

// badFieldName says what is wrong where a name should have ended.
func badFieldName(in string, begin, at int) Refusal {
	switch c := in[at]; {
	case at == begin && (c == ' ' || c == '\t'):
		return "folded field line"
	case c == ' ' || c == '\t':
		return "space before the colon of a field"
	case c == '\n':
		return "bare LF"
	case c == '\r':
		return "field line without a colon"
	}
	return "invalid field name"
}

func trimRight(s string) string {
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

func (h *Head) add(name, value string) {
	mark := viewer.MarkOf(name)
	if mark == viewer.MarkHost {
		h.Host, h.hostAt = value, len(h.Fields)
		h.hosts++
		return
	}
	h.Marks |= mark
	h.Fields = append(h.Fields, field.Line{Name: name, Value: value})
}
