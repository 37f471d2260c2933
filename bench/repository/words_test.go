package repository

import (
	"fmt"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// avoided are words for which the product has another one.
var avoided = map[string]string{
	"asset":        "representation",
	"backend":      "origin",
	"ban":          "invalidation",
	"client":       "viewer",
	"coalesce":     "collapse",
	"coalesced":    "collapsed",
	"coalescing":   "collapsing",
	"dedupe":       "collapse",
	"downstream":   "viewer",
	"middleware":   "stage",
	"passthrough":  "bypass",
	"plugin":       "edge function",
	"purge":        "invalidation",
	"singleflight": "collapse",
	"upstream":     "origin",
	"vhost":        "distribution",
}

// wordExceptions are folders where an avoided word is the right one.
var wordExceptions = []struct{ dir, word, because string }{
	{"origin/transport", "client", "toward an origin we are the client"},
	{"origin/origintest", "client", "the origin's side of a connection"},
	{"origin/apigateway/standin", "client", "of Lambda's invoke endpoint, and AWS's error names"},
	{"proxy/accesslog", "client", "CloudFront's result types, as ClientCommError"},
	{"proxy/admin", "middleware", "chi's word"},
	{"cmd", "client", "of the admin interface"},
	{"waf/record", "client", "AWS WAF's log records and samples, as clientIp"},
	{"bench", "client", "load and scenarios are clients"},
}

// checkGlossary looks at the names that code declares; names that it only
// uses are others'.
func checkGlossary(t *tree) []finding {
	var findings []finding
	for _, p := range t.packs {
		for _, s := range p.code() {
			for _, id := range declared(s.ast) {
				for _, word := range words(id.Name) {
					if better, avoid := avoided[word]; avoid && !wordAllowed(p.dir, word) {
						findings = append(findings, found(t.at(id), "%q says %q, the product says %q", id.Name, word, better))
					}
				}
			}
		}
	}
	return findings
}

func wordAllowed(dir, word string) bool {
	for _, e := range wordExceptions {
		if e.word == word && within(dir, e.dir) {
			return true
		}
	}
	return false
}

// declared returns the identifiers that a file declares: package-level ones,
// fields, methods, parameters, and those of := and var.
func declared(file *ast.File) []*ast.Ident {
	ids := []*ast.Ident{file.Name}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			ids = append(ids, n.Name)
		case *ast.ValueSpec:
			ids = append(ids, n.Names...)
		case *ast.FuncDecl:
			ids = append(ids, n.Name)
		case *ast.Field:
			ids = append(ids, n.Names...)
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, left := range n.Lhs {
					if id, ok := left.(*ast.Ident); ok {
						ids = append(ids, id)
					}
				}
			}
		}
		return true
	})
	return ids
}

var (
	wordStart    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
	acronymBreak = regexp.MustCompile(`([A-Z])([A-Z][a-z])`)
)

// words splits an identifier: "newHTTPClients" is new, http, client.
func words(identifier string) []string {
	spaced := wordStart.ReplaceAllString(identifier, "$1 $2")
	spaced = acronymBreak.ReplaceAllString(spaced, "$1 $2")
	parts := strings.Fields(strings.ToLower(spaced))
	for i := range parts {
		parts[i] = strings.TrimSuffix(parts[i], "s")
	}
	return parts
}

// unfinished are the marks of work that was left behind. They are spelled in
// two pieces so that this file does not find itself.
var unfinished = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b|\bt\.Skip` + `(Now|f)?\(`)

// checkUnfinished reads all text: Go, documents, scripts.
func checkUnfinished(t *tree) []finding {
	var findings []finding
	t.eachLine(func(at, line string) {
		if mark := unfinished.FindString(line); mark != "" {
			findings = append(findings, found(at, "%s", mark))
		}
	})
	return findings
}

// eachLine calls f for each line of each file that is text, in the order of
// their paths.
func (t *tree) eachLine(f func(at, line string)) {
	for _, name := range t.names() {
		if strings.ContainsRune(t.files[name], 0) {
			continue
		}
		n := 0
		for line := range strings.Lines(t.files[name]) {
			n++
			f(fmt.Sprintf("%s:%d", name, n), line)
		}
	}
}

// names returns the paths of all files, sorted.
func (t *tree) names() []string {
	var names []string
	for name := range t.files {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
