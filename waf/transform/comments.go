package transform

import "strings"

func firstComment(src string) int { return strings.Index(src, "/*") }

// replaceComments makes one space of each comment of C, and of one that does
// not end (WF-TT-16). Spaces of comments in a row stay, and so does an end
// without a beginning.
func replaceComments(dst []byte, src string) []byte {
	for {
		i := firstComment(src)
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(append(dst, src[:i]...), ' ')
		_, rest, closed := strings.Cut(src[i+2:], "*/")
		if !closed {
			return dst
		}
		src = rest
	}
}
