package transform

import (
	"strconv"
	"unicode/utf8"
)

func firstNonASCII(src string) int {
	for i := range len(src) {
		if src[i] >= utf8.RuneSelf {
			return i
		}
	}
	return -1
}

// utf8ToUnicode writes "%uhhhh" for each character that is not ASCII
// (WF-TT-21), with more digits where four are too few. Bytes that are not
// UTF-8 stay.
func utf8ToUnicode(dst []byte, src string) []byte {
	for i := 0; i < len(src); {
		char, size := utf8.DecodeRuneInString(src[i:])
		if size == 1 {
			dst = append(dst, src[i])
		} else {
			dst = append(dst, "%u0000"[:6-min(4, hexDigits(char))]...)
			dst = strconv.AppendUint(dst, uint64(char), 16)
		}
		i += size
	}
	return dst
}

// hexDigits returns how many hexadecimal digits char has.
func hexDigits(char rune) int {
	n := 1
	for ; char > 0xF; char >>= 4 {
		n++
	}
	return n
}
