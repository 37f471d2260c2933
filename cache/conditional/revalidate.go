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
// A stored entity tag that matches the new one weakly stays, and a stored
// weak one never becomes strong: the copy may be compressed, the origin's
// representation is not (CF-CMP-20, CF-COND-09).
func Freshen(stored, notModified field.Lines) field.Lines {
	updates := make(field.Lines, 0, len(notModified))
	for _, l := range notModified {
		if isUpdated(l.Name, notModified) {
			updates = append(updates, l)
		}
	}
	keepWeak(updates, stored.Get("ETag"))
	merged := make(field.Lines, 0, len(stored)+len(updates))
	for _, l := range stored {
		if !updates.Has(l.Name) {
			merged = append(merged, l)
		}
	}
	return append(merged, updates...)
}

// isUpdated reports whether a 304 updates a stored field.
func isUpdated(name string, notModified field.Lines) bool {
	return !isOneOf(name, "Content-Length", "Content-Encoding", "Content-Range",
		"Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "TE", "Trailer", "Upgrade",
		"Proxy-Authenticate", "Proxy-Authentication-Info", "Proxy-Authorization") &&
		!isNamedByConnection(name, notModified)
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

// keepWeak adapts the new ETag, if any, to the stored one.
func keepWeak(updates field.Lines, stored string) {
	old, ok := ParseTag(stored)
	if !ok {
		return
	}
	for i := range updates {
		if !field.EqualName(updates[i].Name, "ETag") {
			continue
		}
		if t, ok := ParseTag(updates[i].Value); ok && t.MatchWeak(old) {
			updates[i].Value = stored
		} else if ok && old.Weak {
			updates[i].Value = Weaken(updates[i].Value)
		}
	}
}

func isOneOf(name string, names ...string) bool {
	for _, n := range names {
		if field.EqualName(n, name) {
			return true
		}
	}
	return false
}
