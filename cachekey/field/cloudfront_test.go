package field

import (
	"strings"
	"testing"
)

func TestLookupCloudFront(t *testing.T) {
	tests := []struct {
		name        string
		want        bool // generated
		cachePolicy bool
	}{
		{"CloudFront-Is-Mobile-Viewer", true, true},        // CF-CFH-04
		{"cloudfront-viewer-country", true, true},          // CF-CFH-09
		{"CloudFront-Viewer-Address", true, false},         // CF-CFH-07
		{"CloudFront-Viewer-ASN", true, false},             // CF-CFH-08
		{"CloudFront-Forwarded-Proto", true, true},         // CF-CFH-21
		{"CloudFront-Viewer-JA3-Fingerprint", true, false}, // CF-CFH-23
		{"CloudFront-Viewer-JA4-Fingerprint", true, false}, // CF-CFH-24
		{"CloudFront-Viewer-TLS", true, false},             // CF-CFH-25
		{"CloudFront-Viewer-Cert-Present", true, true},     // CF-CFH-28
		{"CloudFront-Viewer-Cert-Pem", true, false},        // CF-CFH-29
		{"CloudFront-Viewer-Cert-Validity", true, false},   // CF-CFH-29
		{"CloudFront-Policy", false, false},                // a cookie's name
		{"CloudFront-", false, false},
		{"X-CloudFront-Viewer-Country", false, false},
		{"", false, false},
	}
	for _, test := range tests {
		h, got := LookupCloudFront(test.name)
		if got != test.want || h.CachePolicy != test.cachePolicy || h.OriginRequestPolicy != test.want {
			t.Errorf("LookupCloudFront(%q): got %+v, %v, want generated %v, cache policy %v",
				test.name, h, got, test.want, test.cachePolicy)
		}
	}
}

func TestCloudFrontHeaders(t *testing.T) {
	n, excluded := 0, 0
	for h := range CloudFrontHeaders() {
		n++
		if !h.CachePolicy {
			excluded++
		}
		if !ValidName(h.Name) || !strings.HasPrefix(h.Name, "CloudFront-") {
			t.Errorf("%q: not the name of a generated header", h.Name)
		}
		if got, ok := LookupCloudFront(strings.ToUpper(h.Name)); !ok || got != h {
			t.Errorf("LookupCloudFront(%q): got %+v, %v, want %+v", h.Name, got, ok, h)
		}
	}
	// 27 rows of one name, CF-CFH-28 with five, CF-CFH-29 with two.
	if n != 34 || excluded != 7 {
		t.Errorf("table CF-CFH: got %d names, %d not for cache policies, want 34 and 7", n, excluded)
	}
	for range CloudFrontHeaders() {
		break
	}
}
