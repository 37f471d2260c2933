package repository

import (
	"go/ast"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/groundfront/groundfront/bench/edgetest"
	"github.com/groundfront/groundfront/config"
)

// checkStages compares three lists: the variable Stages, the stages that run
// calls (deferred ones last), and the table of ARCHITECTURE.md.
func checkStages(t *tree) []finding {
	const file, document = "proxy/stages.go", "ARCHITECTURE.md"
	proxy := t.pack("proxy")
	if proxy == nil {
		return []finding{found(file, "no package proxy")}
	}
	listed, called := stageLists(proxy.code())
	var findings []finding
	if !slices.Equal(listed, called) {
		findings = append(findings, found(file, "Stages is %v, run calls %v", listed, called))
	}
	if table := stageTable(t.files[document]); !slices.Equal(listed, table) {
		findings = append(findings, found(document, "the stage table is %v, Stages is %v", table, listed))
	}
	return findings
}

// stageLists reads the variable Stages and the calls in the method run.
func stageLists(code []*source) (listed, called []string) {
	each(code, func(d ast.Decl) {
		for _, spec := range specs(d, token.VAR) {
			if s := spec.(*ast.ValueSpec); s.Names[0].Name == "Stages" && len(s.Values) == 1 {
				for _, element := range s.Values[0].(*ast.CompositeLit).Elts {
					name, _ := strconv.Unquote(element.(*ast.BasicLit).Value)
					listed = append(listed, name)
				}
			}
		}
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "run" && f.Recv != nil && receiver(f) == "Exchange" {
			called = stageCalls(f)
		}
	})
	return listed, called
}

// stageCalls returns the names of the stage… methods that f calls, in the
// order they run.
func stageCalls(f *ast.FuncDecl) []string {
	var now, deferred []string
	isDeferred := map[ast.Node]bool{}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.DeferStmt:
			isDeferred[n.Call] = true
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			if !ok {
				break
			}
			name, isStage := strings.CutPrefix(method.Sel.Name, "stage")
			switch {
			case isStage && isDeferred[n]:
				deferred = append([]string{name}, deferred...)
			case isStage:
				now = append(now, name)
			}
		}
		return true
	})
	return append(now, deferred...)
}

var stageRow = regexp.MustCompile(`(?m)^\| *(\d+) *\| *(\w+) *\|`)

// stageTable returns the second column of the rows that begin with a number,
// which must count from 1.
func stageTable(document string) []string {
	var names []string
	for _, row := range stageRow.FindAllStringSubmatch(document, -1) {
		if row[1] == strconv.Itoa(len(names)+1) {
			names = append(names, row[2])
		}
	}
	return names
}

var codeSpan = regexp.MustCompile("`([^`\n]+)`")

