package field

// HexDigit returns the value of a hexadecimal digit in either case, -1 for any
// other byte: of percent-encoding (RFC 3986 section 2.1) and chunk sizes (RFC
// 9112 section 7.1).
func HexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
