package repository

import (
	"fmt"
	"go/ast"
	"regexp"
	"strconv"
	"strings"
)

const (
	threats = "bench/THREATS.md"
	// threatClasses has a line for each kind: its prefix, and how many there are.
	threatClasses = "bench/repository/testdata/threat-classes.txt"
)

// threatRow is "| F1 | what it is | how it is met |".
var threatRow = regexp.MustCompile(`(?m)^\| ([A-Z]-?[0-9]+) \| ([^|\n]+) \| ([^|\n]+) \|$`)

// checkThreats holds the table of attacks and faults to the list of their
// classes, and to the tests that it names: "`proxy/h1` TestName", or a scenario
// by its file's name. A class that cannot happen says "not applicable" and why.
func checkThreats(t *tree) []finding {
	rows := map[string]int{}
	var findings []finding
	for _, row := range threatRow.FindAllStringSubmatch(t.files[threats], -1) {
		class, how := row[1], row[3]
		rows[class]++
		named := t.namedTests(how)
		reason, applies := strings.CutPrefix(how, "not applicable: ")
		if len(named) == 0 && (!applies || strings.TrimSpace(reason) == "") {
			findings = append(findings, found(threats, "%s names no test", class))
		}
		for _, name := range named {
			if !t.hasTest(name) {
				findings = append(findings, found(threats, "%s: there is no test %s", class, name))
			}
		}
	}
	for _, class := range classesOf(t.data[threatClasses]) {
		if n := rows[class]; n != 1 {
			findings = append(findings, found(threats, "%s has %d rows", class, n))
		}
	}
	return findings
}

// classesOf returns the classes that "F 25" and the like stand for.
func classesOf(text string) []string {
	var classes []string
	for line := range strings.Lines(text) {
		prefix, number, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, _ := strconv.Atoi(number)
		for i := range n {
			classes = append(classes, fmt.Sprint(prefix, i+1))
		}
	}
	return classes
}

var (
	testInPackage = regexp.MustCompile("`([a-z0-9/]+)` ((?:Test|Fuzz)[A-Za-z0-9_]+(?:, (?:Test|Fuzz)[A-Za-z0-9_]+)*)")
	scenarioFile  = regexp.MustCompile("`([a-z0-9_]+\\.txtar)`")
)

// namedTests returns "dir.TestName" for each test that a cell names, and the
// paths of scenarios.
func (t *tree) namedTests(cell string) []string {
	var named []string
	for _, m := range testInPackage.FindAllStringSubmatch(cell, -1) {
		for name := range strings.SplitSeq(m[2], ", ") {
			named = append(named, m[1]+"."+name)
		}
	}
	for _, m := range scenarioFile.FindAllStringSubmatch(cell, -1) {
		named = append(named, scenarioFolder+m[1])
	}
	return named
}

// hasTest reports whether there is what namedTests has returned.
func (t *tree) hasTest(name string) bool {
	if strings.HasPrefix(name, scenarioFolder) {
		_, exists := t.data[name]
		return exists
	}
	dir, function, _ := strings.Cut(name, ".")
	p := t.pack(dir)
	if p == nil {
		return false
	}
	for _, s := range p.files {
		for _, d := range s.ast.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && f.Recv == nil && f.Name.Name == function {
				return true
			}
		}
	}
	return false
}
