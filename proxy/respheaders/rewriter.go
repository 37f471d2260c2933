package respheaders

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
)

// ErrPolicy is the kind of every error of New.
var ErrPolicy = errors.New("invalid response headers policy")

// A Rewriter is a compiled Policy. It is immutable; a nil *Rewriter changes
// nothing.
type Rewriter struct {
	remove      []string
	hidesServer bool // Server is among them, and becomes the edge's own (CF-RHP-06)
	setsDate    bool // and Date
	cors        *cors
	add         []Header // security, then custom (CF-RHP-02)
	timing      *ServerTiming
	ready       readyOrigins
}

// A Request is what a policy reads of the viewer's request.
type Request struct {
	Method         string
	Origin         string // the Origin field; empty: not a CORS request (CF-CORS-02)
	RequestMethod  string // Access-Control-Request-Method
	RequestHeaders string // Access-Control-Request-Headers
	// Now is the time. As a date it takes the place of the origin's when the
	// policy removes Date (CF-RHP-06).
	Now time.Time
}

// RequestOf reads a Request out of the viewer's fields.
func RequestOf(method string, fields field.Lines, now time.Time) Request {
	return Request{
		Method:         method,
		Origin:         fields.Get("Origin"),
		RequestMethod:  fields.Get("Access-Control-Request-Method"),
		RequestHeaders: fields.Joined("Access-Control-Request-Headers"),
		Now:            now,
	}
}

// IsPreflight reports whether the request is a CORS preflight (CF-CORS-04).
func (r Request) IsPreflight() bool {
	return r.Method == "OPTIONS" && r.Origin != "" && r.RequestMethod != ""
}

// New checks and compiles a policy. The error wraps ErrPolicy.
func New(p Policy) (*Rewriter, error) {
	rw := &Rewriter{}
	if t := p.ServerTiming; t != nil {
		if t.SamplingRate > million {
			return nil, fmt.Errorf("%w: %d of a million responses", ErrPolicy, t.SamplingRate)
		}
		timing := *t
		rw.timing = &timing
	}
	for _, name := range p.Remove {
		if !removable(name) {
			return nil, fmt.Errorf("%w: %s cannot be removed", ErrPolicy, name)
		}
		rw.remove = append(rw.remove, name)
		rw.hidesServer = rw.hidesServer || field.EqualName(name, "Server") && !p.adds(name)
		rw.setsDate = rw.setsDate || field.EqualName(name, "Date") && !p.adds(name)
	}
	if p.CORS != nil {
		c, err := newCORS(*p.CORS, p.Choices)
		if err != nil {
			return nil, err
		}
		rw.cors = c
	}
	rw.add = append(securityHeaders(p.Security), p.Custom...)
	rw.ready = rw.readyOrigins(p)
	return rw, nil
}

// Apply changes the fields of one response in place. The fields must not be
// shared with the cache. It removes first and adds afterwards, so that a
// field on both lists ends up added (CF-RHP-02).
func (rw *Rewriter) Apply(fields *field.Lines, r Request) {
	if rw == nil {
		return
	}
	rw.applyRemove(fields, r)
	if rw.cors != nil && r.Origin != "" {
		rw.cors.apply(fields, r)
	}
	if rw.hidesServer {
		replace(fields, "Server", "CloudFront") // CF-RHP-06
	}
	for _, h := range rw.add {
		if h.Override || !fields.Has(h.Name) {
			replace(fields, h.Name, h.Value)
		}
	}
}

// SetsDate reports whether responses carry the time at which they are sent as
// their Date (CF-RHP-06).
func (rw *Rewriter) SetsDate() bool { return rw != nil && rw.setsDate }

// Strip removes the fields of the remove list and adds nothing: an interim
// response must not tell what the final one hides.
func (rw *Rewriter) Strip(fields *field.Lines) {
	if rw == nil {
		return
	}
	for _, name := range rw.remove {
		fields.Del(name)
	}
}

// applyRemove drops the fields of the remove list. Server and Date become the edge's
// own instead, Server later, unless the policy adds one.
func (rw *Rewriter) applyRemove(fields *field.Lines, r Request) {
	for _, name := range rw.remove {
		switch {
		case rw.hidesServer && field.EqualName(name, "Server"):
		case rw.setsDate && field.EqualName(name, "Date"):
			fields.Set("Date", cachecontrol.FormatDate(r.Now))
		default:
			fields.Del(name)
		}
	}
}

// replace puts a field in place of those of its name: behind all others, so that
// what a stored response and a policy bring can be told apart, unless it is
// there already.
func replace(fields *field.Lines, name, value string) {
	count, same := 0, false
	for _, l := range *fields {
		if field.EqualName(l.Name, name) {
			if count++; count == 1 {
				name, same = l.Name, l.Value == value // spelled as the origin does
			}
		}
	}
	if count == 1 && same {
		return
	}
	fields.Del(name)
	fields.Add(name, value)
}

// removable reports whether a policy may remove the field (CF-RHP-07).
func removable(name string) bool {
	for _, kept := range notRemovable {
		if prefix, isPrefix := strings.CutSuffix(kept, "*"); isPrefix {
			if len(name) >= len(prefix) && field.EqualName(name[:len(prefix)], prefix) {
				return false
			}
		} else if field.EqualName(name, kept) {
			return false
		}
	}
	return name != ""
}

// notRemovable is the list of CF-RHP-07; a star stands for any ending.
var notRemovable = []string{
	"Connection", "Content-Encoding", "Content-Length", "Expect", "Host", "Keep-Alive",
	"Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Trailer",
	"Transfer-Encoding", "Upgrade", "Via", "Warning",
	"X-Accel-Buffering", "X-Accel-Charset", "X-Accel-Limit-Rate", "X-Accel-Redirect",
	"X-Amz-Cf-*", "X-Amzn-Auth", "X-Amzn-Cf-Billing", "X-Amzn-Cf-Id", "X-Amzn-Cf-Xff",
	"X-Amzn-ErrorType", "X-Amzn-Fle-Profile", "X-Amzn-Header-Count", "X-Amzn-Header-Order",
	"X-Amzn-Lambda-Integration-Tag", "X-Amzn-RequestId", "X-Cache", "X-Edge-*",
	"X-Forwarded-Proto", "X-Real-Ip",
}
