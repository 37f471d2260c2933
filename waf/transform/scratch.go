package transform

import "unsafe"

// scratchKept is how much memory a Scratch keeps for the next request, and
// scratchStart what it begins with, in bytes. Ordinary requests need less
// than the second; one with a body that is encoded several times may need
// more than the first, and should not hold it for ever.
const (
	scratchKept  = 256 << 10
	scratchStart = 1 << 10
)

// A Scratch holds the results of transformations while one request is
// inspected. The zero value is empty and ready. It is owned by one goroutine.
type Scratch struct {
	// block has what is given out up to its length. A block that is full is
	// left to those who have views of it; the next is twice as large, up to
	// scratchKept or what one text needs.
	block []byte
}

// Reset makes room: texts that came from s are no longer valid. A block of
// more than 256 KiB is given back.
func (s *Scratch) Reset() {
	if cap(s.block) > scratchKept {
		s.block = nil
	}
	s.block = s.block[:0]
}

// room returns an empty slice with a capacity of at least n.
func (s *Scratch) room(n int) []byte {
	if cap(s.block)-len(s.block) < n {
		s.block = make([]byte, 0, max(n, min(2*cap(s.block), scratchKept), scratchStart))
	}
	return s.block[len(s.block):]
}

// take keeps text, which was written to what room returned, as a string.
func (s *Scratch) take(text []byte) string {
	s.block = s.block[:len(s.block)+len(text)]
	return unsafe.String(unsafe.SliceData(text), len(text))
}

// A mark is how far a Scratch was filled.
type mark struct {
	block *byte
	size  int
}

func (s *Scratch) mark() mark { return mark{unsafe.SliceData(s.block), len(s.block)} }

// moveDown moves text, which was taken last, to where m was, and gives back
// all else that was taken since.
func (s *Scratch) moveDown(m mark, text string) string {
	if m.block != unsafe.SliceData(s.block) {
		m.size = 0 // a block begun since: all in it is younger than m
	}
	s.block = append(s.block[:m.size], text...)
	return unsafe.String(unsafe.SliceData(s.block[m.size:]), len(text))
}

// same reports whether a and b are one text in memory.
func same(a, b string) bool {
	return len(a) == len(b) && unsafe.StringData(a) == unsafe.StringData(b)
}
