// Package transform has the text transformations of AWS WAF: what a statement
// applies to a component of a request before it looks at it (WF-TT).
//
//   - kind.go: the transformations by AWS's names, in one table.
//   - chain.go: several, one after the other.
//   - scratch.go: the memory of results.
//   - escape.go: what the escapes of several languages have in common.
//   - url.go, html.go, js.go, css.go, escapeseq.go: decoding of escapes.
//   - base64.go, hex.go: decoding of whole texts.
//   - case.go, space.go, cmdline.go, comments.go, nulls.go: one spelling for
//     many.
//   - path.go: directory references in paths.
//   - unicode.go: what is not ASCII, as escapes.
//   - md5.go: a digest.
//
// A transformation looks for the first byte that it could change, and returns
// the text itself where there is none: nearly all of ordinary traffic ends
// there. What is behind that byte is written to a [Scratch].
//
// Where AWS's description is precise, it holds; where it is not, the function
// of the same name in ModSecurity does, after which AWS's descriptions are
// worded. Text is bytes: nothing has to be valid UTF-8. Each transformation
// takes linear time, accepts any input, and has a bound on the size of its
// result (WF-TT-25).
//
// It is a part of waf.
package transform
