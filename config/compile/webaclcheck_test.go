package compile

import (
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
)

// TestCheckWebACLs: what only compiling shows has its place in the
// configuration, and is said once.
func TestCheckWebACLs(t *testing.T) {
	c, problems := config.Parse("test.yaml", []byte(`version: 1
ip_sets: {list: {ip_address_version: IPV4, file: no-such-list.txt}}
web_acls:
  a: {default_action: allow}
  b: {default_action: allow, rules: {r: {priority: 1, action: block, statement: {ip_set_reference_statement: {ip_set: list}}}}}
distributions:
  shop:
    web_acl_id: b
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	got := c.Annotate(nil, CheckWebACLs(c)).String()
	if want := `test.yaml:2:50: error GF4061: IP set "list": open no-such-list.txt: no such file or directory`; !strings.HasPrefix(got, want) || strings.Count(got, "GF4061") != 1 {
		t.Errorf("got %s, want once %s", got, want)
	}
	if got := CheckWebACLs(&config.Config{}); got != nil {
		t.Errorf("without web ACLs: got %v, want nothing", got)
	}
}
