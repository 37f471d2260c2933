// Package ruleset runs the OWASP Core Rule Set's own tests through the whole
// edge (WF-GFTW-04): their bytes over a connection, a web ACL that has the rule
// group in front of an origin, and the log record of each request, whose labels
// say which rules matched.
//
// What that adds to the tests of waf/crs is the edge's own reading of requests:
// what a rule is to find must not be lost, changed, or made up on the way to
// it. A request that the edge refuses is not inspected; the rule set's tests
// want that of some, and testdata/different.txt has the others with their
// reasons.
//
// go test runs one test in sixteen, go test -ruleset.all runs all.
package ruleset
