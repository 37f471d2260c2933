// Package query reads query strings the way CloudFront does: raw bytes, cut
// at "&" only, nothing decoded.
//
// A query is a sequence of pairs. A pair is whatever stands between two "&",
// even nothing; its name ends at the first "=". Names and values are compared
// byte for byte, so "%7E" is not "~" (CF-KEY-19), "Color" is not "color"
// (CF-KEY-15), and ";" is an ordinary byte (CF-KEY-16):
//
//	query                   pairs                    names
//	a=1&b=2                 "a=1" "b=2"              a  b
//	a=1&a=2                 "a=1" "a=2"              a  a   (CF-KEY-18)
//	color=red;size=large    "color=red;size=large"   color
//	size=large;color=red    "size=large;color=red"   size   (no color at all)
//	a&=b&                   "a" "=b" ""              a  ""  ""
//
// It is a part of cachekey.
package query

import (
	"iter"
	"strings"
)

// A Pair is the raw text of one parameter.
type Pair string

// Name returns what stands before the first "=", or the whole pair.
func (p Pair) Name() string {
	if i := strings.IndexByte(string(p), '='); i >= 0 {
		return string(p[:i])
	}
	return string(p)
}

// Value returns what stands behind the first "=", or "".
func (p Pair) Value() string {
	if i := strings.IndexByte(string(p), '='); i >= 0 {
		return string(p[i+1:])
	}
	return ""
}

// Pairs returns the pairs of a raw query, given without its "?", in order.
// An empty query has no pairs. Iterating costs no allocation.
func Pairs(raw string) iter.Seq[Pair] {
	return func(yield func(Pair) bool) {
		for more := raw != ""; more; {
			var pair string
			pair, raw, more = strings.Cut(raw, "&")
			if !yield(Pair(pair)) {
				return
			}
		}
	}
}
