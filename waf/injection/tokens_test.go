package injection

import (
	"slices"
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	for _, test := range []struct {
		value string
		want  []string
	}{
		{"10 AND 1=1", []string{"10", "AND", "1"}},
		{"<frameset onload=x>", []string{"<", "frameset"}},
		{"a <b <script", []string{"<", "b"}},
		{"x' or 1", []string{"x", "'", "or"}},
		{"-1 union select 2", []string{"1", "union", "select"}},
		{"union select 2", []string{"union", "select", "2"}},
		{"1;drop table x", []string{"1", ";", "drop"}},
		{"1/**/", []string{"1", "/**/"}},
		{"plain", []string{"plain"}},
		{"", nil},
		{"1 and " + strings.Repeat("x", 100), []string{"1", "and", strings.Repeat("x", 64)}},
	} {
		if got := Tokens(test.value); !slices.Equal(got, test.want) {
			t.Errorf("Tokens(%q): got %q, want %q", test.value, got, test.want)
		}
	}
}

// FuzzLexer holds that lexemes are the value, in order, without its white
// space.
func FuzzLexer(f *testing.F) {
	for _, v := range plainValues {
		f.Add(v)
	}
	for _, v := range []string{"1' or/*!50000x*/1.5e3<=>0x1f--a\nb#c", "/*", "*/", "a$b", ".5.", "\xa0\xff"} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, value string) {
		at := 0
		for l := (lexer{text: value}); ; {
			lexeme := l.next()
			for at < len(value) && blank(value[at]) {
				at++
			}
			if lexeme.shape == shapeEnd {
				break
			}
			if lexeme.text == "" || !strings.HasPrefix(value[at:], lexeme.text) {
				t.Fatalf("%q at %d: got lexeme %q, want what is there", value, at, lexeme.text)
			}
			at += len(lexeme.text)
		}
		if at != len(value) {
			t.Fatalf("%q: got an end at %d, want it at %d", value, at, len(value))
		}
		for _, token := range Tokens(value) {
			if token == "" || len(token) > maxToken || !strings.Contains(value, token) {
				t.Fatalf("Tokens(%q): got %q, want a piece of it", value, token)
			}
		}
	})
}
