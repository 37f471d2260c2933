// Package ratelimit counts requests as the rate-based rules of a web ACL do:
// for each aggregation instance, such as one address, how many there were
// within the last minutes, and whether that is over the limit (WF-RATE). What
// happens to a request then is the rule's action, and not known here.
//
//   - rule.go: what a rule says.
//   - instance.go: the counts of one aggregation instance.
//   - counter.go: all instances of a rule, bounded, and what a connection holds.
//
// Time is an argument. Which key a request has, and whether it has one, is the
// caller's business (WF-RATE-03 to WF-RATE-07).
//
// It is a part of waf.
package ratelimit
