package config

import "reflect"

// HeaderValue is the value of a custom header: the text itself, or where it is
// kept. What is kept elsewhere is never printed. Not at AWS, where it is text.
type HeaderValue struct {
	Text string // the value, unless one of the others is set

	// FromFile is a file with one value on each line. The first is sent; a
	// change is followed within seconds.
	FromFile string
	// FromEnv is an environment variable, read at the start.
	FromEnv string
}

// readNode reads a text or a mapping with from_file or from_env.
func (v *HeaderValue) readNode(r *reader, n *node, at path) {
	switch n.kind {
	case kindString:
		v.Text = n.text
	case kindMap:
		var from SecretSource
		r.structure(n, reflect.ValueOf(&from).Elem(), at, n.pos, nil)
		if (from.FromFile == "") == (from.FromEnv == "") && !r.reported(at) {
			r.at(n.pos, badValue, at, "want one of from_file and from_env")
			return
		}
		v.FromFile, v.FromEnv = from.FromFile, from.FromEnv
	default:
		d := r.at(n.pos, wrongType, at, "want a string, or a mapping with from_file or from_env, got %s", n.kind) // and not what it is
		if n.kind < kindString && n.kind != kindNull {
			d.Suggestion = `write it in quotes: "..."`
		}
	}
}

func (v *HeaderValue) printNode() *node {
	if v.FromFile != "" || v.FromEnv != "" {
		return printStruct(reflect.ValueOf(SecretSource{v.FromFile, v.FromEnv}), nil)
	}
	return &node{kind: kindString, text: v.Text, secret: true}
}

func (*HeaderValue) schema() map[string]any {
	mapping := (&schemaWriter{}).structure(reflect.TypeFor[SecretSource](), nil)
	mapping["minProperties"], mapping["maxProperties"] = 1, 1
	return map[string]any{"oneOf": []any{map[string]any{"type": "string"}, mapping}}
}
