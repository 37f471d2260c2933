package config

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config/managed"
)

// A selected list is one of the three selections of a policy, in one shape.
type selected struct {
	behavior  path // of the selection
	list      path // of its names
	selection Selection
	names     []string
	allowed   []Selection
	rule      string
	fold      func(string) string // how names compare
}

var (
	listSelections      = []Selection{SelectionNone, SelectionWhitelist, SelectionAllExcept, SelectionAll}
	keyHeaderSelections = []Selection{SelectionNone, SelectionWhitelist}
	forwardedSelections = []Selection{
		SelectionNone, SelectionWhitelist, SelectionAllViewer, SelectionAllViewerAndWhitelistCloudFront, SelectionAllExcept,
	}
)

func selectedHeaders(at path, h HeadersConfig, allowed []Selection, rule string) selected {
	at = at.key("headers_config")
	return selected{at.key("header_behavior"), at.key("headers"), h.HeaderBehavior, h.Headers, allowed, rule, strings.ToLower}
}

func selectedCookies(at path, c CookiesConfig, rule string) selected {
	at = at.key("cookies_config")
	return selected{at.key("cookie_behavior"), at.key("cookies"), c.CookieBehavior, c.Cookies, listSelections, rule, exact}
}

func selectedQueryStrings(at path, q QueryStringsConfig, rule string) selected {
	at = at.key("query_strings_config")
	return selected{at.key("query_string_behavior"), at.key("query_strings"), q.QueryStringBehavior, q.QueryStrings, listSelections, rule, exact}
}

func (k *checker) cachePolicy(p *CachePolicy) {
	at := path("cache_policies").key(p.Name)
	k.policyName(at, managed.KindCachePolicy, p.Name)
	k.comment(at, p.Comment)
	k.ttls(p, at)

	key := at.key("parameters_in_cache_key_and_forwarded_to_origin")
	headers := selectedHeaders(key, p.Parameters.HeadersConfig, keyHeaderSelections, "CF-KEY-06")
	k.selections(at,
		headers,
		selectedCookies(key, p.Parameters.CookiesConfig, "CF-KEY-07"),
		selectedQueryStrings(key, p.Parameters.QueryStringsConfig, "CF-KEY-07"))
	for i, name := range headers.names {
		if k.headerName(headers.list.index(i), name) && covers(neverKeyed, name) {
			k.fail(headers.list.index(i), unkeyableHeader, "header %q cannot be part of a cache key (CF-KEY-30)", name)
		}
	}
	if p.CachingDisabled() {
		k.encodingWithoutTTL(p, key)
	}
}

// ttls applies CF-TTL-09. A strict cache obeys the origin: a minimum would
// overrule it, and a default would replace the heuristics.
func (k *checker) ttls(p *CachePolicy, at path) {
	strict := p.Semantics == SemanticsRFC9111
	switch {
	case strict && p.MinTTL != 0:
		k.fail(at.key("min_ttl"), strictTTL, "min_ttl must be 0s with rfc9111 semantics, got %s", p.MinTTL)
	case strict && p.DefaultTTL != 0:
		k.fail(at.key("default_ttl"), strictTTL, "default_ttl must be 0s with rfc9111 semantics, got %s", p.DefaultTTL)
	case p.MinTTL > p.DefaultTTL:
		k.fail(at.key("default_ttl"), ttlOrder, "default_ttl %s is below min_ttl %s (CF-TTL-09)", p.DefaultTTL, p.MinTTL)
	case p.DefaultTTL > p.MaxTTL:
		k.fail(at.key("max_ttl"), ttlOrder, "max_ttl %s is below default_ttl %s (CF-TTL-09)", p.MaxTTL, p.DefaultTTL)
	}
}

// encodingWithoutTTL applies CF-CMP-04.
func (k *checker) encodingWithoutTTL(p *CachePolicy, key path) {
	const text = "%s needs a max_ttl above 0s (CF-CMP-04)"
	if p.Parameters.EnableAcceptEncodingGzip {
		k.fail(key.key("enable_accept_encoding_gzip"), encodingNoTTL, text, "enable_accept_encoding_gzip")
	}
	if p.Parameters.EnableAcceptEncodingBrotli {
		k.fail(key.key("enable_accept_encoding_brotli"), encodingNoTTL, text, "enable_accept_encoding_brotli")
	}
}

func (k *checker) originRequestPolicy(p *OriginRequestPolicy) {
	at := path("origin_request_policies").key(p.Name)
	k.policyName(at, managed.KindOriginRequestPolicy, p.Name)
	k.comment(at, p.Comment)

	headers := selectedHeaders(at, p.HeadersConfig, forwardedSelections, "CF-ORP-03")
	k.selections(at,
		headers,
		selectedCookies(at, p.CookiesConfig, "CF-ORP-03"),
		selectedQueryStrings(at, p.QueryStringsConfig, "CF-ORP-03"))
	for i, name := range headers.names {
		if k.headerName(headers.list.index(i), name) {
			k.forwardedHeader(headers.list.index(i), headers.selection, name)
		}
	}
}

func (k *checker) forwardedHeader(at path, s Selection, name string) {
	switch {
	case s == SelectionWhitelist && strings.EqualFold(name, "Authorization"):
		k.fail(at, authorizationList, "Authorization cannot be listed in an origin request policy (CF-ORP-06)").
			Suggestion = "list it in the cache policy, or use allViewer"
	case s == SelectionWhitelist && covers(neverForwarded, name):
		k.fail(at, unkeyableHeader, "header %q cannot be selected for forwarding (CF-KEY-30)", name)
	case s == SelectionAllViewerAndWhitelistCloudFront && !covers([]string{"cloudfront-*"}, name):
		k.fail(at, selectionForbids, "%s lists only CloudFront-* headers, got %q (CF-ORP-03)", s, name)
	}
}

// selections checks what all policies have in common, with the limits of
// CF-KEY-09 on counts and on the length of all names together.
func (k *checker) selections(at path, all ...selected) {
	total := 0
	for _, s := range all {
		k.selection(s)
		for _, name := range s.names {
			total += len(name)
		}
	}
	if total > 1024 {
		k.fail(at, quotaExceeded, "listed names have %d characters together, want at most 1024 (CF-KEY-09)", total)
	}
}

func (k *checker) selection(s selected) {
	switch {
	case !slices.Contains(s.allowed, s.selection):
		k.fail(s.behavior, selectionForbids, "%q is not available here, want %s (%s)", s.selection, oneOf(asStrings(s.allowed)), s.rule)
	case s.selection.listed() && len(s.names) == 0:
		k.fail(s.behavior, selectionList, "%s needs a list of names (%s)", s.selection, s.rule)
	case !s.selection.listed() && len(s.names) > 0:
		k.fail(s.list, selectionList, "%s takes no list of names (%s)", s.selection, s.rule)
	}
	k.atMost(s.list, "names", len(s.names), 10, "CF-KEY-09")
	k.repeats(s.list, s.names, s.fold)
	for i, name := range s.names {
		if name == "" {
			k.fail(s.list.index(i), badValue, "name is empty")
		}
	}
}
