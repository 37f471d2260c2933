// Package compress decides whether the edge compresses a response on its way
// into the cache, as CloudFront does (CF-CMP-01..18, table CF-CT), and does
// it with pooled gzip and Brotli encoders.
//
// What follows from a compression is done elsewhere: the caller sets
// Content-Encoding, drops Content-Length, adds Vary: Accept-Encoding
// (CF-CMP-13), and weakens the ETag with cache/conditional (CF-CMP-20).
//
// It is a part of proxy and the only importer of the two encoders.
package compress
