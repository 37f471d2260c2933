package signedurl

import (
	"slices"
	"strings"
)

// anyByte stands for one character in a piece of a glob. No URL has it.
const anyByte = 0

// A glob is a pattern of a section of a resource, cut at its "*": each piece is
// literal text, in which anyByte stands for "?". It matches in time that is
// linear in the text: each piece is searched for from where the one before it
// ended, and the first place is as good as any later one.
type glob struct{ pieces []string }

// newGlob compiles a pattern. The two characters \? are a literal question mark
// (CF-SIG-19).
func newGlob(pattern string) glob {
	pieces := strings.Split(pattern, "*")
	if last := len(pieces) - 1; last > 1 { // ** is as good as *
		middle := slices.DeleteFunc(pieces[1:last:last], func(p string) bool { return p == "" })
		pieces = slices.Concat(pieces[:1], middle, pieces[last:])
	}
	for i, p := range pieces {
		if strings.IndexByte(p, '?') < 0 {
			continue
		}
		b := make([]byte, 0, len(p))
		for j := 0; j < len(p); j++ {
			switch {
			case p[j] == '\\' && j+1 < len(p) && p[j+1] == '?':
				b = append(b, '?')
				j++
			case p[j] == '?':
				b = append(b, anyByte)
			default:
				b = append(b, p[j])
			}
		}
		pieces[i] = string(b)
	}
	return glob{pieces}
}

// matches reports whether all of s matches.
//
// Hot path: no allocation, for pieces of at most 64 characters or without "?".
func (g glob) matches(s string) bool {
	last := len(g.pieces) - 1
	if last < 0 {
		return false
	}
	head := g.pieces[0]
	if last == 0 {
		return len(s) == len(head) && equalPiece(s, head)
	}
	tail := g.pieces[last]
	if len(s) < len(head)+len(tail) || !equalPiece(s[:len(head)], head) || !equalPiece(s[len(s)-len(tail):], tail) {
		return false
	}
	s = s[len(head) : len(s)-len(tail)]
	for _, p := range g.pieces[1:last] {
		i := indexPiece(s, p)
		if i < 0 {
			return false
		}
		s = s[i+len(p):]
	}
	return true
}

// equalPiece compares texts of one length.
func equalPiece(s, piece string) bool {
	for i := range len(s) {
		if s[i] != piece[i] && piece[i] != anyByte {
			return false
		}
	}
	return true
}

// indexPiece returns the first place of a piece in s, or -1.
func indexPiece(s, piece string) int {
	switch {
	case strings.IndexByte(piece, anyByte) < 0:
		return strings.Index(s, piece)
	case len(piece) > len(s):
		return -1
	case len(piece) <= 64:
		return indexShort(s, piece)
	}
	return indexLong(s, piece)
}

// indexShort is the shift-and algorithm: bit i of state says that the i+1 last
// characters of s are the first of the piece.
func indexShort(s, piece string) int {
	var masks [256]uint64
	wild := uint64(0)
	for i := range len(piece) {
		if piece[i] == anyByte {
			wild |= 1 << i
		} else {
			masks[piece[i]] |= 1 << i
		}
	}
	end := uint64(1) << (len(piece) - 1)
	state := uint64(0)
	for i := range len(s) {
		state = (state<<1 | 1) & (masks[s[i]] | wild)
		if state&end != 0 {
			return i + 1 - len(piece)
		}
	}
	return -1
}

// indexLong is indexShort with several words of bits.
func indexLong(s, piece string) int {
	words := (len(piece) + 63) / 64
	masks := make([]uint64, 256*words) // by character
	for i := range len(piece) {
		w, bit := i/64, uint64(1)<<(i%64)
		if piece[i] != anyByte {
			masks[int(piece[i])*words+w] |= bit
			continue
		}
		for c := range 256 {
			masks[c*words+w] |= bit
		}
	}
	end := uint64(1) << ((len(piece) - 1) % 64)
	state := make([]uint64, words)
	for i := range len(s) {
		carry := uint64(1)
		for w, mask := range masks[int(s[i])*words : (int(s[i])+1)*words] {
			next := state[w] >> 63
			state[w] = (state[w]<<1 | carry) & mask
			carry = next
		}
		if state[words-1]&end != 0 {
			return i + 1 - len(piece)
		}
	}
	return -1
}
