package transform

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// firstBackslash is where the escapes of JavaScript, CSS and C may begin.
func firstBackslash(src string) int { return strings.IndexByte(src, '\\') }

// firstOf returns the index of the first a or b, -1 if there is none.
func firstOf(src string, a, b byte) int {
	i := strings.IndexByte(src, a)
	if i < 0 {
		return strings.IndexByte(src, b)
	}
	if j := strings.IndexByte(src[:i], b); j >= 0 {
		return j
	}
	return i
}

// hexCode reads n hexadecimal digits at the beginning of s. It returns -1 if
// they are not there.
func hexCode(s string, n int) int {
	if len(s) < n {
		return -1
	}
	code := 0
	for i := range n {
		digit := field.HexDigit(s[i])
		if digit < 0 {
			return -1
		}
		code = code<<4 | digit
	}
	return code
}

// octalCode reads up to most octal digits at the beginning of s, and returns
// how many there are.
func octalCode(s string, most int) (code, size int) {
	for size < min(most, len(s)) && isOctal(s[size]) {
		code = code<<3 | int(s[size]-'0')
		size++
	}
	return code, size
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }

// narrow returns the byte for a code of which one byte is looked at: its low
// one. The full width forms U+FF01 to U+FF5E are the ASCII characters that
// they depict.
func narrow(code int) byte {
	if 0xFF01 <= code && code <= 0xFF5E {
		code += 0x20
	}
	return byte(code)
}

// control returns the character that a letter behind a backslash stands for
// in C and in JavaScript, 0 for a letter that has none.
func control(letter byte) byte {
	switch letter {
	case 'a':
		return '\a'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	case 'v':
		return '\v'
	}
	return 0
}
