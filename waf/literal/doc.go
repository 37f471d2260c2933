// Package literal finds which of many literals occur in a text, in one pass
// over it: the names of scanners in a User-Agent field, the files of an
// operating system in a path, and the literals without which a regular
// expression cannot match.
//
//   - set.go: a set of literals and what can be asked of it.
//   - cursor.go: all occurrences, one after the other.
//   - automaton.go: the automaton of Aho and Corasick that finds them.
//   - trie.go: how it is built.
//   - filter.go: what passes over text in which none of them begins.
//   - bucket.go: how the literals share the filter.
//
// Nothing here allocates, and time is linear in the length of the text,
// whatever the text and the literals are. Memory is linear in the length of
// the literals.
//
// It is a part of waf.
package literal
