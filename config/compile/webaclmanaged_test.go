package compile

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/waf"
)

// TestManagedGroups: overrides, exclusions, scope and lists of addresses reach
// the rules of managed rule groups.
func TestManagedGroups(t *testing.T) {
	const sets = "ip_sets: {here: {ip_address_version: IPV4, addresses: [192.0.2.0/24]}, there: {ip_address_version: IPV6, addresses: ['2001:db8::/32']}}\n"
	rule := func(name, more string) string {
		return "rules: {m: {priority: 1, override_action: none, statement: {managed_rule_group_statement: {vendor_name: AWS, name: " + name + more + "}}}}"
	}
	const common, anonymous, bots = "AWSManagedRulesCommonRuleSet", "AWSManagedRulesAnonymousIpList", "AWSManagedRulesBotControlRuleSet"
	const reached = ", scope_down_statement: {geo_match_statement: {country_codes: [FR]}}"
	for _, test := range []struct {
		acl       string
		path      string
		userAgent string
		want      string // the rule of the group that blocks
	}{
		{rule(common, ""), "/../../etc/passwd", "x", "GenericLFI_URIPATH"},
		{rule(common, ", rule_action_overrides: {GenericLFI_URIPATH: count}"), "/../../etc/passwd", "x", ""},
		{rule(common, ", excluded_rules: [GenericLFI_URIPATH]"), "/../../etc/passwd", "x", ""},
		{rule(common, reached), "/../../etc/passwd", "x", ""},
		{rule(common, ""), "/shop", "", "NoUserAgent_HEADER"},
		{rule(anonymous, ""), "/", "x", ""},
		{rule(anonymous, ", managed_rule_group_configs: {ip_lists: {HostingProviderIPList: [there, here]}}"), "/", "x", "HostingProviderIPList"},
		{rule(anonymous, ", managed_rule_group_configs: {ip_lists: {HostingProviderIPList: [there]}}"), "/", "x", ""},
		{rule(bots, ""), "/", "Mozilla/5.0 (compatible; GoogleOther)", "CategorySearchEngine"},
		{rule(bots, ", managed_rule_group_configs: {aws_managed_rules_bot_control_rule_set: {inspection_level: COMMON, verified_bots: {google: [here]}}}"), "/", "Mozilla/5.0 (compatible; GoogleOther)", ""},
	} {
		acl, err := firewallOf(t, test.acl, sets, Environment{})
		if err != nil {
			t.Fatalf("%s: %v", test.acl, err)
		}
		r := viewerRequest()
		r.Path, r.Fields[0].Value = test.path, test.userAgent
		v := acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.1")), r, nil)
		got := ""
		if v.Action != waf.ActionAllow {
			got = v.Block.GroupRule
		}
		if got != test.want {
			t.Errorf("%s: %s of %q: got %q, want %q", test.acl, test.path, test.userAgent, got, test.want)
		}
	}
	_, err := firewallOf(t, rule(bots, ", managed_rule_group_configs: {aws_managed_rules_bot_control_rule_set: {inspection_level: COMMON, verified_bots: {gogle: [here]}}}"), sets, Environment{})
	if want := `test.yaml:4:301: no bot is known of "gogle", but of ahrefs, `; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("an unknown organization: got %v, want %s", err, want)
	}
}

// TestManagedVersion: log records have the version that is written (WF-GRP-08),
// and a captcha holds as long as the web ACL says (WF-TOK-02).
func TestManagedVersion(t *testing.T) {
	acl, err := firewallOf(t, "rules: {m: {priority: 1, override_action: none, statement: {managed_rule_group_statement: {vendor_name: AWS, name: AWSManagedRulesCommonRuleSet, version: Version_1.20}}}}", "", Environment{})
	if err != nil {
		t.Fatal(err)
	}
	r, record := viewerRequest(), waf.Record{}
	r.Fields = r.Fields[1:]
	acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.1")), r, &record)
	if len(record.Steps) != 1 || record.Steps[0].GroupID != "AWS#AWSManagedRulesCommonRuleSet#Version_1.20" {
		t.Errorf("got %+v, want the version in the group's name", record.Steps)
	}
}
