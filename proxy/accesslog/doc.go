// Package accesslog describes what happened to a request in CloudFront's
// words and in ours, and writes it as CloudFront's standard log: 33
// tab-separated fields, one line a request (CF-LOG, table CF-LF).
//
//   - result.go: CloudFront's result types, detailed result types, X-Cache.
//   - reason.go: our own reasons, finer than result types; the same word
//     stands in the log, on metrics and in debug headers.
//   - record.go, encode.go, text.go: the data of a line, the line, its escapes.
//   - writer.go, output.go: the shards that lines are gathered in, the queue,
//     the goroutine that owns the file, and the file.
//
// It is a part of proxy.
package accesslog
