package sigv4

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

const upperHex = "0123456789ABCDEF"

// unreserved reports whether a byte stands for itself in a canonical path or
// query (AG-SIG-02).
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~'
}

// encode appends s with all but unreserved bytes percent-encoded, whether they
// were before or not; a "%" that begins no escape is a byte like any other. also
// are further bytes that stand for themselves.
func encode(dst []byte, s string, also string) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '%' && i+2 < len(s) {
			if hi, lo := field.HexDigit(s[i+1]), field.HexDigit(s[i+2]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		}
		if unreserved(c) || strings.IndexByte(also, c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// canonicalPath returns the path of an S3 object in the one spelling that both
// sides sign: each byte of its name encoded once, but for slashes, which names
// may contain. A "+" is one, which S3 takes for a space when it is not encoded.
func canonicalPath(path string) string { return string(encode(nil, path, "/")) }

// canonicalQuery returns a query in the spelling that is signed, in its order:
// pairs that are empty left out, "+" as the space that it stands for
// (AG-SIG-02). It returns query itself if that is it already.
func canonicalQuery(query string) string {
	var out []byte
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		if out != nil {
			out = append(out, '&')
		} else {
			out = make([]byte, 0, len(query)+16)
		}
		name, value, hasValue := strings.Cut(pair, "=")
		out = encode(out, strings.ReplaceAll(name, "+", "%20"), "")
		if hasValue {
			out = encode(append(out, '='), strings.ReplaceAll(value, "+", "%20"), "")
		}
	}
	if string(out) == query {
		return query
	}
	return string(out)
}

// ambiguousPath reports whether a path has segments that a service may remove
// before it computes the signature (AG-SIG-02).
func ambiguousPath(path string) bool {
	segments := strings.Split(path, "/")
	last := len(segments) - 1
	return slices.Contains(segments, ".") || slices.Contains(segments, "..") ||
		last > 1 && slices.Contains(segments[1:last], "")
}
