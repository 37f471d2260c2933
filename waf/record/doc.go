// Package record shows what a web ACL did, in AWS WAF's words: log records
// (WF-LOGS) and sampled requests (WF-SMP).
//
//   - recorder.go: which requests are recorded, and where that goes.
//   - entry.go: what there is to know of one.
//   - log.go: the log record, one line of JSON.
//   - protect.go: what log records and samples must not show.
//   - filter.go: which log records are kept.
//   - sample.go: sampled requests, of the last three hours.
//
// The package is a provider: it imports waf.
package record
