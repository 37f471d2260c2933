package managed

import "strings"

// A search is one thing that a pass over a text looks for.
type search struct {
	// finds is the family that occurs where it succeeds.
	finds Family
	// words are literals without regard to case, one of which must occur.
	words []string
	// left and right are what must stand beside the word.
	left, right edge
	// confirm, unless nil, looks at the text around a word, which is
	// text[from:to]: whether there is more to it. It must not go over the whole
	// text, for the word may occur at every byte of it.
	confirm func(text string, from, to int) bool
	// obscures says that it is about what a shell drops, and is not looked for
	// where that is dropped.
	obscures bool
}

// An edge says what must stand beside a word.
type edge uint8

const (
	edgeAny   edge = iota // anything
	edgeWord              // no letter, digit or underscore
	edgeName              // nothing that continues a name: as edgeWord, nor a dot, dash or dollar
	edgeStart             // the beginning of a value: of the text, or behind = or a quote
	edgeEnd               // the end of a value or of a segment of a path
)

// ok tells whether there is such an edge at text[at], where at is the position
// beside the word, within the text or not.
func (e edge) ok(text string, at int) bool {
	outside := at < 0 || at >= len(text)
	if e == edgeAny || outside {
		return true
	}
	c := text[at]
	switch e {
	case edgeWord:
		return !isWord(c)
	case edgeName:
		return !isWord(c) && c != '.' && c != '-' && c != '$'
	case edgeStart:
		return c == '=' || c == '"' || c == '\''
	case edgeEnd:
		return c == '/' || c == 0 || c == '&' || c == '"' || c == '?' || c == ';'
	}
	return true
}

// searches returns the searches of all families.
var searches = collect(
	traversalSearches, remoteSearches, metadataSearches, pathSearches, systemFileSearches,
	javaSearches, log4jSearches, reactSearches, unixSearches, windowsSearches, phpSearches, wordPressSearches, scannerSearches, scriptSearches, sqlSearches,
)

func collect(lists ...[]search) []search {
	var all []search
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

// list splits words at white space.
func list(words string) []string { return strings.Fields(words) }

// set has the words of a list.
func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// skipSpace returns the position of the first byte from i on that is no white
// space, looking at most n bytes ahead.
func skipSpace(text string, i, n int) int {
	for end := min(len(text), i+n); i < end && isSpace(text[i]); i++ {
	}
	return i
}

// backSpace returns the position behind the last byte before i that is no white
// space, looking at most n bytes back.
func backSpace(text string, i, n int) int {
	for end := max(0, i-n); i > end && isSpace(text[i-1]); i-- {
	}
	return i
}

// hasFold tells whether text has a lower-case word at i, without regard to case.
func hasFold(text string, i int, word string) bool {
	return i >= 0 && len(text)-i >= len(word) && strings.EqualFold(text[i:i+len(word)], word)
}

// wordAt returns the end of the run of word bytes, dots, plus signs and dashes at i.
func wordAt(text string, i int) int {
	for end := min(len(text), i+longestCommand); i < end && (isWord(text[i]) || text[i] == '.' || text[i] == '-' || text[i] == '+'); i++ {
	}
	return i
}

const longestCommand = 32

// lower puts the lower-case form of s into a, and returns it as a key for a map:
// m[string(lower(…))] does not allocate.
func lower(s string, a *[longestCommand]byte) []byte {
	n := copy(a[:], s)
	for i := range a[:n] {
		if c := a[i]; c >= 'A' && c <= 'Z' {
			a[i] = c | 0x20
		}
	}
	return a[:n]
}

// endsFold tells whether text[:i] ends with a lower-case word.
func endsFold(text string, i int, word string) bool { return hasFold(text, i-len(word), word) }

// findFold tells whether text contains a lower-case word. It is for short texts.
func findFold(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if text[i]|0x20 == word[0]|0x20 && hasFold(text, i, word) {
			return true
		}
	}
	return false
}

// findName is as findFold, where no letter follows: Runtime, not RuntimeException.
func findName(text, word string) bool {
	for i := 0; i+len(word) <= len(text); i++ {
		if hasFold(text, i, word) && (i+len(word) == len(text) || !isWord(text[i+len(word)])) {
			return true
		}
	}
	return false
}

// hasByte tells whether text[i:i+n] has a byte.
func hasByte(text string, i, n int, c byte) bool {
	for end := min(len(text), i+n); i < end; i++ {
		if text[i] == c {
			return true
		}
	}
	return false
}
