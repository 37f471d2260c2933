package regex

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is known of a part of a pattern. Beyond them less is known.
const (
	maxWords     = 1024 // in a set
	maxProduct   = 64   // of two sets with several words each
	maxWord      = 128  // bytes of a word that is put together
	maxClass     = 16   // characters of a class that are told apart
	maxCopies    = 8    // of what is repeated
	maxCompared  = 256  // words that are compared with each other
	commonEnough = 1. / 48
)

// Words are texts of which one has to be somewhere; nil is that nothing is
// known. Where letters fold they are in lower case.
type words []string

// facts are what is known of the texts that a part of a pattern matches.
type facts struct {
	// exact: each text is one of whole. Otherwise, each begins with one of
	// prefix and ends with one of suffix.
	exact                 bool
	whole, prefix, suffix words
	need                  words // each contains one of these
}

var (
	empty    = facts{exact: true, whole: words{""}}
	anything = facts{prefix: words{""}, suffix: words{""}}
)

// open returns f in the form that is not exact.
func (f facts) open() facts {
	if f.exact {
		return facts{prefix: f.whole, suffix: f.whole, need: f.whole}
	}
	return f
}

// A reader of a parsed pattern. What it finds has more texts than the pattern
// has, never fewer: whoever looks for its words overlooks no match.
type reader struct {
	fold  bool // words are in lower case
	bytes bool // characters are bytes
	// rough is set where it has more: at assertions, and where only one case of
	// a letter would do.
	rough bool
}

func (r *reader) facts(re *syntax.Regexp) facts {
	switch re.Op {
	case syntax.OpLiteral:
		f := empty
		for _, c := range re.Rune {
			f = concat(f, r.chars(orbit(c, re.Flags&syntax.FoldCase != 0)))
		}
		return f
	case syntax.OpCharClass:
		return r.class(re.Rune)
	case syntax.OpEmptyMatch:
		return empty
	case syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		r.rough = true
		return empty
	case syntax.OpCapture:
		return r.facts(re.Sub[0])
	case syntax.OpQuest:
		return alternate(r.facts(re.Sub[0]), empty)
	case syntax.OpPlus:
		return r.repeated(re.Sub[0], 1, -1)
	case syntax.OpRepeat:
		return r.repeated(re.Sub[0], re.Min, re.Max)
	case syntax.OpConcat:
		return r.sequence(re.Sub)
	case syntax.OpAlternate:
		all := make([]facts, len(re.Sub))
		for i, sub := range re.Sub {
			all[i] = r.facts(sub)
		}
		return alternate(all...)
	}
	return anything // and what matches nothing
}

func (r *reader) sequence(parts []*syntax.Regexp) facts {
	f := empty
	for _, p := range parts {
		f = concat(f, r.facts(p))
	}
	return f
}

func (r *reader) repeated(part *syntax.Regexp, least, most int) facts {
	if least == 0 {
		return anything
	}
	copies := min(least, maxCopies)
	f := r.facts(part)
	all := f
	for range copies - 1 {
		all = concat(all, f)
	}
	if most != copies {
		return all.open()
	}
	return all
}

// class returns what is known of one character out of ranges.
func (r *reader) class(ranges []rune) facts {
	var chars []rune
	for i := 0; i < len(ranges); i += 2 {
		if len(chars)+int(ranges[i+1]-ranges[i]) >= maxClass {
			return anything
		}
		for c := ranges[i]; c <= ranges[i+1]; c++ {
			chars = append(chars, c)
		}
	}
	return r.chars(chars)
}

// chars returns what is known of one of some characters.
func (r *reader) chars(chars []rune) facts {
	var w words
	for _, c := range chars {
		if c == utf8.RuneError && !r.bytes {
			return anything // package regexp sees it in each byte that is no UTF-8
		}
		if r.fold && otherCase(c) != c {
			r.rough = r.rough || !slices.Contains(chars, otherCase(c))
			c |= 0x20
		}
		if r.bytes {
			w = append(w, string([]byte{byte(c)}))
		} else {
			w = append(w, string(c))
		}
	}
	if w == nil {
		return anything
	}
	return facts{exact: true, whole: distinct(w)}
}

