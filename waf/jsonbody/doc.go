// Package jsonbody takes the keys and values out of a request's JSON body, for
// statements that look at each of them (WF-JSON).
//
//   - parser.go: the walk over a body.
//   - token.go: strings, numbers and words.
//   - unescape.go: strings with escapes.
//   - members.go: the keys of each object, to find duplicates.
//   - filter.go: which elements are wanted, by JSON pointers (RFC 6901).
//
// The walk is as lenient as AWS WAF's (WF-JSON-03), which is neither that of
// encoding/json nor of another parser: commas and colons may be missing and
// there may be too many; inside of an object strings are key and value in
// turn. It stops at all else that is no JSON, at a key that the object has
// already, at the end of a body that is cut off, and at a root that is neither
// object nor array (WF-JSON-04).
//
// It takes time and memory that grow with the body and no faster, however deep
// it is nested and however many keys it has.
//
// It is a part of waf.
package jsonbody
