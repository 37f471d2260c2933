package scenario

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A token is one word of a step.
type token struct {
	source string // as written
	name   string // of Name=value and Name~value
	op     byte   // '=' or '~' with a name, else 0
	text   string // the value, with quotes and repetitions resolved
	quoted bool
}

// isWord reports whether the token is the bare word w.
func (t token) isWord(w string) bool { return t.op == 0 && !t.quoted && t.text == w }

// tokenize splits a step into its words.
func tokenize(s string) ([]token, error) {
	var tokens []token
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" || s[0] == '#' {
			return tokens, nil
		}
		t, rest, err := nextToken(s)
		if err != nil {
			return nil, err
		}
		tokens, s = append(tokens, t), rest
	}
}

func nextToken(s string) (t token, rest string, err error) {
	value := s
	if n := fieldNameLength(s); n > 0 && n < len(s) && (s[n] == '=' || s[n] == '~') {
		t.name, t.op, value = s[:n], s[n], s[n+1:]
	}
	if value != "" && (value[0] == '"' || value[0] == '`') {
		quoted, err := strconv.QuotedPrefix(value)
		if err != nil {
			return t, "", fmt.Errorf("text without its closing quote: %s", value)
		}
		t.text, _ = strconv.Unquote(quoted)
		t.quoted, rest = true, value[len(quoted):]
		if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
			return t, "", fmt.Errorf("no space after %s", quoted)
		}
		if quoted[0] == '"' {
			t.text, err = repeat(t.text)
		}
		t.source = s[:len(s)-len(rest)]
		return t, rest, err
	}
	end := strings.IndexAny(value, " \t")
	if end < 0 {
		end = len(value)
	}
	rest = value[end:]
	t.source = s[:len(s)-len(rest)]
	t.text, err = repeat(value[:end])
	return t, rest, err
}

// fieldNameLength returns the length of the field name that s begins with.
func fieldNameLength(s string) int {
	for i := range len(s) {
		c := s[i]
		if c != '-' && c != '_' && c != '(' && c != ')' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return i
		}
	}
	return len(s)
}

var repetition = regexp.MustCompile(`(?s)(.)\{(\d+)\}`)

// maxRepeat bounds x{N}.
const maxRepeat = 1 << 20

// repeat resolves x{N}.
func repeat(s string) (string, error) {
	var err error
	s = repetition.ReplaceAllStringFunc(s, func(m string) string {
		parts := repetition.FindStringSubmatch(m)
		n, e := strconv.Atoi(parts[2])
		if e != nil || n > maxRepeat {
			err = fmt.Errorf("more than %d times: %s", maxRepeat, m)
			return m
		}
		return strings.Repeat(parts[1], n)
	})
	return s, err
}
