package waf

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// takeForm takes names and values of a form, if the content is one: what the
// request says is a form, or does not say and looks like one. Nobody knows which
// of several Content-Type lines an origin believes, so each is believed.
func (e *evaluation) takeForm() {
	b := &e.request.Body
	if !b.Present {
		return
	}
	said := false
	for i := range e.request.Fields {
		l := &e.request.Fields[i]
		if !field.EqualName(l.Name, "content-type") {
			continue
		}
		said = true
		kind := strings.Trim(l.Value, " \t")
		if boundary, multipart := boundaryOf(kind); multipart {
			e.takeParts(b.Text, boundary)
		} else if hasPrefixFold(kind, "application/x-www-form-urlencoded") {
			e.takePairs(b.Text)
		}
	}
	if !said && strings.IndexByte(b.Text, '=') >= 0 {
		e.takePairs(b.Text)
	}
}

func (e *evaluation) takePairs(text string) {
	for rest, more := text, true; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, "&")
		name, value, _ := strings.Cut(pair, "=")
		if name != "" {
			e.values = append(e.values, name)
		}
		if value != "" {
			e.values = append(e.values, value)
		}
	}
}

// takeParts takes the headers of the parts and what is in them. Without a
// boundary that is all of the content.
func (e *evaluation) takeParts(text, boundary string) {
	for rest, more := text, true; more; {
		var part string
		part, rest, more = strings.Cut(rest, boundary)
		head, content, _ := strings.Cut(part, "\r\n\r\n")
		if head = strings.Trim(head, "-\r\n"); head != "" {
			e.values = append(e.values, head)
		}
		if content = strings.TrimSuffix(content, "\r\n--"); content != "" && !isPicture(head) {
			e.values = append(e.values, content)
		}
	}
}

// isPicture reports whether a part is a file that is no text. What its name or
// any other header says is a value nevertheless.
func isPicture(head string) bool {
	at := indexFold(head, "content-type:")
	if at < 0 || indexFold(head, "filename") < 0 {
		return false
	}
	kind := strings.TrimLeft(head[at+len("content-type:"):], " \t")
	for _, k := range [...]string{"image/", "video/", "audio/", "font/", "application/octet-stream", "application/pdf", "application/zip"} {
		if hasPrefixFold(kind, k) {
			return true
		}
	}
	return false
}

func indexFold(text, lower string) int {
	for i := range text {
		if hasPrefixFold(text[i:], lower) {
			return i
		}
	}
	return -1
}

// boundaryOf returns the boundary of multipart content with its two dashes.
func boundaryOf(kind string) (boundary string, multipart bool) {
	if !hasPrefixFold(kind, "multipart/") {
		return "", false
	}
	for rest := kind; rest != ""; {
		var parameter string
		parameter, rest, _ = strings.Cut(rest, ";")
		if parameter = strings.Trim(parameter, " \t"); hasPrefixFold(parameter, "boundary=") {
			if boundary = strings.Trim(parameter[len("boundary="):], `"`); boundary != "" {
				return boundary, true
			}
		}
	}
	return "\r\n--", true
}

func hasPrefixFold(text, lower string) bool {
	return len(text) >= len(lower) && strings.EqualFold(text[:len(lower)], lower)
}
