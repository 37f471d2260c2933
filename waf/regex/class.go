package regex

import (
	"fmt"
	"slices"
	"strings"
)

// posix are the names that may be in [: and :].
var posix = []string{"alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"}

// class translates a bracket expression.
func (t *translator) class() error {
	begin := t.at
	t.at++
	t.out.WriteByte('[')
	if strings.HasPrefix(t.src[t.at:], "^") {
		t.at++
		t.out.WriteByte('^')
	}
	for first := true; ; first = false {
		switch {
		case t.at == len(t.src):
			return t.refuse(begin, "[ without ]", "")
		case t.src[t.at] == ']' && !first:
			t.at++
			t.write("]", true)
			return nil
		}
		if err := t.member(); err != nil {
			return err
		}
	}
}

// member translates one member of a bracket expression: a character, a range,
// or a set.
func (t *translator) member() error {
	if set, is, err := t.set(); is || err != nil {
		t.out.WriteString(set)
		return err
	}
	begin := t.at
	low, err := t.single()
	if err != nil {
		return err
	}
	high := low
	if t.at+1 < len(t.src) && t.src[t.at] == '-' && t.src[t.at+1] != ']' {
		t.at++
		set, is, err := t.set()
		if is { // the hyphen stands for itself
			t.span(low, low)
			t.out.WriteString(`\-` + set)
		}
		if is || err != nil {
			return err
		}
		if high, err = t.single(); err != nil {
			return err
		}
	}
	if high < low {
		return t.refuse(begin, fmt.Sprintf("range %s whose ends are out of order", t.src[begin:t.at]), "")
	}
	t.span(low, high)
	return nil
}

// single reads a character.
func (t *translator) single() (rune, error) {
	switch {
	case strings.HasPrefix(t.src[t.at:], `\b`):
		t.at += 2
		return '\b', nil
	case t.src[t.at] == '\\':
		return t.code()
	}
	return t.next(), nil
}

// set reads a member that is a set, and returns how it is written.
func (t *translator) set() (text string, is bool, err error) {
	rest := t.src[t.at:]
	switch {
	case strings.HasPrefix(rest, "[:"):
		return t.posix()
	case strings.HasPrefix(rest, "[.") && strings.Contains(rest, ".]"), strings.HasPrefix(rest, "[=") && strings.Contains(rest, "=]"):
		return "", false, t.refuse(t.at, "collating element "+upTo(rest, "]"), "")
	case strings.HasPrefix(rest, `\Q`), strings.HasPrefix(rest, `\E`):
		t.quotedMembers()
		return "", true, nil
	case strings.HasPrefix(rest, `\p`), strings.HasPrefix(rest, `\P`):
		text, err = t.property()
		return text, true, err
	case len(rest) > 1 && rest[0] == '\\' && sets[rest[1]] != "":
		t.at += 2
		return sets[rest[1]], true, nil
	}
	return "", false, nil
}

// posix reads [:alpha:] and the like. Under (?i) the cases are the same.
func (t *translator) posix() (text string, is bool, err error) {
	inside, _, ended := strings.Cut(t.src[t.at+2:], ":]")
	name := strings.TrimPrefix(inside, "^")
	if !ended || strings.ContainsAny(inside, `]\`) {
		return "", false, nil // a bracket and a colon that stand for themselves
	}
	whole := "[:" + inside + ":]"
	if !slices.Contains(posix, name) {
		return "", false, t.refuse(t.at, "character class "+whole+", which is not known", "")
	}
	t.at += len(whole)
	if t.flags.fold && (name == "lower" || name == "upper") {
		whole = strings.Replace(whole, name, "alpha", 1)
	}
	return whole, true, nil
}

// quotedMembers translates \Q…\E within brackets, or an \E alone.
func (t *translator) quotedMembers() {
	t.at += len(`\Q`)
	if t.src[t.at-1] == 'E' {
		return
	}
	for t.at < len(t.src) && !strings.HasPrefix(t.src[t.at:], `\E`) {
		r := t.next()
		t.span(r, r)
	}
	t.at = min(t.at+len(`\E`), len(t.src))
}

// span writes the characters from low to high as members, in both cases
// under (?i).
func (t *translator) span(low, high rune) {
	fmt.Fprintf(&t.out, `\x{%x}-\x{%x}`, low, high)
	if !t.flags.fold {
		return
	}
	for _, letters := range [][2]rune{{'A', 'Z'}, {'a', 'z'}} {
		from, to := max(low, letters[0]), min(high, letters[1])
		if from <= to {
			fmt.Fprintf(&t.out, `\x{%x}-\x{%x}`, otherCase(from), otherCase(to))
		}
	}
}
