// Package token has the tokens of viewers that have solved a challenge or a
// CAPTCHA, and the page that has them solve it (WF-TOK-07).
//
//   - token.go: what a token says, and how it is read.
//   - keeper.go: who makes what there is to solve, and checks what comes back.
//   - page.go, page.html: the page.
//
// A puzzle is a text that the edge has authenticated: for which host, what of
// the two, and when. The solution is a number whose hash with the puzzle begins
// with some zero bits, and puzzle and number together are the token. So the edge
// keeps nothing, and needs no address of its own to which solutions are sent.
//
// This is no protection from bots: a program solves a puzzle as fast as a
// browser. It is for trying what an application does when AWS WAF asks, with the
// same status codes, fields, cookie and times.
//
// The package is a provider: it imports waf.
package token
