package repository

import (
	"go/ast"
	"go/token"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A choice is one property of config.Choices, or one row of README.md's table
// of them.
type choice struct {
	name   string
	values []string // the default first
	ids    []string // cited, sorted
	strict bool     // it also holds with rfc9111 semantics
}

// checkChoices holds README.md's table of what is undocumented at AWS to the
// struct config.Choices: the same options in the same order, with the same
// values and ids, with or without rfc9111 semantics; and each option's default,
// if it has but one, to its first value.
func checkChoices(t *tree) []finding {
	const file, document = "config/choices.go", "README.md"
	config := t.pack("config")
	if config == nil {
		return []finding{found(file, "no package config")}
	}
	var findings []finding
	properties, defaults := choiceProperties(config.code())
	for _, p := range properties {
		if def := defaults[p.name]; def != "" && def != p.values[0] {
			findings = append(findings, found(file, "%s: the default is %s, its first value %s", p.name, def, p.values[0]))
		}
	}
	rows := choiceRows(t.files[document])
	for i := range max(len(properties), len(rows)) {
		var property, row choice
		if i < len(properties) {
			property = properties[i]
		}
		if i < len(rows) {
			row = rows[i]
		}
		if !reflect.DeepEqual(property, row) {
			findings = append(findings, found(document, "row %d is %v, Choices has %v", i+1, row, property))
		}
	}
	return findings
}

// choiceProperties reads the struct Choices and the values of its types. A
// property whose type has no list of values has its default only.
func choiceProperties(code []*source) (properties []choice, defaults map[string]string) {
	defaults = map[string]string{}
	words := map[string][]string{}
	var fields []*ast.Field
	each(code, func(d ast.Decl) {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "values" && f.Recv != nil {
			words[receiver(f)] = literals(f.Body)
		}
		for _, spec := range specs(d, token.TYPE) {
			if s := spec.(*ast.TypeSpec); s.Name.Name == "Choices" {
				fields = s.Type.(*ast.StructType).Fields.List
			}
		}
	})
	for _, f := range fields {
		literal, _ := strconv.Unquote(f.Tag.Value)
		tag := reflect.StructTag(literal)
		c := choice{name: tag.Get("config"), values: words[text(f.Type)], ids: idsIn(f.Doc.Text())}
		c.strict = !strings.Contains(strings.Join(strings.Fields(f.Doc.Text()), " "), "Not with rfc9111")
		defaults[c.name] = tag.Get("default")
		if c.values == nil {
			c.values = []string{defaults[c.name]}
		}
		properties = append(properties, c)
	}
	return properties, defaults
}

// literals returns the texts in a function's body, in order.
func literals(body *ast.BlockStmt) []string {
	var all []string
	ast.Inspect(body, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
			s, _ := strconv.Unquote(l.Value)
			all = append(all, s)
		}
		return true
	})
	return all
}

func idsIn(text string) []string {
	ids := specID.FindAllString(text, -1)
	slices.Sort(ids)
	return slices.Compact(ids)
}

var choiceHeading = regexp.MustCompile(`(?ms)^### Undocumented at AWS[^\n]*\n(.*?)(^##|\z)`)

// choiceRows reads the table below the heading: option, values, what it
// decides, whether with rfc9111, ids.
func choiceRows(document string) []choice {
	section := choiceHeading.FindStringSubmatch(document)
	if section == nil {
		return nil
	}
	var rows []choice
	for line := range strings.Lines(section[1]) {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !strings.Contains(cells[1], "`") {
			continue
		}
		c := choice{name: strings.Trim(cells[1], " `"), ids: idsIn(cells[5]), strict: strings.TrimSpace(cells[4]) == "yes"}
		for _, span := range codeSpan.FindAllStringSubmatch(cells[2], -1) {
			c.values = append(c.values, span[1])
		}
		rows = append(rows, c)
	}
	return rows
}
