package injection

import "strings"

// A shape is what a lexeme looks like.
type shape uint8

const (
	shapeEnd      shape = iota // there is no more
	shapeWord                  // a name or keyword, of word bytes, "$" and "#" within
	shapeNumber                // digits, with a point, an exponent or 0x
	shapeQuote                 // one quote, of any kind
	shapeRemark                // the beginning of a comment to the end of a line; what it says are lexemes as well
	shapeComment               // a comment with an end of its own, to that end
	shapeVersion               // the beginning or end of a comment whose content MySQL runs
	shapeOperator              // one to three of the bytes of operators
	shapeOther                 // any other byte
)

// A lexeme is a piece of a value, a view of it.
type lexeme struct {
	shape shape
	text  string
	glued bool // no white space in front of it
}

// A lexer splits a value as an SQL server would where quotes do not matter: an
// injected value may begin within a string, so that it cannot be known which
// quotes open and which close. Each is a lexeme, and so are the words between
// them.
type lexer struct {
	text string
	at   int
}

// next returns the next lexeme. Its time is linear in what it consumes.
func (l *lexer) next() lexeme {
	from := l.at
	for l.at < len(l.text) && blank(l.text[l.at]) {
		l.at++
	}
	begin, glued := l.at, l.at == from
	shape := l.consume()
	return lexeme{shape: shape, text: l.text[begin:l.at], glued: glued && begin > 0}
}

// blank reports whether c is white space, or a byte that servers skip.
func blank(c byte) bool { return c <= ' ' || c == 0x7f || c == 0xa0 }

func (l *lexer) consume() shape {
	if l.at == len(l.text) {
		return shapeEnd
	}
	rest := l.text[l.at:]
	switch c := rest[0]; {
	case digit(c), c == '.' && len(rest) > 1 && digit(rest[1]):
		l.at += numberLength(rest)
		return shapeNumber
	case classes[c]&wordByte != 0:
		l.at += wordLength(rest)
		return shapeWord
	case c == '\'', c == '"', c == '`':
		l.at++
		return shapeQuote
	case c == '#':
		l.at++
		return shapeRemark
	case strings.HasPrefix(rest, "--"):
		l.at += len("--")
		return shapeRemark
	case strings.HasPrefix(rest, "/*!"):
		l.at += len("/*!")
		for l.at < len(l.text) && digit(l.text[l.at]) {
			l.at++
		}
		return shapeVersion
	case strings.HasPrefix(rest, "/*"):
		if end := strings.Index(rest[2:], "*/"); end >= 0 {
			l.at += len("/*") + end + len("*/")
		} else {
			l.at = len(l.text)
		}
		return shapeComment
	case strings.HasPrefix(rest, "*/"):
		l.at += len("*/")
		return shapeVersion
	case operator(c):
		for n := 0; n < 3 && l.at < len(l.text) && operator(l.text[l.at]); n++ {
			l.at++
		}
		return shapeOperator
	}
	l.at++
	return shapeOther
}

// operator reports whether operators of more than one byte are made of c. A
// sign is one by itself.
func operator(c byte) bool {
	switch c {
	case '<', '>', '=', '!', '|', '&', '^', '~':
		return true
	}
	return false
}

func wordLength(text string) int {
	n := 1
	for n < len(text) && (classes[text[n]]&wordByte != 0 || text[n] == '$') {
		n++
	}
	return n
}

// numberLength returns the length of the number at the beginning of text: it
// ends where a word would begin, so that "1union" is two lexemes.
func numberLength(text string) int {
	n := 0
	if len(text) > 2 && text[0] == '0' && text[1]|0x20 == 'x' {
		for n = 2; n < len(text) && hex(text[n]); n++ {
		}
		return n
	}
	for n < len(text) && (digit(text[n]) || text[n] == '.') {
		n++
	}
	if n+1 < len(text) && text[n]|0x20 == 'e' && digit(text[n+1]) {
		for n++; n < len(text) && digit(text[n]); n++ {
		}
	}
	return n
}

func hex(c byte) bool { return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }
