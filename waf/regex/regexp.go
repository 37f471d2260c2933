package regex

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/groundfront/groundfront/waf/literal"
)

// MaxSize bounds what a pattern is compiled to, in instructions: to match takes
// at most about as many steps for each byte of the text.
const MaxSize = 4096

// A Regexp is a compiled regular expression. It is immutable.
//
// A program runs at 1 to 10 MB/s, the search for literals before it at 2 GB/s:
// BenchmarkMatch.
type Regexp struct {
	pattern string
	program *regexp.Regexp
	bytes   bool // characters are bytes
	// words are those of which every match has one, fold whether their case
	// does not matter, guard looks for them. It is nil where there are none.
	words words
	fold  bool
	guard *literal.Set
	// plain: the words are all there is, and the program does not run.
	plain bool
	begin anchor
	end   anchor
}

// An anchor is where a plain pattern begins or ends.
type anchor uint8

const (
	anywhere anchor = iota
	atText
	atFinalNewline // or at the text's end
)

// Compile compiles a pattern. An error is an *Error, and says what it refuses,
// where, and what to do instead (WF-RGX-01, WF-RGX-02).
func Compile(pattern string) (*Regexp, error) {
	t, err := translate(pattern)
	if err != nil {
		return nil, err
	}
	tree, err := syntax.Parse(t.out.String(), syntax.Perl)
	if err != nil {
		return nil, tooLarge(err)
	}
	if n := size(tree); n > MaxSize {
		return nil, &Error{What: fmt.Sprintf("a pattern of about %d states, more than %d", n, MaxSize), Hint: "use smaller repetitions"}
	}
	program, err := regexp.Compile(t.out.String())
	if err != nil {
		return nil, tooLarge(err)
	}
	r := &Regexp{pattern: pattern, program: program, bytes: t.bytes}
	r.read(tree, t.folds)
	return r, nil
}

// tooLarge is the error of what package regexp does not take: the translation
// is valid, so that it is about size.
func tooLarge(err error) error {
	what := err.Error()
	if e, ok := err.(*syntax.Error); ok {
		what = e.Code.String()
	}
	return &Error{What: "a pattern that is too large or too deep: " + what, Hint: "use smaller repetitions and fewer groups"}
}

// size returns about how many instructions a pattern takes.
func size(re *syntax.Regexp) int {
	var subs int
	for _, sub := range re.Sub {
		subs = min(subs+size(sub), 1<<20)
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpConcat, syntax.OpCapture:
		return subs
	case syntax.OpRepeat:
		return min(subs*max(re.Min, re.Max, 1), 1<<20)
	}
	return subs + 1
}

// read finds the words of a parsed pattern, and whether they are all of it.
func (r *Regexp) read(tree *syntax.Regexp, folds bool) {
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
	}
	parts = r.anchors(parts)
	reader := reader{fold: folds || foldsCase(tree), bytes: r.bytes}
	f := reader.sequence(parts)
	r.fold = reader.fold
	r.plain = f.exact && !reader.rough
	r.words = f.guard()
	if r.plain {
		r.words = f.whole
	}
	if r.words != nil {
		r.guard = literal.New(r.words, r.fold)
	}
}

// foldsCase reports whether a letter stands for both of its cases.
func foldsCase(re *syntax.Regexp) bool {
	return re.Op == syntax.OpLiteral && re.Flags&syntax.FoldCase != 0 || slices.ContainsFunc(re.Sub, foldsCase)
}

// anchors takes the anchors at both ends off, and what may be empty at an end
// without one: it changes nothing of which texts match.
func (r *Regexp) anchors(parts []*syntax.Regexp) []*syntax.Regexp {
	if n := len(parts); n > 0 && parts[0].Op == syntax.OpBeginText {
		r.begin, parts = atText, parts[1:]
	}
	if n := len(parts); n > 0 && parts[n-1].Op == syntax.OpEndText {
		r.end, parts = atText, parts[:n-1]
		if n > 1 && isOptionalNewline(parts[n-2]) {
			r.end, parts = atFinalNewline, parts[:n-2]
		}
	}
	for r.begin == anywhere && len(parts) > 0 && mayBeEmpty(parts[0]) {
		parts = parts[1:]
	}
	for r.end == anywhere && len(parts) > 0 && mayBeEmpty(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	return parts
}

func isOptionalNewline(re *syntax.Regexp) bool {
	return re.Op == syntax.OpQuest && re.Sub[0].Op == syntax.OpLiteral && string(re.Sub[0].Rune) == "\n"
}

// mayBeEmpty reports whether a part may be left out.
func mayBeEmpty(re *syntax.Regexp) bool {
	return re.Op == syntax.OpStar || re.Op == syntax.OpQuest || re.Op == syntax.OpRepeat && re.Min == 0
}

// String returns the pattern.
func (r *Regexp) String() string { return r.pattern }

// Literals are words of which every text that matches has one, perhaps in
// another case; nil if there are none: such a pattern runs on every text, for up
// to 60 µs for each KiB of it (WF-BM-08). Who looks for the words of many
// patterns in one pass asks Confirm about those texts that have one.
func (r *Regexp) Literals() []string { return r.words }

// Confirm is Match for a text that has one of the Literals.
func (r *Regexp) Confirm(text string) bool {
	if r.plain {
		return r.matchPlain(text)
	}
	return r.run(text)
}

// Match reports whether the pattern occurs in text.
//
// Hot path: no allocation, but by a pattern about bytes whose guard let a text
// pass that is not ASCII.
func (r *Regexp) Match(text string) bool {
	if r.plain {
		return r.matchPlain(text)
	}
	if r.guard != nil && !r.guard.Any(text) {
		return false
	}
	return r.run(text)
}

// run matches with the program.
func (r *Regexp) run(text string) bool {
	if r.bytes {
		text = widen(text)
	}
	return r.program.MatchString(text)
}

// widen makes a character of each byte.
func widen(text string) string {
	if isASCII(text) {
		return text
	}
	wide := make([]byte, 0, 2*len(text))
	for i := range len(text) {
		wide = utf8.AppendRune(wide, rune(text[i]))
	}
	return string(wide)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// Find returns the leftmost match, text[from:to], or -1 and -1. Where the
// pattern ends with $, that may include the final newline. It is for records
// of what matched, not for every request.
func (r *Regexp) Find(text string) (from, to int) {
	searched := text
	if r.bytes {
		searched = widen(text)
	}
	at := r.program.FindStringIndex(searched)
	if at == nil {
		return -1, -1
	}
	if len(searched) != len(text) {
		return utf8.RuneCountInString(searched[:at[0]]), utf8.RuneCountInString(searched[:at[1]])
	}
	return at[0], at[1]
}

// matchPlain matches a plain pattern.
func (r *Regexp) matchPlain(text string) bool {
	if r.begin == anywhere && r.end == anywhere {
		return r.guard.Any(text)
	}
	for _, w := range r.words {
		if r.matchWord(text, w) || r.end == atFinalNewline && strings.HasSuffix(text, "\n") && r.matchWord(text[:len(text)-1], w) {
			return true
		}
	}
	return false
}

// matchWord matches a word with anchors, of which that of the end is the end of
// text.
func (r *Regexp) matchWord(text, word string) bool {
	rest := len(text) - len(word)
	switch {
	case rest < 0, r.begin != anywhere && r.end != anywhere && rest > 0:
		return false
	case r.begin != anywhere:
		return r.equal(text[:len(word)], word)
	}
	return r.equal(text[rest:], word)
}

// equal compares as r does. Both have the same length.
func (r *Regexp) equal(text, word string) bool {
	if !r.fold {
		return text == word
	}
	for i := range len(text) {
		if lowerByte(text[i]) != word[i] {
			return false
		}
	}
	return true
}
