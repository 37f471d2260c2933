// Package ratelimit counts requests as the rate-based rules of a web ACL do:
// for each aggregation instance, such as one address, how many there were
// within the last minutes, and whether that is over the limit (WF-RATE). What
// happens to a request then is the rule's action, and not known here. Beside that
// it has the token buckets of throttles (AG-THR-02), which share its table.
//
//   - rule.go: what a rule says.
//   - key.go: what requests are counted by.
//   - table.go: a bounded number of keys in memory of a fixed size.
//   - window.go: the counts of one aggregation instance.
//   - counter.go: all instances of a rule, and what a connection holds.
//   - throttle.go: token buckets.
//
// Time is an argument. Which key a request has, and whether it has one, is the
// caller's business (WF-RATE-03 to WF-RATE-07).
//
// It is a part of waf.
package ratelimit
