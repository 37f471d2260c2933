package jsonbody

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzElements proves agreement with encoding/json: where a body is valid JSON
// and no object has a key twice, both have the same keys and leaves in one
// order; where one has, the walk stops there; and it is all the same without
// commas and colons, or with more of them (WF-JSON-03). Of any body, a filter selects
// only what there is without it, texts are no longer than the body, and what
// is cut off is no more than what was whole.
func FuzzElements(f *testing.F) {
	for _, body := range []string{
		order, `{"a":"b""c":"d"}`, `{"a"::"b","c""d"}`, `{"a":1,"\u0061":2}`, `[1,-2.5e3,true,null,"\ud83d\ude00\n"]`,
		`{"a":{"b":[[],{}]}}`, `{"a":"<script`, "[\"\xff\"]", "", `"a"`, `{"a":[1,2,{"b":0}],"0":["x"]}`,
	} {
		f.Add(body)
	}
	filter, err := NewFilter(ScopeAll, "/a/b", "/0", "/a/1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var p Parser
		got, valid := p.Elements(body, nil, nil)
		size := 0
		for _, e := range got {
			size += len(e.Text)
		}
		if size > len(body) {
			t.Errorf("%q: got %d bytes of text", body, size)
		}
		some, validToo := p.Elements(body, filter, nil)
		if valid != validToo || !isSubsequence(some, got) {
			t.Errorf("%q filtered: got %q, valid %v, want a part of %q, valid %v", body, transcript(some), validToo, transcript(got), valid)
		}
		if len(body) > 0 {
			before, _ := p.Elements(body[:len(body)-1], nil, nil)
			if len(before) > len(got)+1 {
				t.Errorf("%q cut off: got %q, want no more than %q", body, transcript(before), transcript(got))
			}
		}
		if want, duplicate, ok := reference(body); ok {
			if valid == duplicate {
				t.Errorf("%q: got valid %v, and duplicate keys %v", body, valid, duplicate)
			}
			if transcript(got) != transcript(want) {
				t.Errorf("%q: got %q, want %q", body, transcript(got), transcript(want))
			}
			for _, separator := range []string{" ", "::", ",,", ":,"} {
				lenient := separated(body, separator)
				got, validToo := p.Elements(lenient, nil, nil)
				if validToo != valid || transcript(got) != transcript(want) {
					t.Errorf("%q: got %q, valid %v, want %q, valid %v", lenient, transcript(got), validToo, transcript(want), valid)
				}
			}
		}
	})
}

// separated replaces the commas and colons of valid JSON.
func separated(body, separator string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			b.WriteString(body[i : i+2])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ':'):
			b.WriteString(separator)
			continue
		}
		b.WriteByte(body[i])
	}
	return b.String()
}

func isSubsequence(some, all []Element) bool {
	for _, e := range all {
		if len(some) > 0 && some[0] == e {
			some = some[1:]
		}
	}
	return len(some) == 0
}

// reference returns the elements of a valid body, by encoding/json, up to the
// first duplicate key.
func reference(body string) (elements []Element, duplicate, ok bool) {
	root := strings.TrimLeft(body, " \t\r\n")
	if !json.Valid([]byte(body)) || !utf8.ValidString(body) || root[0] != '{' && root[0] != '[' {
		return nil, false, false
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var objects []map[string]bool // nil for an array
	var keyed []bool
	value := func() {
		if len(keyed) > 0 {
			keyed[len(keyed)-1] = false
		}
	}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return elements, false, true
		}
		if err != nil {
			return nil, false, false
		}
		text := ""
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				value()
				objects, keyed = append(objects, map[string]bool{}), append(keyed, false)
			case '[':
				value()
				objects, keyed = append(objects, nil), append(keyed, false)
			default:
				objects, keyed = objects[:len(objects)-1], keyed[:len(keyed)-1]
			}
			continue
		case string:
			text = token
		case json.Number:
			text = token.String()
		case bool:
			text = map[bool]string{true: "true", false: "false"}[token]
		case nil:
			text = "null"
		}
		top := len(objects) - 1
		if keys := objects[top]; keys != nil && !keyed[top] {
			if keys[text] {
				return elements, true, true
			}
			keys[text], keyed[top] = true, true
			elements = append(elements, Element{text, true})
			continue
		}
		value()
		elements = append(elements, Element{text, false})
	}
}
