package jsonbody

import (
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/groundfront/groundfront/cachekey/field"
)

// unescape reads on in a string that begins at start and has its first escape
// at p.at. No escape is shorter than what it stands for.
func (p *Parser) unescape(start int) (text string, whole bool) {
	dst := append(p.text.room(len(p.body)-start), p.body[start:p.at]...)
	for p.at < len(p.body) {
		c := p.body[p.at]
		switch {
		case c == '"':
			p.at++
			return p.text.take(dst), true
		case c < ' ':
			return p.text.take(dst), false
		case c == '\\':
			char, size := escape(p.body[p.at:])
			if size == 0 {
				return p.text.take(dst), false
			}
			dst = utf8.AppendRune(dst, char)
			p.at += size
		default:
			dst = append(dst, c)
			p.at++
		}
	}
	return p.text.take(dst), false
}

// escape returns the character for the escape at the beginning of s, and the
// size of the escape, 0 if it is none of RFC 8259 section 7. Half of a
// surrogate pair is U+FFFD.
func escape(s string) (char rune, size int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unicodeEscape(s)
	}
	return 0, 0
}

func unicodeEscape(s string) (char rune, size int) {
	char = codeUnit(s)
	switch {
	case char < 0:
		return 0, 0
	case !utf16.IsSurrogate(char):
		return char, 6
	}
	if pair := utf16.DecodeRune(char, codeUnit(s[6:])); pair != utf8.RuneError {
		return pair, 12
	}
	return utf8.RuneError, 6
}

// codeUnit returns the code of the "\uhhhh" at the beginning of s, -1 if there
// is none.
func codeUnit(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	code := 0
	for i := 2; i < 6; i++ {
		digit := field.HexDigit(s[i])
		if digit < 0 {
			return -1
		}
		code = code<<4 | digit
	}
	return rune(code)
}

// textKept is how much memory for strings with escapes a Parser keeps, in
// bytes, and the largest block that it takes in advance.
const textKept = 256 << 10

// texts holds strings with escapes. A block that is full is left to those who
// have views of it.
type texts struct{ block []byte }

func (t *texts) reset() {
	if cap(t.block) > textKept {
		t.block = nil
	}
	t.block = t.block[:0]
}

// room returns an empty slice with a capacity of at least n.
func (t *texts) room(n int) []byte {
	if cap(t.block)-len(t.block) < n {
		t.block = make([]byte, 0, max(n, min(2*cap(t.block), textKept)))
	}
	return t.block[len(t.block):]
}

// take keeps text, which was written to what room returned, as a string.
func (t *texts) take(text []byte) string {
	t.block = t.block[:len(t.block)+len(text)]
	return unsafe.String(unsafe.SliceData(text), len(text))
}
