package query

import (
	"slices"
	"strings"
)

// Repeated says which of several pairs of one name count (CF-KEY-18).
type Repeated uint8

const (
	// RepeatedAll keeps all, in order.
	RepeatedAll Repeated = iota
	// RepeatedFirst drops all but the first.
	RepeatedFirst
	// RepeatedLast drops all but the last.
	RepeatedLast
)

// String returns the word of the configuration.
func (r Repeated) String() string {
	switch r {
	case RepeatedAll:
		return "all"
	case RepeatedFirst:
		return "first"
	case RepeatedLast:
		return "last"
	}
	return "Repeated(?)"
}

// WithoutRepeats returns a raw query without the pairs that f.Repeated drops:
// of the names that f selects, all but one. Other pairs stay, and a query
// without such pairs is returned as it is.
func (f *Filter) WithoutRepeats(raw string) string {
	if f.Repeated == RepeatedAll {
		return raw
	}
	pairs := slices.Collect(Pairs(raw))
	if f.Repeated == RepeatedLast {
		slices.Reverse(pairs)
	}
	seen := make(map[string]bool, len(pairs))
	kept := slices.DeleteFunc(pairs, func(p Pair) bool {
		if !f.selects(p) {
			return false
		}
		again := seen[p.Name()]
		seen[p.Name()] = true
		return again
	})
	if len(kept) == strings.Count(raw, "&")+1 {
		return raw
	}
	if f.Repeated == RepeatedLast {
		slices.Reverse(kept)
	}
	out := make([]byte, 0, len(raw))
	for i, p := range kept {
		if i > 0 {
			out = append(out, '&')
		}
		out = append(out, p...)
	}
	return string(out)
}
