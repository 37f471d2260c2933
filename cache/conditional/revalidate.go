package conditional

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Validators are the origin's own validators of a stored response, exactly as
// the origin sent them: never the tag that compression weakened (CF-CMP-22).
type Validators struct {
	ETag         string
	LastModified string
}

// ValidatorsOf returns the validators in the fields of an origin's response,
// before anything changed them.
func ValidatorsOf(fields field.Lines) Validators {
	return Validators{ETag: fields.Get("ETag"), LastModified: fields.Get("Last-Modified")}
}

// IsZero reports whether there is nothing to revalidate with: the origin must
// be asked for the whole response.
func (v Validators) IsZero() bool { return v == Validators{} }

// AddTo makes a request toward the origin a revalidation (CF-COND-01): the
// viewer's conditions go, the stored validators come, both if there are both.
func (v Validators) AddTo(request *field.Lines) {
	Strip(request)
	if v.ETag != "" {
		request.Add("If-None-Match", v.ETag)
	}
	if v.LastModified != "" {
		request.Add("If-Modified-Since", v.LastModified)
	}
}

// Strip removes the viewer's conditions from a request whose answer may be
// stored, so that it is a full response and not one viewer's 304 (CF-COND-05).
func Strip(request *field.Lines) {
	request.DeleteFunc(func(l field.Line) bool {
		return isOneOf(l.Name, "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range")
	})
}

// Freshen returns the fields of a stored response after a 304 (CF-COND-02,
// RFC 9111 sections 3.2 and 4.3.4): every field of the 304 replaces all
// stored lines of its name, except those that describe the connection or
// bytes that are not sent again. Neither argument is changed.
//
// compressed says that the edge compressed the stored content. The 304 speaks
// of the origin's representation, so its ETag is weakened or dropped as the
// first one was (CF-CMP-20), and the stored Vary stays, because compression
// added to it (CF-CMP-13).
func Freshen(stored, notModified field.Lines, compressed bool) field.Lines {
	updates := make(field.Lines, 0, len(notModified))
	for _, l := range notModified {
		if compressed && field.EqualName(l.Name, "ETag") {
			l.Value = Weaken(l.Value)
		}
		if l.Value != "" && isUpdated(l.Name, notModified, compressed) {
			updates = append(updates, l)
		}
	}
	merged := make(field.Lines, 0, len(stored)+len(updates))
	for _, l := range stored {
		if !updates.Has(l.Name) {
			merged = append(merged, l)
		}
	}
	return append(merged, updates...)
}

// isUpdated reports whether a 304 updates a stored field.
func isUpdated(name string, notModified field.Lines, compressed bool) bool {
	switch {
	case compressed && field.EqualName(name, "Vary"):
		return false
	case isOneOf(name, "Content-Length", "Content-Encoding", "Content-Range"):
		return false
	case isOneOf(name, "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer",
		"Upgrade", "Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization"):
		return false
	}
	return !isNamedByConnection(name, notModified)
}

// isNamedByConnection reports whether the Connection field makes another one
// hop-by-hop (RFC 9110 section 7.6.1).
func isNamedByConnection(name string, fields field.Lines) bool {
	for _, l := range fields {
		if !field.EqualName(l.Name, "Connection") {
			continue
		}
		for option := range strings.SplitSeq(l.Value, ",") {
			if field.EqualName(strings.Trim(option, " \t"), name) {
				return true
			}
		}
	}
	return false
}

func isOneOf(name string, names ...string) bool {
	for _, n := range names {
		if field.EqualName(n, name) {
			return true
		}
	}
	return false
}
