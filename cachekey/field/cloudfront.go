package field

import "iter"

// A CloudFrontHeader is one row of table CF-CFH: a request header that
// CloudFront itself generates from what it knows about the viewer, when a
// policy asks for it (CF-CFH-32).
type CloudFrontHeader struct {
	Name string // as the documentation spells it

	// CachePolicy and OriginRequestPolicy say which kinds of policy may list
	// the header. The documentation excludes some from cache policies by
	// name; where it says nothing (CF-CFH-19, -20, -26, -27) we allow it.
	CachePolicy         bool
	OriginRequestPolicy bool
}

// cloudFrontPrefix begins every generated header's name.
const cloudFrontPrefix = "CloudFront-"

// LookupCloudFront returns the row of table CF-CFH for name. A viewer's own
// field of such a name is never trusted (CF-CFH-31, -32).
func LookupCloudFront(name string) (h CloudFrontHeader, generated bool) {
	if len(name) <= len(cloudFrontPrefix) || !EqualName(name[:len(cloudFrontPrefix)], cloudFrontPrefix) {
		return CloudFrontHeader{}, false
	}
	for i := range cloudFrontHeaders {
		if EqualName(cloudFrontHeaders[i].Name, name) {
			return cloudFrontHeaders[i], true
		}
	}
	return CloudFrontHeader{}, false
}

// CloudFrontHeaders returns the rows of table CF-CFH in its order.
func CloudFrontHeaders() iter.Seq[CloudFrontHeader] {
	return func(yield func(CloudFrontHeader) bool) {
		for _, h := range cloudFrontHeaders {
			if !yield(h) {
				return
			}
		}
	}
}

// cloudFrontHeaders is table CF-CFH: name, cache policy, origin request policy.
var cloudFrontHeaders = [...]CloudFrontHeader{
	{"CloudFront-Is-Android-Viewer", true, true},          // CF-CFH-01
	{"CloudFront-Is-Desktop-Viewer", true, true},          // CF-CFH-02
	{"CloudFront-Is-IOS-Viewer", true, true},              // CF-CFH-03
	{"CloudFront-Is-Mobile-Viewer", true, true},           // CF-CFH-04
	{"CloudFront-Is-SmartTV-Viewer", true, true},          // CF-CFH-05
	{"CloudFront-Is-Tablet-Viewer", true, true},           // CF-CFH-06
	{"CloudFront-Viewer-Address", false, true},            // CF-CFH-07
	{"CloudFront-Viewer-ASN", false, true},                // CF-CFH-08
	{"CloudFront-Viewer-Country", true, true},             // CF-CFH-09
	{"CloudFront-Viewer-City", true, true},                // CF-CFH-10
	{"CloudFront-Viewer-Country-Name", true, true},        // CF-CFH-11
	{"CloudFront-Viewer-Country-Region", true, true},      // CF-CFH-12
	{"CloudFront-Viewer-Country-Region-Name", true, true}, // CF-CFH-13
	{"CloudFront-Viewer-Latitude", true, true},            // CF-CFH-14
	{"CloudFront-Viewer-Longitude", true, true},           // CF-CFH-15
	{"CloudFront-Viewer-Metro-Code", true, true},          // CF-CFH-16
	{"CloudFront-Viewer-Postal-Code", true, true},         // CF-CFH-17
	{"CloudFront-Viewer-Time-Zone", true, true},           // CF-CFH-18
	{"CloudFront-Viewer-Header-Order", true, true},        // CF-CFH-19
	{"CloudFront-Viewer-Header-Count", true, true},        // CF-CFH-20
	{"CloudFront-Forwarded-Proto", true, true},            // CF-CFH-21
	{"CloudFront-Viewer-Http-Version", true, true},        // CF-CFH-22
	{"CloudFront-Viewer-JA3-Fingerprint", false, true},    // CF-CFH-23
	{"CloudFront-Viewer-JA4-Fingerprint", false, true},    // CF-CFH-24
	{"CloudFront-Viewer-TLS", false, true},                // CF-CFH-25
	{"CloudFront-Error-Uri", true, true},                  // CF-CFH-26
	{"CloudFront-Error-Args", true, true},                 // CF-CFH-27
	{"CloudFront-Viewer-Cert-Serial-Number", true, true},  // CF-CFH-28
	{"CloudFront-Viewer-Cert-Issuer", true, true},         // CF-CFH-28
	{"CloudFront-Viewer-Cert-Subject", true, true},        // CF-CFH-28
	{"CloudFront-Viewer-Cert-Present", true, true},        // CF-CFH-28
	{"CloudFront-Viewer-Cert-Sha256", true, true},         // CF-CFH-28
	{"CloudFront-Viewer-Cert-Validity", false, true},      // CF-CFH-29
	{"CloudFront-Viewer-Cert-Pem", false, true},           // CF-CFH-29
}
