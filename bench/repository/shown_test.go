package repository

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// notShown is a list of groups of statements, on lines that begin with
// "groups", and of those statements of them that nothing shows: an id, or two
// with "to" between them, a colon, and the reason.
const notShown = "bench/repository/testdata/not-shown.txt"

// citedIDs is an id, or a range of ids: "CF-RHP-01 to CF-RHP-03", "CF-RHP-01 to 03".
var citedIDs = regexp.MustCompile(`\b((?:CF|TV)-[A-Z][A-Z0-9]*-)([0-9]+)(?: to (?:((?:CF|TV)-[A-Z][A-Z0-9]*-))?([0-9]+))?\b`)

// idsOf returns the ids that a text cites, those within ranges as well.
func idsOf(text string) []string {
	var ids []string
	for _, m := range citedIDs.FindAllStringSubmatch(text, -1) {
		first, _ := strconv.Atoi(m[2])
		last := first
		if m[3] == "" || m[3] == m[1] {
			if n, err := strconv.Atoi(m[4]); err == nil && n < first+100 {
				last = n
			}
		}
		for n := first; n <= last; n++ {
			ids = append(ids, fmt.Sprintf("%s%0*d", m[1], len(m[2]), n))
		}
	}
	return ids
}

// checkShown compares the statements of some groups with what scenarios and
// tests cite.
func checkShown(t *tree) []finding {
	cited := t.citedInTests()
	var groups []string
	excused := map[string]bool{}
	var findings []finding
	for i, line := range strings.Split(t.data[notShown], "\n") {
		at := fmt.Sprintf("%s:%d", notShown, i+1)
		if names, ok := strings.CutPrefix(line, "groups "); ok {
			groups = append(groups, strings.Fields(names)...)
			continue
		}
		ids, reason, _ := strings.Cut(line, ": ")
		if line == "" || line[0] == '#' {
			continue
		}
		if strings.TrimSpace(reason) == "" {
			findings = append(findings, found(at, "gives no reason"))
		}
		for _, id := range idsOf(ids) {
			if excused[id] = true; cited[id] {
				findings = append(findings, found(at, "%s is shown", id))
			}
		}
	}
	for id := range strings.FieldsSeq(specIDs) {
		group := id[:strings.LastIndexByte(id, '-')]
		if slices.Contains(groups, group) && !cited[id] && !excused[id] {
			findings = append(findings, found(notShown, "%s is neither shown nor listed", id))
		}
	}
	return findings
}

// citedInTests returns the ids that scenarios and tests cite.
func (t *tree) citedInTests() map[string]bool {
	cited := map[string]bool{}
	note := func(text string) {
		for _, id := range idsOf(text) {
			cited[id] = true
		}
	}
	for name, content := range t.data {
		if strings.HasPrefix(name, scenarioFolder) {
			note(content)
		}
	}
	for name, content := range t.files {
		if strings.HasSuffix(name, "_test.go") {
			note(content)
		}
	}
	return cited
}

const scenarioFolder = "bench/scenario/testdata/"
