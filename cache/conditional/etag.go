package conditional

import "strings"

// Tag is an entity tag (RFC 9110 section 8.8.3).
type Tag struct {
	Opaque string // between the quotes; may be empty
	Weak   bool   // prefixed with W/
}

// String prints the tag as a field value.
func (t Tag) String() string {
	if t.Weak {
		return `W/"` + t.Opaque + `"`
	}
	return `"` + t.Opaque + `"`
}

// MatchStrong is the comparison of If-Match and If-Range: neither is weak
// and the opaque parts are equal (RFC 9110 section 8.8.3.2).
func (t Tag) MatchStrong(u Tag) bool { return !t.Weak && !u.Weak && t.Opaque == u.Opaque }

// MatchWeak is the comparison of If-None-Match: the opaque parts are equal.
// "x" therefore matches a copy that compression left as W/"x" (CF-COND-08).
func (t Tag) MatchWeak(u Tag) bool { return t.Opaque == u.Opaque }

// ParseTag reads a field value that is exactly one entity tag.
func ParseTag(s string) (t Tag, ok bool) {
	t, rest, ok := cutTag(s)
	if !ok || rest != "" {
		return Tag{}, false
	}
	return t, true
}

// cutTag reads the entity tag that s begins with.
func cutTag(s string) (t Tag, rest string, ok bool) {
	s, t.Weak = strings.CutPrefix(s, "W/")
	if s == "" || s[0] != '"' {
		return Tag{}, "", false
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			t.Opaque = s[1:i]
			return t, s[i+1:], true
		case !isTagByte(s[i]):
			return Tag{}, "", false
		}
	}
	return Tag{}, "", false
}

// isTagByte reports whether c is an etagc: visible, not a quote, or obs-text.
func isTagByte(c byte) bool { return c > ' ' && c != '"' && c != 0x7f }

// anyTag reports whether a list of entity tags (RFC 9110 section 5.6.1) has
// one for which match is true. Members before the first malformed one count.
func anyTag(list string, match func(Tag) bool) bool {
	for {
		list = strings.TrimLeft(list, " \t,")
		t, rest, ok := cutTag(list)
		if !ok || !endsMember(rest) {
			return false
		}
		if match(t) {
			return true
		}
		list = rest
	}
}

// endsMember reports whether a list member may end before rest.
func endsMember(rest string) bool {
	rest = strings.TrimLeft(rest, " \t")
	return rest == "" || rest[0] == ','
}

// Weaken returns the tag of a response whose content was compressed
// (CF-CMP-20): a strong tag becomes weak, a weak one stays, and "" says that
// the field must be removed because it is neither.
func Weaken(etag string) string {
	opaque, weak := strings.CutPrefix(etag, "W/")
	if len(opaque) < 2 || opaque[0] != '"' || opaque[len(opaque)-1] != '"' {
		return ""
	}
	if weak {
		return etag
	}
	return "W/" + etag
}
