package injection

import (
	"strings"

	"github.com/corazawaf/libinjection-go"
)

// XSS reports whether value would run script as a part of an HTML page: in
// text, or in an attribute's value of any quoting (WF-SQLI-03). Its time is
// linear in the length of value. It allocates only if value has a tag or an
// attribute that could run script.
func XSS(value string) bool {
	return (hasTag(value) || hasAttribute(value)) && libinjection.IsXSS(value)
}

// libinjection reads a value as HTML from five states: text, and the value of
// an attribute without, in single, in double and in back quotes. A hit is one
// of
//   - a tag, a comment, a document type: they begin with "<";
//   - an attribute with a name of some list and a value: there is "=" behind
//     the name, with white space and zero bytes between them at most. In front
//     of the name, if there is no tag, are the beginning of the value, white
//     space, a zero byte, a slash, or the quote that ends the value before.
//
// The two functions below look for that. Where both find nothing the five
// states cannot either.

// hasTag reports whether value has a "<" that begins more than text.
func hasTag(value string) bool {
	for {
		at := strings.IndexByte(value, '<')
		if at < 0 || at+1 == len(value) {
			return false
		}
		value = value[at+1:]
		switch c := value[0]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '!', c == '/', c == '?', c == '%', c == 0:
			return true
		}
	}
}

// hasAttribute reports whether value has an attribute whose value may be
// script. It looks backward from each "=", and not beyond the one before.
func hasAttribute(value string) bool {
	for from := 0; ; {
		n := strings.IndexByte(value[from:], '=')
		if n < 0 {
			return false
		}
		if endsInAttribute(value[from:from+n], from == 0) {
			return true
		}
		from += n + 1
	}
}

// endsInAttribute reports whether text ends in the name of such an attribute.
// A name that fills text counts only at the beginning of a value: behind "="
// there is an attribute's value.
func endsInAttribute(text string, first bool) bool {
	end := len(text)
	for end > 0 && white(text[end-1]) {
		end--
	}
	begin := end
	for begin > 0 && (letter(text[begin-1]) || text[begin-1] == ':') {
		begin--
	}
	if begin == end {
		return false
	}
	if begin == 0 {
		return first && attribute(text[begin:end])
	}
	switch c := text[begin-1]; {
	case c == 0:
		return true // it may be within the name, where it does not count
	case white(c), c == '/', c == '\'', c == '"', c == '`':
		return attribute(text[begin:end])
	}
	return false
}

// white reports whether c separates attributes.
func white(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' || c == 0 }

func letter(c byte) bool { c |= 0x20; return 'a' <= c && c <= 'z' }

// attribute reports whether name is that of an attribute whose value may be
// script, or whose name alone is bad: one of a list, or an event's.
func attribute(name string) bool {
	if len(name) >= 5 && equalFold("on", name[:2]) {
		return true
	}
	for _, a := range attributes {
		if equalFold(a, name) {
			return true
		}
	}
	return false
}

var attributes = [...]string{
	"action", "attributename", "background", "by", "dataformatas", "datasrc", "dynsrc", "filter", "folder",
	"formaction", "from", "handler", "href", "lowsrc", "poster", "src", "style", "to", "values", "xlink",
	"xlink:href", "xmlns",
}
