package conditional

import (
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cachekey/field"
)

// StrongValidator returns the value that proves, byte for byte, which
// representation a response is: its strong entity tag or, without a tag, its
// Last-Modified date if that is a second older than its Date (RFC 9110
// section 8.8.2.2). It is what If-Range takes. "" if there is none: then
// parts of content are never put together (CF-RNG-13).
func StrongValidator(fields field.Lines, now time.Time) string {
	if value, has := fields.Lookup("ETag"); has {
		if tag, ok := ParseTag(value); ok && !tag.Weak {
			return value
		}
		return ""
	}
	value := fields.Get("Last-Modified")
	modified, err := cachecontrol.ParseDate(value, now)
	if err != nil {
		return ""
	}
	date, err := cachecontrol.ParseDate(fields.Get("Date"), now)
	if err != nil || date.Sub(modified) < time.Second {
		return ""
	}
	return value
}

// SameRepresentation reports whether two responses are proven to have parts
// of the same content (RFC 9111 section 3.4).
func SameRepresentation(a, b field.Lines, now time.Time) bool {
	v := StrongValidator(a, now)
	return v != "" && v == StrongValidator(b, now) && a.Has("ETag") == b.Has("ETag") && a.Get("Content-Encoding") == b.Get("Content-Encoding")
}
