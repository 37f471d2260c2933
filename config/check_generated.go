package config

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config/managed"
)

// madeHeaders are the CloudFront-* headers of table CF-CFH that the edge can
// fill. Others need geo data.
var madeHeaders = []string{
	"CloudFront-Is-Android-Viewer", "CloudFront-Is-Desktop-Viewer", "CloudFront-Is-IOS-Viewer", "CloudFront-Is-Mobile-Viewer",
	"CloudFront-Is-SmartTV-Viewer", "CloudFront-Is-Tablet-Viewer",
	"CloudFront-Forwarded-Proto", "CloudFront-Viewer-Address", "CloudFront-Viewer-Http-Version", "CloudFront-Viewer-TLS",
	"CloudFront-Viewer-JA3-Fingerprint", "CloudFront-Viewer-JA4-Fingerprint", "CloudFront-Viewer-Header-Order", "CloudFront-Viewer-Header-Count",
	"CloudFront-Error-Uri", "CloudFront-Error-Args",
	"CloudFront-Viewer-Cert-Issuer", "CloudFront-Viewer-Cert-Present", "CloudFront-Viewer-Cert-Validity", "CloudFront-Viewer-Cert-Pem",
	"CloudFront-Viewer-Cert-Serial-Number", "CloudFront-Viewer-Cert-Subject", "CloudFront-Viewer-Cert-Sha256",
}

// generated warns once for each policy of headers that it asks for and that
// are left out (CF-CFH).
func (k *checker) generated(b *CacheBehavior, cache *CachePolicy, request *OriginRequestPolicy, at path) {
	if k.namesHeaders(managed.KindCachePolicy, b.CachePolicyID) {
		k.leftOut(at.key("cache_policy_id"), "cache policy", b.CachePolicyID, cache.Parameters.HeadersConfig.Headers)
	}
	if request == nil || !k.namesHeaders(managed.KindOriginRequestPolicy, b.OriginRequestPolicyID) {
		return
	}
	if request.HeadersConfig.HeaderBehavior != SelectionAllExcept {
		k.leftOut(at.key("origin_request_policy_id"), "origin request policy", b.OriginRequestPolicyID, request.HeadersConfig.Headers)
	}
	k.leftOut(at.key("origin_request_policy_id"), "origin request policy", b.OriginRequestPolicyID, request.CloudFrontHeaders)
}

// namesHeaders reports whether the headers of a policy are what the user has asked
// for. A managed policy is mostly taken for something else:
// AllViewerExceptHostHeader, without which an API cannot be reached, asks for every
// header of a place (CF-MORP-02). In mode faithful, where the origin should get what
// AWS would send, a managed policy counts too.
func (k *checker) namesHeaders(kind managed.Kind, policy string) bool {
	_, isManaged := managed.Find(kind, policy)
	return !isManaged || k.config.Server.Mode == ModeFaithful
}

// placeHeaders are those that the edge can fill by geo data.
var placeHeaders = []string{
	"CloudFront-Viewer-Country", "CloudFront-Viewer-Country-Region", "CloudFront-Viewer-ASN", "CloudFront-Viewer-Country-Name",
	"CloudFront-Viewer-City", "CloudFront-Viewer-Country-Region-Name", "CloudFront-Viewer-Latitude", "CloudFront-Viewer-Longitude",
	"CloudFront-Viewer-Metro-Code", "CloudFront-Viewer-Postal-Code", "CloudFront-Viewer-Time-Zone",
}

// made reports whether the edge can fill a header.
func (k *checker) made(header string) bool {
	return containsFold(madeHeaders, header) || k.config.Server.Geo != nil && containsFold(placeHeaders, header)
}

func (k *checker) leftOut(at path, kind, policy string, headers []string) {
	var missing []string
	why := unlocated
	for _, h := range headers {
		if strings.HasPrefix(strings.ToLower(h), "cloudfront-") && !k.made(h) {
			if missing = append(missing, h); !containsFold(placeHeaders, h) {
				why = unmade
			}
		}
	}
	if len(missing) == 0 || slices.Contains(k.warned, policy) {
		return
	}
	k.warned = append(k.warned, policy)
	more := ""
	if len(missing) > 3 {
		more = " and others"
		missing = missing[:3]
	}
	d := k.fail(at, headerLeftOut, "%s %q asks for %s%s, which the edge leaves out: %s (CF-CFH)", kind, policy, strings.Join(missing, ", "), more, why)
	if why == unlocated {
		d.Suggestion = "set server.geo: {files: [GeoLite2-City.mmdb]}, or another file that says it"
	}
}

// Why a header is left out.
const (
	unlocated = "nothing says where viewers are"
	unmade    = "there are none, or they cannot be made yet"
)

func containsFold(list []string, name string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, name) })
}
