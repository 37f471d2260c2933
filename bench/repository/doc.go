// Package repository holds the rules that this repository keeps about itself,
// as tests: which package may import which, what every package documents,
// that every value of an enum has a name, that ARCHITECTURE.md and README.md
// say what the code does.
//
// A rule is a function from a tree of files to findings. TestRules applies
// each to the repository; TestRulesFind applies each to a small tree in
// testdata/NAME.txtar that breaks it, for a rule that cannot fail is no rule.
//
// There is no code here apart from tests, and nothing imports the package.
package repository
