package config

import (
	"strings"
	"testing"
)

// TestOwnHost: who is warned that a managed rule blocks localhost (WF-MRG-04).
func TestOwnHost(t *testing.T) {
	group := func(override, more string) string {
		return "web_acls: {a: {default_action: allow, rules: {r: {priority: 0, override_action: " + override +
			", statement: {managed_rule_group_statement: {vendor_name: AWS, name: AWSManagedRulesKnownBadInputsRuleSet" + more + "}}}}}}\n"
	}
	const mode = "server: {mode: faithful}\n"
	for _, test := range []struct {
		in   string
		want bool
	}{
		{group("none", "") + "    web_acl_id: a\n", true}, // mode dev: the only distribution answers to localhost
		{mode + group("none", "") + "    web_acl_id: a\n", false},
		{mode + group("none", "") + "    web_acl_id: a\n    aliases: [localhost]\n", true},
		{group("none", "") + "    web_acl_id: a\n    aliases: [shop.test]\n", false},
		{group("none", "") + "    web_acl_id: a\n    aliases: [shop.localhost]\n", true},
		{group("none", ""), false},
		{group("count", "") + "    web_acl_id: a\n", false},
		{group("none", ", excluded_rules: [Host_localhost_HEADER]") + "    web_acl_id: a\n", false},
		{group("none", ", rule_action_overrides: {Host_localhost_HEADER: count}") + "    web_acl_id: a\n", false},
		{group("none", ", rule_action_overrides: {Host_localhost_HEADER: block}") + "    web_acl_id: a\n", true},
		{group("none", ", rule_action_overrides: {PROPFIND_METHOD: count}") + "    web_acl_id: a\n", true},
	} {
		top, distribution, _ := strings.Cut(test.in, "    web_acl_id")
		if distribution != "" {
			distribution = "    web_acl_id" + distribution
		}
		_, ds := Parse("test.yaml", []byte(document("", distribution+top)))
		if warned := strings.Contains(ds.String(), "answers to localhost"); warned != test.want || ds.HasErrors() {
			t.Errorf("%s: warned %t, want %t\n%s", test.in, warned, test.want, ds)
		}
	}
}

// TestSizeInspectionLimit has the steps of WF-ACL-06.
func TestSizeInspectionLimit(t *testing.T) {
	for limit, want := range map[SizeInspectionLimit]int{
		SizeInspectionLimit16: 16384, SizeInspectionLimit32: 32768, SizeInspectionLimit48: 49152, SizeInspectionLimit64: 65536,
	} {
		if got := limit.Bytes(); got != want {
			t.Errorf("%s: got %d, want %d", limit, got, want)
		}
	}
}
