// Package vary keeps apart the responses that one cache key has for requests
// that differ in other fields (RFC 9111 section 4.1).
//
// A response nominates request fields by its Vary field. Names is such a
// list in canonical form, and Append turns it, with the fields of a request,
// into bytes that follow the key: two requests get the same bytes exactly if
// a response for one of them, chosen by these names, answers the other.
//
// It is a part of cache.
package vary

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Names are nominated request fields: lower case, ascending, each once,
// separated by commas. The zero value nominates none.
type Names string

// maxNames bounds the names that are told apart for one key. A response that
// would need more is not kept: so many names leave nothing to reuse.
const maxNames = 16

// Of returns the names in the Vary lines of a response. ok is false if no
// other request can be known to fit: "*" is among them (RFC 9110 section
// 12.5.5), something that is no field name, or too many.
func Of(response field.Lines) (n Names, ok bool) {
	var names []string
	for i := range response {
		if !field.EqualName(response[i].Name, "Vary") {
			continue
		}
		for name := range strings.SplitSeq(response[i].Value, ",") {
			if name = strings.ToLower(strings.Trim(name, " \t")); name == "" {
				continue
			}
			if name == "*" || !field.ValidName(name) {
				return "", false
			}
			names = append(names, name)
		}
	}
	return canonical(names)
}

// canonical sorts names, in place.
func canonical(names []string) (n Names, ok bool) {
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > maxNames {
		return "", false
	}
	return Names(strings.Join(names, ",")), true
}

// Union returns the names that are in one of the two. ok is false if they
// are too many.
func (n Names) Union(m Names) (u Names, ok bool) {
	switch {
	case n == m, m == "":
		return n, true
	case n == "":
		return m, true
	}
	return canonical(append(strings.Split(string(n), ","), strings.Split(string(m), ",")...))
}

// Covers reports whether every name of m is in n.
func (n Names) Covers(m Names) bool {
	u, ok := n.Union(m)
	return ok && u == n
}

// Without returns the names but for one.
func (n Names) Without(name string) Names {
	names := slices.DeleteFunc(strings.Split(string(n), ","), func(s string) bool { return s == name })
	return Names(strings.Join(names, ","))
}

// Append appends to a cache key what the names select of a request:
//
//	0               a byte that is in no cookie, so that no key without it is equal
//	                and for each name
//	  text          the name
//	  uvarint       0 missing, else 1 + length of the value, and the normalised value
//
// Nothing can be nominated by an empty list, and the byte alone is appended.
func (n Names) Append(key []byte, request field.Lines) []byte {
	key = append(key, 0)
	for name := range strings.SplitSeq(string(n), ",") {
		if name == "" {
			break
		}
		key = binary.AppendUvarint(key, uint64(len(name)))
		key = append(key, name...)
		if !request.Has(name) {
			key = append(key, 0)
			continue
		}
		value := normalise(name, request.Joined(name))
		key = binary.AppendUvarint(key, uint64(len(value))+1)
		key = append(key, value...)
	}
	return key
}
