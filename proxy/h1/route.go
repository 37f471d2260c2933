package h1

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// route settles which resource the request is for (RFC 9112 section 3.2): it
// fills Host, HostAt, Path, Query and HasQuery of r.
func (h *Head) route(r *viewer.Request) Refusal {
	switch {
	case h.hosts > 1:
		return "more than one Host field"
	case h.hosts == 0 && h.Proto != viewer.ProtoHTTP10:
		return "no Host field"
	case !viewer.ValidHost(h.Host):
		return "malformed Host field"
	case strings.IndexByte(h.Target, '#') >= 0:
		return "fragment in the request target" // CF-KEY-22
	}
	r.Host, r.HostAt = h.Host, h.hostAt
	target := h.Target
	switch {
	case target[0] == '/':
	case h.Method == "CONNECT":
		target = "/" // the method is refused where methods are known
	case target == "*":
	default:
		authority, rest, ok := cutAbsolute(target)
		if !ok {
			return "bad request target"
		}
		r.Host, target = authority, rest // in place of Host (section 3.2.2)
	}
	r.Path, r.Query, r.HasQuery = strings.Cut(target, "?")
	return ""
}

// cutAbsolute takes the absolute form apart.
func cutAbsolute(target string) (authority, rest string, ok bool) {
	scheme, after, ok := strings.Cut(target, "://")
	if !ok || !field.EqualName(scheme, "http") && !field.EqualName(scheme, "https") {
		return "", "", false
	}
	end := strings.IndexAny(after, "/?")
	if end < 0 {
		end = len(after)
	}
	authority, rest = after[:end], after[end:]
	if rest == "" || rest[0] == '?' {
		rest = "/" + rest
	}
	return authority, rest, authority != "" && viewer.ValidHost(authority)
}
