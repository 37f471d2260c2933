// Package conditional evaluates and makes conditional requests (RFC 9110
// section 13).
//
// Toward the viewer, Evaluate answers a condition from a stored response.
// Toward the origin, Validators.AddTo turns a request into a revalidation,
// and Freshen applies the 304 that comes back. Weaken is the one change that
// the edge makes to a validator itself.
//
// It is a part of cache.
package conditional

import (
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
)

// Result is what becomes of a request with preconditions.
type Result uint8

const (
	// Proceed answers as if there were no condition.
	Proceed Result = iota
	// NotModified answers 304.
	NotModified
	// PreconditionFailed answers 412.
	PreconditionFailed
)

// String returns the word used in explanations.
func (r Result) String() string {
	switch r {
	case Proceed:
		return "proceed"
	case NotModified:
		return "not-modified"
	case PreconditionFailed:
		return "precondition-failed"
	}
	return "unknown"
}

// Stored is the selected response that conditions are evaluated against. The
// texts are field values as the viewer would receive them, "" if absent.
type Stored struct {
	Status       int
	ETag         string // with the W/ that compression added
	LastModified string
	Date         string
	Received     time.Time // stands in when both dates are missing
}

// StoredOf describes a response with these fields.
func StoredOf(status int, fields field.Lines, received time.Time) Stored {
	return Stored{
		Status: status, ETag: fields.Get("ETag"), LastModified: fields.Get("Last-Modified"),
		Date: fields.Get("Date"), Received: received,
	}
}

// Evaluate decides the preconditions of a GET or HEAD in the order of RFC
// 9110 section 13.2.2 (CF-COND-04). If-Range is not among them: it decides
// about a range, not about the request (package byterange). It does not
// allocate unless a field came on several lines.
//
// RFC 9111 section 4.3.2 leaves If-Match and If-Unmodified-Since to the
// origin; here they are evaluated against the copy, which is what the viewer
// would otherwise get.
func Evaluate(method string, request field.Lines, s Stored, now time.Time) Result {
	if method != "GET" && method != "HEAD" || s.Status < 200 || s.Status > 299 {
		return Proceed // section 13.2.1
	}
	if !holdsForUnchanged(request, s, now) {
		return PreconditionFailed
	}
	if !holdsForChanged(request, s, now) {
		return NotModified
	}
	return Proceed
}

// holdsForUnchanged evaluates If-Match or, without it, If-Unmodified-Since:
// steps 1 and 2.
func holdsForUnchanged(request field.Lines, s Stored, now time.Time) bool {
	if request.Has("If-Match") {
		list := request.Joined("If-Match")
		stored, tagged := ParseTag(s.ETag)
		return list == "*" || tagged && anyTag(list, stored.MatchStrong)
	}
	since, err := cachecontrol.ParseDate(request.Get("If-Unmodified-Since"), now)
	if err != nil {
		return true // absent or to be ignored (section 13.1.4)
	}
	modified, err := cachecontrol.ParseDate(s.LastModified, now)
	return err != nil || !modified.After(since)
}

// holdsForChanged evaluates If-None-Match or, without it, If-Modified-Since:
// steps 3 and 4.
func holdsForChanged(request field.Lines, s Stored, now time.Time) bool {
	if request.Has("If-None-Match") {
		list := request.Joined("If-None-Match")
		stored, tagged := ParseTag(s.ETag)
		return list != "*" && !(tagged && anyTag(list, stored.MatchWeak))
	}
	since, err := cachecontrol.ParseDate(request.Get("If-Modified-Since"), now)
	return err != nil || s.modified(now).After(since)
}

// modified returns the date that If-Modified-Since is compared with: the
// first known of Last-Modified, Date and reception (RFC 9111 section 4.3.2).
func (s Stored) modified(now time.Time) time.Time {
	if t, err := cachecontrol.ParseDate(s.LastModified, now); err == nil {
		return t
	}
	if t, err := cachecontrol.ParseDate(s.Date, now); err == nil {
		return t
	}
	return s.Received
}
