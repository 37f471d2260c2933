package literal

// An automaton is that of Aho and Corasick: its state after some text is the
// longest beginning of a pattern with which that text ends.
//
// Only states where patterns part have a row of successors, one for each class
// of bytes. Most states lie in the middle of one pattern and have a single
// successor; for any other byte the search goes on from the state of the next
// shorter beginning, which is at most one more step for each byte read. Rows for
// all states would save that, and take seven times the memory: 1.2 MB instead of
// 170 KB for the 977 file names of CRS's lfi-os-files.data.
type automaton struct {
	classes [256]uint16
	states  []state
	rows    []uint32
	ends    []end
}

// A state has the number of its index; root is that of no beginning at all.
type state struct {
	next  uint32 // the only successor, or where the row begins
	short uint32 // the state of the next shorter beginning
	end   uint32 // the longest pattern that ends here, an index of ends, or noEnd
	class uint16 // what leads to the only successor, or one of the following
}

const (
	root  = 0
	noEnd = 0

	otherClass   = 0 // that of all bytes which are in no pattern
	classRow     = 1<<16 - 1
	classNothing = 1<<16 - 2 // no successor
)

// An end is where one pattern ends, or several equal ones.
type end struct {
	patterns []uint32
	length   int
	shorter  uint32 // the end of the next shorter pattern that ends there as well
}

// step returns the state after one more byte, of class c.
func (a *automaton) step(s uint32, c uint16) uint32 {
	for {
		st := &a.states[s]
		switch st.class {
		case c:
			return st.next
		case classRow:
			return a.rows[st.next+uint32(c)]
		}
		s = st.short
	}
}

// run goes on at text[at:] in state s until a pattern ends, and returns where
// and the state there; or until, from position until on, no pattern has begun:
// then that is root.
func (a *automaton) run(text string, at, until int, s uint32) (int, uint32) {
	states, rows := a.states, a.rows
	for at < len(text) {
		c := a.classes[text[at]]
		at++
		for {
			st := &states[s]
			if st.class == c {
				s = st.next
				break
			}
			if st.class == classRow {
				s = rows[st.next+uint32(c)]
				break
			}
			s = st.short
		}
		if states[s].end != noEnd {
			return at, s
		}
		if s == root && at >= until {
			return at, root
		}
	}
	return at, root
}
