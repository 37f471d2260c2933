// Package directory answers for an origin from a folder on disk, as a bucket
// of Amazon S3 would: objects with content types, ETags, conditions and ranges,
// and S3's errors in XML. With an index document it answers as a website
// endpoint does: indexes of folders, redirects to them, errors in HTML.
//
//   - directory.go: what is configured, and the round trip.
//   - object.go: which file a request target names, and what is known of it.
//   - content.go: the content of a file while it is sent.
//   - etag.go: the ETags, which are MD5 sums as at S3.
//   - conditions.go: conditional requests and ranges.
//   - errors.go: the answers that are no object.
//   - contenttype.go: content types by the ending of a name.
//
// The folder is opened anew for each request, so that it may be replaced as a
// whole, and nothing outside of it can be reached (os.Root), whatever the
// request target and symbolic links say.
//
// It is a provider: it imports origin.
package directory
