package compile

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/waf"
)

const firewallDocument = `version: 1
ip_sets:
  banned: {ip_address_version: IPV4, file: banned.txt}
web_acls:
  edge:
    default_action: allow
    rules:
      second: {priority: 2, action: {block: {custom_response: {response_code: 204, custom_response_body_key: text}}}, statement: {ip_set_reference_statement: {ip_set: banned}}}
      first: {priority: 1, action: count, statement: {ip_set_reference_statement: {ip_set: banned}}, visibility_config: {cloud_watch_metrics_enabled: false}}
      third: {priority: 3, action: block, statement: {rate_based_statement: {limit: 10, aggregate_key_type: IP, evaluation: exact}}, visibility_config: {metric_name: limit}}
    custom_response_bodies: {text: {content_type: TEXT_PLAIN, content: "no"}}
distributions:
  shop:
    web_acl_id: edge
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
  other:
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`

func parseFirewall(t *testing.T) *config.Config {
	t.Helper()
	c, problems := config.Parse("test.yaml", []byte(firewallDocument))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

// bannedFile is the environment in which banned.txt has this content.
func bannedFile(content string) Environment {
	return Environment{ReadFile: func(name string) ([]byte, error) {
		if name != "banned.txt" {
			return nil, os.ErrNotExist
		}
		return []byte(content), nil
	}}
}

// TestWebACL: rules by priority, a file of addresses, a response without content
// where its status has none, and only the metrics that are wanted.
func TestWebACL(t *testing.T) {
	env := bannedFile("# ours\n192.0.2.0/25 # a\n\n  192.0.2.128/25\r\n")
	env.Metrics = metrics.New()
	s, err := Compile(parseFirewall(t), env)
	if err != nil {
		t.Fatal(err)
	}
	acl := s.Distributions[0].WebACL
	if s.Distributions[1].WebACL != nil {
		t.Error("a distribution without web_acl_id has a web ACL")
	}
	v := acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.200")), &waf.Request{}, nil)
	if v.Action != waf.ActionBlock || v.Block.Rule != "second" || v.Block.Response.Status != 204 || len(v.Block.Response.Content) != 0 {
		t.Errorf("got %+v, %+v; want blocked by the second rule with 204 and no content", v, v.Block)
	}

	// A rule that stays the same goes on counting.
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	viewer := netip.MustParseAddr("198.51.100.1")
	for range 10 {
		acl.Evaluate(context.Background(), acl.Peer(viewer), &waf.Request{Now: now}, nil)
	}
	env.Previous = s
	again, err := Compile(parseFirewall(t), env)
	if err != nil {
		t.Fatal(err)
	}
	acl = again.Distributions[0].WebACL
	if v := acl.Evaluate(context.Background(), acl.Peer(viewer), &waf.Request{Now: now}, nil); v.Action != waf.ActionBlock || v.Block.Kind != waf.RuleKindRateBased {
		t.Errorf("the eleventh request, after a reload: got %v, want block", v.Action)
	}
}

// TestIPSetFiles: what is wrong with a file is named by its line.
func TestIPSetFiles(t *testing.T) {
	for content, want := range map[string]string{
		"192.0.2.0/24\nhere\n":           `IP set "banned": banned.txt:2: "here" is not a prefix of IPV4`,
		"192.0.2.1":                      `banned.txt:1: "192.0.2.1" is not a prefix of IPV4`,
		"2001:db8::/32":                  `banned.txt:1: "2001:db8::/32" is not a prefix of IPV4`,
		"0.0.0.0/0":                      "a prefix of length 0",
		"192.0.2.1/24":                   "bits beyond the length",
		"1" + strings.Repeat("0", 70000): "token too long",
	} {
		if _, err := Compile(parseFirewall(t), bannedFile(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: got %v, want %q", content, err, want)
		}
	}
	none := Environment{ReadFile: func(string) ([]byte, error) { return nil, os.ErrNotExist }}
	if _, err := Compile(parseFirewall(t), none); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), `IP set "banned"`) {
		t.Errorf("no file: got %v", err)
	}
}

// TestRateInstances: each web ACL is counted once, whoever refers to it, and so is
// its memory.
func TestRateInstances(t *testing.T) {
	c, problems := config.Parse("test.yaml", []byte(`version: 1
web_acls:
  edge:
    default_action: allow
    rules: {limit: {priority: 1, action: block, statement: {rate_based_statement: {limit: 10, aggregate_key_type: IP}}}}
distributions:
  one: {web_acl_id: edge, origins: {api: {domain_name: api.test}}, default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}}
  two: {web_acl_id: edge, origins: {api: {domain_name: api.test}}, default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}}
  none: {origins: {api: {domain_name: api.test}}, default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized, throttles: {t: {rate_limit: 1, burst_limit: 1}}}}
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	s, err := Compile(c, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if got := RateMemory(s); got < 100_000*(48+120)+100_000*32 || got > 100_000*(48+120+8)+100_000*(40+8)+64<<10 { // cells, rings, heads of chains
		t.Errorf("memory: got %d bytes, want those of 100,000 instances and as many buckets", got)
	}
	if got, want := RateInstances(s, time.Now()), []metrics.RateInstances{{ACL: "edge", Rule: "limit"}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
