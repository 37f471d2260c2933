package transform

import "strings"

func firstNull(src string) int { return strings.IndexByte(src, 0) }

// removeNulls deletes NUL (WF-TT-17).
func removeNulls(dst []byte, src string) []byte {
	for {
		i := firstNull(src)
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i+1:]
	}
}

// replaceNulls makes a space of NUL (WF-TT-18).
func replaceNulls(dst []byte, src string) []byte {
	for {
		i := firstNull(src)
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(append(dst, src[:i]...), ' ')
		src = src[i+1:]
	}
}
