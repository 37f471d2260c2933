package injection

import "strings"

// Tokens returns what a log record shows of a value with an injection, as its
// matchedData: the first token that may be a part of it, with the one before
// and the one behind, such as "10", "AND", "1" or "<", "frameset" (WF-LOGS-04).
// AWS does not say how it chooses; this is near to what its samples show.
func Tokens(value string) []string {
	if tag := strings.IndexByte(value, '<'); tag >= 0 && hasTag(value[tag:]) {
		return take(value[tag:], 2)
	}
	var before lexeme
	for l := (lexer{text: value}); ; {
		at := l.at
		switch lexeme := l.next(); {
		case lexeme.shape == shapeEnd:
			return take(value, 3)
		case !suspect(lexeme):
			before = lexeme
		case before.shape == shapeEnd:
			return take(value[at:], 3)
		default:
			return append([]string{copyOf(before)}, take(value[at:], 2)...)
		}
	}
}

// suspect reports whether a lexeme is of a kind without which there is no
// injection.
func suspect(l lexeme) bool {
	switch l.shape {
	case shapeWord:
		return meaning(l.text, hashOf(l.text))&^plain != 0
	case shapeQuote, shapeRemark, shapeComment, shapeVersion:
		return true
	case shapeOperator:
		return l.text == "||" || l.text == "&&"
	}
	return l.text == "(" || l.text == ";"
}

// maxToken is the length in bytes to which a token is cut.
const maxToken = 64

// take returns copies of the first n lexemes of text.
func take(text string, n int) (tokens []string) {
	for l := (lexer{text: text}); len(tokens) < n; {
		lexeme := l.next()
		if lexeme.shape == shapeEnd {
			break
		}
		tokens = append(tokens, copyOf(lexeme))
	}
	return tokens
}

// copyOf returns what is kept of a lexeme, apart from the request's memory.
func copyOf(l lexeme) string { return strings.Clone(l.text[:min(len(l.text), maxToken)]) }
