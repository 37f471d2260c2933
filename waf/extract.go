package waf

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf/transform"
)

// What is inspected of the header section and of its cookies (WF-OVR-01).
const (
	maxFieldBytes = 8192
	maxFieldItems = 200
)

// extract appends the values of a field to those of the evaluation.
func (e *evaluation) extract(f *Field, s *slot) {
	r := e.request
	before := len(e.values)
	switch f.Kind {
	case FieldMethod:
		e.values = append(e.values, r.Method)
	case FieldUriPath:
		e.values = append(e.values, r.Path)
	case FieldQueryString:
		if r.HasQuery {
			e.values = append(e.values, r.Query)
		}
	case FieldUriFragment:
		e.takePresent(r.Fragment)
	case FieldJA3Fingerprint:
		e.takePresent(r.JA3)
	case FieldJA4Fingerprint:
		e.takePresent(r.JA4)
	case FieldSingleHeader:
		e.takeHeader(f)
	case FieldHeaders, FieldHeaderOrder:
		e.takeHeaders(f, s)
	case FieldCookies:
		e.takeCookies(f, s)
	case FieldSingleQueryArgument, FieldAllQueryArguments:
		e.takeArguments(f)
	case FieldBody:
		s.oversize = r.Body.Truncated
		if r.Body.Present {
			e.values = append(e.values, r.Body.Text)
		}
	case FieldForm:
		s.oversize = r.Body.Truncated
		e.takeForm()
	case FieldJsonBody:
		e.takeJSON(f, s)
		return
	}
	s.absent = len(e.values) == before
}

func (e *evaluation) takePresent(text string) {
	if text != "" {
		e.values = append(e.values, text)
	}
}

// header returns a field line of the request by its place: Host has its own
// among the others.
func (e *evaluation) header(i int) field.Line {
	r := e.request
	switch {
	case r.Host == "" || i < r.HostAt:
		return r.Fields[i]
	case i == r.HostAt:
		return field.Line{Name: "host", Value: r.Host}
	}
	return r.Fields[i-1]
}

// inspected is how much of the header section is inspected.
type inspected struct {
	known    bool
	oversize bool
	items    int // field lines, the last of them
	last     int // with so many bytes of its value
}

// headers returns what is inspected: whole field lines in the order of their
// arrival, and of the one that exceeds the limit a part (WF-OVR-05).
func (e *evaluation) headers() inspected {
	h := &e.inspected
	if h.known {
		return *h
	}
	n := len(e.request.Fields)
	if e.request.Host != "" {
		n++
	}
	*h = inspected{known: true, items: n, last: -1}
	if n <= maxFieldItems && e.request.HeadBytes > 0 && e.request.HeadBytes <= maxFieldBytes {
		return *h
	}
	left := maxFieldBytes
	for i := range n {
		l := e.header(i)
		if i == maxFieldItems || left < len(l.Name)+len(l.Value) {
			h.oversize, h.items = true, i
			if i < maxFieldItems && left > len(l.Name) {
				h.items, h.last = i+1, left-len(l.Name)
			}
			return *h
		}
		left -= len(l.Name) + len(l.Value)
	}
	return *h
}

// inspectedHeader returns the i-th field line as far as it is inspected.
func (e *evaluation) inspectedHeader(h *inspected, i int) field.Line {
	l := e.header(i)
	if i == h.items-1 && h.last >= 0 {
		l.Value = l.Value[:h.last]
	}
	return l
}

// takeHeader takes the values of all lines with one name, and joins those of
// Cookie as HTTP/1.1 has them (RFC 9113 section 8.2.3).
func (e *evaluation) takeHeader(f *Field) {
	if !f.Whole && e.headers().oversize {
		e.takeInspectedHeader(f)
		return
	}
	if field.EqualName(f.Name, "host") {
		e.takePresent(e.request.Host)
		return
	}
	before := len(e.values)
	for i := range e.request.Fields {
		if l := &e.request.Fields[i]; field.EqualName(l.Name, f.Name) {
			e.values = append(e.values, l.Value)
		}
	}
	e.joinCookies(f, before)
}

