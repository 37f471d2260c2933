package h1

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// token are the characters of a token (RFC 9110 section 5.6.2).
var token = func() (set [256]bool) {
	for c := range 256 {
		set[c] = '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
	}
	for _, c := range "!#$%&'*+-.^_`|~" {
		set[c] = true
	}
	return set
}()

// valueEnd returns the index of the first character at or after at that does
// not belong to a field value (RFC 9110 section 5.5): a control character other
// than a tab.
//
// Hot path, BenchmarkParse: eight characters at a time. A look at each one took
// three times as long for a browser's request.
func valueEnd(s string, at int) int {
	for {
		at = controlAt(s, at)
		if at >= len(s) || s[at] != '\t' {
			return at
		}
		at++
	}
}

// controlAt returns the index of the first character below 0x20 or equal to
// 0x7f, len(s) if there is none.
func controlAt(s string, at int) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x8080808080808080
	)
	b := unsafe.Slice(unsafe.StringData(s), len(s))
	for ; at+8 <= len(b); at += 8 {
		x := binary.LittleEndian.Uint64(b[at:])
		del := x ^ 0x7f*ones
		// A byte has its high bit set here if it is one of those looked for; above
		// the first of them borrows may set it for others too.
		if found := ((x - 0x20*ones) & ^x & highs) | ((del - ones) & ^del & highs); found != 0 {
			return at + bits.TrailingZeros64(found)/8
		}
	}
	for ; at < len(b); at++ {
		if c := b[at]; c < 0x20 || c == 0x7f {
			return at
		}
	}
	return at
}

// view returns b as a string without a copy, for as long as b does not change.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
