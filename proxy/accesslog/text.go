package accesslog

import (
	"encoding/binary"
	"slices"
)

// AppendEscaped appends s with the characters of CF-LOG-03 percent-encoded.
// A percent sign is one of them, so that an encoded URL is encoded twice and
// every value can be decoded.
func AppendEscaped(dst []byte, s string) []byte {
	dst, n := appendClean(dst, s)
	for i := n; i < len(s); i++ {
		if c := s[i]; escaped[c] {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		} else {
			dst = append(dst, c)
		}
	}
	return dst
}

// appendClean appends the beginning of s that surely needs no escape, which is
// all of most values, and returns its length. It takes eight bytes at a time,
// the last eight being partly those before.
func appendClean(dst []byte, s string) ([]byte, int) {
	if len(s) < 8 {
		return dst, 0
	}
	dst = slices.Grow(dst, len(s))
	to := dst[len(dst) : len(dst)+len(s)]
	for i := 0; ; i += 8 {
		i = min(i, len(s)-8)
		w := word(s[i : i+8])
		if suspicious(w) != 0 {
			return dst[:len(dst)+i], i
		}
		binary.LittleEndian.PutUint64(to[i:i+8], w)
		if i+8 == len(s) {
			return dst[:len(dst)+len(s)], len(s)
		}
	}
}

const upperHex = "0123456789ABCDEF"

// maxEscaped is what a byte may become longer by.
const maxEscaped = len("%20")

// escaped are the characters of CF-LOG-03.
var escaped = func() (set [256]bool) {
	for c := range 256 {
		set[c] = c <= ' ' || c >= 127
	}
	for _, c := range []byte("<>\"#%{}|\\^~[]`'") {
		set[c] = true
	}
	return set
}()

// word returns eight bytes as a number, which the compiler makes one load.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

const (
	lows  = 0x0101010101010101
	highs = 0x8080808080808080
)

// suspicious returns a number that is not 0 if one of the eight bytes of w
// needs an escape. It says so of "!", "$" and "_" too, which need none: that
// leaves five comparisons. A sum of a byte and 128-n has the high bit if the
// byte is n or more.
func suspicious(w uint64) uint64 {
	x := w &^ highs
	low := ^(x + (128-'&')*lows)                            // below "&": controls, space, " # %
	high := w | (x + (128-'{')*lows)                        // "{" or above: { | } ~ DEL, not ASCII
	quote := ^((x ^ '\''*lows) + 127*lows)                  // '
	angle := ^((x | 2*lows ^ '>'*lows) + 127*lows)          // < >
	bracket := (x + (128-'[')*lows) &^ (x + (128-'a')*lows) // [ \ ] ^ _ `
	return (low | high | quote | angle | bracket) & highs
}

// A memory has the escaped form of what requests repeat: their User-Agent,
// their Host. Each text has its place by its field and its length; another one
// with the same takes it over.
type memory [numRepeated][16]remembered

type remembered struct{ raw, text []byte }

// A repeated is a field whose values are remembered.
type repeated uint8

const (
	repeatedReferer repeated = iota
	repeatedUserAgent
	repeatedHost
	repeatedContentType
	numRepeated
)

// maxRemembered is the longest text that is remembered.
const maxRemembered = 512

// append appends s, escaped.
func (m *memory) append(dst []byte, field repeated, s string) []byte {
	if m == nil || len(s) > maxRemembered {
		return AppendEscaped(dst, s)
	}
	at := &m[field][len(s)%len(m[field])]
	if string(at.raw) == s {
		return append(dst, at.text...)
	}
	start := len(dst)
	dst = AppendEscaped(dst, s)
	at.raw, at.text = append(at.raw[:0], s...), append(at.text[:0], dst[start:]...)
	return dst
}
