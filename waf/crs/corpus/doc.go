// Package corpus reads the Core Rule Set's own regression tests: 4,680 attacks
// and harmless requests, each with the rules that must, or must not, notice it
// (WF-GFTW-01).
//
//   - corpus.go: the cases, in an order that is always the same.
//   - reasons.go: why some come out otherwise than they want.
//   - request.go: the request of a case, as the rule set's own test tool sends it.
//
// The tests are part of the module that has the rules, so nothing is copied
// here (WF-GFTW-05). Attacks are what recall is measured on, harmless requests
// are what false positives are counted on, by whoever has rules of this kind.
//
// It is a part of waf/crs, for tests alone; those of waf/managed and of bench
// use it too.
package corpus
