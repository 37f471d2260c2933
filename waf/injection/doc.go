// Package injection finds text that is meant to run: SQL in a value that
// becomes part of a statement, and script in a value that becomes part of a
// page (WF-SQLI).
//
//   - sqli.go: the SQL detector and its two sensitivities.
//   - kinds.go: which kinds of SQL tokens a value may have; most have none of
//     which an injection could be made.
//   - words.go: the words that are more than a name to the SQL detector.
//   - patterns.go: what HIGH looks for besides.
//   - promise.go: which values may have a pattern.
//   - roles.go: the words of these patterns.
//   - lexer.go: a value as lexemes, for the patterns and for log records.
//   - xss.go: the script detector, and what a value needs to have for a hit.
//   - tokens.go: what a log record shows of a hit.
//
// The detectors are libinjection's, by its port to Go. Both are asked for each
// value by itself, an argument, a cookie, a string of a JSON document: a whole
// document hides what is in it, since they look at the first five tokens
// (WF-LI-02).
//
// The port allocates for each token and costs a microsecond for a short value.
// So a scan comes first that says of nearly all honest values that there can
// be no hit (WF-ARC-05). It is lossless: where it says no, the port would say
// no, which tests hold against the port's own tables.
//
// It is a part of waf, and the only importer of the port.
package injection
