package directory

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// An outcome is what the conditions of a request leave of an object.
type outcome uint8

const (
	outcomeWhole outcome = iota
	outcomePart
	outcomeUnchanged     // 304
	outcomeFailed        // 412
	outcomeUnsatisfiable // 416
)

// String returns the outcome.
func (o outcome) String() string {
	switch o {
	case outcomeWhole:
		return "whole"
	case outcomePart:
		return "part"
	case outcomeUnchanged:
		return "unchanged"
	case outcomeFailed:
		return "failed"
	case outcomeUnsatisfiable:
		return "unsatisfiable"
	}
	return "outcome(?)"
}

// evaluate applies a GET's or HEAD's conditions in the order of RFC 9110 section
// 13.2.2, and its Range.
func evaluate(request field.Lines, o *object) (span, outcome) {
	switch match, has := request.Lookup("If-Match"); {
	case has && !matches(match, o.tag, false):
		return span{}, outcomeFailed
	case !has && changedSince(request.Get("If-Unmodified-Since"), o.modified) == dateLater:
		return span{}, outcomeFailed
	}
	switch match, has := request.Lookup("If-None-Match"); {
	case has && matches(match, o.tag, true):
		return span{}, outcomeUnchanged
	case !has && changedSince(request.Get("If-Modified-Since"), o.modified) == dateNotLater:
		return span{}, outcomeUnchanged
	}
	return selectPart(request, o)
}

// matches reports whether a list of ETags has the tag, or is "*". A weak one
// counts for what is weakly compared (RFC 9110 section 8.8.3.2).
func matches(list, tag string, weakly bool) bool {
	for e := range field.Elements(list) {
		if e == "*" || e == tag || weakly && strings.TrimPrefix(e, "W/") == tag {
			return true
		}
	}
	return false
}

// A dateOrder says how the last change stands to a date.
type dateOrder uint8

const (
	dateUnknown dateOrder = iota // no date, or none that can be understood
	dateNotLater
	dateLater
)

// dateFormat is the IMF-fixdate of RFC 9110 section 5.6.7.
const dateFormat = "Mon, 02 Jan 2006 15:04:05 GMT"

func httpDate(t time.Time) string { return t.UTC().Format(dateFormat) }

// changedSince compares in whole seconds, as dates have them.
func changedSince(date string, modified time.Time) dateOrder {
	at, err := time.Parse(dateFormat, date)
	switch {
	case err != nil:
		return dateUnknown
	case modified.Truncate(time.Second).After(at):
		return dateLater
	}
	return dateNotLater
}

// A span is a part of content, from its first byte to the one behind its last.
type span struct{ from, to int64 }

func (s span) contentRange(size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", s.from, s.to-1, size)
}

func unsatisfied(size int64) string { return "bytes */" + strconv.FormatInt(size, 10) }

// selectPart applies Range and If-Range. S3 sends one part; what asks for
// several, or is not understood, gets the whole.
func selectPart(request field.Lines, o *object) (span, outcome) {
	value, has := request.Lookup("Range")
	if condition, conditional := request.Lookup("If-Range"); conditional {
		has = has && (condition == o.tag || condition == httpDate(o.modified))
	}
	if !has {
		return span{}, outcomeWhole
	}
	part, ok := parseRange(value, o.size)
	switch {
	case !ok:
		return span{}, outcomeWhole
	case part.from >= part.to:
		return span{}, outcomeUnsatisfiable
	}
	return part, outcomePart
}

// parseRange reads "bytes=0-99", "bytes=100-" and "bytes=-100" (RFC 9110
// section 14.1.2). A part that has no byte of the content is empty.
func parseRange(value string, size int64) (part span, ok bool) {
	spec, isBytes := strings.CutPrefix(value, "bytes=")
	first, last, dash := strings.Cut(spec, "-")
	if !isBytes || !dash {
		return span{}, false
	}
	to := size
	if last != "" {
		n, valid := field.ParseLength(last)
		if !valid {
			return span{}, false
		}
		if first == "" {
			return span{max(0, size-n), size}, true
		}
		to = min(n, size-1) + 1
	}
	from, valid := field.ParseLength(first)
	if !valid || last != "" && to <= from && from < size {
		return span{}, false // "5-2"
	}
	return span{from, to}, true
}
