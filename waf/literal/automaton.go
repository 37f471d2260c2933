package literal

// An automaton is that of Aho and Corasick: its state after some text is the
// longest beginning of a pattern with which that text ends.
//
// Where patterns part, and next to root, a state has a row of successors, one
// for each class of bytes. Most states lie in the middle of one pattern and
// have a single successor; for any other byte the search goes on from the state
// of the next shorter beginning, which is at most one more step for each byte
// read. Rows for all states would save that, and take six times the memory for
// the 977 file names of CRS's lfi-os-files.data, 1.1 MB instead of 170 KB, and
// twelve times for the 1,833 messages of its php-errors.data.
type automaton struct {
	classes [256]uint16
	count   int      // of classes
	rows    []uint32 // count states for each row, and the end where its state is
	singles []single
	ends    []end
}

// A state is the index of its row, or of a single, with two marks. So a step
// from row to row is one load.
const (
	isSingle = 1 << 31
	hasEnd   = 1 << 30 // a pattern ends here
	indexOf  = hasEnd - 1

	root = 0 // of no beginning at all: the first row
)

// A single is a state with at most one successor of its own.
type single struct {
	next  uint32
	short uint32 // the state of the next shorter beginning, without hasEnd
	end   uint32
	class uint16 // of the byte that leads to next, or nothing
}

const (
	otherClass = 0 // that of all bytes which are in no pattern
	nothing    = 1<<16 - 1
)

// An end is where one pattern ends, or several equal ones.
type end struct {
	patterns []uint32
	length   int
	shorter  uint32 // the end of the next shorter pattern that ends there as well
}

// noEnd is the index of no end.
const noEnd = 0

// end returns the longest pattern that ends in state s, as an index of ends.
func (a *automaton) end(s uint32) uint32 {
	switch {
	case s&hasEnd == 0:
		return noEnd
	case s&isSingle != 0:
		return a.singles[s&indexOf].end
	}
	return a.rows[int(s&indexOf)+a.count]
}

// run goes on at text[at:] in state s until a pattern ends, and returns where
// and the state there; or until, from position until on, no pattern has begun:
// then that is root.
func (a *automaton) run(text string, at, until int, s uint32) (int, uint32) {
	rows, singles := a.rows, a.singles
	s &^= hasEnd // below, a row's state is its index
	for at < len(text) {
		c := a.classes[text[at]]
		at++
		for {
			if s&isSingle == 0 {
				s = rows[s+uint32(c)]
				break
			}
			x := &singles[s&indexOf]
			if x.class == c {
				s = x.next
				break
			}
			s = x.short
		}
		if s&hasEnd != 0 || s == root && at >= until {
			return at, s
		}
	}
	return at, root
}
