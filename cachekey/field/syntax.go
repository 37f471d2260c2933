package field

import "math"

// ValidName reports whether s may be a field name: a non-empty token of
// RFC 9110 section 5.6.2. A colon, a space or a byte above 0x7e is not part
// of a token, which is what keeps one field line from being read as two.
func ValidName(s string) bool { return s != "" && NameEnd(s) == len(s) }

// NameEnd returns the index of the first byte of s that may not be in a field
// name, len(s) if there is none.
func NameEnd(s string) int {
	for i := range len(s) {
		if !tokenByte[s[i]] {
			return i
		}
	}
	return len(s)
}

// ValidValue reports whether s may be a field value (RFC 9110 section 5.5):
// empty, or visible bytes and bytes above 0x7f with spaces and tabs only
// between them. CR, LF, NUL and the other control bytes are refused.
func ValidValue(s string) bool {
	return ValueEnd(s) == len(s) && (s == "" || !isSpace(s[0]) && !isSpace(s[len(s)-1]))
}

// ValueEnd returns the index of the first byte of s that may not be in a field
// value, a control byte other than a tab; len(s) if there is none.
//
// Hot path, BenchmarkValidValue: eight bytes at a time.
func ValueEnd(s string) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	at := 0
	for ; at+8 <= len(s); at += 8 {
		p := s[at : at+8]
		x := uint64(p[0]) | uint64(p[1])<<8 | uint64(p[2])<<16 | uint64(p[3])<<24 |
			uint64(p[4])<<32 | uint64(p[5])<<40 | uint64(p[6])<<48 | uint64(p[7])<<56
		del := x ^ 0x7f*ones
		// Not zero if any byte is below a space, or DEL.
		if ((x-' '*ones)&^x|(del-ones)&^del)&highs == 0 {
			continue
		}
		if end := controlAt(p); end < len(p) {
			return at + end
		}
	}
	return at + controlAt(s[at:])
}

func controlAt(s string) int {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return i
		}
	}
	return len(s)
}

// tokenByte holds the bytes called tchar in RFC 9110 section 5.6.2.
var tokenByte = func() (t [256]bool) {
	const tchar = "!#$%&'*+-.^_`|~" +
		"0123456789" +
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ" +
		"abcdefghijklmnopqrstuvwxyz"
	for i := range len(tchar) {
		t[tchar[i]] = true
	}
	return t
}()

// isSpace reports whether c may stand in optional whitespace (OWS, RFC 9110
// section 5.6.3).
func isSpace(c byte) bool { return c == ' ' || c == '\t' }

// TrimSpace returns s without the optional whitespace of RFC 9110 section
// 5.6.3 around it: spaces and tabs only, unlike strings.TrimSpace.
func TrimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}

// ParseLength reads a length that is plain digits and fits: a Content-Length (RFC
// 9110 section 8.6). Everything else is refused, "+5" and "5,5" too: another
// recipient might read it otherwise.
func ParseLength(s string) (n int64, ok bool) {
	if s == "" || len(s) > 19 {
		return 0, false
	}
	for i := range len(s) {
		c := s[i]
		if c < '0' || c > '9' || n > (math.MaxInt64-9)/10 {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}
