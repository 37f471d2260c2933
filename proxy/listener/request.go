package listener

import (
	"net/http"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// fillRequest makes a viewer.Request of net/http's. r.RequestURI has the
// target byte for byte. It returns why the request is malformed, or "".
func fillRequest(out *viewer.Request, r *http.Request, p *peer) (malformed string) {
	fields := out.Fields[:0]
	*out = viewer.Request{
		Method: r.Method, Host: r.Host, Scheme: "http", Proto: protoOf(r),
		Remote: p.remote, Local: p.local, TLS: p.tls,
		ContentLength: r.ContentLength,
	}
	if p.tls != nil {
		out.Scheme = "https"
	}
	if r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody {
		out.Body = r.Body
	}
	out.Fields = appendFields(fields, r.Header)
	out.HeadBytes = headBytes(r, out.Fields)
	return setTarget(out, r.RequestURI)
}

// setTarget splits the request target. The authority of the absolute form is
// in r.Host already (RFC 9112 section 3.2.2).
func setTarget(out *viewer.Request, target string) (malformed string) {
	if strings.Contains(target, "#") {
		return "fragment in the request target" // CF-KEY-22
	}
	switch {
	case out.Method == http.MethodConnect:
		target = "/" // the method is refused where methods are known
	case target == "*":
	case !strings.HasPrefix(target, "/"):
		scheme, rest, _ := strings.Cut(target, "://")
		end := strings.IndexAny(rest, "/?")
		if end < 0 {
			rest, end = rest+"/", len(rest)
		}
		if !isHTTP(scheme) || strings.Contains(rest[:end], "@") {
			return "bad request target"
		}
		if target = rest[end:]; target[0] == '?' {
			target = "/" + target
		}
	}
	out.Path, out.Query, out.HasQuery = strings.Cut(target, "?")
	return ""
}

// isHTTP reports whether scheme is one we serve resources of.
func isHTTP(scheme string) bool {
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// appendFields appends the header map in the order of its names.
func appendFields(dst field.Lines, h http.Header) field.Lines {
	var array [32]string
	names := array[:0]
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			dst = append(dst, field.Line{Name: name, Value: value})
		}
	}
	return dst
}

// headBytes is the size that request line and header section have in
// HTTP/1.1 (CF-SIZE-01).
func headBytes(r *http.Request, fields field.Lines) int {
	n := len(r.Method) + len(r.RequestURI) + len("  HTTP/1.1\r\n") + len("\r\n")
	if r.Host != "" {
		n += len("Host: \r\n") + len(r.Host)
	}
	for _, l := range fields {
		n += len(l.Name) + len(l.Value) + len(": \r\n")
	}
	return n
}

func protoOf(r *http.Request) viewer.Proto {
	switch {
	case r.ProtoMajor == 2:
		return viewer.ProtoHTTP2
	case r.ProtoAtLeast(1, 1):
		return viewer.ProtoHTTP11
	}
	return viewer.ProtoHTTP10
}