// orbit returns c, and with fold its other cases.
func orbit(c rune, fold bool) []rune {
	chars := []rune{c}
	for next := unicode.SimpleFold(c); fold && next != c; next = unicode.SimpleFold(next) {
		chars = append(chars, next)
	}
	return chars
}

func concat(a, b facts) facts {
	if a.exact && b.exact {
		if whole, ok := product(a.whole, b.whole); ok {
			return facts{exact: true, whole: whole}
		}
	}
	x, y := a.open(), b.open()
	f := facts{prefix: x.prefix, suffix: y.suffix, need: rarer(x.need, y.need)}
	if middle, ok := product(x.suffix, y.prefix); ok {
		f.need = rarer(f.need, middle)
	}
	if prefix, ok := product(x.prefix, y.prefix); ok && a.exact {
		f.prefix = prefix
	}
	if suffix, ok := product(x.suffix, y.suffix); ok && b.exact {
		f.suffix = suffix
	}
	return f
}

func alternate(all ...facts) facts {
	if whole, ok := union(all, func(f facts) words { return f.whole }); ok {
		return facts{exact: true, whole: whole}
	}
	for i := range all {
		all[i] = all[i].open()
	}
	f := anything
	f.need, _ = union(all, func(f facts) words { return f.need })
	if prefix, ok := union(all, func(f facts) words { return f.prefix }); ok {
		f.prefix = prefix
	}
	if suffix, ok := union(all, func(f facts) words { return f.suffix }); ok {
		f.suffix = suffix
	}
	return f
}

// union returns the words of all facts, unless some have none, or they are too
// many.
func union(all []facts, of func(facts) words) (w words, ok bool) {
	for _, f := range all {
		if len(of(f)) == 0 {
			return nil, false
		}
		w = append(w, of(f)...)
	}
	if w = distinct(w); len(w) > maxWords {
		return nil, false
	}
	return w, true
}

// product returns each word of a with each of b behind it, unless that is
// too much.
func product(a, b words) (all words, ok bool) {
	if len(a)*len(b) > maxProduct && len(a) != 1 && len(b) != 1 {
		return nil, false
	}
	for _, v := range a {
		for _, w := range b {
			if len(v)+len(w) > maxWord {
				return nil, false
			}
			all = append(all, v+w)
		}
	}
	return distinct(all), true
}

// distinct sorts w, and drops equal words.
func distinct(w words) words {
	slices.Sort(w)
	return slices.Compact(w)
}

// rarer returns those of two sets of words that occur less often. More words
// must be worth it.
func rarer(a, b words) words {
	if len(b) == 0 || len(a) > 0 && float64(len(a))*a.frequency() <= float64(len(b))*b.frequency() {
		return a
	}
	return b
}

// frequency estimates how often one of the words begins at some byte of
// ordinary text. It is 1 or more if nothing is known.
func (w words) frequency() float64 {
	if len(w) == 0 {
		return 1
	}
	var sum float64
	for _, text := range w {
		each := 1.
		for i := range len(text) {
			each *= frequencyOf(text[i])
		}
		sum += each
	}
	return sum
}

func frequencyOf(b byte) float64 {
	switch {
	case strings.IndexByte("eatoinsr", lowerByte(b)) >= 0:
		return 1. / 16
	case otherCase(rune(b)) != rune(b), '0' <= b && b <= '9':
		return 1. / 32
	case strings.IndexByte(" /.-_=&%", b) >= 0:
		return 1. / 24
	case b < ' ':
		return 1. / 256
	}
	return 1. / 64
}

// guard returns the words that are worth looking for, or nil.
func (f facts) guard() words {
	need := f.open().need
	if need.frequency() > commonEnough {
		return nil
	}
	if len(need) > maxCompared {
		return need
	}
	return slices.DeleteFunc(slices.Clone(need), func(long string) bool {
		return slices.ContainsFunc(need, func(short string) bool {
			return len(short) < len(long) && strings.Contains(long, short)
		})
	})
}
