package config

import "strings"

// The header names that some settings do not take. All are in lower case; a
// trailing "*" covers every name with that beginning.

// neverKeyed cannot be part of a cache key: the rows of table CF-HDR whose
// column "key" says no, and the rows of table CF-CFH whose column CP does.
var neverKeyed = []string{
	"cache-control", "connection", "content-length", "cookie", "max-forwards", "pragma",
	"proxy-authenticate", "proxy-authorization", "proxy-connection", "request-range", "te",
	"trailer", "transfer-encoding", "upgrade", "x-amz-cf-id", "x-edge-*", "x-forwarded-proto", "x-real-ip",
	"cloudfront-viewer-address", "cloudfront-viewer-asn", "cloudfront-viewer-ja3-fingerprint",
	"cloudfront-viewer-ja4-fingerprint", "cloudfront-viewer-tls",
	"cloudfront-viewer-cert-validity", "cloudfront-viewer-cert-pem",
}

// neverForwarded cannot be listed in an origin request policy: CF-KEY-30 and
// the rows of CF-HDR that stay in force whatever is selected (CF-HDR-61).
var neverForwarded = []string{
	"connection", "cookie", "proxy-authenticate", "proxy-authorization", "proxy-connection",
	"te", "trailer", "upgrade", "x-edge-*", "x-forwarded-proto", "x-real-ip",
}

// neverCustom cannot be a custom header of an origin (CF-OCH-04).
var neverCustom = []string{
	"cache-control", "connection", "content-length", "cookie", "host", "if-match", "if-modified-since",
	"if-none-match", "if-range", "if-unmodified-since", "max-forwards", "pragma", "proxy-authenticate",
	"proxy-authorization", "proxy-connection", "range", "request-range", "te", "trailer",
	"transfer-encoding", "upgrade", "via", "x-real-ip", "x-amz-*", "x-edge-*",
}

// neverRemoved cannot be removed by a response headers policy (CF-RHP-07).
var neverRemoved = []string{
	"connection", "content-encoding", "content-length", "expect", "host", "keep-alive",
	"proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "transfer-encoding",
	"upgrade", "via", "warning", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate",
	"x-accel-redirect", "x-amz-cf-*", "x-amzn-auth", "x-amzn-cf-billing", "x-amzn-cf-id",
	"x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count",
	"x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache",
	"x-edge-*", "x-forwarded-proto", "x-real-ip",
}

// neverAdded are the fields of responses that the edge makes itself whatever a
// policy adds: those of the connection and of framing, and its own.
var neverAdded = []string{
	"connection", "content-length", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
	"age", "via", "x-amz-cf-*", "x-cache", "x-edge-*",
}

func covers(list []string, name string) bool {
	name = strings.ToLower(name)
	for _, entry := range list {
		beginning, open := strings.CutSuffix(entry, "*")
		if name == entry || open && strings.HasPrefix(name, beginning) {
			return true
		}
	}
	return false
}

// isToken reports whether s is a field name (RFC 9110 section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !tokenChar(s[i]) {
			return false
		}
	}
	return s != ""
}

func tokenChar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' ||
		strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// fieldValue reports whether s may be sent as a field value (RFC 9110 section
// 5.5): no control characters, no space at either end.
func fieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return strings.Trim(s, " \t") == s
}

func (k *checker) headerName(at path, name string) bool {
	if !isToken(name) {
		k.fail(at, badHeader, "%q is not a header name", name)
		return false
	}
	return true
}

func (k *checker) headerValue(at path, value string) {
	if !fieldValue(value) {
		k.fail(at, badHeader, "header value has a control character, or a space at an end")
	}
}
