package config

import (
	"reflect"
	"slices"
)

// The two types whose form in a file is not that of a Go struct.

// readNode reads a word, or a mapping with cert and key.
func (t *ListenTLS) readNode(r *reader, n *node, at path) {
	switch {
	case n.kind == kindMap:
		var files tlsFiles
		r.structure(n, reflect.ValueOf(&files).Elem(), at, n.pos, nil)
		*t = ListenTLS{Source: TLSSourceFiles, Cert: files.Cert, Key: files.Key}
	case n.kind == kindString && slices.Contains(tlsWords, n.text):
		t.Source = TLSSource(n.text)
	case n.kind == kindString && n.text == "acme":
		r.at(n.pos, valueNotBuilt, at, "acme is not built yet").Suggestion = "available: " + tlsForms
	case n.kind == kindString:
		r.at(n.pos, unknownValue, at, "unknown value %q, want %s", n.text, tlsForms).Suggestion = didYouMean(n.text, tlsWords)
	default:
		r.at(n.pos, wrongType, at, "want %s, got %s", tlsForms, describe(n))
	}
}

// tlsWords are the forms of ListenTLS that are words.
var tlsWords = []string{string(TLSSourceLocalCA), string(TLSSourceDistributions)}

const tlsForms = "local_ca, distributions, or a mapping with cert and key"

// tlsFiles is the mapping form of ListenTLS.
type tlsFiles struct {
	Cert string `config:"cert,required"`
	Key  string `config:"key,required"`
}

func (t *ListenTLS) printNode() *node {
	switch t.Source {
	case TLSSourceLocalCA, TLSSourceDistributions:
		return &node{kind: kindString, text: string(t.Source)}
	case TLSSourceFiles:
		return printStruct(reflect.ValueOf(tlsFiles{t.Cert, t.Key}), nil)
	default:
		return nil
	}
}

func (*ListenTLS) schema() map[string]any {
	return map[string]any{"oneOf": []any{
		map[string]any{"enum": tlsWords},
		(&schemaWriter{}).structure(reflect.TypeFor[tlsFiles](), nil),
	}}
}

// readNode reads a word, or the list of the methods of one of the sets
// (CF-METH-01).
func (s *MethodSet) readNode(r *reader, n *node, at path) {
	if n.kind != kindList {
		r.word(n, reflect.ValueOf(s).Elem(), at)
		return
	}
	var methods []string
	before := len(r.found)
	r.list(n, reflect.ValueOf(&methods).Elem(), at)
	if len(r.found) > before {
		return
	}
	set, err := methodSetOf(methods)
	if err != nil {
		r.at(n.pos, badMethods, at, "%v", err)
		return
	}
	*s = set
}

func (s *MethodSet) printNode() *node { return &node{kind: kindString, text: string(*s)} }

func (*MethodSet) schema() map[string]any {
	forms := []any{map[string]any{"enum": MethodSet("").values()}}
	for _, word := range MethodSet("").values() {
		methods := MethodSet(word).Methods()
		forms = append(forms, map[string]any{
			"type": "array", "uniqueItems": true, "items": map[string]any{"enum": methods},
			"minItems": len(methods), "maxItems": len(methods),
		})
	}
	return map[string]any{"oneOf": slices.Clip(forms)}
}
