// Package waf evaluates web ACLs: rules over a request, their actions, IP sets
// and rate limits, as AWS WAF has them (CF-WAF).
//
//   - acl.go: a web ACL as it is compiled, and its evaluation.
//   - config.go: what it is compiled from.
//   - action.go: allow, block, count, and what they carry.
//   - statement.go: statements, and what they say of a request.
//   - ipset.go: the statement that refers to an IP set.
//   - rate.go: rate-based statements.
//   - forwarded.go: addresses from a field such as X-Forwarded-For.
//   - peer.go: what a connection keeps of all that.
//
// A web ACL is compiled once for each configuration and is immutable then, but
// for its counts. Evaluation neither blocks nor allocates, so that a request
// which is answered from memory is inspected as well (WF-EDG-01). Statements,
// actions and fields that are not here are refused by the configuration, by
// name, so that nobody believes to be protected.
//
// In the direction of imports it stands beside cache and origin: it may import
// cachekey, and only proxy and what is above proxy imports it.
package waf
