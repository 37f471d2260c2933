package transform

// jsDecode decodes the escapes of JavaScript (WF-TT-08): "\uhhhh", "\xhh", up
// to three octal digits, and letters for control characters. A backslash
// before anything else is dropped, as it means nothing there; one at the end
// stays.
func jsDecode(dst []byte, src string) []byte {
	for {
		i := firstBackslash(src)
		if i < 0 {
			return append(dst, src...)
		}
		c, size := jsEscape(src[i:])
		dst = append(append(dst, src[:i]...), c)
		src = src[i+size:]
	}
}

// jsEscape returns the byte for the escape at the beginning of s, and the size
// of the escape.
func jsEscape(s string) (c byte, size int) {
	if len(s) == 1 {
		return '\\', 1
	}
	switch letter := s[1]; {
	case letter == 'u':
		if code := hexCode(s[2:], 4); code >= 0 {
			return narrow(code), 6
		}
	case letter == 'x':
		if code := hexCode(s[2:], 2); code >= 0 {
			return byte(code), 4
		}
	case isOctal(letter):
		most := 3
		if letter > '3' {
			most = 2 // three would be more than a byte
		}
		code, digits := octalCode(s[1:], most)
		return byte(code), 1 + digits
	case control(letter) != 0:
		return control(letter), 2
	}
	return s[1], 2
}
