package transform

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// cssDecode decodes the escapes of CSS 2 (WF-TT-09): a backslash with up to
// six hexadecimal digits, of whose value the low byte is taken, and one white
// space behind them, which ends the digits. A backslash with a newline is
// nothing, as is one at the end; one before anything else is dropped, so that
// "ja\vascript" is found.
func cssDecode(dst []byte, src string) []byte {
	for {
		i := firstBackslash(src)
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i+1:]
		if code, size := cssCode(src); size > 0 {
			dst = append(dst, narrow(code))
			src = src[size:]
		} else if src != "" {
			if src[0] != '\n' {
				dst = append(dst, src[0])
			}
			src = src[1:]
		}
	}
}

// cssCode reads what is behind the backslash of an escape by number, and
// returns its size, 0 if it is none.
func cssCode(s string) (code, size int) {
	for size < min(6, len(s)) {
		digit := field.HexDigit(s[size])
		if digit < 0 {
			break
		}
		code = code<<4 | digit
		size++
	}
	if 0 < size && size < len(s) && strings.IndexByte(" \t\n\v\f\r", s[size]) >= 0 {
		size++
	}
	return code, size
}
