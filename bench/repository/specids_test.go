package repository

import (
	_ "embed"
	"regexp"
	"strings"
)

// specIDs is the list of what the behavior specification defines: statements
// ("CF-TTL-07") and tables ("CF-CT"). testdata/spec-ids.sh makes it.
//
//go:embed testdata/spec-ids.txt
var specIDs string

var specID = regexp.MustCompile(`\b(?:CF|AG|TV|WF)-[A-Z][A-Z0-9]*(?:-[0-9]+)?\b`)

// checkSpecIDs compares what code and documents cite with what exists.
func checkSpecIDs(t *tree) []finding {
	defined := map[string]bool{}
	for id := range strings.FieldsSeq(specIDs) {
		defined[id] = true
		if last := strings.LastIndexByte(id, '-'); last > 2 {
			defined[id[:last]] = true // a group: "CF-TTL"
		}
	}
	var findings []finding
	t.eachLine(func(at, line string) {
		for _, id := range specID.FindAllString(line, -1) {
			if !defined[id] {
				findings = append(findings, found(at, "%s is not defined", id))
			}
		}
	})
	return findings
}
