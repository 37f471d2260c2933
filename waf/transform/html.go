package transform

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

func firstEntity(src string) int { return strings.IndexByte(src, '&') }

// htmlEntityDecode decodes "&#xhhhh;", "&#nnnn;" and four names (WF-TT-07).
// "&amp;" is not among them. As browsers do it, it takes any letter case, and
// the semicolon may be missing. Of a code above 255 the low byte is taken, as
// by all decoders here; "&nbsp;" is the byte 160.
func htmlEntityDecode(dst []byte, src string) []byte {
	for {
		i := firstEntity(src)
		if i < 0 {
			return append(dst, src...)
		}
		c, size := entity(src[i:])
		dst = append(append(dst, src[:i]...), c)
		src = src[i+size:]
	}
}

// entity returns the character for the entity at the beginning of s, and the
// size of the entity: of the ampersand alone, if it begins none.
func entity(s string) (c byte, size int) {
	digits := ""
	switch {
	case len(s) > 2 && s[1] == '#' && s[2]|0x20 == 'x':
		c, digits = number(s[3:], 16)
		size = 3
	case len(s) > 1 && s[1] == '#':
		c, digits = number(s[2:], 10)
		size = 2
	default:
		c, digits = name(s[1:])
		size = 1
	}
	if digits == "" {
		return '&', 1
	}
	size += len(digits)
	if size < len(s) && s[size] == ';' {
		size++
	}
	return c, size
}

// number reads digits at the beginning of s, however many, and returns the
// low byte of their value: that of each prefix is enough to compute it.
func number(s string, base int) (low byte, digits string) {
	size := 0
	for size < len(s) {
		digit := field.HexDigit(s[size])
		if digit < 0 || digit >= base {
			break
		}
		low = low*byte(base) + byte(digit)
		size++
	}
	return low, s[:size]
}

var entities = []struct {
	name string
	char byte
}{{"quot", '"'}, {"nbsp", 0xA0}, {"lt", '<'}, {"gt", '>'}}

// name reads one of the names that are known, which ends where letters and
// digits do: "&lte" is not "<e".
func name(s string) (c byte, found string) {
	for _, e := range entities {
		if len(s) >= len(e.name) && strings.EqualFold(s[:len(e.name)], e.name) &&
			(len(s) == len(e.name) || !isAlphanumeric(s[len(e.name)])) {
			return e.char, s[:len(e.name)]
		}
	}
	return 0, ""
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}
