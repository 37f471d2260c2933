// Package waf evaluates web ACLs: rules over a request, their actions, IP sets
// and rate limits, as AWS WAF has them (CF-WAF).
//
//   - acl.go: a web ACL as it is compiled, and its evaluation.
//   - config.go: what it is compiled from.
//   - action.go: allow, block, count, captcha and challenge, and what they carry.
//   - statement.go: statements, how they are put together, and what they say.
//   - statements.go: those that AWS WAF has, and some of ours that rule groups
//     are made of.
//   - field.go, extract.go, form.go: what of a request is inspected.
//   - slot.go: that, transformed, once for all statements that ask for it.
//   - leaf.go: statements about a slot; cost.go: which are asked first.
//   - label.go, geo.go: labels, and those of places.
//   - ipset.go, forwarded.go: IP sets, and addresses from a field such as
//     X-Forwarded-For.
//   - rate.go, ratekey.go, ratestate.go: rate-based statements, what they count
//     by, and how they stand.
//   - challenge.go: tokens of viewers that have solved something; tokenabsent.go:
//     a statement about them.
//   - engine.go: another firewall behind a rule.
//   - budget.go: what an evaluation may cost.
//   - record.go: what happened, for log records, samples and people; trace.go:
//     why, for people alone.
//   - peer.go: what a connection keeps of all that.
//
// A web ACL is compiled once for each configuration and is immutable then, but
// for its counts. Evaluation neither blocks nor allocates, so that a request
// which is answered from memory is inspected as well (WF-EDG-01); an engine may
// block, and is asked about requests that go to an origin.
//
// In the direction of imports it stands beside cache and origin: it may import
// cachekey and its own parts. Its providers import it (managed, crs, token and
// record), and else only proxy and what is above proxy.
package waf
