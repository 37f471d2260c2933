package config

import (
	"embed"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Schema returns a JSON Schema (draft 2020-12) of the native grammar, made
// from the same declarations as the reader. It knows keys, types, words,
// bounds of integers and forms of durations and sizes; references and AWS's
// rules are beyond it. Its descriptions are the doc comments of the structs.
func Schema() []byte {
	g := schemaWriter{docs: fieldDocs(), defs: map[string]any{}}
	root := g.structure(reflect.TypeFor[Config](), nil)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "Groundfront configuration"
	root["$defs"] = g.defs
	out, err := json.MarshalIndent(root, "", "  ")
	if err != nil { // cannot happen: maps, slices, strings and numbers only
		return []byte("{}")
	}
	return append(out, '\n')
}

type schemaWriter struct {
	docs   map[string]string // doc comments by "Type.Field"
	defs   map[string]any
	inline bool // there is no $defs
}

// structure describes the struct type t without the keys in omit.
func (g *schemaWriter) structure(t reflect.Type, omit []string) map[string]any {
	keys, required := map[string]any{}, []string{}
	var unless []any
	for _, p := range properties(t) {
		if p.key || slices.Contains(omit, p.name) {
			continue
		}
		s := g.value(p.typ, p)
		if doc := g.docs[t.Name()+"."+t.Field(p.index).Name]; doc != "" {
			s["description"] = strings.Replace(doc, t.Field(p.index).Name, p.name, 1)
		}
		if p.def != "" {
			s["default"] = jsonDefault(p)
		}
		keys[p.name] = s
		switch {
		case p.required && p.unless != "":
			unless = append(unless, map[string]any{"anyOf": []any{
				map[string]any{"required": []string{p.name}}, map[string]any{"required": []string{p.unless}},
			}})
			notEmpty(s)
		case p.required:
			required = append(required, p.name)
			notEmpty(s)
		}
	}
	s := map[string]any{"type": "object", "properties": keys, "additionalProperties": false}
	if len(required) > 0 {
		s["required"] = required
	}
	if len(unless) > 0 {
		s["allOf"] = unless
	}
	return s
}

// notEmpty asks for an element in a required list.
func notEmpty(s map[string]any) {
	switch s["type"] {
	case "array":
		s["minItems"] = 1
	case "object":
		s["minProperties"] = 1
	}
}

func (g *schemaWriter) value(t reflect.Type, p property) map[string]any {
	zero := reflect.New(t)
	switch x := zero.Interface().(type) {
	case special:
		return x.schema()
	case patterned:
		return map[string]any{"type": []string{"integer", "string"}, "minimum": 0, "pattern": x.pattern()}
	case enum:
		return map[string]any{"enum": x.values()}
	}
	if zero.Type().Implements(textType) {
		return map[string]any{"type": "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.value(t.Elem(), p)
	case reflect.Struct:
		return g.reference(t, p.omit)
	case reflect.Slice:
		return g.list(t.Elem())
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return integerSchema(p)
	default:
		return map[string]any{"type": "string"}
	}
}

// reference describes t once, under $defs, unless this place leaves keys out.
func (g *schemaWriter) reference(t reflect.Type, omit []string) map[string]any {
	if len(omit) > 0 || g.inline {
		return g.structure(t, omit)
	}
	if _, known := g.defs[t.Name()]; !known {
		g.defs[t.Name()] = nil // it may contain itself
		g.defs[t.Name()] = g.structure(t, nil)
	}
	return map[string]any{"$ref": "#/$defs/" + t.Name()}
}

func (g *schemaWriter) list(elem reflect.Type) map[string]any {
	key, isMap := keyed(elem)
	if !isMap {
		return map[string]any{"type": "array", "items": g.value(elem, property{})}
	}
	s := map[string]any{"type": "object"}
	if whole, ok := wholeValue(elem); ok {
		s["additionalProperties"] = g.value(whole.typ, whole)
	} else {
		s["additionalProperties"] = g.value(elem, property{})
	}
	if key.name == "name" {
		s["propertyNames"] = map[string]any{"pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$"}
	}
	return s
}

func integerSchema(p property) map[string]any {
	s := map[string]any{"type": "integer"}
	if lo, err := strconv.Atoi(p.lo); err == nil {
		s["minimum"] = lo
	}
	if hi, err := strconv.Atoi(p.hi); err == nil {
		s["maximum"] = hi
	}
	return s
}

func jsonDefault(p property) any {
	switch p.typ.Kind() {
	case reflect.Bool:
		return p.def == "true"
	case reflect.Int:
		i, _ := strconv.Atoi(p.def)
		return i
	default:
		return p.def
	}
}

// sources are this package's own files, for the doc comments of its structs:
// one text serves the reader of the code, the schema and the reference.
//
//go:embed *.go
var sources embed.FS

// fieldDocs returns the doc comments of all struct fields by "Type.Field".
func fieldDocs() map[string]string {
	docs := map[string]string{}
	files, _ := sources.ReadDir(".") // the file system is in memory
	for _, f := range files {
		src, _ := sources.ReadFile(f.Name())
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		for _, decl := range tree.Decls {
			if d, ok := decl.(*ast.GenDecl); ok && d.Tok == token.TYPE {
				maps.Copy(docs, structDocs(d))
			}
		}
	}
	return docs
}

func structDocs(decl *ast.GenDecl) map[string]string {
	docs := map[string]string{}
	for _, spec := range decl.Specs {
		t, isType := spec.(*ast.TypeSpec)
		if !isType {
			continue
		}
		s, isStruct := t.Type.(*ast.StructType)
		if !isStruct {
			continue
		}
		for _, f := range s.Fields.List {
			for _, name := range f.Names {
				docs[t.Name.Name+"."+name.Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
	}
	return docs
}
