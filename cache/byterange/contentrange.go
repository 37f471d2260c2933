package byterange

import (
	"math"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// ParseContentRange reads the Content-Range of a 206 with a single part (RFC
// 9110 section 14.4): which bytes it has and how long the complete content
// is. It is not ok if anything is wrong or unknown, the complete length
// included: such a part cannot be put together with others.
func ParseContentRange(value string) (r Range, complete int64, ok bool) {
	unit, rest, found := strings.Cut(value, " ")
	if !found || !field.EqualName(unit, "bytes") {
		return Range{}, 0, false
	}
	positions, length, found := strings.Cut(rest, "/")
	if !found {
		return Range{}, 0, false
	}
	first, last, found := strings.Cut(positions, "-")
	if !found {
		return Range{}, 0, false
	}
	from, okFrom := number(first)
	end, okEnd := number(last)
	complete, okLength := number(length)
	if !okFrom || !okEnd || !okLength || end < from || end >= complete || complete > math.MaxInt64-2 {
		return Range{}, 0, false
	}
	return Range{from, end + 1}, complete, true
}

// Answers reports whether a part is what the value of a Range field with a
// single range asks for, out of content of the given length. A part that
// begins there and ends early does: a server may send less than was asked for
// (RFC 9110 section 15.3.7).
func Answers(part Range, value string, length int64) bool {
	asked, selection := Resolve(make([]Range, 0, 2), value, length)
	return selection == SelectionPartial && len(asked) == 1 && strings.Count(value, "-") == 1 &&
		part.From == asked[0].From && part.To <= asked[0].To
}

// AppendValue appends the value of a Range field that asks for r: "bytes=0-499".
func AppendValue(dst []byte, r Range) []byte {
	dst = append(dst, "bytes="...)
	dst = appendPositions(dst, r)
	return dst
}
