// Package h1 is the HTTP/1.1 engine toward viewers (RFC 9112), with HTTP/1.0
// behind it. It has no socket and no clock: a driver in proxy/listener gives it
// bytes and takes bytes.
//
// One parser (head.go) reads every request head, in place, and refuses what it
// does not fully understand. What it has read goes one of two ways:
//
//   - A plain request (hits.go) has no content and nothing that asks for more
//     than a look at the cache. Conn.Hits asks the HitFunc about it and appends
//     the response to the output: no goroutine, no allocation, and all requests
//     of one read are answered with one write.
//   - Everything else goes, with a goroutine and a copy of its head, through
//     Conn.Serve to the Handler: content (body.go, chunked.go), responses of
//     any form (response.go), interim responses, upgrades (upgrade.go).
//
// Both ways see the same fields, so one answers as the other does; the tests
// compare them byte for byte.
//
// What is refused: a line that does not end in CRLF, folded fields, space before
// a colon, control characters, names that are no tokens, none or several Host
// fields, Content-Length beside Transfer-Encoding or twice or not plain digits,
// transfer codings other than one "chunked", chunk syntax that is not exact.
// The connection closes after a refusal: where the next request would begin is
// not known.
//
// It is a part of proxy.
package h1
