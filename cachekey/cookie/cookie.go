// Package cookie reads the Cookie field the way CloudFront does and writes
// the selected cookies back in canonical form.
//
// A request's cookies are the "name=value" parts between the semicolons of
// all its Cookie lines in order, as if the lines had been joined with "; "
// first (CF-REQ-21). Names and values are raw bytes without the whitespace
// around the part, compared byte for byte (CF-KEY-23). Three rules come
// before any selection:
//
//   - If any part is not "name=value" with a name, the request counts as one
//     without cookies: CloudFront forwards the field only in that form
//     (CF-COOK-05). Empty parts, as after a last ";", are no offence.
//   - Cookies whose name begins with "$" are dropped (CF-COOK-06).
//   - The cookies of a signed request never enter the cache key (CF-KEY-24).
//
// It is a part of cachekey.
package cookie

import (
	"iter"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/cachekey/selection"
)

// A Cookie is one cookie of a request.
type Cookie struct {
	Name  string // not empty
	Value string // raw; quotes are part of it
}

// All returns the cookies of a request in order, those with "$" included.
// A part that is not "name=value" is passed over, so that readers of one
// cookie (signed cookies, the firewall) see what is there. Iterating costs
// no allocation.
func All(lines field.Lines) iter.Seq[Cookie] {
	return func(yield func(Cookie) bool) {
		for part := range parts(lines) {
			if c, ok := parse(part); ok && !yield(c) {
				return
			}
		}
	}
}

// AppendSorted appends the selected cookies to dst as one Cookie value,
// "name=value; name=value", and returns the longer buffer. They are sorted by
// name, byte by byte, and cookies of one name keep their order (CF-COOK-03).
// Nothing appended means that the origin gets no Cookie field (CF-COOK-07).
//
// Hot path: no allocation up to 32 cookies. See BenchmarkAppendSorted.
func AppendSorted(dst []byte, lines field.Lines, s *selection.Selection) []byte {
	return appendSelected(dst, lines, s, false)
}

// AppendKey is AppendSorted for the cache key: without the cookies that
// Signing knows, even if they are selected by name (CF-KEY-24).
func AppendKey(dst []byte, lines field.Lines, s *selection.Selection) []byte {
	return appendSelected(dst, lines, s, true)
}

// Signing reports whether name is one of the cookies that sign a request.
// They authorize the viewer and do not change the response.
func Signing(name string) bool {
	const prefix = "CloudFront-"
	if !strings.HasPrefix(name, prefix) {
		return false
	}
	switch name[len(prefix):] {
	case "Policy", "Expires", "Signature", "Key-Pair-Id", "Hash-Algorithm":
		return true
	}
	return false
}

// appendSelected collects, sorts and writes. The array keeps ordinary
// requests off the heap; slices.SortStableFunc keeps thousands of cookies
// from costing quadratic time.
func appendSelected(dst []byte, lines field.Lines, s *selection.Selection, key bool) []byte {
	if s.Behavior == selection.BehaviorNone {
		return dst
	}
	var array [32]Cookie
	selected := array[:0]
	for part := range parts(lines) {
		c, ok := parse(part)
		if !ok {
			return dst // CF-COOK-05
		}
		if c.Name[0] != '$' && s.Includes(c.Name) && !(key && Signing(c.Name)) {
			selected = append(selected, c)
		}
	}
	slices.SortStableFunc(selected, func(a, b Cookie) int { return strings.Compare(a.Name, b.Name) })
	return appendCookies(dst, selected)
}

func appendCookies(dst []byte, cookies []Cookie) []byte {
	for i, c := range cookies {
		if i > 0 {
			dst = append(dst, "; "...)
		}
		dst = append(dst, c.Name...)
		dst = append(dst, '=')
		dst = append(dst, c.Value...)
	}
	return dst
}

// parts returns what stands between the semicolons of all Cookie lines,
// without whitespace around it and without empty parts.
func parts(lines field.Lines) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range lines {
			if !field.EqualName(lines[i].Name, "Cookie") {
				continue
			}
			rest, more := lines[i].Value, true
			for more {
				var part string
				part, rest, more = strings.Cut(rest, ";")
				part = field.TrimSpace(part)
				if part != "" && !yield(part) {
					return
				}
			}
		}
	}
}

// parse cuts a part at its first "=". It is not a cookie without one, or
// with nothing before it.
func parse(part string) (c Cookie, ok bool) {
	i := strings.IndexByte(part, '=')
	if i <= 0 {
		return Cookie{}, false
	}
	return Cookie{part[:i], part[i+1:]}, true
}
