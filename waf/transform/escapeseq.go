package transform

// escapeSeqDecode decodes the escapes of ANSI C (WF-TT-10). What is none
// stays, with its backslash.
func escapeSeqDecode(dst []byte, src string) []byte {
	for {
		i := firstBackslash(src)
		if i < 0 {
			return append(dst, src...)
		}
		c, size := cEscape(src[i:])
		dst = append(append(dst, src[:i]...), c)
		src = src[i+size:]
	}
}

// cEscape returns the byte for the escape at the beginning of s, and the size
// of the escape: of the backslash alone, if it begins none.
//
// AWS writes the octal form as "\0OOO", in C it is "\OOO". Both are read: a
// zero before three digits that fit in a byte is not one of them. Of a value
// that does not fit the low byte is taken, as shells do.
func cEscape(s string) (c byte, size int) {
	if len(s) == 1 {
		return '\\', 1
	}
	switch letter := s[1]; {
	case letter == '\\' || letter == '?' || letter == '\'' || letter == '"':
		return letter, 2
	case control(letter) != 0:
		return control(letter), 2
	case letter|0x20 == 'x':
		if code := hexCode(s[2:], 2); code >= 0 {
			return byte(code), 4
		}
	case letter == '0':
		if code, digits := octalCode(s[2:], 3); digits == 3 && code <= 0xFF {
			return byte(code), 5
		}
		fallthrough
	case isOctal(letter):
		code, digits := octalCode(s[1:], 3)
		return byte(code), 1 + digits
	}
	return '\\', 1
}
