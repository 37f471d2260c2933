package transform

func firstURLEscape(src string) int { return firstOf(src, '%', '+') }

// urlDecode decodes "%hh" and "+" (WF-TT-05), once: what it makes may be
// encoded again (WF-TT-23). What is no valid escape stays.
func urlDecode(dst []byte, src string) []byte { return decodeURL(dst, src, percentEscape) }

// urlDecodeUni is urlDecode that also knows Microsoft's "%uhhhh" (WF-TT-06).
func urlDecodeUni(dst []byte, src string) []byte { return decodeURL(dst, src, percentUEscape) }

// decodeURL decodes "+", and escapes as escape reads them at the beginning of a
// text.
func decodeURL(dst []byte, src string, escape func(s string) (c byte, size int)) []byte {
	for i := 0; i < len(src); {
		c, size := src[i], 1
		switch c {
		case '+':
			c = ' '
		case '%':
			c, size = escape(src[i:])
		}
		dst = append(dst, c)
		i += size
	}
	return dst
}

// percentEscape returns the byte for the escape at the beginning of s, and
// the size of the escape: of the percent sign alone, if it begins none.
func percentEscape(s string) (c byte, size int) {
	if code := hexCode(s[1:], 2); code >= 0 {
		return byte(code), 3
	}
	return '%', 1
}

// percentUEscape is percentEscape for both kinds.
func percentUEscape(s string) (c byte, size int) {
	if len(s) > 1 && s[1]|0x20 == 'u' {
		if code := hexCode(s[2:], 4); code >= 0 {
			return narrow(code), 6
		}
	}
	return percentEscape(s)
}
