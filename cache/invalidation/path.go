package invalidation

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// MaxPathLen is the greatest length of an invalidation path (CF-INV-02).
const MaxPathLen = 4000

// Path is one compiled path of an invalidation. The zero value matches
// nothing.
type Path struct {
	raw      string // without the wildcard
	plain    string // raw with unreserved characters decoded, or raw by EscapesKept
	wildcard bool
	escapes  Escapes
}

// Escapes says what the escapes of unreserved characters are when a path of
// an invalidation is compared with that of a stored response (CF-INV-15).
type Escapes uint8

const (
	// EscapesDecoded decodes them on both sides.
	EscapesDecoded Escapes = iota
	// EscapesKept compares the paths as they are.
	EscapesKept
)

// String returns the word of the configuration.
func (e Escapes) String() string {
	switch e {
	case EscapesDecoded:
		return "decoded"
	case EscapesKept:
		return "kept"
	}
	return "Escapes(?)"
}

// keeping returns the path that is compared in the way of e.
func (p Path) keeping(e Escapes) Path {
	if p.escapes = e; e == EscapesKept {
		p.plain = p.raw
	}
	return p
}

// CompilePath checks and compiles an invalidation path (CF-INV-02,
// CF-INV-03, CF-INV-08). It begins with "/", is compared case-sensitively,
// and includes the query string if there is one. "*" as the last character
// stands for any number of characters; anywhere else it is itself. Escapes
// of characters that need none are accepted: matching decodes them.
//
// The error is an *Error.
func CompilePath(s string) (Path, error) {
	if k := checkPath(s); k != KindNone {
		return Path{}, &Error{Kind: k, Path: s}
	}
	raw, wildcard := strings.CutSuffix(s, "*")
	return Path{raw: raw, plain: string(appendPlain(nil, raw)), wildcard: wildcard}, nil
}

// checkPath returns what is wrong with a path.
func checkPath(s string) Kind {
	switch {
	case s == "":
		return KindEmpty
	case len(s) > MaxPathLen:
		return KindTooLong
	case s[0] == '#':
		return KindTag
	case s[0] != '/':
		return KindNotAbsolute
	case strings.Contains(s, "~") || strings.Contains(strings.ToLower(s), "%7e"):
		return KindTilde
	}
	for i := 0; i < len(s); i++ {
		if isUnsafe(s[i]) || s[i] == '%' && !isEscape(s[i:]) {
			return KindUnsafe
		}
	}
	return KindNone
}

// isUnsafe reports whether a character must be escaped: controls, non-ASCII,
// and the unsafe ones of RFC 1738 section 2.2.
func isUnsafe(c byte) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>#{}|\\^[]`", c) >= 0
}

// Wildcard reports whether the path ends with the wildcard.
func (p Path) Wildcard() bool { return p.wildcard }

// String returns the path as it was given.
func (p Path) String() string {
	if p.wildcard {
		return p.raw + "*"
	}
	return p.raw
}

// all reports whether the path matches everything.
func (p Path) all() bool { return p.wildcard && p.raw == "/" }

// Match reports whether the path covers a stored response, given the path of
// its key, with "?" and the query string if the key has one (CF-INV-05).
// Choice of CF-INV-15: escapes of unreserved characters are decoded on both
// sides, unless a Batch says otherwise. What matches as it is written matches decoded too, because escapes
// in an invalidation path are always complete.
func (p Path) Match(pathAndQuery string) bool {
	var buf [plainBuffer]byte
	return p.match(pathAndQuery, plain(&buf, pathAndQuery))
}

// match is Match for text that is at hand in both forms.
func (p Path) match(raw string, decoded []byte) bool {
	if p.escapes == EscapesKept {
		return matches(p, raw)
	}
	return matches(p, decoded)
}

func matches[T string | []byte](p Path, s T) bool {
	if p.wildcard {
		return len(s) >= len(p.plain) && string(s[:len(p.plain)]) == p.plain
	}
	return p.plain != "" && string(s) == p.plain
}

// plainBuffer is the longest path that is decoded without allocation.
const plainBuffer = 512

// plain returns s with the escapes of unreserved characters decoded, in buf
// if it fits.
func plain(buf *[plainBuffer]byte, s string) []byte {
	return appendPlain(buf[:0], s)
}

// appendPlain appends s with %41, %7E and other escapes of unreserved
// characters (RFC 3986 section 2.3) replaced by the characters. All other
// escapes keep their spelling.
func appendPlain(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && isEscape(s[i:]) {
			if c := byte(field.HexDigit(s[i+1])<<4 | field.HexDigit(s[i+2])); isUnreserved(c) {
				dst = append(dst, c)
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}

// isEscape reports whether s begins with a percent sign and two hex digits.
func isEscape(s string) bool {
	return len(s) >= 3 && s[0] == '%' && field.HexDigit(s[1]) >= 0 && field.HexDigit(s[2]) >= 0
}

func isUnreserved(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
