package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestQuotas: CloudFront's quotas, those that AWS raises on request too, at their
// bounds and one past them (CF-QUO-07, CF-QUO-08, CF-QUO-10, CF-QUO-12 to CF-QUO-14, CF-QUO-22). A
// configuration with more would be refused there. Others are in TestRules, as CF-OCH-01
// and CF-QUO-16. Requests are bounded elsewhere: CF-QUO-01 and CF-QUO-02 in
// proxy/stage_accept.go, CF-QUO-03 by server.limits.max_body_size, CF-QUO-05 in
// proxy/compress.
func TestQuotas(t *testing.T) {
	list := func(n int, format string) string {
		var parts []string
		for i := range n {
			parts = append(parts, strings.ReplaceAll(format, "#", fmt.Sprint(i)))
		}
		return strings.Join(parts, ", ")
	}
	key := func(what, behavior, of string) func(int) string {
		return func(n int) string {
			return "cache_policies: {p: {parameters_in_cache_key_and_forwarded_to_origin: {" + what + "_config: {" + behavior + ": whitelist, " + what + ": [" + list(n, of) + "]}}}}\n"
		}
	}
	for _, tt := range []struct {
		id   string
		most int
		text func(n int) string // behind the origins of a distribution
	}{
		{"CF-QUO-07", 100, func(n int) string { return "    aliases: [" + list(n, "a#.test") + "]\n" }},
		{"CF-QUO-08", 75, func(n int) string {
			return "    cache_behaviors: [" + list(n, "{path_pattern: /#, target_origin_id: o, cache_policy_id: CachingDisabled}") + "]\n"
		}},
		{"CF-QUO-10", 500, func(n int) string {
			one := "  x#: {origins: {o: {domain_name: o.test}}, default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}}\n"
			return strings.ReplaceAll(list(n-1, one), "\n, ", "\n")
		}},
		{"CF-QUO-12 cache policies", 20, func(n int) string { return "cache_policies: {" + list(n, "p#: {}") + "}\n" }},
		{"CF-QUO-12 origin request policies", 20, func(n int) string { return "origin_request_policies: {" + list(n, "p#: {}") + "}\n" }},
		{"CF-QUO-12 response headers policies", 20, func(n int) string { return "response_headers_policies: {" + list(n, "p#: {}") + "}\n" }},
		{"CF-QUO-13 headers", 10, key("headers", "header_behavior", "h#")},
		{"CF-QUO-13 cookies", 10, key("cookies", "cookie_behavior", "c#")},
		{"CF-QUO-13 query strings", 10, key("query_strings", "query_string_behavior", "q#")},
		{"CF-QUO-14", 10, func(n int) string {
			return "response_headers_policies: {p: {custom_headers_config: {" + list(n, "h#: {}") + "}}}\n"
		}},
		{"CF-QUO-22 key groups", 10, func(n int) string {
			return "public_keys: {k: {file: k.pem}}\nkey_groups: {" + list(n, "g#: [k]") + "}\n"
		}},
	} {
		for _, n := range []int{tt.most, tt.most + 1} {
			_, ds := Parse("quotas.yaml", []byte(document("", tt.text(n))))
			got := strings.Contains(ds.String(), string(quotaExceeded)+": ")
			if got != (n > tt.most) || n == tt.most && ds.HasErrors() {
				t.Errorf("%s, %d: got refused %t, want %t: %.300s", tt.id, n, got, n > tt.most, ds)
			}
		}
	}
}

// TestQuotasOfOrigins: the quotas of origins and their headers (CF-QUO-09, CF-QUO-15).
func TestQuotasOfOrigins(t *testing.T) {
	distribution := func(origins, groups int) string {
		var b strings.Builder
		b.WriteString("version: 1\ndistributions:\n  d:\n    origins:\n")
		for i := range origins {
			fmt.Fprintf(&b, "      o%d: {domain_name: o%d.test}\n", i, i)
		}
		b.WriteString("    origin_groups:\n")
		for i := range groups {
			fmt.Fprintf(&b, "      g%d: {members: [o0, o1], failover_criteria: {status_codes: [500]}}\n", i)
		}
		b.WriteString("    default_cache_behavior: {target_origin_id: g0, cache_policy_id: CachingDisabled}\n")
		return b.String()
	}
	for _, tt := range []struct {
		origins, groups int
		refused         bool
	}{{100, 10, false}, {101, 10, true}, {100, 11, true}} {
		_, ds := Parse("quotas.yaml", []byte(distribution(tt.origins, tt.groups)))
		if got := strings.Contains(ds.String(), string(quotaExceeded)+": "); got != tt.refused || !tt.refused && ds.HasErrors() {
			t.Errorf("%d origins, %d groups: got refused %t, want %t: %.300s", tt.origins, tt.groups, got, tt.refused, ds)
		}
	}
}
