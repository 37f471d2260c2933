package literal

import "strings"

// A Cursor is where a search for all occurrences has come to. Its zero value is
// the beginning of a text. It is for one Set and one text.
type Cursor struct {
	at    int
	state uint32
	end   uint32 // what ends at at and was not returned yet
	i     int    // of the equal patterns there
}

// Next returns the next occurrence, text[from:to], and its pattern; all three
// are -1 if there is no more. Occurrences come in the order of their ends, of
// those that end at one place the longer first; they may overlap, and there may
// be as many at one place as patterns end with each other. Patterns that are
// empty are left out.
//
// Hot path: no allocation.
func (s *Set) Next(text string, c *Cursor) (pattern, from, to int) {
	if s.single != "" {
		return s.nextSingle(text, c)
	}
	for {
		if c.end != noEnd {
			e := &s.ends[c.end]
			if c.i < len(e.patterns) {
				c.i++
				return int(e.patterns[c.i-1]), c.at - e.length, c.at
			}
			c.end, c.i = e.shorter, 0
			continue
		}
		at, state := s.next(text, c.at, c.state)
		if at < 0 {
			c.at, c.state = len(text), root
			return -1, -1, -1
		}
		c.at, c.state, c.end = at, state, s.end(state)
	}
}

func (s *Set) nextSingle(text string, c *Cursor) (pattern, from, to int) {
	i := strings.Index(text[c.at:], s.single)
	if i < 0 {
		c.at = len(text)
		return -1, -1, -1
	}
	from = c.at + i
	c.at = from + 1
	return 0, from, from + len(s.single)
}
