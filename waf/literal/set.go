package literal

import "strings"

// A Set is a set of literals, which have the numbers 0, 1, … in the order in
// which New was given them. It is immutable.
type Set struct {
	n      int
	single string   // the only literal, where case matters: strings.Index is for it
	always []uint32 // the empty ones, which occur in every text
	filter *filter
	automaton
}

// New returns the set of patterns. With fold, the case of ASCII letters does
// not matter. Equal patterns are fine, and an empty one occurs in every text.
func New(patterns []string, fold bool) *Set {
	s := &Set{n: len(patterns)}
	if len(patterns) == 1 && !fold {
		s.single = patterns[0]
	}
	for i, p := range patterns {
		if p == "" {
			s.always = append(s.always, uint32(i))
		}
	}
	if s.single == "" && len(s.always) < s.n {
		s.automaton = newTrie(patterns, fold).automaton()
		s.filter = newFilter(patterns, fold)
	}
	return s
}

// Len returns the number of patterns.
func (s *Set) Len() int { return s.n }

// Words returns how many words Find needs for a bit of each pattern.
func (s *Set) Words() int { return (s.n + 63) / 64 }

// Find sets bit i%64 of found[i/64] for each pattern i that occurs in text.
// Bits that are set already stay so; they must come from Find, of this Set and
// other texts, for what is known to be found is not looked at again.
//
// Hot path: no allocation.
func (s *Set) Find(text string, found []uint64) {
	for _, p := range s.always {
		found[p/64] |= 1 << (p % 64)
	}
	if s.single != "" {
		if strings.Contains(text, s.single) {
			found[0] |= 1
		}
		return
	}
	for at, state := s.next(text, 0, root); at >= 0; at, state = s.next(text, at, state) {
		s.mark(state, found)
	}
}

// mark sets the bits of all patterns that end where state is. Those of a
// shorter pattern's state are set together with its own, so that one which is
// set ends the search, and the whole of Find takes linear time.
func (s *Set) mark(state uint32, found []uint64) {
	for e := s.end(state); e != noEnd; e = s.ends[e].shorter {
		for i, p := range s.ends[e].patterns {
			if i == 0 && found[p/64]>>(p%64)&1 == 1 {
				return
			}
			found[p/64] |= 1 << (p % 64)
		}
	}
}

// Any reports whether one of the patterns occurs in text.
//
// Hot path: no allocation.
func (s *Set) Any(text string) bool {
	if len(s.always) > 0 {
		return true
	}
	if s.single != "" {
		return strings.Contains(text, s.single)
	}
	at, _ := s.next(text, 0, root)
	return at >= 0
}

// First returns the occurrence that ends first, text[from:to], of those that
// end there the longest, and its pattern, of equal ones the first. Without any
// occurrence all three are -1.
func (s *Set) First(text string) (pattern, from, to int) {
	switch {
	case len(s.always) > 0:
		return int(s.always[0]), 0, 0
	case s.single != "":
		if at := strings.Index(text, s.single); at >= 0 {
			return 0, at, at + len(s.single)
		}
		return -1, -1, -1
	}
	at, state := s.next(text, 0, root)
	if at < 0 {
		return -1, -1, -1
	}
	e := &s.ends[s.end(state)]
	return int(e.patterns[0]), at - e.length, at
}

// next continues at text[at:] in a state, and returns where the next pattern
// ends and the state there, or -1.
func (s *Set) next(text string, at int, state uint32) (end int, reached uint32) {
	if s.filter == nil {
		return -1, root
	}
	until := at
	for {
		if state == root {
			if at, until = s.filter.skip(text, at); at < 0 {
				return -1, root
			}
		}
		if at, state = s.run(text, at, until, state); state != root {
			return at, state
		}
		if at == len(text) {
			return -1, root
		}
	}
}
