package config

import (
	"strings"

	"github.com/groundfront/groundfront/config/managed"
)

const maxHeaderValue = 1783 // CF-QUO-15, CF-QUO-16

func (k *checker) responseHeadersPolicy(p *ResponseHeadersPolicy) {
	at := path("response_headers_policies").key(p.Name)
	k.policyName(at, managed.KindResponseHeadersPolicy, p.Name)
	k.comment(at, p.Comment)
	k.removed(p.RemoveHeadersConfig, at.key("remove_headers_config"))
	k.added(p.CustomHeadersConfig, at.key("custom_headers_config"))
	if p.CORSConfig != nil {
		k.cors(p.CORSConfig, at.key("cors_config"))
	}
	if p.SecurityHeadersConfig != nil {
		k.security(p.SecurityHeadersConfig, at.key("security_headers_config"))
	}
}

func (k *checker) removed(names []string, at path) {
	k.repeats(at, names, strings.ToLower)
	for i, name := range names {
		if k.headerName(at.index(i), name) && covers(neverRemoved, name) {
			k.fail(at.index(i), unremovableHeader, "header %q cannot be removed (CF-RHP-07)", name)
		}
	}
}

func (k *checker) added(headers []ResponseHeader, at path) {
	k.atMost(at, "custom headers", len(headers), 10, "CF-RHP-05")
	seen := map[string]bool{}
	for _, h := range headers {
		here := at.key(h.Name)
		if k.headerName(here, h.Name) && covers(neverAdded, h.Name) {
			k.fail(here, edgesOwnHeader, "header %q is made by the edge, whatever a policy says", h.Name)
		}
		k.headerValue(here.key("value"), h.Value)
		k.length(here.key("value"), "header value", h.Value, maxHeaderValue, " (CF-QUO-16)")
		if seen[strings.ToLower(h.Name)] {
			k.fail(here, repeatedName, "%q is already in the list", h.Name)
		}
		seen[strings.ToLower(h.Name)] = true
	}
}

func (k *checker) cors(c *CORSConfig, at path) {
	origins := at.key("access_control_allow_origins")
	k.length(origins, "access_control_allow_origins", strings.Join(c.AllowOrigins, ","), maxHeaderValue, " (CF-CORS-18)")
	k.repeats(origins, c.AllowOrigins, exact)
	for i, o := range c.AllowOrigins {
		if !corsOrigin(o) {
			d := k.fail(origins.index(i), badCORSOrigin, "origin %q: want a host with at most one * as its whole first label or in the port (CF-CORS-18)", o)
			if bare, _, found := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(o, "https://"), "http://"), "/"); found && corsOrigin(bare) {
				d.Suggestion = "an origin has no path: write " + o[:strings.Index(o, bare)+len(bare)]
			}
		}
		if sent := asSent(o); corsOrigin(o) && sent != o {
			k.fail(origins.index(i), corsSpelling, "no browser sends origin %q: scheme and host are in lower case, without the port that the scheme has anyway (RFC 6454 section 6.2)", o).
				Suggestion = "write " + sent
		}
		if o == "*" && c.AllowCredentials {
			k.fail(origins.index(i), corsCredentials, "browsers refuse access_control_allow_credentials together with the origin * (CF-CORS-08)")
		}
	}
	k.repeats(at.key("access_control_allow_methods"), asStrings(c.AllowMethods), exact)
	k.corsNames(at.key("access_control_allow_headers"), c.AllowHeaders)
	k.corsNames(at.key("access_control_expose_headers"), c.ExposeHeaders)
}

// corsNames checks header names in which "*" is a wildcard (CF-CORS-19), which
// is a token character anyway.
func (k *checker) corsNames(at path, names []string) {
	k.repeats(at, names, strings.ToLower)
	for i, name := range names {
		k.headerName(at.index(i), name)
	}
}

// corsOrigin reports whether s has the form of CF-CORS-10: an optional scheme,
// a host whose first label may be "*", and an optional port in which one "*"
// may stand.
func corsOrigin(s string) bool {
	if s == "*" {
		return true
	}
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		if !isToken(scheme) || strings.Contains(scheme, "*") {
			return false
		}
		s = rest
	}
	host, port, hasPort := strings.Cut(s, ":")
	if strings.HasPrefix(s, "[") {
		address, rest, found := strings.Cut(s[1:], "]")
		host, port, hasPort = address, strings.TrimPrefix(rest, ":"), rest != ""
		if !found || hasPort && rest[0] != ':' {
			return false
		}
	}
	host = strings.TrimPrefix(host, "*.")
	if hasPort && (port == "" || strings.Trim(port, "0123456789*") != "" || strings.Count(port, "*") > 1) {
		return false
	}
	return hostSyntax(host)
}

// asSent returns an origin or a pattern as browsers would send it: CF-CORS-10 compares
// texts.
func asSent(origin string) string {
	origin = strings.ToLower(origin)
	for scheme, port := range map[string]string{"http://": ":80", "https://": ":443"} {
		if strings.HasPrefix(origin, scheme) {
			return strings.TrimSuffix(origin, port)
		}
	}
	return origin
}

func (k *checker) security(s *SecurityHeadersConfig, at path) {
	if c := s.ContentSecurityPolicy; c != nil {
		here := at.key("content_security_policy").key("content_security_policy")
		k.length(here, "content_security_policy", c.Value, maxHeaderValue, " (CF-QUO-16)")
		k.headerValue(here, c.Value)
	}
	if x := s.XSSProtection; x != nil {
		here := at.key("xss_protection").key("report_uri")
		k.headerValue(here, x.ReportURI)
		switch {
		case x.ModeBlock && x.ReportURI != "":
			k.fail(here, xssExclusive, "mode_block and report_uri exclude each other (CF-RHP-04)")
		case !x.Protection && (x.ModeBlock || x.ReportURI != ""):
			k.fail(at.key("xss_protection").key("protection"), xssExclusive, "without protection the header is 0, and mode_block and report_uri have no effect (CF-RHP-04)").
				Suggestion = "write protection: true"
		}
	}
}