func (e *evaluation) takeInspectedHeader(f *Field) {
	h, before := e.headers(), len(e.values)
	for i := range h.items {
		if l := e.inspectedHeader(&h, i); field.EqualName(l.Name, f.Name) {
			e.values = append(e.values, l.Value)
		}
	}
	e.joinCookies(f, before)
}

func (e *evaluation) joinCookies(f *Field, before int) {
	if lines := e.values[before:]; len(lines) > 1 && field.EqualName(f.Name, "cookie") {
		joined := strings.Join(lines, "; ")
		e.values = append(e.values[:before], joined)
	}
}

func (e *evaluation) takeHeaders(f *Field, s *slot) {
	h := e.headers()
	s.oversize = h.oversize
	if f.Kind == FieldHeaderOrder {
		e.takeOrder(&h)
		return
	}
	for i := range h.items {
		l := e.inspectedHeader(&h, i)
		if f.has(l.Name, field.EqualName) {
			e.takeNamed(f.Scope, l.Name, l.Value)
		}
	}
}

// takeOrder takes the names, in the order of their arrival (WF-FLD-12).
func (e *evaluation) takeOrder(h *inspected) {
	var b strings.Builder
	for i := range h.items {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(strings.ToLower(e.header(i).Name))
	}
	e.takePresent(b.String())
}

func (e *evaluation) takeNamed(s Scope, name, value string) {
	if s != ScopeValue {
		e.values = append(e.values, name)
	}
	if s != ScopeKey {
		e.values = append(e.values, value)
	}
}

// has reports whether names of Headers and Cookies are among those inspected.
func (f *Field) has(name string, equal func(a, b string) bool) bool {
	if len(f.Names) == 0 {
		return true
	}
	return slices.ContainsFunc(f.Names, func(n string) bool { return equal(n, name) }) != f.Except
}

// takeCookies takes the cookies of all Cookie lines (WF-FLD-11, WF-FLD-19).
func (e *evaluation) takeCookies(f *Field, s *slot) {
	left, items := maxFieldBytes, 0
	for i := range e.request.Fields {
		l := &e.request.Fields[i]
		if !field.EqualName(l.Name, "cookie") {
			continue
		}
		for rest, more := l.Value, true; more; {
			var pair string
			pair, rest, more = strings.Cut(rest, ";")
			if pair = strings.Trim(pair, " \t"); pair == "" {
				continue
			}
			if items++; items > maxFieldItems || left <= 0 {
				s.oversize = true
				return
			}
			if len(pair) > left {
				pair, s.oversize = pair[:left], true
			}
			left -= len(pair)
			if name, value, _ := strings.Cut(pair, "="); f.has(name, sameText) {
				e.takeNamed(f.Scope, name, value)
			}
		}
	}
}

func sameText(a, b string) bool { return a == b }

// takeArguments takes the values of query arguments as they are written
// (WF-FLD-03, WF-FLD-04, WF-FLD-17).
func (e *evaluation) takeArguments(f *Field) {
	if !e.request.HasQuery {
		return
	}
	for rest, more := e.request.Query, true; more; {
		var argument string
		argument, rest, more = strings.Cut(rest, "&")
		if argument == "" {
			continue
		}
		name, value, _ := strings.Cut(argument, "=")
		if f.Kind == FieldAllQueryArguments || e.isArgument(f.Name, name) {
			e.values = append(e.values, value)
		}
	}
}

// isArgument reports whether a name is meant, as it is written or decoded: what
// the origin takes for the argument must not pass by (WF-FLD-18).
func (e *evaluation) isArgument(want, name string) bool {
	if strings.EqualFold(want, name) {
		return true
	}
	return strings.ContainsAny(name, "%+") && strings.EqualFold(want, transform.URLDecode.Apply(name, &e.scratch))
}

// takeJSON takes keys and values of JSON content (WF-JSON).
func (e *evaluation) takeJSON(f *Field, s *slot) {
	b := &e.request.Body
	s.oversize, s.absent = b.Truncated, !b.Present
	if !b.Present {
		return
	}
	var valid bool
	e.elements, valid = e.json.Elements(b.Text, f.json, e.elements[:0])
	s.invalid = !valid
	for i := range e.elements {
		e.values = append(e.values, e.elements[i].Text)
	}
}
