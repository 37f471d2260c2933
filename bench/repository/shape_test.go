package repository

import (
	"path"
	"slices"
	"strings"
)

// maxLines is where a file surely holds a second idea.
const maxLines = 800

func checkFileSize(t *tree) []finding {
	var findings []finding
	for _, s := range t.sources() {
		if n := strings.Count(t.files[s.path], "\n"); n > maxLines {
			findings = append(findings, found(s.path, "%d lines, at most %d", n, maxLines))
		}
	}
	return findings
}

// The root holds these and hidden entries, nothing else.
var (
	rootFolders = []string{"bench", "cache", "cachekey", "cmd", "config", "deploy", "origin", "proxy", "waf"}
	rootFiles   = []string{"ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "go.mod", "go.sum"}
)

func checkRootShape(t *tree) []finding {
	var findings []finding
	present := map[string]bool{}
	for _, name := range t.names() {
		first, _, inFolder := strings.Cut(name, "/")
		allowed := rootFiles
		if inFolder {
			allowed = rootFolders
		}
		if !present[first] && !isHidden(first) && !slices.Contains(allowed, first) {
			findings = append(findings, found(first, "does not belong at the root"))
		}
		present[first] = true
	}
	for _, want := range slices.Concat(rootFiles, rootFolders) {
		if !present[want] {
			findings = append(findings, found(path.Clean(want), "is missing at the root"))
		}
	}
	return findings
}
