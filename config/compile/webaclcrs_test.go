package compile

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	"github.com/groundfront/groundfront/waf"
)

// TestCoreRuleSet: the engine is asked in the place, with the limits and with
// the request that the configuration says.
func TestCoreRuleSet(t *testing.T) {
	rule := func(override, more string) string {
		return `rules: {
      crs: {priority: 1, override_action: ` + override + `, statement: {managed_rule_group_statement: {vendor_name: Groundfront, name: OWASPCRS, managed_rule_group_configs: {owasp_crs: {files: ["942"], max_concurrency: 1` + more + `}}}}},
      label: {priority: 2, action: block, statement: {label_match_statement: {scope: LABEL, key: "awswaf:managed:owasp:crs:942100"}}}}`
	}
	const attack, harmless = "q=1%27%20or%20%271%27=%271", "q=shoes"
	for _, test := range []struct{ acl, query, want string }{
		{rule("none", ", on: all"), attack, "crs"},
		{rule("none", ", on: all"), harmless, ""},
		{rule("none", ", on: all, inbound_anomaly_score_threshold: 1000"), attack, "label"}, // below the threshold it counts (WF-ARC-09)
		{rule("count", ", on: all"), attack, "label"},
		{rule("none", ""), attack, ""}, // it is asked about what goes to an origin
	} {
		acl, err := firewallOf(t, test.acl, "", Environment{})
		if err != nil {
			t.Fatal(err)
		}
		r := viewerRequest()
		r.Path, r.Query, r.Proto = "/", test.query, "HTTP/1.1"
		p := acl.Peer(netip.MustParseAddr("192.0.2.1"))
		v := acl.Evaluate(context.Background(), p, r, nil)
		got := ""
		if v.Action != waf.ActionAllow {
			got = v.Block.Rule
		}
		if got != test.want {
			t.Errorf("%s of %s: got %q, want %q", test.acl, test.query, got, test.want)
		}
		if test.want == "" && test.query == attack {
			if v := acl.EvaluateForOrigin(context.Background(), p, r, v, nil); v.Action != waf.ActionBlock || v.Block.Rule != "crs" {
				t.Errorf("on the way to the origin: got %v, want block", v.Action)
			}
		}
	}
	_, err := firewallOf(t, rule("none", ", settings: {nothing: x}"), "", Environment{})
	if want := "test.yaml:5:163: crs: setting \"nothing\""; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a setting that there is not: got %v, want %s", err, want)
	}
}
