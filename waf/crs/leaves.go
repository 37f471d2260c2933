package crs

import (
	"bytes"
	"regexp"
	"strings"
	"sync"

	"github.com/groundfront/groundfront/cachekey/field"
)

// Leaves are what the rules are tried on one by one: names and values of
// arguments, cookies, elements of a content. They are counted by what must stand
// between them, before anything is parsed. The count may be too high; fuzzing
// shows that it is not lower than what the engine finds.

// skip says what of a request has too many leaves.
func (e *Engine) skip(r *Request) Skip {
	leaves := 0
	if _, query, has := strings.Cut(r.Target, "?"); has {
		leaves += pairs(query, "&")
	}
	for _, l := range r.Fields {
		if strings.EqualFold(l.Name, "Cookie") {
			leaves += pairs(l.Value, ";")
		}
	}
	if leaves > e.options.MaxLeaves {
		return SkipRequest
	}
	body := r.Body[:min(len(r.Body), e.bodyLimit())]
	if leaves+bodyLeaves(r.Fields, body) > e.options.MaxLeaves {
		return SkipBody
	}
	return SkipNothing
}

// pairs counts the names and values of a list.
func pairs(list, separator string) int { return 2 + 2*strings.Count(list, separator) }

// Media types by which directives choose how a content is parsed, in lower
// case.
const (
	xmlType        = `^(?:application(?:/soap\+|/)|text/)xml`
	jsonType       = `^application/json`
	jsonSuffixType = `^application/[a-z0-9.-]+[+]json`
)

var (
	isXML  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(xmlType) })
	isJSON = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(jsonType + "|" + jsonSuffixType) })
)

// bodyLeaves counts those of a content, in the way in which it has most of
// them where there are several lines of Content-Type. The engine takes it for a
// form unless it is something else.
func bodyLeaves(fields field.Lines, body []byte) int {
	if len(body) == 0 {
		return 0
	}
	leaves, form := 0, true
	for _, l := range fields {
		if !strings.EqualFold(l.Name, "Content-Type") {
			continue
		}
		switch mediaType := strings.ToLower(l.Value); {
		case isJSON().MatchString(mediaType):
			leaves, form = max(leaves, jsonLeaves(body)), false
		case isXML().MatchString(mediaType):
			leaves, form = max(leaves, xmlLeaves(body)), false
		}
	}
	// Of these two the first line decides.
	switch mediaType := strings.TrimSpace(strings.ToLower(fields.Get("Content-Type"))); {
	case strings.HasPrefix(mediaType, "multipart/form-data"):
		leaves, form = max(leaves, partLeaves(body)), false
	case strings.HasPrefix(mediaType, "application/x-www-form-urlencoded"):
		form = true
	}
	if form {
		leaves = max(leaves, pairs(string(body), "&"))
	}
	return leaves
}

// xmlLeaves counts texts, which tags separate, and attributes.
func xmlLeaves(body []byte) int {
	return 1 + bytes.Count(body, []byte(">")) + bytes.Count(body, []byte("="))
}

// partLeaves counts parts, by lines that could be boundaries.
func partLeaves(body []byte) int {
	return 2 + 2*bytes.Count(body, []byte("\n--"))
}

// jsonLeaves counts strings, other scalars, and arrays, whose length is a leaf
// too. It does not ask for commas, since the engine does not.
func jsonLeaves(body []byte) int {
	leaves, scalar := 1, false // a scalar alone is an array of one
	for i := 0; i < len(body); i++ {
		switch c := body[i]; c {
		case '"':
			leaves++
			i = stringEnd(body, i+1)
			scalar = false
		case '{', '[':
			leaves++
			scalar = false
		case ',', ':', '}', ']', ' ', '\t', '\r', '\n':
			scalar = false
		default:
			if !scalar {
				leaves++
			}
			scalar = true
		}
	}
	return leaves
}

// stringEnd returns where the quotation mark is that ends a string, or the end.
func stringEnd(body []byte, at int) int {
	for ; at < len(body) && body[at] != '"'; at++ {
		if body[at] == '\\' {
			at++
		}
	}
	return at
}
