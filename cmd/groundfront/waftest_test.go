package main

import (
	"encoding/json"
	"strings"
	"testing"
)

const tested = `version: 1
server: {geo: {places: {198.51.100.0/24: {country: DE}}}}
ip_sets:
  office: {ip_address_version: IPV4, addresses: [192.0.2.0/24]}
web_acls:
  edge:
    default_action: {allow: {custom_request_handling: {insert_headers: {checked: "1"}}}}
    rules:
      admin: {priority: 0, action: block, rule_labels: [area:admin], statement: {and_statement: {statements: [{byte_match_statement: {search_string: /admin, positional_constraint: STARTS_WITH, field_to_match: {uri_path: {}}, text_transformations: [{priority: 0, type: LOWERCASE}]}}, {not_statement: {statement: {ip_set_reference_statement: {ip_set: office}}}}]}}}
      words: {priority: 1, action: count, rule_labels: [word], statement: {byte_match_statement: {search_string: "needle", positional_constraint: CONTAINS, field_to_match: {single_header: {name: X-Hay}}, text_transformations: [{priority: 0, type: NONE}]}}}
      friend: {priority: 3, action: allow, statement: {byte_match_statement: {search_string: "/friend", positional_constraint: EXACTLY, field_to_match: {uri_path: {}}, text_transformations: [{priority: 0, type: NONE}]}}}
      place: {priority: 5, action: count, statement: {geo_match_statement: {country_codes: [US]}}}
      large: {priority: 4, action: count, statement: {or_statement: {statements: [{byte_match_statement: {search_string: "b", positional_constraint: EXACTLY, field_to_match: {headers: {match_pattern: {all: {}}, match_scope: KEY, oversize_handling: CONTINUE}}, text_transformations: [{priority: 0, type: NONE}]}}, {byte_match_statement: {search_string: "a", positional_constraint: EXACTLY, field_to_match: {headers: {match_pattern: {all: {}}, match_scope: VALUE, oversize_handling: MATCH}}, text_transformations: [{priority: 0, type: NONE}]}}]}}}
      human: {priority: 2, action: challenge, statement: {label_match_statement: {scope: LABEL, key: word}}}
  other: {default_action: {block: {custom_response: {response_code: 429}}}}
distributions:
  shop: {web_acl_id: edge, origins: {any: {domain_name: origin.test}}, default_cache_behavior: {target_origin_id: any, cache_policy_id: CachingDisabled}}
`

// TestWAFTest: what the verb prints of each rule, and how it refuses.
func TestWAFTest(t *testing.T) {
	file := writeFile(t, "edge.yaml", tested)
	for _, test := range []struct {
		args string // fields separated by |
		code exitCode
		want []string
	}{
		{"--name|edge|http://shop.test/Admin/x?a", exitOK, []string{
			"web ACL edge: 33 of 5000", "  admin                                    -\n      in IP set \"office\"\n        192.0.2.1\n        ^^^^^^^^^\n", "  Default_Action                           allow\n", "action    allow\n", "inserted  x-amzn-waf-checked: 1\n"}},
		{"--name|edge|--from|198.51.100.1|http://shop.test/Admin/x?a", exitOK, []string{
			"  admin                                    block\n      starts with \"/admin\" of UriPath, LOWERCASE\n        /admin/x\n        ^^^^^^\n      + awswaf:000000000000:webacl:edge:area:admin\n",
			"action    block by admin: status 403\nlabel     awswaf:000000000000:webacl:edge:area:admin\n"}},
		{"--name|edge|-H|x-hay: a \"needle\"|http://shop.test", exitOK, []string{
			"      contains \"needle\" of SingleHeader X-Hay\n        a \"needle\"\n           ^^^^^^\n", "  human                                    challenge, TOKEN_MISSING\n      label \"word\"\n", "action    challenge by human: status 202\n"}},
		{"--name|edge|http://shop.test/friend", exitOK, []string{"action    allow by friend\n"}},
		{"--name|edge|http://shop.test|-H|a: " + strings.Repeat("x", 8192), exitOK, []string{
			"      more than is inspected of Headers\n", "inserted  x-amzn-waf-checked: 1\noversize  Headers: not all of it was inspected\n"}},
		{"--name|other|PUT|http://shop.test|-d|x", exitOK, []string{"action    block by Default_Action: status 429\n"}},
		{"http://shop.test", exitUsage, []string{"name the web ACL with --name: edge, other"}},
		{"--name|edge|/path", exitUsage, []string{`"/path" is not a URL`}},
		{"--name|edge|--from|x|http://shop.test", exitUsage, []string{`--from "x" is not an address`}},
		{"--name|edge|-H|x|http://shop.test", exitUsage, []string{`-H "x": want "Name: value"`}},
		{"--name|edge|-d|@/none|http://shop.test", exitUsage, []string{"-d: open /none"}},
		{"--acl|../../config/testdata/aws/webacl.json|http://shop.test", exitConfig, []string{
			"config/testdata/aws/webacl.json refers to what it does not have: write a configuration with that, and with web_acls: {edge: {file: \"../../config/testdata/aws/webacl.json\"}}"}},
		{"--acl|../../config/testdata/aws/allow.json|http://shop.test", exitOK, []string{"action    allow\n"}},
		{"--acl|none.yaml|http://shop.test", exitUsage, []string{"there is no none.yaml"}},
	} {
		args := append([]string{"waf", "test"}, strings.Split(test.args, "|")...)
		if !strings.Contains(test.args, "--acl") {
			args = append(args, "--acl", file)
		}
		code, stdout, stderr := runVerb(t, args...)
		for _, want := range test.want {
			if code != test.code || !strings.Contains(stdout+stderr, want) {
				t.Errorf("%s: got %d and\n%s%s\nwant %d and %q", test.args, code, stdout, stderr, test.code, want)
			}
		}
	}
	_, stdout, _ := runVerb(t, "waf", "test", "--acl", file, "--name", "edge", "--from", "198.51.100.1", "--output", "json", "https://shop.test/admin")
	var line struct {
		TerminatingRuleID, Action string
		HTTPRequest               struct{ Country string }
	}
	if err := json.Unmarshal([]byte(stdout), &line); err != nil || line.TerminatingRuleID != "admin" || line.Action != "BLOCK" || line.HTTPRequest.Country != "DE" {
		t.Errorf("json: got %s (%v), want a log record", stdout, err)
	}
}
