package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestFirewallSeen: what a running edge shows of a web ACL: samples by the admin
// API, counters by its metrics, and records in a file (WF-SMP-01, WF-MET-04,
// WF-LOGS-01).
func TestFirewallSeen(t *testing.T) {
	origin := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Cache-Control", "max-age=60") }))
	t.Cleanup(origin.Close)
	log := filepath.Join(t.TempDir(), "logs", "waf.json")
	text := strings.Replace(edgeConfig(origin.URL, ""), "  site:", "  site:\n    web_acl_id: edge", 1) + `
web_acls:
  edge:
    default_action: allow
    logging_configuration: {path: ` + log + `, redacted_fields: [{single_header: {name: user-agent}}]}
    rules:
      secret: {priority: 0, action: block, rule_labels: [seen], statement: {byte_match_statement: {search_string: secret, positional_constraint: CONTAINS, field_to_match: {uri_path: {}}, text_transformations: [{priority: 0, type: NONE}]}}}
`
	p := start(t, "run", "-f", writeFile(t, "edge.yaml", text))
	v := newViewer(t)
	edge, operators := p.url("viewers"), p.url("admin")
	for _, path := range []string{"/a", "/a", "/secret?x=1"} {
		v.get(edge + path)
	}
	for path, want := range map[string]string{
		"/v1/web-acls/edge/samples":                                        `{"Rules":["Default_Action","secret"]}`,
		"/v1/web-acls/edge/samples?rule=secret":                            `"URI":"/secret?x=1","Method":"GET"`,
		"/v1/web-acls/edge/samples?rule=Default_Action":                    `"Action":"ALLOW"`,
		"/v1/web-acls/edge/samples?rule=secret&max_items=0":                "max_items is not from 1 to 500",
		"/v1/web-acls/edge/samples?rule=secret&start=now":                  "start is not a time such as ",
		"/v1/web-acls/edge/samples?rule=secret&start=2999-01-01T00:00:00Z": `{"SampledRequests":[],`,
		"/v1/web-acls/none/samples":                                        `web ACL \"none\": not found`,
		"/metrics":                                                         `groundfront_waf_labels_total{acl="edge",label="awswaf:000000000000:webacl:edge:seen"} 1`,
	} {
		if got := v.get(operators + path).content; !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
	p.signals <- syscall.SIGTERM
	p.wait()
	content, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	records := strings.Split(strings.TrimSpace(string(content)), "\n")
	if len(records) != 3 || !strings.Contains(records[2], `"terminatingRuleId":"secret"`) || strings.Count(string(content), `"REDACTED"`) != 3 {
		t.Errorf("log: got\n%s\nwant three records, the last of a blocked request, without User-Agent", content)
	}
}
