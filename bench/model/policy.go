package model

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A policy is what a distribution of the test says about caching.
type policy struct {
	name          string
	min, def, max time.Duration
	strict        bool // the semantics are those of RFC 9111
	query         bool // query strings are in the key
	cookies       bool // cookies are forwarded
	// errors are the error caching minimum TTLs that are not 10 s.
	errors map[int]time.Duration
}

const (
	second = time.Second
	year   = 365 * 24 * time.Hour
	// staleKeep is cache.stale_keep of the test.
	staleKeep = 200 * second
)

var policies = []policy{
	{name: "usual", def: 60 * second, max: time.Hour, query: true},
	{name: "disabled", query: true},
	{name: "minimum", min: 10 * second, def: 30 * second, max: 60 * second},
	{name: "no-default", max: 100 * second},
	{name: "optimized", min: second, def: 24 * time.Hour, max: year},
	{name: "cookies", def: 60 * second, max: 600 * second, cookies: true},
	{name: "errors", def: 20 * second, max: 30 * second, query: true,
		errors: map[int]time.Duration{403: 5 * second, 404: 0, 500: 30 * second, 503: 0}},
	{name: "fixed", min: 5 * second, def: 5 * second, max: 5 * second},
}

var strictPolicies = []policy{
	{name: "strict", strict: true, max: year, query: true},
	{name: "strict-bound", strict: true, max: 30 * second},
	{name: "strict-disabled", strict: true},
}

// crowdPolicies are for many viewers at once: the origin sees all fields of a
// request but cookies.
var crowdPolicies = []policy{
	{name: "crowd", def: 60 * second, max: time.Hour},
	{name: "crowd-strict", strict: true, max: year},
}

func (p *policy) disabled() bool { return p.min == 0 && p.def == 0 && p.max == 0 }

// errorTTL is the error caching minimum TTL of a status (CF-ECT-01).
func (p *policy) errorTTL(status int) time.Duration {
	if ttl, has := p.errors[status]; has {
		return ttl
	}
	return 10 * second
}

func (p *policy) host() string { return p.name + ".test" }

// configuration is the edge's, with one distribution for each policy.
func configuration() string {
	all := slices.Concat(policies, strictPolicies, crowdPolicies)
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\ncache: {stale_keep: %s}\n", staleKeep)
	b.WriteString("origin_request_policies:\n  all-fields: {headers_config: {header_behavior: allViewer}}\n")
	b.WriteString("cache_policies:\n")
	for i := range all {
		all[i].appendPolicy(&b)
	}
	b.WriteString("distributions:\n")
	for i := range all {
		all[i].appendDistribution(&b)
	}
	return b.String()
}

func (p *policy) appendPolicy(b *strings.Builder) {
	fmt.Fprintf(b, "  %s: {max_ttl: %ds", p.name, p.max/second)
	if p.strict {
		b.WriteString(", semantics: rfc9111")
	} else {
		fmt.Fprintf(b, ", min_ttl: %ds, default_ttl: %ds", p.min/second, p.def/second)
	}
	if !p.disabled() {
		fmt.Fprintf(b, ", parameters_in_cache_key_and_forwarded_to_origin: {query_strings_config: {query_string_behavior: %s}, cookies_config: {cookie_behavior: %s}}",
			allOrNone(p.query), allOrNone(p.cookies))
	}
	b.WriteString("}\n")
}

func (p *policy) appendDistribution(b *strings.Builder) {
	fmt.Fprintf(b, "  %s:\n    aliases: [%s]\n    origins: {origin: {domain_name: origin.test}}\n", p.name, p.host())
	fmt.Fprintf(b, "    default_cache_behavior: {target_origin_id: origin, cache_policy_id: %s, allowed_methods: all", p.name)
	if p.strict || strings.HasPrefix(p.name, "crowd") {
		b.WriteString(", origin_request_policy_id: all-fields")
	}
	b.WriteString("}\n")
	if len(p.errors) > 0 {
		b.WriteString("    custom_error_responses:\n")
	}
	for status, ttl := range p.errors {
		fmt.Fprintf(b, "      - {error_code: %d, error_caching_min_ttl: %ds}\n", status, ttl/second)
	}
}

func allOrNone(all bool) string {
	if all {
		return "all"
	}
	return "none"
}
