// Package cachekey makes cache keys: the bytes that decide whether two
// requests share a stored response.
//
// A cache policy is compiled once into a Builder. For each request the Builder
// appends the key's canonical bytes to a buffer of the caller's; Sum turns
// them into a short Hash for indexes, and Parse takes them apart again:
//
//	Policy ──New──▶ Builder ──Append(request)──▶ canonical bytes ──Sum──▶ Hash
//	                                                   │
//	                                                   └──Parse──▶ Parts
//
// # What is in a key
//
// The distribution's domain name and the raw path, always (CF-KEY-01,
// CF-KEY-21), and a fingerprint of the policy. Whatever else a response
// depends on must be selected by the policy:
//
//	part              by default   selected by                 order
//	query string      no           QueryStrings                the request's (CF-KEY-17)
//	headers           no           Headers                     irrelevant (CF-KEY-10)
//	cookies           no           Cookies                     by name (CF-COOK-03)
//	Accept-Encoding   no           EnableAcceptEncoding…       normalised (CF-AE)
//	method            only other than GET and HEAD (CF-KEY-03)
//	Host, scheme      no           Headers: Host, CloudFront-Forwarded-Proto
//
// Nothing is decoded or folded on the way: "%7E" is not "~", "/a//b" is not
// "/a/b", and "en-US,en" is not "en-US, en". The origin receives the same raw
// bytes, and a key that took two of its requests for one would let one viewer
// choose the answer of another. For the same reason Append is injective: the
// format in format.go gives different selected parts different bytes.
//
// # Layers
//
// Its parts are field (header fields), query (query strings), cookie (the
// Cookie field) and selection (which names a policy selects); the origin side
// uses the same parts to send what the key was made of (CF-KEY-05). Nothing
// here imports net/http, keeps state, reads a clock or starts a goroutine.
package cachekey
