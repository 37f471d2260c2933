// Package listener is where viewers connect: sockets, TLS, protocol choice,
// limits and draining, and the adapter between net/http's server, which is
// the engine for now, and viewer.Handler.
//
//	accept -> limit -> (TLS handshake) -> http.Server -> adapter -> viewer.Handler
//
// The handshake is done here and not by net/http, so that HTTP/1.1 over TLS
// goes through the same guarded connection as without: guarded.go replaces
// the few answers that net/http's parser writes by itself, before any handler
// is called, with CloudFront's pages.
//
// What is approximated while net/http parses (own engines replace it):
//
//   - Fields come in sorted order and canonical spelling, and responses are
//     sent that way over HTTP/1.1: a header map has no order.
//   - Bare LF, folded lines, repeated equal Content-Lengths, and
//     Content-Length beside Transfer-Encoding are read leniently. Nothing of
//     that spelling reaches an origin, because requests are made anew.
//   - HeadBytes is computed from the parsed form, not counted on the wire.
//   - A 304 carries no Content-Length, and a short body without an announced
//     length gets one instead of chunked coding.
//
// It is a provider: it imports its parent's viewer package, and a program
// wires it to proxy.Server.
package listener
