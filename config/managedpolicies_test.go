package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config/managed"
)

// The documents of package managed, held against the tables of AWS's guide.

func TestManagedCachePolicies(t *testing.T) {
	for _, test := range []struct{ id, name, ttls, headers, cookies, query, encodings string }{
		{"CF-MCP-01", "CachingOptimized", "1 86400 31536000", "none", "none", "none", "gzip+br"},
		{"CF-MCP-02", "CachingOptimizedForUncompressedObjects", "1 86400 31536000", "none", "none", "none", "off"},
		{"CF-MCP-03", "CachingDisabled", "0 0 0", "none", "none", "none", "off"},
		{"CF-MCP-04", "Elemental-MediaPackage", "0 86400 31536000", "Origin", "none", "aws.manifestfilter start end m", "gzip"},
		{"CF-MCP-05", "Amplify", "2 2 600", "Authorization CloudFront-Viewer-Country Host", "all", "all", "gzip+br"},
		{"CF-MCP-06", "UseOriginCacheControlHeaders", "0 0 31536000", "Host Origin X-HTTP-Method-Override X-HTTP-Method X-Method-Override", "all", "none", "gzip+br"},
		{"CF-MCP-07", "UseOriginCacheControlHeaders-QueryStrings", "0 0 31536000", "Host Origin X-HTTP-Method-Override X-HTTP-Method X-Method-Override", "all", "all", "gzip+br"},
	} {
		p, ok := new(Config).CachePolicy(test.name)
		if !ok {
			t.Errorf("%s: no %s", test.id, test.name)
			continue
		}
		k := p.Parameters
		got := fmt.Sprint(
			seconds(p.MinTTL, p.DefaultTTL, p.MaxTTL), "|",
			names(k.HeadersConfig.HeaderBehavior, k.HeadersConfig.Headers), "|",
			names(k.CookiesConfig.CookieBehavior, k.CookiesConfig.Cookies), "|",
			names(k.QueryStringsConfig.QueryStringBehavior, k.QueryStringsConfig.QueryStrings), "|", encodings(k))
		want := fmt.Sprint(test.ttls, "|", test.headers, "|", test.cookies, "|", test.query, "|", test.encodings)
		if got != want {
			t.Errorf("%s %s: got %s, want %s", test.id, test.name, got, want)
		}
	}
}

func seconds(ds ...Duration) string {
	var out []string
	for _, d := range ds {
		out = append(out, fmt.Sprint(int(d.Std().Seconds())))
	}
	return strings.Join(out, " ")
}

// names are the listed names, or the selection that has none.
func names(s Selection, list []string) string {
	if s == SelectionWhitelist {
		return strings.Join(list, " ")
	}
	return strings.TrimSpace(string(s) + " " + strings.Join(list, " "))
}

func encodings(k KeyParameters) string {
	switch {
	case k.EnableAcceptEncodingGzip && k.EnableAcceptEncodingBrotli:
		return "gzip+br"
	case k.EnableAcceptEncodingGzip:
		return "gzip"
	case k.EnableAcceptEncodingBrotli:
		return "br"
	default:
		return "off"
	}
}

const cloudFrontHeaders = "CloudFront-Forwarded-Proto CloudFront-Is-Android-Viewer CloudFront-Is-Desktop-Viewer " +
	"CloudFront-Is-IOS-Viewer CloudFront-Is-Mobile-Viewer CloudFront-Is-SmartTV-Viewer CloudFront-Is-Tablet-Viewer " +
	"CloudFront-Viewer-Address CloudFront-Viewer-ASN CloudFront-Viewer-City CloudFront-Viewer-Country " +
	"CloudFront-Viewer-Country-Name CloudFront-Viewer-Country-Region CloudFront-Viewer-Country-Region-Name " +
	"CloudFront-Viewer-Http-Version CloudFront-Viewer-Latitude CloudFront-Viewer-Longitude CloudFront-Viewer-Metro-Code " +
	"CloudFront-Viewer-Postal-Code CloudFront-Viewer-Time-Zone CloudFront-Viewer-TLS"

func TestManagedOriginRequestPolicies(t *testing.T) {
	for _, test := range []struct{ id, name, headers, cookies, query, added string }{
		{"CF-MORP-01", "AllViewer", "allViewer", "all", "all", ""},
		{"CF-MORP-02", "AllViewerExceptHostHeader", "allExcept Host", "all", "all", cloudFrontHeaders},
		{"CF-MORP-03", "AllViewerAndCloudFrontHeaders-2022-06", "allViewerAndWhitelistCloudFront " + cloudFrontHeaders, "all", "all", ""},
		{"CF-MORP-04", "CORS-CustomOrigin", "Origin", "none", "none", ""},
		{"CF-MORP-05", "CORS-S3Origin", "Origin Access-Control-Request-Headers Access-Control-Request-Method", "none", "none", ""},
		{
			"CF-MORP-06", "Elemental-MediaTailor-PersonalizedManifests",
			"Origin Access-Control-Request-Headers Access-Control-Request-Method User-Agent X-Forwarded-For", "none", "all", "",
		},
		{"CF-MORP-07", "HostHeaderOnly", "Host", "none", "none", ""},
		{"CF-MORP-08", "UserAgentRefererHeaders", "User-Agent Referer", "none", "none", ""},
	} {
		p, ok := new(Config).OriginRequestPolicy(test.name)
		if !ok {
			t.Errorf("%s: no %s", test.id, test.name)
			continue
		}
		got := fmt.Sprint(
			names(p.HeadersConfig.HeaderBehavior, p.HeadersConfig.Headers), "|",
			names(p.CookiesConfig.CookieBehavior, p.CookiesConfig.Cookies), "|",
			names(p.QueryStringsConfig.QueryStringBehavior, p.QueryStringsConfig.QueryStrings), "|", strings.Join(p.CloudFrontHeaders, " "))
		want := fmt.Sprint(test.headers, "|", test.cookies, "|", test.query, "|", test.added)
		if got != want {
			t.Errorf("%s %s: got %s, want %s", test.id, test.name, got, want)
		}
	}
}