// checkDocuments follows the paths that the two documents at the root write
// as code: whatever begins with one of the root's folders must exist.
func checkDocuments(t *tree) []finding {
	exists := map[string]bool{}
	for _, name := range t.names() {
		for ; name != ""; name = name[:max(strings.LastIndexByte(name, '/'), 0)] {
			exists[name] = true
		}
	}
	var findings []finding
	t.eachLine(func(at, line string) {
		if !strings.HasPrefix(at, "ARCHITECTURE.md:") && !strings.HasPrefix(at, "README.md:") {
			return
		}
		for _, span := range codeSpan.FindAllStringSubmatch(line, -1) {
			name := strings.TrimPrefix(span[1], "./")
			first, _, _ := strings.Cut(name, "/")
			isPath := slices.Contains(rootFolders, first) && !strings.ContainsAny(name, " :*")
			if isPath && !exists[strings.TrimSuffix(name, "/")] {
				findings = append(findings, found(at, "%s does not exist", name))
			}
		}
	})
	return findings
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// checkReadme validates the configurations of README.md, and looks for each
// verb of the command and for the name of each feature that package config
// refuses as not built. No feature has two rows.
func checkReadme(t *tree) []finding {
	const file = "README.md"
	var findings []finding
	blocks := yamlBlock.FindAllStringSubmatch(t.files[file], -1)
	if len(blocks) == 0 {
		findings = append(findings, found(file, "has no configuration"))
	}
	for _, block := range blocks {
		_, problems := config.ParseWith(file, []byte(block[1]), certificates)
		for _, p := range problems {
			if p.Severity == config.SeverityError {
				findings = append(findings, found(file, "in the configuration: %s: %s", p.Code, p.Message))
			}
		}
	}
	for _, feature := range notBuilt(t) {
		if !strings.Contains(strings.ToLower(t.files[file]), strings.ToLower(feature)) {
			findings = append(findings, found(file, "does not name %q, which the configuration refuses", feature))
		}
	}
	for _, feature := range repeatedFeatures(t.files[file]) {
		findings = append(findings, found(file, "says of %q twice what becomes of it", feature))
	}
	for _, verb := range verbs(t) {
		names := func(parent string) bool { return strings.Contains(t.files[file], "groundfront "+parent+verb) }
		if !names("") && !names("config ") && !names("waf ") && !names("sign ") {
			findings = append(findings, found(file, "does not name the verb %q", verb))
		}
	}
	return findings
}

// certificates stands for the files of the certificates that README.md names: NAME.pem
// and NAME-key.pem, RSA if the name says so.
func certificates(name string) ([]byte, error) {
	kind := edgetest.KeyECDSA
	if strings.Contains(name, "rsa") {
		kind = edgetest.KeyRSA
	}
	pair, ok := issued[kind]
	if !ok {
		chain, key, err := edgetest.Issue(kind, "shop.test")
		if err != nil {
			return nil, err
		}
		pair = [2][]byte{chain, key}
		issued[kind] = pair
	}
	switch {
	case strings.HasSuffix(name, "-key.pem"):
		return pair[1], nil
	case strings.HasSuffix(name, ".pem"):
		return pair[0], nil
	}
	return nil, fs.ErrNotExist
}

var issued = map[edgetest.KeyKind][2][]byte{}

// repeatedFeatures returns the features with two rows in the table, and those
// that two rows of refused ones list.
func repeatedFeatures(document string) (repeated []string) {
	seen := map[string]bool{}
	note := func(feature string) {
		feature = strings.ToLower(strings.TrimSpace(feature))
		if seen[feature] {
			repeated = append(repeated, feature)
		}
		seen[feature] = true
	}
	for line := range strings.Lines(document) {
		cells := strings.Split(line, "|")
		switch {
		case len(cells) != 5 || strings.Trim(cells[1], " -") == "":
		case strings.TrimSpace(cells[2]) == "refused":
			for feature := range strings.SplitSeq(cells[1], ",") {
				note(feature)
			}
		default:
			note(cells[1])
		}
	}
	return repeated
}

// verbs returns the first words of the command's Use texts.
func verbs(t *tree) []string {
	var all []string
	p := t.pack("cmd/groundfront")
	if p == nil {
		return nil
	}
	for _, s := range p.code() {
		ast.Inspect(s.ast, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok || text(pair.Key) != "Use" {
				return true
			}
			if literal, ok := pair.Value.(*ast.BasicLit); ok {
				use, _ := strconv.Unquote(literal.Value)
				all = append(all, strings.Fields(use)[0])
			}
			return true
		})
	}
	return slices.DeleteFunc(all, func(verb string) bool { return verb == "groundfront" })
}

// notBuilt returns the values of config's table of keys without a feature.
func notBuilt(t *tree) []string {
	features := map[string]bool{}
	if p := t.pack("config"); p != nil {
		if table := packageTables(p.code())["notBuiltKeys"]; table != nil {
			ast.Inspect(table, func(n ast.Node) bool {
				if pair, ok := n.(*ast.KeyValueExpr); ok {
					if value, ok := pair.Value.(*ast.BasicLit); ok {
						feature, _ := strconv.Unquote(value.Value)
						features[feature] = true
					}
				}
				return true
			})
		}
	}
	return slices.Sorted(maps.Keys(features))
}
