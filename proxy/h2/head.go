package h2

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A head is a decoded header block on its way to a request. Its strings are
// views of the input, of the HPACK table and of text; its memory is reused from
// one block to the next.
type head struct {
	limit int // of size
	most  int // of count

	fields    field.Lines
	marks     viewer.Marks
	size      int // as RFC 9113 section 6.5.2 counts
	count     int // of fields, each of several Cookie fields for itself
	lineBytes int // of the fields, as HTTP/1.1 lines
	problem   string
	tooLarge  bool

	seen                                            uint32 // the kinds, by bit
	regular                                         bool   // a field that is no pseudo-field came
	method, scheme, authority, path, protocol, host string
	length                                          int64 // Content-Length, -1 without
	hostAt                                          int   // how many fields came before Host
	cookie                                          int   // where in fields it is
	cookies                                         []byte
	expects                                         bool // 100-continue
	surprises                                       bool // expects what we do not know
	priority                                        priority

	text []byte // what was Huffman coded
}

// maxKeptText and maxKeptFields are how much memory of a head is kept.
const (
	maxKeptText   = 16 << 10
	maxKeptFields = 128
)

func (h *head) reset(limit, most int) {
	fields, cookies, text := h.fields[:0], h.cookies[:0], h.text[:0]
	*h = head{limit: limit, most: most, fields: fields, cookies: cookies, text: text, length: -1}
}

// trim gives back memory that only an unusual request needs, and all views.
func (h *head) trim() {
	h.reset(0, 0)
	if cap(h.fields) > maxKeptFields {
		h.fields = nil
	}
	if cap(h.text) > maxKeptText {
		h.text = nil
	}
	if cap(h.cookies) > maxKeptText {
		h.cookies = nil
	}
}

func (h *head) has(k kind) bool { return h.seen&(1<<k) != 0 }

// malformed notes what is wrong with the message, if nothing was before.
func (h *head) malformed(what string) {
	if h.problem == "" {
		h.problem = what
	}
}

// add takes the next field of the block (RFC 9113 sections 8.2 and 8.3).
//
// Hot path: no allocation once fields has room.
func (h *head) add(name, value string, c class) {
	h.size += len(name) + len(value) + entryOverhead
	if !c.kind.isPseudo() {
		h.count++
	}
	if h.size > h.limit || h.count > h.most { // reliability H12
		h.tooLarge = true
		return
	}
	if c.bad {
		h.malformed("invalid value of " + c.kind.String())
		return
	}
	if c.kind == kindRegular {
		h.regular = true
		h.line(name, value, c)
		return
	}
	h.special(name, value, c)
}

func (h *head) line(name, value string, c class) {
	h.marks |= c.marks
	h.lineBytes += len(name) + len(value) + len(": \r\n")
	h.fields = append(h.fields, field.Line{Name: name, Value: value})
}

// special takes a field that means something to the engine.
func (h *head) special(name, value string, c class) {
	again := h.has(c.kind)
	h.seen |= 1 << c.kind
	switch c.kind {
	case kindMethod, kindScheme, kindAuthority, kindPath, kindProtocol:
		if again {
			h.malformed("repeated pseudo-field")
		}
		if h.regular {
			h.malformed("pseudo-field after a field")
		}
		h.pseudo(value, c.kind)
		return
	case kindConnection, kindUnknown, kindInvalid:
		h.malformed(c.kind.String())
		return
	}
	h.regular = true
	switch c.kind {
	case kindHost:
		if again {
			h.malformed("more than one Host field")
		}
		h.host, h.hostAt = value, len(h.fields)
		return
	case kindCookie:
		if again {
			h.joinCookie(value)
			return
		}
		h.cookie = len(h.fields)
	case kindContentLength:
		n, ok := field.ParseLength(value)
		if again || !ok {
			h.malformed("bad Content-Length")
		}
		h.length = n
	case kindExpect:
		h.expects = field.EqualName(value, "100-continue")
		h.surprises = h.surprises || !h.expects
	case kindPriority:
		h.priority = parsePriority(value)
	}
	h.line(name, value, c)
}

