package transform

import "strings"

// firstHexPair is where two hexadecimal digits are next to each other.
func firstHexPair(src string) int {
	for i := range len(src) {
		if hexCode(src[i:], 2) >= 0 {
			return i
		}
	}
	return -1
}

// hexDecode makes a byte of each pair of hexadecimal digits, from left to
// right (WF-TT-13). What is between them stays.
func hexDecode(dst []byte, src string) []byte {
	for i := 0; i < len(src); {
		c, size := src[i], 1
		if code := hexCode(src[i:], 2); code >= 0 {
			c, size = byte(code), 2
		}
		dst = append(dst, c)
		i += size
	}
	return dst
}

// firstSQLHex is where "0x" is.
func firstSQLHex(src string) int {
	i := strings.Index(src, "0x")
	if i < 0 {
		return strings.Index(src, "0X")
	}
	if j := strings.Index(src[:i], "0X"); j >= 0 {
		return j
	}
	return i
}

// sqlHexDecode makes bytes of the pairs of digits behind each "0x" that has a
// pair (WF-TT-14), as "ABC" of "0x414243".
func sqlHexDecode(dst []byte, src string) []byte {
	for i := 0; i < len(src); {
		code := -1
		if src[i] == '0' && i+1 < len(src) && src[i+1]|0x20 == 'x' {
			code = hexCode(src[i+2:], 2)
		}
		if code < 0 {
			dst = append(dst, src[i])
			i++
			continue
		}
		for i += 2; code >= 0; code = hexCode(src[i:], 2) {
			dst = append(dst, byte(code))
			i += 2
		}
	}
	return dst
}
