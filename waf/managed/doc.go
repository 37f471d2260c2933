// Package managed has AWS's managed rule groups as rules of our own: every
// group, rule and label by AWS's name, and behind it an approximation, since
// AWS publishes what its rules inspect but not what they look for (WF-GEN-04).
//
//   - group.go: groups and rules as AWS lists them, and what is known of each.
//   - table_*.go: all of them.
//   - compile.go: groups as rules of waf; bots.go: the bots of Bot Control.
//   - family.go: families of attacks, which are what rules look for.
//   - search.go: what is looked for, and how texts are looked at.
//   - pack.go: one pass over a text that tells which families occur in it.
//   - command.go: how a shell reads.
//   - the other files: one family or a few each, their words and what confirms them.
//
// The groups differ in what they look for and where, and most of what they look
// for is words. So all words of all families are in one automaton (waf/literal)
// and a text is read once, whatever the number of rules; where a word occurs
// that says little by itself, a function looks at the text again. The texts of
// ordinary requests contain few of these words.
//
// The lists are our own work. They name what anyone can look up: files of
// operating systems, commands, functions, scanners.
//
// The package is a provider: it imports waf.
package managed
