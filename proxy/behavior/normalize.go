package behavior

import (
	"bytes"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// NormalizePath returns the form of a raw request path, without its query,
// that path patterns are compared with (CF-BEH-11..14, RFC 3986 sections
// 6.2.2 and 5.2.4):
//
//   - percent-encoded unreserved characters are decoded, the hex digits of
//     all others are made upper case: `/%61%2f` -> `/a%2F`;
//   - a `%` that begins no valid triplet becomes `%25`, so that normalising
//     twice equals normalising once;
//   - repeated slashes become one, then `.` and `..` segments are removed:
//     `/a//./b/..` -> `/a/`. `%2F` is data and never becomes a slash.
//
// The result begins with a slash, also for an empty path or `*`. A path that
// is normal already is returned as it is, without allocation.
func NormalizePath(path string) string {
	if isNormal(path) {
		return path
	}
	out := make([]byte, 0, len(path)+8)
	if path == "" || path[0] != '/' {
		out = append(out, '/')
	}
	return string(removeSegments(decodeUnreserved(out, path)))
}

// CollapsePath is NormalizePath with every `%` left as it is: only repeated
// slashes and `.` and `..` segments go. An origin that decodes what it
// receives may then see another path than was matched.
func CollapsePath(path string) string {
	if isCollapsed(path) {
		return path
	}
	out := make([]byte, 0, len(path)+1)
	if path == "" || path[0] != '/' {
		out = append(out, '/')
	}
	return string(removeSegments(append(out, path...)))
}

// NormalizeEscapes is NormalizePath with every segment left as it is: two paths
// that differ by it alone name one resource to everybody (RFC 3986 section
// 6.2.2.2).
func NormalizeEscapes(path string) string {
	if strings.IndexByte(path, '%') < 0 {
		return path
	}
	return string(decodeUnreserved(make([]byte, 0, len(path)+8), path))
}

// isCollapsed reports whether CollapsePath has nothing to do.
func isCollapsed(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	for i := range len(path) {
		if path[i] == '/' && isDropped(path[i+1:]) {
			return false
		}
	}
	return true
}

// isNormal reports whether NormalizePath has nothing to do.
func isNormal(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	if strings.IndexByte(path, '%') < 0 && !strings.Contains(path, "//") && !strings.Contains(path, "/.") {
		return true // nearly every path, at half the cost of the loop
	}
	for i := range len(path) {
		switch path[i] {
		case '%':
			if !isNormalTriplet(path[i:]) {
				return false
			}
		case '/':
			if isDropped(path[i+1:]) {
				return false
			}
		}
	}
	return true
}

// isNormalTriplet reports whether s, which begins with `%`, begins with the
// encoding of a character that must be encoded, in upper case.
func isNormalTriplet(s string) bool {
	if len(s) < 3 || field.HexDigit(s[1]) < 0 || field.HexDigit(s[2]) < 0 || s[1] >= 'a' || s[2] >= 'a' {
		return false
	}
	return !isUnreserved(byte(field.HexDigit(s[1])<<4 | field.HexDigit(s[2])))
}

// isDropped reports whether the segment that s begins with is removed: it is
// empty and not the last, or it is `.` or `..`.
func isDropped(s string) bool {
	switch {
	case s == "":
		return false
	case s[0] == '/':
		return true
	case s[0] != '.':
		return false
	}
	segment, _, _ := strings.Cut(s, "/")
	return segment == "." || segment == ".."
}

// decodeUnreserved appends path to dst with its percent-encoding normalised.
func decodeUnreserved(dst []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c != '%' {
			dst = append(dst, c)
			continue
		}
		if i+2 >= len(path) || field.HexDigit(path[i+1]) < 0 || field.HexDigit(path[i+2]) < 0 {
			dst = append(dst, "%25"...)
			continue
		}
		c = byte(field.HexDigit(path[i+1])<<4 | field.HexDigit(path[i+2]))
		i += 2
		if isUnreserved(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// removeSegments drops empty, `.` and `..` segments from path, which begins
// with a slash, in place. A path that ended with one of them ends with a
// slash afterwards.
func removeSegments(path []byte) []byte {
	out := path[:0]
	for rest := path; len(rest) > 0; {
		segment := rest[1:]
		if end := bytes.IndexByte(segment, '/'); end >= 0 {
			segment = segment[:end]
		}
		rest = rest[1+len(segment):]
		last := len(rest) == 0
		switch string(segment) {
		case "", ".":
		case "..":
			out = dropLast(out)
		default:
			out = append(append(out, '/'), segment...)
			continue
		}
		if last {
			out = append(out, '/')
		}
	}
	return out
}

// dropLast cuts the last segment and its slash from path.
func dropLast(path []byte) []byte {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '/' {
			return path[:i]
		}
	}
	return path
}

const upperHex = "0123456789ABCDEF"

// isUnreserved reports whether c is an unreserved character of RFC 3986
// section 2.3.
func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