func (h *head) pseudo(value string, k kind) {
	switch k {
	case kindMethod:
		h.method = value
	case kindScheme:
		h.scheme = value
	case kindAuthority:
		h.authority = value
	case kindPath:
		h.path = value
	case kindProtocol:
		h.protocol = value
	}
}

// joinCookie joins what a viewer has split for the sake of compression (RFC
// 9113 section 8.2.3, CF-REQ-21).
func (h *head) joinCookie(value string) {
	l := &h.fields[h.cookie]
	if len(h.cookies) == 0 {
		h.cookies = append(h.cookies, l.Value...)
	}
	h.cookies = append(h.cookies, "; "...)
	h.cookies = append(h.cookies, value...)
	l.Value = view(h.cookies)
	h.lineBytes += len(value) + len("; ")
}

const pseudoFields = 1<<kindMethod | 1<<kindScheme | 1<<kindAuthority | 1<<kindPath | 1<<kindProtocol

// checkTrailers looks at the fields behind a request's content (RFC 9113
// section 8.1).
func (h *head) checkTrailers() {
	if h.seen&pseudoFields != 0 {
		h.malformed("pseudo-field behind the content")
	}
	if h.has(kindContentLength) {
		h.malformed("Content-Length behind the content")
	}
}

// checkRequest looks at what the pseudo-fields are together (RFC 9113 section
// 8.3.1, RFC 8441 section 4).
func (h *head) checkRequest(extended, ended bool) {
	connect := h.method == "CONNECT"
	switch {
	case !h.has(kindMethod):
		h.malformed("no :method")
	case h.has(kindProtocol) && (!connect || !extended):
		h.malformed("unexpected :protocol")
	case connect && !h.has(kindProtocol):
		if h.has(kindScheme) || h.has(kindPath) || h.authority == "" {
			h.malformed("malformed CONNECT")
		}
	case h.scheme == "" || h.path == "":
		h.malformed("no :scheme or no :path")
	case h.path[0] != '/' && (h.path != "*" || h.method != "OPTIONS"):
		h.malformed("malformed :path")
	case connect && h.authority == "":
		h.malformed("malformed CONNECT")
	}
	if h.has(kindAuthority) && h.has(kindHost) && !field.EqualName(h.authority, h.host) {
		h.malformed(":authority and Host differ")
	}
	if ended && h.length > 0 {
		h.malformed("content shorter than Content-Length")
	}
}

// refuse returns why the request gets a page instead of an answer, "" for most:
// it is well-formed, but not one that any resource could answer.
func (h *head) refuse() string {
	switch {
	case strings.IndexByte(h.path, '#') >= 0:
		return "fragment in the request target" // CF-KEY-22
	case h.has(kindScheme) && !field.EqualName(h.scheme, "http") && !field.EqualName(h.scheme, "https"):
		return "bad request target"
	case h.authority == "" && h.host == "":
		return "missing required Host header"
	case !viewer.ValidHost(h.authority) || !viewer.ValidHost(h.host):
		return "malformed Host field"
	case h.surprises:
		return "unknown expectation"
	}
	return ""
}

// fill makes a request of h. What is the connection's is in r already.
func (h *head) fill(r *viewer.Request) {
	r.Method, r.Fields, r.Marks = h.method, h.fields, h.marks
	r.Tried, r.Note = false, nil
	if r.Host, r.HostAt = h.authority, 0; r.Host == "" {
		r.Host, r.HostAt = h.host, h.hostAt
	}
	target := h.path
	r.Upgrade = ""
	switch {
	case h.protocol != "":
		// What follows knows WebSocket by the form it has in HTTP/1.1.
		r.Method, r.Upgrade = "GET", strings.ToLower(h.protocol)
	case h.method == "CONNECT":
		target = "/" // the method is refused where methods are known
	}
	r.Path, r.Query, r.HasQuery = target, "", false
	if at := strings.IndexByte(target, '?'); at >= 0 {
		r.Path, r.Query, r.HasQuery = target[:at], target[at+1:], true
	}
	r.HeadBytes = len(r.Method) + len(target) + len("  HTTP/1.1\r\n") + len("Host: \r\n") + len(r.Host) + h.lineBytes + len("\r\n")
	r.Body, r.ContentLength = nil, 0
}
