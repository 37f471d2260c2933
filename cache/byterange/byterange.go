// Package byterange answers Range requests from a complete stored response
// (RFC 9110 section 14): which bytes, and how the answer is framed.
//
// CloudFront is more lenient than the RFC with bad requests and stricter with
// good ones: a Range field that is malformed, not ascending or overlapping is
// ignored and the whole response served (CF-RNG-05).
//
// It is a part of cache.
package byterange

import (
	"math"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cache/cachecontrol"
	"github.com/groundfront/groundfront/cache/conditional"
	"github.com/groundfront/groundfront/cachekey/field"
)

// MaxRanges is how many ranges one answer has at most. A request for more is
// answered with the whole response, which is never longer than what the part
// heads of so many ranges would add (RFC 9110 section 14.2).
const MaxRanges = 64

// Range is a non-empty run of bytes, From included and To not.
type Range struct {
	From, To int64
}

// Len returns the number of bytes.
func (r Range) Len() int64 { return r.To - r.From }

// Empty reports whether there is no byte in r.
func (r Range) Empty() bool { return r.From >= r.To }

// Selection is what part of a response answers a request.
type Selection uint8

const (
	// SelectionFull is the whole response with its own status.
	SelectionFull Selection = iota
	// SelectionPartial is 206 with one range or several.
	SelectionPartial
	// SelectionUnsatisfiable is 416 (CF-RNG-07).
	SelectionUnsatisfiable
)

// String returns the word used in explanations.
func (s Selection) String() string {
	switch s {
	case SelectionFull:
		return "full"
	case SelectionPartial:
		return "partial"
	case SelectionUnsatisfiable:
		return "unsatisfiable"
	}
	return "unknown"
}

// Select decides what part of a complete stored response of the given length
// answers a request whose preconditions were evaluated before. The ranges are
// appended to dst, which may be nil; with enough capacity nothing is
// allocated. Only a GET that would be answered 200 has ranges (CF-RNG-12).
func Select(dst []Range, method string, request field.Lines, s conditional.Stored, length int64, now time.Time) ([]Range, Selection) {
	value, present := request.Lookup("Range")
	if !present || method != "GET" || s.Status != 200 {
		return dst, SelectionFull
	}
	if condition, present := request.Lookup("If-Range"); present && !IfRange(condition, s, now) {
		return dst, SelectionFull
	}
	if repeated(request, "Range") {
		return dst, SelectionFull
	}
	return Resolve(dst, value, length)
}

// Asked returns the Range field of a request for a response of which nothing is known
// yet, "" if it is invalid whatever that may turn out to be: then the whole is
// wanted (CF-RNG-05). It is not part of the key, so that one which the origin could
// understand in a way of its own, such as items instead of bytes, must not get there
// (reliability C1).
func Asked(request field.Lines) string {
	value, present := request.Lookup("Range")
	if !present || repeated(request, "Range") {
		return ""
	}
	if _, selection := Resolve(make([]Range, 0, 4), value, math.MaxInt64); selection == SelectionFull {
		return ""
	}
	return value
}

// repeated reports whether there are several lines of a field. Range is no
// list, so several lines are invalid (CF-RNG-05).
func repeated(request field.Lines, name string) bool {
	n := 0
	for i := range request {
		if field.EqualName(request[i].Name, name) {
			n++
		}
	}
	return n > 1
}

// IfRange reports whether the condition of an If-Range field holds, so that
// the Range field counts (RFC 9110 section 13.1.5, CF-RNG-11): the same
// strong tag, or exactly the Last-Modified date if that is a strong validator
// (section 8.8.2.2: at least a second older than Date).
func IfRange(value string, s conditional.Stored, now time.Time) bool {
	if tag, ok := conditional.ParseTag(value); ok {
		stored, ok := conditional.ParseTag(s.ETag)
		return ok && tag.MatchStrong(stored)
	}
	asked, err := cachecontrol.ParseDate(value, now)
	if err != nil {
		return false
	}
	modified, err := cachecontrol.ParseDate(s.LastModified, now)
	if err != nil || !modified.Equal(asked) {
		return false
	}
	date, err := cachecontrol.ParseDate(s.Date, now)
	return err == nil && date.Sub(modified) >= time.Second
}

// Resolve reads the value of a Range field and applies it to a response of
// the given length (CF-RNG-05 to CF-RNG-08). The ranges it appends to dst are
// ascending, do not overlap, and lie inside the response. Of several ranges
// those beyond the end are left out (RFC 9110 section 14.1.1).
func Resolve(dst []Range, value string, length int64) ([]Range, Selection) {
	unit, set, found := strings.Cut(value, "=")
	if !found || !field.EqualName(unit, "bytes") {
		return dst, SelectionFull
	}
	before, last, specs := len(dst), int64(0), 0
	for set != "" {
		var text string
		text, set, _ = strings.Cut(set, ",")
		if text = strings.Trim(text, " \t"); text == "" {
			continue // empty list members are allowed (section 5.6.1)
		}
		r, ok := parseSpec(text, length)
		if specs++; !ok || specs > MaxRanges || r.From < last {
			return dst[:before], SelectionFull
		}
		last = r.To
		if inside, ok := r.clip(length); ok {
			dst = append(dst, inside)
		}
	}
	switch {
	case specs == 0:
		return dst, SelectionFull
	case len(dst) == before:
		return dst, SelectionUnsatisfiable
	}
	return dst, SelectionPartial
}

// parseSpec reads one range-spec. The range may lie beyond the end.
func parseSpec(s string, length int64) (r Range, ok bool) {
	first, last, found := strings.Cut(s, "-")
	if !found {
		return Range{}, false
	}
	if first == "" {
		return suffix(last, length)
	}
	if r.From, ok = number(first); !ok {
		return Range{}, false
	}
	if last == "" {
		return Range{r.From, math.MaxInt64}, true
	}
	end, ok := number(last)
	if !ok || end < r.From {
		return Range{}, false
	}
	return Range{r.From, end + 1}, true
}

// suffix is the range of the last n bytes (CF-RNG-08). A suffix of no bytes
// begins at the end, which makes it unsatisfiable.
func suffix(digits string, length int64) (Range, bool) {
	n, ok := number(digits)
	if !ok {
		return Range{}, false
	}
	return Range{length - min(n, length), math.MaxInt64}, true
}

// clip returns the part of r inside a response, if there is one.
func (r Range) clip(length int64) (Range, bool) {
	r.To = min(r.To, length)
	return r, r.From < r.To
}

// number reads decimal digits. Numbers above the greatest one to which 1 can
// be added are read as that.
func number(s string) (int64, bool) {
	const greatest = math.MaxInt64 - 1
	n := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if digit := int64(s[i] - '0'); n > (greatest-digit)/10 {
			n = greatest
		} else {
			n = n*10 + digit
		}
	}
	return n, s != ""
}
