package compile

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
)

// TestWhereGeneratedHeadersMayBe: each header of table CF-CFH may be in the policies
// that its columns CP and ORP say, and is refused in the others; and
// those that may be in a cache policy are made for the key.
func TestWhereGeneratedHeadersMayBe(t *testing.T) {
	const tail = `
distributions:
  shop:
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingDisabled}
    cache_behaviors:
      - {path_pattern: /a, target_origin_id: api, cache_policy_id: key}
      - {path_pattern: /b, target_origin_id: api, cache_policy_id: CachingOptimized, origin_request_policy_id: request}
`
	for h := range field.CloudFrontHeaders() {
		keyed, forwarded := "X-A", "X-A"
		for range 2 { // as documented, and in other letters
			for _, test := range []struct {
				key, request *string
				may          bool
			}{{&h.Name, &forwarded, h.CachePolicy}, {&keyed, &h.Name, h.OriginRequestPolicy}} {
				c, problems := config.Parse("config.yaml", []byte("version: 1\nserver: {geo: {places: {192.0.2.0/24: {country: DE}}}}\n"+
					"cache_policies: {key: {parameters_in_cache_key_and_forwarded_to_origin: {headers_config: {header_behavior: whitelist, headers: ["+*test.key+"]}}}}\n"+
					"origin_request_policies: {request: {headers_config: {header_behavior: whitelist, headers: ["+*test.request+"]}}}\n"+tail))
				if problems.HasErrors() == test.may || !test.may && !strings.Contains(problems.String(), "cannot be part of a cache key") {
					t.Errorf("key %s, request %s: got %v, want it to be accepted: %t", *test.key, *test.request, problems, test.may)
				}
				if problems.HasErrors() {
					continue
				}
				s, err := Compile(c, Environment{})
				if err != nil {
					t.Fatal(err)
				}
				b := s.Distributions[0].Behaviors
				if got := len(b[0].Generated) + len(b[1].Generated); got != 1 || b[0].GeneratedKeyed != len(b[0].Generated) || b[1].GeneratedKeyed != 0 {
					t.Errorf("key %s, request %s: generated %v, %d in the key, and %v", *test.key, *test.request, b[0].Generated, b[0].GeneratedKeyed, b[1].Generated)
				}
			}
			h.Name = strings.ToLower(h.Name)
		}
	}
}