func TestManagedResponseHeadersPolicies(t *testing.T) {
	const (
		simple    = "origins=[*] methods=[] expose=[] override=false"
		preflight = "origins=[*] methods=[DELETE GET HEAD OPTIONS PATCH POST PUT] expose=[*] override=false"
		security  = "referrer=strict-origin-when-cross-origin:false hsts=365d:false nosniff:true frame=SAMEORIGIN:false xss=true,true:false"
	)
	for _, test := range []struct{ id, name, cors, security string }{
		{"CF-MRHP-01", "SimpleCORS", simple, ""},
		{"CF-MRHP-02", "CORS-With-Preflight", preflight, ""},
		{"CF-MRHP-03", "SecurityHeadersPolicy", "", security},
		{"CF-MRHP-04", "CORS-and-SecurityHeadersPolicy", simple, security},
		{"CF-MRHP-05", "CORS-with-preflight-and-SecurityHeadersPolicy", preflight, security},
	} {
		p, ok := new(Config).ResponseHeadersPolicy(test.name)
		if !ok {
			t.Errorf("%s: no %s", test.id, test.name)
			continue
		}
		got, want := corsText(p.CORSConfig)+"|"+securityText(p.SecurityHeadersConfig), test.cors+"|"+test.security
		if got != want {
			t.Errorf("%s %s: got %s, want %s", test.id, test.name, got, want)
		}
	}
}

func corsText(c *CORSConfig) string {
	if c == nil {
		return ""
	}
	// CF-MRHP-06: no Access-Control-Allow-Headers and no Access-Control-Max-Age.
	text := fmt.Sprintf("origins=%v methods=%v expose=%v override=%t", c.AllowOrigins, c.AllowMethods, c.ExposeHeaders, c.OriginOverride)
	if c.MaxAge != nil || len(c.AllowHeaders) > 0 || c.AllowCredentials {
		text += " and more"
	}
	return text
}

func securityText(s *SecurityHeadersConfig) string {
	if s == nil {
		return ""
	}
	return fmt.Sprintf("referrer=%s:%t hsts=%s:%t nosniff:%t frame=%s:%t xss=%t,%t:%t",
		s.ReferrerPolicy.Value, s.ReferrerPolicy.Override,
		s.StrictTransportSecurity.MaxAge, s.StrictTransportSecurity.Override,
		s.ContentTypeOptions.Override, s.FrameOptions.Value, s.FrameOptions.Override,
		s.XSSProtection.Protection, s.XSSProtection.ModeBlock, s.XSSProtection.Override)
}

// TestManagedDocument reads the document for problems, which managedPolicies
// does not report, and for policies without an identity.
func TestManagedDocument(t *testing.T) {
	report := &collector{}
	c := readPolicies(report)
	if len(report.found) > 0 {
		t.Errorf("managed policies: got %s", report.finish())
	}
	cache, request, response := Managed()
	if got, want := len(cache)+len(request)+len(response), len(managed.All()); got != want {
		t.Errorf("managed policies: got %d, want the %d that have an id", got, want)
	}
	k := checker{reader: newReader(report), config: c}
	for _, p := range k.policyPaths() {
		if _, ok := managed.Find(p.kind, p.name); !ok {
			t.Errorf("%s %q has no id", p.kind, p.name)
		}
	}
}

// TestManagedSpellings: every managed policy is found in its three spellings,
// and a policy of the file is found before it.
func TestManagedSpellings(t *testing.T) {
	c := new(Config)
	for _, m := range managed.All() {
		for _, id := range []string{m.Name, "Managed-" + m.Name, m.ID, strings.ToUpper(m.ID)} {
			found := map[managed.Kind]bool{}
			_, found[managed.KindCachePolicy] = c.CachePolicy(id)
			_, found[managed.KindOriginRequestPolicy] = c.OriginRequestPolicy(id)
			_, found[managed.KindResponseHeadersPolicy] = c.ResponseHeadersPolicy(id)
			for kind, ok := range found {
				if ok != (kind == m.Kind) {
					t.Errorf("CF-MCP-11: %s as a %s: got %t, want %t", id, kind, ok, kind == m.Kind)
				}
			}
		}
	}
	if _, ok := c.CachePolicy("Nonesuch"); ok {
		t.Error("CachePolicy(Nonesuch): got one")
	}
}
