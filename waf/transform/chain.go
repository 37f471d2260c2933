package transform

// A Chain is the transformations of one statement in the order of their
// priorities (WF-TT-22). Of several only what the last one makes is matched.
// That encoded twice has to be decoded twice, which takes two entries
// (WF-TT-23).
type Chain []Kind

// Apply applies each to what the one before has made, and returns what
// [Kind.Apply] would of the last. Memory of results in between is given back.
func (c Chain) Apply(src string, s *Scratch) string {
	start := s.mark()
	text := src
	for i, k := range c {
		next := k.Apply(text, s)
		if i > 0 && !same(next, text) {
			next = s.moveDown(start, next)
		}
		text = next
	}
	return text
}
