package waf

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// takeForm takes names and values of a form, if the content is one: what the
// request says is a form, or does not say and looks like one. Where several lines
// say what it is, origins differ in which of them they believe: then it is all of
// that.
func (e *evaluation) takeForm() {
	b := &e.request.Body
	if !b.Present {
		return
	}
	said, pairs, parts := false, false, 0
	for i := range e.request.Fields {
		l := &e.request.Fields[i]
		if !field.EqualName(l.Name, "content-type") {
			continue
		}
		kind := strings.Trim(l.Value, " \t")
		said = said || kind != ""
		switch {
		case field.HasPrefixFold(kind, "application/x-www-form-urlencoded"):
			pairs = true
		case field.HasPrefixFold(kind, "multipart/"):
			if parts++; parts == 1 {
				e.takeParts(b.Text, boundaryOf(kind))
			}
		}
	}
	if parts > 1 { // with the boundary of another line they are others
		e.values = append(e.values, b.Text)
	}
	if pairs || !said && strings.IndexByte(b.Text, '=') >= 0 {
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

// takeParts takes the headers of the parts and what is in them. What separates
// them is at the beginning of a line, as a boundary is the viewer's choice: one of
// a single letter would take apart whatever is not to be found. Without a boundary
// that is sure to be the origin's, all of the content is one value.
func (e *evaluation) takeParts(text, boundary string) {
	if boundary == "" {
		e.values = append(e.values, text)
		return
	}
	delimiter := "\r\n--" + boundary
	sure := true
	for rest, more := strings.TrimPrefix(text, delimiter[2:]), true; more; {
		var part string
		part, rest, more = strings.Cut(rest, delimiter)
		sure = sure && (strings.HasPrefix(rest, "\r\n") || strings.HasPrefix(rest, "--\r\n") || rest == "--" || rest == "")
		head, content, _ := strings.Cut(part, "\r\n\r\n")
		if head = strings.Trim(head, "-\r\n"); head != "" {
			e.values = append(e.values, head)
		}
		if content != "" && (!isPicture(head) || strings.Contains(content, delimiter[1:])) { // some end a line by LF alone
			e.values = append(e.values, content)
		}
	}
	if !sure { // what begins with the boundary is another line to most
		e.values = append(e.values, text)
	}
}

// isPicture reports whether a part is a file that is no text, beyond doubt: its
// header names a field and a file, says the kind, and nothing that matters
// besides. What is said in any other way may be a mere field to an origin.
func isPicture(head string) bool {
	files, kinds := 0, 0
	for rest, more := head, true; more; {
		var line string
		line, rest, more = strings.Cut(rest, "\r\n")
		switch {
		case strings.ContainsAny(line, "\r\n"):
			return false
		case namesFile(line):
			files++
		case isPictureKind(line):
			kinds++
		case !field.HasPrefixFold(line, "content-transfer-encoding: ") && !field.HasPrefixFold(line, "content-length: "):
			return false
		}
	}
	return files == 1 && kinds == 1
}

func isPictureKind(line string) bool {
	const kind = "content-type: "
	if !field.HasPrefixFold(line, kind) {
		return false
	}
	for _, k := range [...]string{"image/", "video/", "audio/", "font/", "application/octet-stream", "application/pdf", "application/zip"} {
		if field.HasPrefixFold(line[len(kind):], k) {
			return true
		}
	}
	return false
}

// namesFile reports whether a line is a Content-Disposition with the names of a
// field and of a file, in this order, and nothing else, as browsers write it.
func namesFile(line string) bool {
	const disposition = "content-disposition: form-data; name="
	if !field.HasPrefixFold(line, disposition) {
		return false
	}
	_, rest := parameterValue(line[len(disposition):])
	rest, ok := strings.CutPrefix(rest, "; filename=")
	file, rest := parameterValue(rest)
	if more, extended := strings.CutPrefix(rest, "; filename*="); extended && !strings.ContainsAny(more, `";`) {
		rest = ""
	}
	return ok && file != "" && rest == ""
}

// parameterValue returns the value of a parameter at the beginning of text, and
// what is behind it: a quoted string without escapes, or a token.
func parameterValue(text string) (value, rest string) {
	if quoted, ok := strings.CutPrefix(text, `"`); ok {
		value, rest, ok = strings.Cut(quoted, `"`)
		if !ok || strings.ContainsAny(value, "\\\r\n") {
			return "", text
		}
		return value, rest
	}
	end := 0
	for end < len(text) && (isWordByte(text[end]) || text[end] == '-' || text[end] == '.') {
		end++
	}
	return text[:end], text[end:]
}

func indexFold(text, lower string) int {
	for i := range text {
		if field.HasPrefixFold(text[i:], lower) {
			return i
		}
	}
	return -1
}

// boundaryOf returns the boundary of multipart content, "" if there is none or
// origins may take another for it.
func boundaryOf(kind string) string {
	const name = "boundary="
	at := indexFold(kind, name)
	if at < 0 || indexFold(kind[at+len(name):], "boundary") >= 0 {
		return ""
	}
	before := strings.TrimRight(kind[:at], " \t")
	boundary, rest := parameterValue(kind[at+len(name):])
	if !strings.HasSuffix(before, ";") || strings.IndexByte(before, '"') >= 0 || rest != "" && rest[0] != ';' {
		return ""
	}
	return boundary
}
