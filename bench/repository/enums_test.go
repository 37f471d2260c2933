package repository

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// An enum is an integer type with constants.
type enum struct {
	name   string
	at     string
	values []string // constants in order, without those that only count
	text   *ast.FuncDecl
}

// counters are constants that end a list and are no values of it.
var counters = regexp.MustCompile(`^(num|max)[A-Z]|Count$`)

// checkEnums wants a String method for each exported enum, and a name in it
// for each value of each enum. It reads the source, so a value that is added
// without a name is found although no test prints it.
func checkEnums(t *tree) []finding {
	var findings []finding
	for _, p := range t.packs {
		code := p.code()
		tables := packageTables(code)
		for _, e := range enumsOf(t, code) {
			switch {
			case len(e.values) < 2:
			case e.text == nil && ast.IsExported(e.name):
				findings = append(findings, found(e.at, "%s has no String method", e.name))
			case e.text != nil:
				for _, v := range nameless(e, tables) {
					findings = append(findings, found(e.at, "String of %s has no name for %s", e.name, v))
				}
			}
		}
	}
	return findings
}

// enumsOf finds the integer types of a package with their constants.
func enumsOf(t *tree, code []*source) []*enum {
	var enums []*enum
	byName := map[string]*enum{}
	each(code, func(d ast.Decl) {
		for _, spec := range specs(d, token.TYPE) {
			s := spec.(*ast.TypeSpec)
			if under, ok := s.Type.(*ast.Ident); ok && isInteger(under.Name) {
				e := &enum{name: s.Name.Name, at: t.at(s)}
				byName[e.name] = e
				enums = append(enums, e)
			}
		}
	})
	each(code, func(d ast.Decl) {
		var current *enum // what a constant without a type of its own has
		for _, spec := range specs(d, token.CONST) {
			s := spec.(*ast.ValueSpec)
			if s.Type != nil || s.Values != nil {
				current = nil
			}
			if named, ok := s.Type.(*ast.Ident); ok {
				current = byName[named.Name]
			}
			for _, name := range s.Names {
				if current != nil && name.Name != "_" && !counters.MatchString(name.Name) {
					current.values = append(current.values, name.Name)
				}
			}
		}
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "String" && f.Recv != nil {
			if e := byName[receiver(f)]; e != nil {
				e.text = f
			}
		}
	})
	return enums
}

// nameless returns the values that String does not name: neither itself nor
// through a table of the package that it uses. A value called None may be
// written as "" in such a table, on purpose and by its name.
func nameless(e *enum, tables map[string]*ast.CompositeLit) []string {
	rest := slices.Clone(e.values)
	drop := func(name string) {
		rest = slices.DeleteFunc(rest, func(v string) bool { return v == name })
	}
	ast.Inspect(e.text.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		drop(id.Name)
		if table := tables[id.Name]; table != nil {
			for i, element := range table.Elts {
				pair, keyed := element.(*ast.KeyValueExpr)
				switch {
				case keyed && (!isEmptyText(pair.Value) || strings.HasSuffix(text(pair.Key), "None")):
					drop(text(pair.Key))
				case !keyed && !isEmptyText(element) && i < len(e.values):
					drop(e.values[i])
				}
			}
		}
		return true
	})
	return rest
}

// packageTables returns the composite literals that package variables are
// set to.
func packageTables(code []*source) map[string]*ast.CompositeLit {
	tables := map[string]*ast.CompositeLit{}
	each(code, func(d ast.Decl) {
		for _, spec := range specs(d, token.VAR) {
			s := spec.(*ast.ValueSpec)
			for i, value := range s.Values {
				if literal, ok := value.(*ast.CompositeLit); ok && i < len(s.Names) {
					tables[s.Names[i].Name] = literal
				}
			}
		}
	})
	return tables
}

// each calls f for the declarations of all files.
func each(code []*source, f func(ast.Decl)) {
	for _, s := range code {
		for _, d := range s.ast.Decls {
			f(d)
		}
	}
}

// specs returns what d declares, if it is a declaration of the kind tok.
func specs(d ast.Decl, tok token.Token) []ast.Spec {
	if g, ok := d.(*ast.GenDecl); ok && g.Tok == tok {
		return g.Specs
	}
	return nil
}

// receiver returns the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	of := f.Recv.List[0].Type
	if pointer, ok := of.(*ast.StarExpr); ok {
		of = pointer.X
	}
	return text(of)
}

// text returns the name of an identifier, "" for anything else.
func text(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func isEmptyText(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return ok && (literal.Value == `""` || literal.Value == "``")
}

func isInteger(name string) bool {
	return strings.HasPrefix(name, "int") || strings.HasPrefix(name, "uint") || name == "byte"
}
