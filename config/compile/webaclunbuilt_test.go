package compile

import (
	"slices"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/config"
	configmanaged "github.com/groundfront/groundfront/config/managed"
	"github.com/groundfront/groundfront/waf/managed"
)

// TestUnbuiltFirewall: nothing that a web ACL says is left out without a word.
func TestUnbuiltFirewall(t *testing.T) {
	rule := func(text string) string { return "rules: {r: {priority: 1, " + text + "}}" }
	const set = "statement: {ip_set_reference_statement: {ip_set: s}}"
	for in, want := range map[string]string{
		rule("action: block, statement: {xss_match_statement: {field_to_match: {body: {}}, text_transformations: [NONE]}}"):              "body inspection is not built yet",
		rule("action: block, statement: {rate_based_statement: {limit: 10, aggregate_key_type: CUSTOM_KEYS, custom_keys: [{asn: {}}]}}"): "geo data with autonomous systems is not built yet",
	} {
		c, problems := config.Parse("test.yaml", []byte(`version: 1
ip_sets: {s: {ip_address_version: IPV4}}
web_acls:
  edge: {default_action: allow, `+in+`}
distributions:
  shop:
    web_acl_id: edge
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		if _, err := Compile(c, Environment{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", in, err, want)
		}
	}
}

// TestManagedNames holds the names that a configuration may use against those
// that there are.
func TestManagedNames(t *testing.T) {
	for _, g := range managed.Groups() {
		known, found := configmanaged.FindRuleGroup("AWS", g.Name)
		if !found || known.Capacity != g.WCU {
			t.Errorf("%s: got %t with %d capacity units, want %d", g.Name, found, known.Capacity, g.WCU)
		}
		var names []string
		emulated := false
		for _, r := range g.Rules {
			names = append(names, r.Name)
			emulated = emulated || r.Coverage != managed.CoverageAbsent
		}
		slices.Sort(names)
		if got := slices.Sorted(slices.Values(known.Rules)); !slices.Equal(got, names) {
			t.Errorf("%s: rules: got %v, want %v", g.Name, got, names)
		}
		if known.Emulated != emulated {
			t.Errorf("%s: emulated: got %t, want %t", g.Name, known.Emulated, emulated)
		}
	}
	for _, g := range configmanaged.RuleGroups() {
		if g.Vendor == "AWS" && managed.Lookup(g.Name) == nil {
			t.Errorf("%s is not in package waf/managed", g.Name)
		}
	}
}
