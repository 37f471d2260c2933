package cachekey

import (
	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/cachekey/selection"
)

// Choices are the answers to what AWS does not document about keys. The zero
// value has the specification's choice of each. What a choice takes out of
// the key must not reach the origin either: origin/requestpolicy sees to it.
//
// The names of the values are the words of the configuration.
type Choices struct {
	ZeroWeight     ZeroWeight
	Wildcard       Wildcard
	RepeatedHeader RepeatedHeader
	EmptyHeader    EmptyHeader
	RepeatedQuery  query.Repeated
	EmptyQuery     EmptyQuery
}

// ZeroWeight says what "gzip;q=0" in Accept-Encoding is (CF-AE-13).
type ZeroWeight uint8

const (
	// ZeroWeightRefused is a coding that the viewer does not accept, as RFC
	// 9110 section 12.4.2 has it.
	ZeroWeightRefused ZeroWeight = iota
	// ZeroWeightAccepted is one like any other: the field contains it.
	ZeroWeightAccepted
)

// String returns the word of the configuration.
func (c ZeroWeight) String() string {
	switch c {
	case ZeroWeightRefused:
		return "refused"
	case ZeroWeightAccepted:
		return "accepted"
	}
	return "ZeroWeight(?)"
}

// Wildcard says what "*" in Accept-Encoding stands for (CF-AE-04, CF-AE-13).
type Wildcard uint8

const (
	// WildcardIgnored stands for nothing.
	WildcardIgnored Wildcard = iota
	// WildcardAccepted stands for gzip and br where they are not named.
	WildcardAccepted
)

// String returns the word of the configuration.
func (c Wildcard) String() string {
	switch c {
	case WildcardIgnored:
		return "ignored"
	case WildcardAccepted:
		return "accepted"
	}
	return "Wildcard(?)"
}

// RepeatedHeader says which of several lines of a listed header count
// (CF-KEY-12).
type RepeatedHeader uint8

const (
	// RepeatedHeaderJoined joins all with ", " in the order received.
	RepeatedHeaderJoined RepeatedHeader = iota
	// RepeatedHeaderFirst drops all but the first.
	RepeatedHeaderFirst
	// RepeatedHeaderLast drops all but the last.
	RepeatedHeaderLast
)

// String returns the word of the configuration.
func (c RepeatedHeader) String() string {
	switch c {
	case RepeatedHeaderJoined:
		return "joined"
	case RepeatedHeaderFirst:
		return "first"
	case RepeatedHeaderLast:
		return "last"
	}
	return "RepeatedHeader(?)"
}

// EmptyHeader says what a listed header without a value is (CF-KEY-13).
type EmptyHeader uint8

const (
	// EmptyHeaderDistinct is unlike a missing one.
	EmptyHeaderDistinct EmptyHeader = iota
	// EmptyHeaderMissing is the same.
	EmptyHeaderMissing
)

// String returns the word of the configuration.
func (c EmptyHeader) String() string {
	switch c {
	case EmptyHeaderDistinct:
		return "distinct"
	case EmptyHeaderMissing:
		return "missing"
	}
	return "EmptyHeader(?)"
}

// EmptyQuery says what a "?" without a query is where the key has the whole
// query (CF-KEY-20).
type EmptyQuery uint8

const (
	// EmptyQueryMissing is no query.
	EmptyQueryMissing EmptyQuery = iota
	// EmptyQueryDistinct is unlike none.
	EmptyQueryDistinct
)

// String returns the word of the configuration.
func (c EmptyQuery) String() string {
	switch c {
	case EmptyQueryMissing:
		return "missing"
	case EmptyQueryDistinct:
		return "distinct"
	}
	return "EmptyQuery(?)"
}

// bytes returns the choices for a policy's recipe, none if all are the
// default.
func (c Choices) bytes() []byte {
	if c == (Choices{}) {
		return nil
	}
	return []byte{
		byte(c.ZeroWeight), byte(c.Wildcard), byte(c.RepeatedHeader), byte(c.EmptyHeader), byte(c.RepeatedQuery), byte(c.EmptyQuery),
	}
}

// only returns the line of the header called name that counts, or no line.
func (c Choices) only(lines field.Lines, name string) field.Lines {
	found := lines[:0]
	for i := range lines {
		if field.EqualName(lines[i].Name, name) {
			found = lines[i : i+1]
			if c.RepeatedHeader == RepeatedHeaderFirst {
				break
			}
		}
	}
	return found
}

// KeyedLine reports whether lines[i], a line of a header in the key, is in
// the key, so that no other is sent to the origin.
func (c Choices) KeyedLine(lines field.Lines, i int) bool {
	name := lines[i].Name
	if c.RepeatedHeader != RepeatedHeaderJoined && &c.only(lines, name)[0] != &lines[i] {
		return false
	}
	value := lines[i].Value
	if c.RepeatedHeader == RepeatedHeaderJoined {
		value = lines.Joined(name)
	}
	return value != "" || c.EmptyHeader != EmptyHeaderMissing
}

// Value returns the value of the header called name as the key of a policy that
// lists it has it, "" if there is none. What is decided by it is decided alike for
// all requests of one key.
func (c Choices) Value(lines field.Lines, name string) string {
	if c.RepeatedHeader != RepeatedHeaderJoined {
		lines = c.only(lines, name)
	}
	return lines.Joined(name)
}

// KeepsQuery reports whether the key has the query as it is, byte for byte.
func (p *Policy) KeepsQuery() bool {
	return p.QueryStrings.Behavior == selection.BehaviorAll && !p.SortQuery && !p.DropTracking
}
