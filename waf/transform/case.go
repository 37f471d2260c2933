package transform

func firstUpper(src string) int {
	for i := range len(src) {
		if isUpper(src[i]) {
			return i
		}
	}
	return -1
}

// lowercase makes a to z of A to Z and leaves all other bytes (WF-TT-02).
func lowercase(dst []byte, src string) []byte {
	for i := range len(src) {
		c := src[i]
		if isUpper(c) {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
