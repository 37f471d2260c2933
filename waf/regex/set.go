package regex

import "github.com/groundfront/groundfront/waf/literal"

// A Set is several patterns, such as a regex pattern set, which match where one
// of them does. It is immutable.
//
// The literals of all patterns are looked for in one pass, and only those
// patterns run of which one was found.
type Set struct {
	groups    []group // successive patterns; most sets have one
	unguarded []int
}

// A group is so many patterns that the bits of their literals fit on the stack.
type group struct {
	first    int // the number of the first pattern
	members  []member
	literals *literal.Set
	always   bool // a pattern is not guarded
}

// A member is a pattern with the numbers of its literals, none if it is not
// guarded.
type member struct {
	*Regexp
	from, to int
}

// groupBits is how many literals a group may have: twice as many as a pattern.
const groupBits = 2 * maxWords

// NewSet returns the set of patterns, which have the numbers 0, 1, …
func NewSet(patterns []*Regexp) *Set {
	s := new(Set)
	for i, p := range patterns {
		if !p.Guarded() {
			s.unguarded = append(s.unguarded, i)
		}
	}
	for first := 0; first < len(patterns); {
		g := newGroup(patterns[first:])
		g.first = first
		first += len(g.members)
		s.groups = append(s.groups, g)
	}
	return s
}

// newGroup returns the group of as many of the first patterns as fit. Where
// case matters to one pattern and not to another the group finds too much; then
// a pattern runs in vain.
func newGroup(patterns []*Regexp) group {
	var g group
	var all words
	var fold bool
	for _, p := range patterns {
		if len(all)+len(p.words) > groupBits {
			break
		}
		g.members = append(g.members, member{p, len(all), len(all) + len(p.words)})
		g.always = g.always || !p.Guarded()
		all = append(all, p.words...)
		fold = fold || p.fold
	}
	g.literals = literal.New(all, fold)
	return g
}

// Unguarded returns the numbers of the patterns that run on every text, for
// they have no literals. The configuration warns of them.
func (s *Set) Unguarded() []int { return s.unguarded }

// Match returns the number of the first pattern that occurs in text, or -1.
//
// Hot path: no allocation, but as in Regexp.Match.
func (s *Set) Match(text string) int {
	for i := range s.groups {
		if n := s.groups[i].match(text); n >= 0 {
			return s.groups[i].first + n
		}
	}
	return -1
}

func (g *group) match(text string) int {
	var bits [groupBits / 64]uint64
	found := bits[:g.literals.Words()]
	g.literals.Find(text, found)
	if !g.always && !anyBit(found, 0, g.literals.Len()) {
		return -1
	}
	for i := range g.members {
		m := &g.members[i]
		if m.Guarded() && !anyBit(found, m.from, m.to) {
			continue
		}
		if m.plain && m.matchPlain(text) || !m.plain && m.run(text) {
			return i
		}
	}
	return -1
}

// anyBit reports whether a bit from from on, below to, is set.
func anyBit(bits []uint64, from, to int) bool {
	for from < to {
		word, shift := from/64, from%64
		n := min(64-shift, to-from)
		if bits[word]>>shift<<(64-n) != 0 {
			return true
		}
		from += n
	}
	return false
}
