package h1

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// A framing is how a request's content is delimited and what becomes of the
// connection.
type framing struct {
	length    int64 // of the content, -1 if it comes in chunks
	keep      bool  // the viewer lets the connection go on
	continues bool  // it waits for 100 before it sends content
	upgrade   string
}

// frame settles the framing (RFC 9112 sections 6 and 9).
func (h *Head) frame() (f framing, refusal Refusal) {
	f.keep = h.Proto != viewer.ProtoHTTP10
	if h.Marks&(viewer.MarkFraming|viewer.MarkConnection|viewer.MarkUpgrade|viewer.MarkExpect) == 0 {
		return f, ""
	}
	if f.length, refusal = h.contentLength(); refusal != "" {
		return f, refusal
	}
	wantsUpgrade, closes := false, false
	for i := range h.Fields {
		l := &h.Fields[i]
		switch {
		case field.EqualName(l.Name, "Connection"):
			for option := range field.Elements(l.Value) {
				closes = closes || field.EqualName(option, "close")
				f.keep = f.keep || field.EqualName(option, "keep-alive")
				wantsUpgrade = wantsUpgrade || field.EqualName(option, "upgrade")
			}
		case field.EqualName(l.Name, "Expect"):
			switch {
			case !field.EqualName(l.Value, "100-continue"):
				return f, "unknown expectation"
			case h.Proto != viewer.ProtoHTTP10: // RFC 9110 section 10.1.1
				f.continues = f.length != 0
			}
		}
	}
	f.keep = f.keep && !closes
	if wantsUpgrade {
		f.upgrade = h.upgrade(f.length)
	}
	return f, ""
}

// upgrade returns the protocol that a GET without content asks to go on with,
// "" if it names none or several: such a request is answered as if it had not
// asked (RFC 9110 section 7.8).
func (h *Head) upgrade(length int64) string {
	value := h.Fields.Joined("Upgrade")
	if h.Method != "GET" || length != 0 || h.Proto == viewer.ProtoHTTP10 || value == "" || !field.ValidName(value) {
		return ""
	}
	return strings.ToLower(value)
}

// contentLength returns the length of the content, -1 for chunks (RFC 9112
// section 6.3). It refuses what two recipients could understand differently.
func (h *Head) contentLength() (int64, Refusal) {
	var length int64
	var lengths, codings int
	for i := range h.Fields {
		l := &h.Fields[i]
		switch {
		case field.EqualName(l.Name, "Content-Length"):
			lengths++
			n, ok := field.ParseLength(l.Value)
			if !ok {
				return 0, "malformed Content-Length"
			}
			length = n
		case field.EqualName(l.Name, "Transfer-Encoding"):
			codings++
			if !field.EqualName(l.Value, "chunked") {
				return 0, "unsupported transfer coding"
			}
		}
	}
	switch {
	case codings > 1:
		return 0, "unsupported transfer coding"
	case codings == 1 && lengths > 0:
		return 0, "Content-Length beside Transfer-Encoding"
	case codings == 1 && h.Proto == viewer.ProtoHTTP10:
		return 0, "Transfer-Encoding in HTTP/1.0"
	case codings == 1:
		return -1, ""
	case lengths > 1:
		return 0, "more than one Content-Length"
	}
	return length, ""
}
