package repository

import (
	"strings"
)

// checkPackageDocs wants one package comment, in Go's form, that says how the
// package stands to its parent where it has one.
func checkPackageDocs(t *tree) []finding {
	var findings []finding
	for _, p := range t.packs {
		code := p.code()
		if len(code) == 0 {
			continue
		}
		doc, at := packageDoc(t, code)
		name := code[0].ast.Name.Name
		lead := "Package " + name + " "
		if name == "main" {
			lead = "Command "
		}
		switch {
		case doc == "":
			findings = append(findings, found(p.dir, "package %s has no package comment", name))
		case !strings.HasPrefix(doc, lead):
			findings = append(findings, found(at, "the package comment does not begin with %q", lead))
		case isSubPackage(t, p.dir) && !saysItsPlace(doc):
			findings = append(findings, found(at, "the package comment does not say whether %s is a part or a provider", name))
		}
		if unclearNames[name] {
			findings = append(findings, found(p.dir, "the name %s says nothing", name))
		}
	}
	return findings
}

// unclearNames are package names that say what code is, not what it does.
var unclearNames = map[string]bool{
	"util": true, "utils": true, "common": true, "helper": true, "helpers": true, "types": true,
	"models": true, "manager": true, "engine": true, "misc": true, "shared": true, "base": true,
}

func packageDoc(t *tree, files []*source) (doc, at string) {
	for _, s := range files {
		if s.ast.Doc != nil {
			return s.ast.Doc.Text(), t.at(s.ast.Doc)
		}
	}
	return "", ""
}

// isSubPackage reports whether the folder above dir is a package too. Under
// cmd and bench there are none that stand in this relation.
func isSubPackage(t *tree, dir string) bool {
	parent := dir[:max(strings.LastIndexByte(dir, '/'), 0)]
	return parent != "" && t.pack(parent) != nil && !within(dir, "bench") && !within(dir, "cmd")
}

func saysItsPlace(doc string) bool {
	flat := strings.Join(strings.Fields(doc), " ")
	return strings.Contains(flat, "a part of ") || strings.Contains(flat, "a provider")
}
