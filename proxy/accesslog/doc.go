// Package accesslog describes what happened to a request in CloudFront's
// words and in ours, and writes it as CloudFront's standard log: 33
// tab-separated fields, one line a request (CF-LOG, table CF-LF).
//
//   - result.go: CloudFront's result types, detailed result types, X-Cache.
//   - reason.go: our own reasons, finer than result types; the same word
//     stands in the log, on metrics and in debug headers.
//   - record.go, encode.go: the data of a line and the line.
//   - writer.go: the file, its queue, and the goroutine that owns it.
//
// It is a part of proxy.
package accesslog
