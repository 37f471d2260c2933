package compile

import (
	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/selection"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/requestpolicy"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/errorpage"
	"github.com/groundfront/groundfront/proxy/respheaders"
)

func keyPolicy(p *config.CachePolicy, c *config.Choices) cachekey.Policy {
	k := &p.Parameters
	return cachekey.Policy{
		EnableAcceptEncodingGzip:   k.EnableAcceptEncodingGzip,
		EnableAcceptEncodingBrotli: k.EnableAcceptEncodingBrotli,
		Headers:                    k.HeadersConfig.Headers,
		Cookies:                    cookieSelection(k.CookiesConfig),
		QueryStrings:               querySelection(k.QueryStringsConfig),
		SortQuery:                  k.SortQueryStrings,
		DropTracking:               k.DropTrackingParameters,
		Choices:                    keyChoices(p, c),
	}
}

func cookieSelection(c config.CookiesConfig) selection.Selection {
	return newSelection(c.CookieBehavior, c.Cookies)
}

func querySelection(c config.QueryStringsConfig) selection.Selection {
	return newSelection(c.QueryStringBehavior, c.QueryStrings)
}

func newSelection(behavior config.Selection, names []string) selection.Selection {
	switch behavior {
	case config.SelectionAll:
		return selection.Selection{Behavior: selection.BehaviorAll}
	case config.SelectionWhitelist:
		return selection.Selection{Behavior: selection.BehaviorWhitelist, Names: names}
	case config.SelectionAllExcept:
		return selection.Selection{Behavior: selection.BehaviorAllExcept, Names: names}
	}
	return selection.Selection{}
}

func headersBehavior(s config.Selection) requestpolicy.HeaderBehavior {
	switch s {
	case config.SelectionWhitelist:
		return requestpolicy.HeadersWhitelist
	case config.SelectionAllViewer:
		return requestpolicy.HeadersAllViewer
	case config.SelectionAllViewerAndWhitelistCloudFront:
		return requestpolicy.HeadersAllViewerAndWhitelistCloudFront
	case config.SelectionAllExcept:
		return requestpolicy.HeadersAllExcept
	}
	return requestpolicy.HeadersNone
}

func freshnessPolicy(p *config.CachePolicy, c *config.Choices) freshness.Policy {
	return freshness.Policy{
		Semantics: semantics(p.Semantics),
		MinTTL:    p.MinTTL.Std(), DefaultTTL: p.DefaultTTL.Std(), MaxTTL: p.MaxTTL.Std(),
		StrictPrivate: p.StrictPrivate, Choices: freshnessChoices(c),
	}
}

func semantics(s config.Semantics) freshness.Semantics {
	if s == config.SemanticsRFC9111 {
		return freshness.SemanticsRFC9111
	}
	return freshness.SemanticsCloudFront
}

// errorStatuses are those that can have an error caching minimum TTL of their
// own (CF-CER-01).
var errorStatuses = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

func errorPolicy(rules *errorpage.Rules) freshness.ErrorPolicy {
	var p freshness.ErrorPolicy
	for _, status := range errorStatuses {
		if ttl := rules.CachingMinTTL(status); ttl != freshness.DefaultErrorTTL {
			p.PerStatus = append(p.PerStatus, freshness.ErrorTTL{Status: status, MinTTL: ttl})
		}
	}
	return p
}

func viewerProtocol(p config.ViewerProtocolPolicy) proxy.ViewerProtocol {
	switch p {
	case config.ViewerProtocolPolicyRedirectToHTTPS:
		return proxy.ViewerProtocolRedirectToHTTPS
	case config.ViewerProtocolPolicyHTTPSOnly:
		return proxy.ViewerProtocolHTTPSOnly
	}
	return proxy.ViewerProtocolAllowAll
}

func methodSet(s config.MethodSet) proxy.MethodSet {
	switch s {
	case config.MethodSetAll:
		return proxy.MethodsAll
	case config.MethodSetReadOptions:
		return proxy.MethodsReadOptions
	}
	return proxy.MethodsRead
}

func responseHeadersPolicy(p *config.ResponseHeadersPolicy, c *config.Choices) respheaders.Policy {
	out := respheaders.Policy{Remove: p.RemoveHeadersConfig, Choices: corsChoices(c)}
	for _, h := range p.CustomHeadersConfig {
		out.Custom = append(out.Custom, respheaders.Header{Name: h.Name, Value: h.Value, Override: h.Override})
	}
	if c := p.CORSConfig; c != nil {
		out.CORS = corsPolicy(c)
	}
	if s := p.SecurityHeadersConfig; s != nil {
		out.Security = securityPolicy(s)
	}
	if t := p.ServerTimingHeadersConfig; t != nil && t.Enabled {
		out.ServerTiming = &respheaders.ServerTiming{SamplingRate: uint32(t.SamplingRate)}
	}
	return out
}

func corsPolicy(c *config.CORSConfig) *respheaders.CORS {
	out := &respheaders.CORS{
		AllowOrigins: c.AllowOrigins, AllowHeaders: c.AllowHeaders, ExposeHeaders: c.ExposeHeaders,
		AllowCredentials: c.AllowCredentials, OriginOverride: c.OriginOverride,
	}
	for _, m := range c.AllowMethods {
		out.AllowMethods = append(out.AllowMethods, string(m))
	}
	if c.MaxAge != nil {
		out.MaxAge, out.HasMaxAge = c.MaxAge.Std(), true
	}
	return out
}

func securityPolicy(s *config.SecurityHeadersConfig) respheaders.Security {
	var out respheaders.Security
	if v := s.ContentSecurityPolicy; v != nil {
		out.ContentSecurityPolicy = &respheaders.Value{Value: v.Value, Override: v.Override}
	}
	if v := s.ContentTypeOptions; v != nil {
		out.ContentTypeOptions = &respheaders.Flag{Override: v.Override}
	}
	if v := s.FrameOptions; v != nil {
		out.FrameOptions = &respheaders.Value{Value: string(v.Value), Override: v.Override}
	}
	if v := s.ReferrerPolicy; v != nil {
		out.ReferrerPolicy = &respheaders.Value{Value: string(v.Value), Override: v.Override}
	}
	if v := s.StrictTransportSecurity; v != nil {
		out.StrictTransportSecurity = &respheaders.StrictTransportSecurity{
			MaxAge: v.MaxAge.Std(), IncludeSubdomains: v.IncludeSubdomains, Preload: v.Preload, Override: v.Override,
		}
	}
	if v := s.XSSProtection; v != nil {
		out.XSSProtection = &respheaders.XSSProtection{
			Protection: v.Protection, ModeBlock: v.ModeBlock, ReportURI: v.ReportURI, Override: v.Override,
		}
	}
	return out
}
