// Package regex matches regular expressions as AWS WAF has them, in linear
// time, and without running them on texts that cannot match (WF-RGX).
//
//   - regexp.go: a regular expression, and how it is matched.
//   - literals.go: the literals of which every match has one.
//   - translate.go: from AWS's dialect to that of package regexp.
//   - escape.go: what follows a backslash.
//   - class.go: bracket expressions.
//   - error.go: why a pattern is refused.
//
// AWS's dialect is libpcre's without what needs to go back (WF-RGX-01).
// Lookaround is refused as well (WF-RGX-02). What remains is a regular language,
// translated so that it means what it means there (WF-RGX-04), with these
// exceptions:
//
//   - $ and \Z pass a final newline instead of looking at it, so that nothing
//     behind them can match it.
//   - With (?m), ^ matches behind a final newline as well.
//   - (?i) is about ASCII letters.
//   - A repetition is at most 1,000.
//
// Text is UTF-8, in which each byte that is none is a character. A pattern that
// names bytes, \x80 to \xff, is about bytes, and so is all else in it.
//
// It is a part of waf.
package regex
