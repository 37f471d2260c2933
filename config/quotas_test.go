package config

import (
	"fmt"
	"strings"
	"testing"
)

// TestQuotas: as much as AWS gives is taken, and one more is refused (CF-QUO-07 to
// CF-QUO-10, CF-QUO-12 to CF-QUO-16).
func TestQuotas(t *testing.T) {
	const (
		origin = "origins: {api: {domain_name: api.test}}"
		behave = "default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized%s}"
	)
	// distribution returns a configuration with keys of a distribution.
	distribution := func(origins, behavior, more string) string {
		return "version: 1\ndistributions:\n  shop:\n    " + origins + "\n    " + fmt.Sprintf(behave, behavior) + "\n" + more
	}
	each := func(n int, form, between string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(form, i)
		}
		return strings.Join(parts, between)
	}
	with := func(top string) string { return strings.Replace(distribution(origin, "", ""), "distributions:", top+"\ndistributions:", 1) }

	tests := []struct {
		id    string
		most  int
		write func(n int) string
	}{
		{"CF-QUO-07", 100, func(n int) string {
			return distribution(origin, "", "    aliases: ["+each(n, "a%d.test", ", ")+"]\n")
		}},
		{"CF-QUO-08", 75, func(n int) string {
			return distribution(origin, "", "    cache_behaviors:\n"+each(n, "      - {path_pattern: /%d, target_origin_id: api, cache_policy_id: CachingOptimized}", "\n")+"\n")
		}},
		{"CF-QUO-09", 100, func(n int) string {
			return distribution("origins: {api: {domain_name: api.test}, "+each(n-1, "o%d: {domain_name: o.test}", ", ")+"}", "", "")
		}},
		{"CF-QUO-09", 10, func(n int) string {
			return distribution("origins: {api: {domain_name: api.test}, b: {domain_name: b.test}}", "",
				"    origin_groups: {"+each(n, "g%d: {members: [api, b], failover_criteria: {status_codes: [500]}}", ", ")+"}\n")
		}},
		{"CF-QUO-10", 500, func(n int) string {
			return "version: 1\ndistributions:\n" + each(n, "  d%d: {"+origin+", "+fmt.Sprintf(behave, "")+"}", "\n")
		}},
		{"CF-QUO-12", 20, func(n int) string { return with("cache_policies: {" + each(n, "p%d: {}", ", ") + "}") }},
		{"CF-QUO-12", 20, func(n int) string {
			return with("origin_request_policies: {" + each(n, "p%d: {cookies_config: {cookie_behavior: all}}", ", ") + "}")
		}},
		{"CF-QUO-12", 20, func(n int) string {
			return with("response_headers_policies: {" + each(n, "p%d: {remove_headers_config: [X-A]}", ", ") + "}")
		}},
		{"CF-QUO-13", 10, func(n int) string {
			return with("origin_request_policies: {p: {query_strings_config: {query_string_behavior: whitelist, query_strings: [" + each(n, "q%d", ", ") + "]}}}")
		}},
		{"CF-QUO-13", 10, func(n int) string {
			return with("origin_request_policies: {p: {headers_config: {header_behavior: whitelist, headers: [" + each(n, "X-H%d", ", ") + "]}}}")
		}},
		{"CF-QUO-13", 10, func(n int) string {
			return with("origin_request_policies: {p: {cookies_config: {cookie_behavior: whitelist, cookies: [" + each(n, "c%d", ", ") + "]}}}")
		}},
		{"CF-QUO-14", 10, func(n int) string {
			return with("response_headers_policies: {p: {custom_headers_config: {" + each(n, "X-H%d: {value: a, override: true}", ", ") + "}}}")
		}},
		{"CF-QUO-15", 30, func(n int) string {
			return distribution("origins: {api: {domain_name: api.test, custom_headers: {"+each(n, "X-H%d: a", ", ")+"}}}", "", "")
		}},
		{"CF-QUO-15", 256, func(n int) string {
			return distribution("origins: {api: {domain_name: api.test, custom_headers: {"+strings.Repeat("x", n)+": a}}}", "", "")
		}},
		{"CF-QUO-15", 1783, func(n int) string {
			return distribution("origins: {api: {domain_name: api.test, custom_headers: {X-A: "+strings.Repeat("a", n)+"}}}", "", "")
		}},
		{"CF-QUO-16", 1783, func(n int) string {
			return with("response_headers_policies: {p: {security_headers_config: {content_security_policy: {content_security_policy: " + strings.Repeat("a", n) + ", override: true}}}}")
		}},
	}
	for _, tt := range tests {
		for n, want := range map[int]bool{tt.most: false, tt.most + 1: true} {
			_, problems := Parse("q.yaml", []byte(tt.write(n)))
			if got := problems.HasErrors(); got != want {
				t.Errorf("%s: %d of %d: got %v, want an error: %v", tt.id, n, tt.most, problems, want)
			}
		}
	}
}
