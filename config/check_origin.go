package config

import "strings"

func (k *checker) origin(o *Origin, at path) {
	k.domainName(o, at.key("domain_name"))
	k.originPath(o.OriginPath, at.key("origin_path"))
	k.originHeaders(o.CustomHeaders, at.key("custom_headers"))
	k.apiGateway(o, at)
	k.originShield(o.OriginShield, at.key("origin_shield"))
	k.originDirectory(o, at.key("directory"))
	k.originLambda(o, at.key("lambda"))
	k.accessControl(o, at)
	custom := at.key("custom_origin_config")
	if o.S3OriginConfig != nil && k.written(custom) {
		k.fail(custom, originKinds, "origin %q has both s3_origin_config and custom_origin_config", o.Name)
	}
	k.originHealth(o, at)
	k.port(custom.key("http_port"), o.CustomOriginConfig.HTTPPort)
	k.port(custom.key("https_port"), o.CustomOriginConfig.HTTPSPort)
	k.vpcOriginOf(o, at)
	k.originLink(o, at)
	k.originTLS(o, at)
	if t := o.ResponseCompletionTimeout; t != 0 && t < o.CustomOriginConfig.OriginReadTimeout {
		k.fail(at.key("response_completion_timeout"), completionOrder,
			"response_completion_timeout %s is below origin_read_timeout %s (CF-ORT-05)", t, o.CustomOriginConfig.OriginReadTimeout)
	}
}

func (k *checker) domainName(o *Origin, at path) {
	_, rest, hasScheme := strings.Cut(o.DomainName, "://")
	if !hasScheme {
		rest = o.DomainName
	}
	host, tail, hasPath := strings.Cut(rest, "/")
	switch {
	case (hasScheme || hasPath) && hostSyntax(host):
		d := k.fail(at, badDomainName, "domain_name %q has a scheme or a path: only the host belongs here (CF-TRAP-38)", o.DomainName)
		d.Suggestion = "write domain_name: " + host
		if p := strings.TrimSuffix(tail, "/"); p != "" {
			d.Suggestion += " and origin_path: /" + p
		}
	case !hostSyntax(o.DomainName) || strings.Contains(o.DomainName, ":") && strings.Count(o.DomainName, ":") < 2:
		k.fail(at, badDomainName, "domain_name %q is not a host name (CF-TRAP-38)", o.DomainName)
	}
}

// originPath applies CF-OPATH-01.
func (k *checker) originPath(p string, at path) {
	switch {
	case p == "":
	case !strings.HasPrefix(p, "/"):
		k.fail(at, badOriginPath, "origin_path %q does not begin with a slash (CF-OPATH-01)", p).Suggestion = "write /" + strings.TrimSuffix(p, "/")
	case strings.HasSuffix(p, "/"):
		d := k.fail(at, badOriginPath, "origin_path %q ends with a slash (CF-OPATH-01)", p)
		if short := strings.TrimRight(p, "/"); short != "" {
			d.Suggestion = "write " + short
		} else {
			d.Suggestion = "leave origin_path out"
		}
	case len(p) > 255 || !printableASCII(p):
		k.fail(at, badOriginPath, "origin_path %q: want at most 255 printable ASCII characters without spaces and #", p)
	}
}

func printableASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '#' {
			return false
		}
	}
	return true
}

// port applies CF-ORT-10.
func (k *checker) port(at path, port int) {
	if port != 80 && port != 443 && (port < 1024 || port > 65535) {
		k.fail(at, badPort, "port %d is not 80, 443 or 1024 to 65535 (CF-ORT-10)", port)
	}
}

// originHeaders applies CF-OCH-01 and CF-OCH-04.
func (k *checker) originHeaders(headers []OriginHeader, at path) {
	k.atMost(at, "custom headers", len(headers), 30, "CF-OCH-01")
	total := 0
	seen := map[string]bool{}
	for _, h := range headers {
		k.originHeader(h, at.key(h.Name))
		if seen[strings.ToLower(h.Name)] {
			k.fail(at.key(h.Name), repeatedName, "%q is already in the list", h.Name)
		}
		seen[strings.ToLower(h.Name)] = true
		total += len(h.Name) + len(h.Value.Text)
	}
	if total > 10240 {
		k.fail(at, quotaExceeded, "custom headers have %d characters together, want at most 10240 (CF-OCH-01)", total)
	}
}

func (k *checker) originHeader(h OriginHeader, at path) {
	if !k.headerName(at, h.Name) {
		return
	}
	if covers(neverCustom, h.Name) {
		k.fail(at, forbiddenHeader, "header %q cannot be a custom header of an origin (CF-OCH-04)", h.Name)
	}
	k.length(at, "header name", h.Name, 256, " (CF-OCH-01)")
	k.length(at, "header value", h.Value.Text, maxHeaderValue, " (CF-OCH-01)")
	k.headerValue(at, h.Value.Text)
}
