package query

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/selection"
)

// A Filter reduces a query to what a policy selects. The zero value selects
// nothing. It is immutable in use and safe for many goroutines.
type Filter struct {
	Selection selection.Selection

	// DropTracking also drops the parameters that Tracking knows, unless a
	// whitelist names them. Beyond CloudFront.
	DropTracking bool

	// Sort orders the selected pairs by name, byte by byte; pairs of one name
	// keep their order. CloudFront never sorts (CF-KEY-14).
	Sort bool

	// Repeated drops pairs of a name that was there already. With another
	// value than RepeatedAll, Append takes allocations.
	Repeated Repeated
}

// Append appends the selected pairs of a raw query to dst, joined with "&",
// and returns the longer buffer. Pairs keep their bytes (CF-KEY-19), repeats
// stay unless Repeated says otherwise (CF-KEY-18), and the order is the request's (CF-KEY-17). A query that
// has to be taken apart loses its empty pairs, which say nothing.
//
// Hot path: no allocation of its own, except that sorting more than 32 pairs
// takes one. See BenchmarkAppend.
func (f *Filter) Append(dst []byte, raw string) []byte {
	if f.Repeated != RepeatedAll && f.Selection.Behavior != selection.BehaviorNone {
		raw = f.WithoutRepeats(raw)
	}
	switch {
	case f.Sort:
		return f.appendSorted(dst, raw)
	case f.Selection.Behavior == selection.BehaviorNone:
		return dst
	case f.Selection.Behavior == selection.BehaviorAll && !f.DropTracking:
		return append(dst, raw...)
	}
	start := len(dst)
	for p := range Pairs(raw) {
		if f.selects(p) {
			dst = appendPair(dst, start, p)
		}
	}
	return dst
}

func (f *Filter) selects(p Pair) bool {
	name := p.Name()
	if p == "" || !f.Selection.Includes(name) {
		return false
	}
	return !f.DropTracking || f.Selection.Behavior == selection.BehaviorWhitelist || !Tracking(name)
}

// appendSorted is Append for Sort. The array keeps ordinary queries off the
// heap; slices.SortStableFunc keeps a query of thousands of pairs from
// costing quadratic time.
func (f *Filter) appendSorted(dst []byte, raw string) []byte {
	var array [32]Pair
	pairs := array[:0]
	for p := range Pairs(raw) {
		if f.selects(p) {
			pairs = append(pairs, p)
		}
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return strings.Compare(a.Name(), b.Name()) })
	start := len(dst)
	for _, p := range pairs {
		dst = appendPair(dst, start, p)
	}
	return dst
}

// appendPair appends one pair to a query that begins at start.
func appendPair(dst []byte, start int, p Pair) []byte {
	if len(dst) > start {
		dst = append(dst, '&')
	}
	return append(dst, p...)
}
