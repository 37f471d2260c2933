package config

import (
	"cmp"
	"reflect"
	"slices"
)

// TextTransformations are what is done to a part of a request before it is
// matched, in the order of their priorities. In a file each is AWS's mapping of
// priority and type, or a type alone, whose priority is its place in the list:
// [URL_DECODE, LOWERCASE].
type TextTransformations []TextTransformation

// TextTransformation is AWS WAF's TextTransformation (WF-TT).
type TextTransformation struct {
	// Priority is its place in the order, from 0. No two of a statement have the
	// same.
	Priority int `config:"priority,required" range:"0..2147483647" rule:"WF-BYTE-04"`

	// Type is what is done, NONE for nothing.
	Type TextTransformationType `config:"type,required"`
}

// Ordered returns the types in the order in which they are done (WF-TT-22).
func (t TextTransformations) Ordered() []TextTransformationType {
	sorted := slices.SortedStableFunc(slices.Values(t), func(a, b TextTransformation) int { return cmp.Compare(a.Priority, b.Priority) })
	types := make([]TextTransformationType, len(sorted))
	for i := range sorted {
		types[i] = sorted[i].Type
	}
	return types
}

// TextTransformationType is a transformation, by AWS's word.
type TextTransformationType string

// The transformations that package config has to know: those that let some
// texts never match.
const (
	TextTransformationNone      TextTransformationType = "NONE"
	TextTransformationLowercase TextTransformationType = "LOWERCASE"
)

func (TextTransformationType) values() []string {
	return []string{
		"NONE", "LOWERCASE", "COMPRESS_WHITE_SPACE", "CMD_LINE", "URL_DECODE", "URL_DECODE_UNI", "HTML_ENTITY_DECODE",
		"JS_DECODE", "CSS_DECODE", "ESCAPE_SEQ_DECODE", "BASE64_DECODE", "BASE64_DECODE_EXT", "HEX_DECODE", "SQL_HEX_DECODE",
		"MD5", "REPLACE_COMMENTS", "REMOVE_NULLS", "REPLACE_NULLS", "NORMALIZE_PATH", "NORMALIZE_PATH_WIN", "UTF8_TO_UNICODE",
	}
}

func (t *TextTransformations) readNode(r *reader, n *node, at path) {
	*t = nil
	if !r.expect(n, kindList, at) {
		return
	}
	for i, item := range n.items {
		one, here := TextTransformation{Priority: i}, at.index(i)
		r.positions[string(here)] = item.pos
		if item.kind == kindString {
			r.word(item, reflect.ValueOf(&one.Type).Elem(), here)
		} else {
			r.structure(item, reflect.ValueOf(&one).Elem(), here, item.pos, nil)
		}
		*t = append(*t, one)
	}
}

func (t *TextTransformations) printNode() *node {
	n := &node{kind: kindList}
	for i, one := range *t {
		if one.Priority == i {
			n.items = append(n.items, &node{kind: kindString, text: string(one.Type)})
		} else {
			n.items = append(n.items, printStruct(reflect.ValueOf(one), nil))
		}
	}
	return n
}

func (*TextTransformations) schema() map[string]any {
	g := &schemaWriter{inline: true}
	return map[string]any{"type": "array", "items": map[string]any{"oneOf": []any{
		map[string]any{"enum": TextTransformationType("").values()},
		g.structure(reflect.TypeFor[TextTransformation](), nil),
	}}}
}
