package model

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// Parts of content are stored as content with holes: a zero byte is not
// there. So is content that was cut off.

// hole is a byte that is not there.
const hole = "\x00"

// asPart is the response of a 206: its part in content that is full of holes.
func (r response) asPart() stored {
	var from, to, length int
	if _, err := fmt.Sscanf(r.rng, "bytes %d-%d/%d", &from, &to, &length); err != nil {
		panic(err) // the origin's are good
	}
	s := copyOf(r)
	s.status, s.length = 200, int64(length)
	s.content = strings.Repeat(hole, from) + r.arriving() + strings.Repeat(hole, length-to-1)
	return s
}

// arriving is the content of a response with a hole for what is cut off.
func (r response) arriving() string {
	if !r.cut {
		return r.content
	}
	half := len(r.content) / 2
	return r.content[:half] + strings.Repeat(hole, len(r.content)-half)
}

// overlay fills the holes of content with other content of the same length.
func overlay(content, other string) string {
	out := []byte(content)
	for i := range out {
		if out[i] == 0 {
			out[i] = other[i]
		}
	}
	return string(out)
}

// stitched is content with a range of another, as that arrives.
func stitched(content, other, rng string) string {
	from, to, _ := span(rng, len(content))
	return content[:from] + other[from:to] + content[to:]
}

// strong is the validator that proves which bytes a response has (RFC 9110
// section 8.8.2.2), "" without one.
func (s stored) strong() string {
	switch {
	case s.etag != "":
		if s.etag[0] == '"' {
			return s.etag
		}
		return ""
	case s.modified != "" && !date(s.modified).After(s.date.Add(-second)):
		return s.modified
	}
	return ""
}

// joins reports whether two responses have parts of the same content (RFC
// 9111 section 3.4).
func (s stored) joins(later stored) bool {
	return s.strong() != "" && s.strong() == later.strong() && (s.etag == "") == (later.etag == "") && s.length == later.length
}

// joined is a part with a later one. What the later one says counts and
// replaces what the earlier one has said; hidden says that X-Secret is not
// kept.
func (s stored) joined(later stored, hidden bool) stored {
	content := overlay(s.content, later.content)
	judged := later
	s = s.updated(later)
	s.secret = s.secret && !hidden
	s.content, s.judged, s.received = content, &judged, later.received
	return s
}

// updated is s with all fields that u has.
func (s stored) updated(u stored) stored {
	s.date, s.age, s.secret = u.date, u.age, s.secret || u.secret
	if u.control.String() != "" {
		s.control = u.control
	}
	if u.targeted != nil {
		s.targeted = u.targeted
	}
	if !u.expires.IsZero() {
		s.expires = u.expires
	}
	if u.etag != "" {
		s.etag = u.etag
	}
	if u.modified != "" {
		s.modified = u.modified
	}
	if u.vary != "" {
		s.vary = u.vary
	}
	return s
}

// said is what lifetimes are judged by: of joined parts that is what came
// with the last one.
func (s stored) said() stored {
	if s.judged != nil {
		return *s.judged
	}
	return s
}

// covers reports whether a request gets nothing with a hole in it.
func (s stored) covers(r request) bool { return !s.reply("").to(r).cut }

// lacks is the least range that a request needs and that is not there; "" if
// nothing or everything is missing, or no validator proves what belongs to it.
func (s stored) lacks(r request) string {
	if s.reply("").conditional(r).status != 200 || s.strong() == "" {
		return ""
	}
	from, to := 0, len(s.content)
	if r.rng != "" && s.ifRange(r.ifRange) {
		kind := rangeKind("")
		if from, to, kind = span(r.rng, len(s.content)); kind == noRange {
			return ""
		}
	}
	first := from + strings.Index(s.content[from:to], hole)
	last := from + strings.LastIndex(s.content[from:to], hole)
	if first < from || first == from && last == to-1 {
		return ""
	}
	return fmt.Sprintf("bytes=%d-%d", first, last)
}

// ifRange reports whether an If-Range lets a range count (RFC 9110 section
// 13.1.5).
func (s stored) ifRange(value string) bool { return ifRangeHolds(value, s.etag, s.modified, s.date) }

func ifRangeHolds(value, tag, modified string, made time.Time) bool {
	switch {
	case value == "":
		return true
	case strings.Contains(value, `"`):
		return strongMatch(value, tag)
	}
	return value == modified && !date(modified).After(made.Add(-second))
}

// A rangeKind says what a Range field makes of content.
type rangeKind string

const (
	wholeRange rangeKind = "whole" // it is no range (CF-RNG-05)
	partRange  rangeKind = "part"
	noRange    rangeKind = "none" // of the content is in it (CF-RNG-07)
)

// span is what a range selects of so many bytes. It knows "bytes=1-2",
// "bytes=1-" and "bytes=-2".
func span(rng string, length int) (from, to int, kind rangeKind) {
	first, last, _ := strings.Cut(strings.TrimPrefix(rng, "bytes="), "-")
	to = length
	switch {
	case first == "":
		from = max(0, length-number(last))
	case last == "":
		from = number(first)
	default:
		from, to = number(first), number(last)+1
	}
	switch {
	case from >= to && first != "" && last != "":
		return 0, length, wholeRange
	case from >= length:
		return 0, 0, noRange
	}
	return from, min(to, length), partRange
}

// mayBeRange reports whether a range is one of some content.
func mayBeRange(rng string) bool {
	if rng == "" {
		return false
	}
	_, _, kind := span(rng, math.MaxInt)
	return kind != wholeRange
}

// rangeOf is what a range makes of content with status 200.
func rangeOf(rng, content string) (status int, part, contentRange string) {
	from, to, kind := span(rng, len(content))
	switch kind {
	case wholeRange:
		return 200, content, ""
	case noRange:
		return 416, "", fmt.Sprintf("bytes */%d", len(content))
	}
	return 206, content[from:to], fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content))
}

func number(s string) (n int) {
	if _, err := fmt.Sscan(s, &n); err != nil {
		panic(err) // all numbers are the generator's
	}
	return n
}
