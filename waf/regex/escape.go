package regex

import (
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// Sets that an escape names, as the inside of a bracket expression; that of
// \h and \v with the characters above ASCII (pcre2pattern, "Generic character
// types"). The others are the same in both dialects.
const (
	space         = `\t\n\x0b\f\r `
	notSpace      = `\x00-\x08\x0e-\x1f!-\x{10ffff}`
	horizontal    = `\t \x{a0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`
	notHorizontal = `\x00-\x08\x0a-\x1f!-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{180d}\x{180f}-\x{1fff}\x{200b}-\x{202e}\x{2030}-\x{205e}\x{2060}-\x{2fff}\x{3001}-\x{10ffff}`
	vertical      = `\x0a-\x0d\x{85}\x{2028}\x{2029}`
	notVertical   = `\x00-\x09\x0e-\x{84}\x{86}-\x{2027}\x{202a}-\x{10ffff}`
)

// sets are the escapes that stand for a set of characters.
var sets = map[byte]string{
	'd': `\d`, 'D': `\D`, 'w': `\w`, 'W': `\W`,
	's': space, 'S': notSpace,
	'h': horizontal, 'H': notHorizontal,
	'v': vertical, 'V': notVertical,
}

// refusedEscapes are those that PCRE has and we have not.
var refusedEscapes = map[byte]string{
	'C': "a single code unit", 'R': "any newline sequence", 'K': "a reset of the match", 'X': "a grapheme cluster",
	'G': "the start of the search", 'g': "a back or subroutine reference", 'k': "a backreference",
}

// controls are the escapes that stand for one control character.
var controls = map[byte]rune{'a': '\a', 'e': 0x1b, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escape translates what begins with a backslash outside of brackets.
func (t *translator) escape() error {
	begin := t.at
	if begin+1 == len(t.src) {
		return t.refuse(begin, `\ at the end`, "")
	}
	c := t.src[begin+1]
	switch c {
	case 'A', 'z', 'b', 'B':
		t.write(`\`+string(c), true)
	case 'Z':
		t.write(beforeFinalNewline, true)
	case 'N':
		t.write(`[^\n]`, true)
	case 'Q':
		t.quoted()
		return nil
	case 'E':
		// The end of a quotation that has not begun.
	case 'p', 'P':
		property, err := t.property()
		if err == nil {
			t.write(property, true)
		}
		return err
	case '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return t.reference()
	default:
		if set := sets[c]; set != "" {
			t.write("["+set+"]", true)
			break
		}
		r, err := t.code()
		if err == nil {
			t.char(r)
		}
		return err
	}
	t.at += 2
	return nil
}

// reference reads a backreference, or what PCRE takes for a character's octal
// code: a number of several digits for which there are not groups enough.
func (t *translator) reference() error {
	digits := t.src[t.at+1:]
	digits = digits[:len(digits)-len(strings.TrimLeft(digits, "0123456789"))]
	if digits[0] > '7' || len(digits) == 1 || number(digits) <= strings.Count(t.src, "(") {
		return t.refuse(t.at, `backreference \`+digits, `a character by its octal code begins with \0`)
	}
	r, err := t.code()
	if err == nil {
		t.char(r)
	}
	return err
}

// quoted translates \Q…\E, of which the end may be missing.
func (t *translator) quoted() {
	t.at += len(`\Q`)
	for t.at < len(t.src) && !strings.HasPrefix(t.src[t.at:], `\E`) {
		t.literal()
	}
	t.at = min(t.at+len(`\E`), len(t.src))
}

// property reads \pL, \p{Lu}, \P{Greek} and the like.
func (t *translator) property() (string, error) {
	begin := t.at
	rest := t.src[begin+2:]
	var name string
	switch {
	case strings.HasPrefix(rest, "{"):
		name = upTo(rest, "}")
	case rest != "":
		name = rest[:1]
	}
	text := t.src[begin:begin+2] + name
	if _, err := syntax.Parse(text, syntax.Perl); err != nil {
		return "", t.refuse(begin, "character property "+text+", which is not known", "")
	}
	t.at += len(text)
	return text, nil
}

// code reads an escape that stands for one character.
func (t *translator) code() (rune, error) {
	begin := t.at
	if begin+1 == len(t.src) {
		return 0, t.refuse(begin, `\ at the end`, "")
	}
	t.at += 2
	c := t.src[begin+1]
	if r, ok := controls[c]; ok {
		return r, nil
	}
	switch {
	case c == 'x' && strings.HasPrefix(t.src[t.at:], "{"):
		return t.braced(begin, 16)
	case c == 'x':
		return t.checked(begin, t.digits(16, 2))
	case c == 'o' && strings.HasPrefix(t.src[t.at:], "{"):
		return t.braced(begin, 8)
	case '0' <= c && c <= '7':
		t.at--
		return t.checked(begin, t.digits(8, 3))
	case c == 'c' && t.at < len(t.src) && t.src[t.at] < utf8.RuneSelf:
		r := rune(t.src[t.at])
		if 'a' <= r && r <= 'z' {
			r = otherCase(r)
		}
		t.at++
		return r ^ 0x40, nil
	case refusedEscapes[c] != "":
		return 0, t.refuse(begin, fmt.Sprintf(`escape \%c, %s`, c, refusedEscapes[c]), "")
	case c >= utf8.RuneSelf:
		t.at--
		return t.next(), nil
	case '0' <= c && c <= '9' || otherCase(rune(c)) != rune(c):
		return 0, t.refuse(begin, fmt.Sprintf(`escape \%c, which has no meaning here`, c), "")
	}
	return rune(c), nil
}

// digits reads at most n digits.
func (t *translator) digits(base, n int) rune {
	var value rune
	for ; n > 0 && t.at < len(t.src); n-- {
		d := strings.IndexByte("0123456789abcdef"[:base], lowerByte(t.src[t.at]))
		if d < 0 {
			break
		}
		value = value*rune(base) + rune(d)
		t.at++
	}
	return value
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// braced reads the braces of \x{…} and \o{…}.
func (t *translator) braced(begin, base int) (rune, error) {
	t.at++
	first := t.at
	r := t.digits(base, 7)
	if t.at == first || !strings.HasPrefix(t.src[t.at:], "}") {
		return 0, t.refuse(begin, "character code "+upTo(t.src[begin:], "}")+", which is not one", "")
	}
	t.at++
	return t.checked(begin, r)
}

// checked returns the character of a code. Those above ASCII decide what
// characters are: bytes, or those of UTF-8.
func (t *translator) checked(begin int, r rune) (rune, error) {
	switch {
	case !utf8.ValidRune(r):
		return 0, t.refuse(begin, "character code "+t.src[begin:t.at]+", which is not one", "")
	case r > 0xff:
		t.wide = true
	case r > 0x7f:
		t.highByte = true
	}
	if t.wide && (t.highByte || t.bytes) {
		return 0, t.refuse(begin, "character code "+t.src[begin:t.at]+", with bytes above \\x7f and codes above \\xff in one pattern",
			"write the characters themselves, or all of their bytes")
	}
	return r, nil
}
