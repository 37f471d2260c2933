package transform

// whiteSpace is what becomes one space (WF-TT-03). The last is the byte 160,
// which is a no-break space in ISO 8859-1.
var whiteSpace = [256]bool{' ': true, '\f': true, '\t': true, '\n': true, '\r': true, '\v': true, 0xA0: true}

// firstWhiteSpace returns where the first white space is that is no single
// space.
func firstWhiteSpace(src string) int {
	for i := range len(src) {
		if c := src[i]; whiteSpace[c] && (c != ' ' || i+1 < len(src) && whiteSpace[src[i+1]]) {
			return i
		}
	}
	return -1
}

// compressWhiteSpace makes one space of each run of white space.
func compressWhiteSpace(dst []byte, src string) []byte {
	inside := false
	for i := range len(src) {
		c := src[i]
		if !whiteSpace[c] {
			dst = append(dst, c)
		} else if !inside {
			dst = append(dst, ' ')
		}
		inside = whiteSpace[c]
	}
	return dst
}
