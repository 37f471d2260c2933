package compile

import (
	"context"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/waf"
)

// firewallOf compiles one web ACL, named edge, from the keys of its mapping
// besides the default action, which is allow.
func firewallOf(t *testing.T, acl, more string, env Environment) (*waf.ACL, error) {
	t.Helper()
	c, problems := config.Parse("test.yaml", []byte(`version: 1
server: {geo: {files: [geo.txt]}}
web_acls:
  edge: {default_action: allow, `+acl+`}
distributions:
  shop:
    web_acl_id: edge
    origins: {api: {domain_name: api.test}}
    default_cache_behavior: {target_origin_id: api, cache_policy_id: CachingOptimized}
`+more))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	env.ReadFile = func(name string) ([]byte, error) {
		if name != "geo.txt" {
			return nil, os.ErrNotExist
		}
		return []byte("192.0.2.0/24,DE,EU,,64500\n"), nil
	}
	s, err := Compile(c, env)
	if err != nil {
		return nil, err
	}
	return s.Distributions[0].WebACL, nil
}

// viewerRequest is what the statements are asked about.
func viewerRequest() *waf.Request {
	return &waf.Request{
		Method: "GET", Path: "/Shop/%61", Query: "q=Dog%20food&page=2", HasQuery: true, Host: "shop.test",
		Fields: field.Lines{
			{Name: "User-Agent", Value: "sqlmap/1.7"}, {Name: "Cookie", Value: "session=abc; theme=dark"},
			{Name: "X-Forwarded-For", Value: "192.0.2.7"},
			{Name: "X-Id", Value: "1' or '1'='1"}, {Name: "X-Name", Value: "<script>alert(1)</script>"},
		},
		Now: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC),
		JA3: "e7d705a3286e19ea42f587b344ee6865", Fragment: "top",
	}
}

// TestStatements: each statement is what the configuration says, in all that can
// be set of it: what differs from the line before it in one thing does not match.
func TestStatements(t *testing.T) {
	none := "text_transformations: [NONE]"
	for _, test := range []struct {
		statement string
		want      waf.Action
	}{
		{"byte_match_statement: {search_string: GET, positional_constraint: EXACTLY, field_to_match: {method: {}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: GE, positional_constraint: EXACTLY, field_to_match: {method: {}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: GE, positional_constraint: STARTS_WITH, field_to_match: {method: {}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: GE, positional_constraint: ENDS_WITH, field_to_match: {method: {}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: /a, positional_constraint: ENDS_WITH, field_to_match: {uri_path: {}}, text_transformations: [URL_DECODE]}", waf.ActionBlock},
		{"byte_match_statement: {search_string: /a, positional_constraint: ENDS_WITH, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string_base64: L3Nob3A=, positional_constraint: CONTAINS, field_to_match: {uri_path: {}}, text_transformations: [LOWERCASE]}", waf.ActionBlock},
		{"byte_match_statement: {search_string: sho, positional_constraint: CONTAINS_WORD, field_to_match: {uri_path: {}}, text_transformations: [LOWERCASE]}", waf.ActionAllow},
		{"byte_match_statement: {search_string: shop, positional_constraint: CONTAINS_WORD, field_to_match: {uri_path: {}}, text_transformations: [LOWERCASE]}", waf.ActionBlock},
		// by priority, not by place: %2561 would need to be decoded first
		{"byte_match_statement: {search_string: dog food, positional_constraint: EXACTLY, field_to_match: {single_query_argument: {name: q}}, text_transformations: [{priority: 9, type: LOWERCASE}, {priority: 1, type: URL_DECODE}]}", waf.ActionBlock},
		{"byte_match_statement: {search_string: dog food, positional_constraint: EXACTLY, field_to_match: {single_query_argument: {name: page}}, text_transformations: [URL_DECODE, LOWERCASE]}", waf.ActionAllow},
		{"byte_match_statement: {search_string: '2', positional_constraint: EXACTLY, field_to_match: {all_query_arguments: {}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: q=Dog, positional_constraint: STARTS_WITH, field_to_match: {query_string: {}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: sqlmap, positional_constraint: CONTAINS, field_to_match: {single_header: {name: user-agent}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: sqlmap, positional_constraint: CONTAINS, field_to_match: {single_header: {name: cookie}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: sqlmap, positional_constraint: CONTAINS, field_to_match: {headers: {match_pattern: {included_headers: [USER-AGENT]}, match_scope: VALUE, oversize_handling: CONTINUE}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: sqlmap, positional_constraint: CONTAINS, field_to_match: {headers: {match_pattern: {excluded_headers: [USER-AGENT]}, match_scope: VALUE, oversize_handling: CONTINUE}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: sqlmap, positional_constraint: CONTAINS, field_to_match: {headers: {match_pattern: {all: {}}, match_scope: KEY, oversize_handling: CONTINUE}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: dark, positional_constraint: EXACTLY, field_to_match: {cookies: {match_pattern: {included_cookies: [theme]}, match_scope: ALL, oversize_handling: CONTINUE}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: dark, positional_constraint: EXACTLY, field_to_match: {cookies: {match_pattern: {excluded_cookies: [theme]}, match_scope: ALL, oversize_handling: CONTINUE}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: theme, positional_constraint: EXACTLY, field_to_match: {cookies: {match_pattern: {all: {}}, match_scope: KEY, oversize_handling: CONTINUE}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: 'user-agent:cookie', positional_constraint: CONTAINS, field_to_match: {header_order: {oversize_handling: CONTINUE}}, text_transformations: [LOWERCASE]}", waf.ActionBlock},
		{"size_constraint_statement: {comparison_operator: GT, size: 8, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionBlock},
		{"size_constraint_statement: {comparison_operator: GT, size: 9, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"size_constraint_statement: {comparison_operator: GE, size: 9, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionBlock},
		{"size_constraint_statement: {comparison_operator: NE, size: 9, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"size_constraint_statement: {comparison_operator: EQ, size: 7, field_to_match: {uri_path: {}}, text_transformations: [URL_DECODE]}", waf.ActionBlock},
		{"size_constraint_statement: {comparison_operator: LT, size: 9, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"size_constraint_statement: {comparison_operator: LE, size: 9, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionBlock},
		{"regex_match_statement: {regex_string: '^/[A-Z]', field_to_match: {uri_path: {}}, " + none + "}", waf.ActionBlock},
		{"regex_match_statement: {regex_string: '^/[A-Z]', field_to_match: {uri_path: {}}, text_transformations: [LOWERCASE]}", waf.ActionAllow},
		{"regex_pattern_set_reference_statement: {regex_pattern_set: tools, field_to_match: {single_header: {name: user-agent}}, " + none + "}", waf.ActionBlock},
		{"regex_pattern_set_reference_statement: {regex_pattern_set: tools, field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: e7d705a3286e19ea42f587b344ee6865, positional_constraint: EXACTLY, field_to_match: {ja3_fingerprint: {fallback_behavior: NO_MATCH}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: x, positional_constraint: EXACTLY, field_to_match: {ja4_fingerprint: {fallback_behavior: NO_MATCH}}, " + none + "}", waf.ActionAllow},
		{"byte_match_statement: {search_string: x, positional_constraint: EXACTLY, field_to_match: {ja4_fingerprint: {fallback_behavior: MATCH}}, " + none + "}", waf.ActionBlock},
		{"byte_match_statement: {search_string: top, positional_constraint: EXACTLY, field_to_match: {uri_fragment: {}}, " + none + "}", waf.ActionBlock},
		{"sqli_match_statement: {field_to_match: {single_header: {name: x-id}}, " + none + "}", waf.ActionBlock},
		{"sqli_match_statement: {field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"xss_match_statement: {field_to_match: {single_header: {name: x-name}}, " + none + "}", waf.ActionBlock},
		{"xss_match_statement: {field_to_match: {uri_path: {}}, " + none + "}", waf.ActionAllow},
		{"asn_match_statement: {asn_list: [64500]}", waf.ActionBlock},
		{"asn_match_statement: {asn_list: [64501, 0]}", waf.ActionAllow},
		{"rate_based_statement: {limit: 10, aggregate_key_type: IP, scope_down_statement: {geo_match_statement: {country_codes: [DE]}}}", waf.ActionAllow},
		{"geo_match_statement: {country_codes: [FR, DE]}", waf.ActionBlock},
		{"geo_match_statement: {country_codes: [FR]}", waf.ActionAllow},
		{"geo_match_statement: {country_codes: [DE], forwarded_ip_config: {header_name: x-real, fallback_behavior: MATCH}}", waf.ActionAllow},
		{"geo_match_statement: {country_codes: [DE], forwarded_ip_config: {header_name: x-forwarded-for, fallback_behavior: MATCH}}", waf.ActionBlock},
		{"not_statement: {statement: {geo_match_statement: {country_codes: [FR]}}}", waf.ActionBlock},
		{"and_statement: {statements: [{geo_match_statement: {country_codes: [FR]}}, {geo_match_statement: {country_codes: [DE]}}]}", waf.ActionAllow},
		{"or_statement: {statements: [{geo_match_statement: {country_codes: [FR]}}, {geo_match_statement: {country_codes: [DE]}}]}", waf.ActionBlock},
	} {
		acl, err := firewallOf(t, "rules: {r: {priority: 1, action: block, statement: {"+test.statement+"}}}",
			"regex_pattern_sets: {tools: {regular_expression_list: [nikto, '^sqlmap/']}}\n", Environment{})
		if err != nil {
			t.Fatalf("%s: %v", test.statement, err)
		}
		v := acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.1")), viewerRequest(), nil)
		if v.Action != test.want {
			t.Errorf("%s: got %v, want %v", test.statement, v.Action, test.want)
		}
	}
}

// TestRuleGroups: labels, overrides, exclusions and the count of a reference, by
// AWS's full names.
func TestRuleGroups(t *testing.T) {
	const groups = `rule_groups:
  shared:
    capacity: 20
    custom_response_bodies: {gone: {content_type: TEXT_PLAIN, content: gone}}
    rules:
      second: {priority: 2, action: {block: {custom_response: {response_code: 404, custom_response_body_key: gone}}}, rule_labels: ["found:second"], statement: {geo_match_statement: {country_codes: [DE]}}}
      first: {priority: 1, action: {count: {custom_request_handling: {insert_headers: {first: "1"}}}}, rule_labels: [first], statement: {geo_match_statement: {country_codes: [DE]}}, visibility_config: {metric_name: one}}
`
	rules := func(override, more string) string {
		return `rules: {
      own: {priority: 3, action: {block: {custom_response: {response_code: 429}}}, statement: {label_match_statement: {scope: LABEL, key: "awswaf:000000000000:rulegroup:shared:found:second"}}},
      namespace: {priority: 2, action: count, rule_labels: [seen], statement: {label_match_statement: {scope: NAMESPACE, key: "awswaf:000000000000:rulegroup:shared:found:"}}},
      shared: {priority: 1, override_action: ` + override + `, statement: {rule_group_reference_statement: {rule_group: shared` + more + `}}}}`
	}
	env := Environment{Metrics: metrics.New()}
	for _, test := range []struct{ acl, rule, group string }{
		{rules("none", ""), "shared", "second"},
		{rules("count", ""), "own", ""},                                        // counted, so that its labels are matched
		{rules("none", ", excluded_rules: [second]"), "own", ""},               // counts, and goes on
		{rules("none", ", rule_action_overrides: {second: count}"), "own", ""}, // as well
		{rules("none", ", rule_action_overrides: {first: block}"), "shared", "first"},
	} {
		acl, err := firewallOf(t, test.acl, groups, env)
		if err != nil {
			t.Fatal(err)
		}
		record := waf.Record{}
		v := acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.1")), viewerRequest(), &record)
		if v.Action != waf.ActionBlock || v.Block.Rule != test.rule || v.Block.GroupRule != test.group {
			t.Errorf("%s: got %v, %+v, want blocked by %s %s", test.acl, v.Action, v.Block, test.rule, test.group)
		}
		if test.group == "second" && (v.Block.Response.Status != 404 || string(v.Block.Response.Content) != "gone") {
			t.Errorf("response of the group's rule: got %+v", v.Block.Response)
		}
		if got, want := strings.Join(record.Labels, " "), "awswaf:000000000000:webacl:edge:seen"; test.rule == "own" && !strings.Contains(got, want) {
			t.Errorf("labels: got %s, want %s among them", got, want)
		}
		if got, want := record.Steps[0].GroupID, "arn:aws:wafv2:us-east-1:000000000000:global/rulegroup/shared/"; !strings.HasPrefix(got, want) {
			t.Errorf("group: got %s, want %s", got, want)
		}
	}
}

// TestLabelNamespaces: those of an account that the configuration names.
func TestLabelNamespaces(t *testing.T) {
	acl, err := firewallOf(t, `label_namespace: "awswaf:111122223333:webacl:main:", rules: {
      a: {priority: 1, action: count, rule_labels: [a], statement: {geo_match_statement: {country_codes: [DE]}}},
      b: {priority: 2, action: block, statement: {label_match_statement: {scope: LABEL, key: "awswaf:111122223333:webacl:main:a"}}}}`, "", Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if v := acl.Evaluate(context.Background(), acl.Peer(netip.MustParseAddr("192.0.2.1")), viewerRequest(), nil); v.Action != waf.ActionBlock {
		t.Errorf("got %v, want block by the label in full", v.Action)
	}
}

// TestRegexPosition: an expression that is not of AWS's dialect is refused where
// it stands (WF-RGX-01).
func TestRegexPosition(t *testing.T) {
	_, err := firewallOf(t, "rules: {r: {priority: 1, action: block, statement: {regex_match_statement: {regex_string: '(?=a)', field_to_match: {uri_path: {}}, text_transformations: [NONE]}}}}", "", Environment{})
	if err == nil || !strings.HasPrefix(err.Error(), `web ACL "edge": test.yaml:4:123: regular expression "(?=a)": `) {
		t.Errorf("got %v, want the position of the expression", err)
	}
	_, err = firewallOf(t, "rules: {r: {priority: 1, action: block, statement: {regex_pattern_set_reference_statement: {regex_pattern_set: s, field_to_match: {uri_path: {}}, text_transformations: [NONE]}}}}",
		"regex_pattern_sets: {s: {regular_expression_list: [a, '(']}}\n", Environment{})
	if err == nil || !strings.HasPrefix(err.Error(), `web ACL "edge": test.yaml:10:55: regular expression "(": `) {
		t.Errorf("got %v, want the position of the expression in the set", err)
	}
}

// TestImmunity: a rule's own time comes before the web ACL's, and that before
// the default (WF-TOK-02); other actions have none.
func TestImmunity(t *testing.T) {
	set := func(d time.Duration) *config.ImmunityConfig {
		return &config.ImmunityConfig{ImmunityTimeProperty: config.ImmunityTimeProperty{ImmunityTime: config.Duration(d)}}
	}
	acl := owner{captcha: immunity(nil, defaultImmunity), challenge: immunity(set(time.Hour), defaultImmunity)}
	for _, test := range []struct {
		action config.ActionKind
		rule   config.WebACLRule
		want   time.Duration
	}{
		{config.ActionCaptcha, config.WebACLRule{}, 300 * time.Second},
		{config.ActionCaptcha, config.WebACLRule{CaptchaConfig: set(time.Minute)}, time.Minute},
		{config.ActionCaptcha, config.WebACLRule{ChallengeConfig: set(time.Minute)}, 300 * time.Second},
		{config.ActionChallenge, config.WebACLRule{}, time.Hour},
		{config.ActionChallenge, config.WebACLRule{ChallengeConfig: set(10 * time.Minute)}, 10 * time.Minute},
		{config.ActionCount, config.WebACLRule{CaptchaConfig: set(time.Minute)}, 0},
	} {
		if got := handling(&config.RuleAction{Kind: test.action}, acl.of(&test.rule)).Immunity; got != test.want {
			t.Errorf("%s of %+v: got %v, want %v", test.action, test.rule, got, test.want)
		}
	}
}

// TestNestedRefusals: what cannot be compiled is refused wherever it stands.
func TestNestedRefusals(t *testing.T) {
	const bad = "regex_match_statement: {regex_string: '(', field_to_match: {uri_path: {}}, text_transformations: [NONE]}"
	for _, statement := range []string{
		bad,
		"not_statement: {statement: {" + bad + "}}",
		"and_statement: {statements: [{geo_match_statement: {country_codes: [DE]}}, {" + bad + "}]}",
		"or_statement: {statements: [{geo_match_statement: {country_codes: [DE]}}, {" + bad + "}]}",
		"rate_based_statement: {limit: 10, aggregate_key_type: IP, scope_down_statement: {" + bad + "}}",
	} {
		_, err := firewallOf(t, "rules: {r: {priority: 1, action: block, statement: {"+statement+"}}}", "", Environment{})
		if err == nil || !strings.Contains(err.Error(), `regular expression "(": `) {
			t.Errorf("%s: got %v, want the expression refused", statement, err)
		}
	}
	for _, name := range []string{"vendor_name: AWS, name: AWSManagedRulesCommonRuleSet", "vendor_name: Groundfront, name: OWASPCRS"} {
		_, err := firewallOf(t, "rules: {r: {priority: 1, override_action: none, statement: {managed_rule_group_statement: {"+name+", scope_down_statement: {"+bad+"}}}}}", "", Environment{})
		if err == nil || !strings.Contains(err.Error(), `regular expression "(": `) {
			t.Errorf("scope of %s: got %v, want the expression refused", name, err)
		}
	}
	_, err := firewallOf(t, "rules: {r: {priority: 1, override_action: none, statement: {rule_group_reference_statement: {rule_group: g}}}}",
		"rule_groups: {g: {capacity: 10, rules: {r: {priority: 1, action: block, statement: {"+bad+"}}}}}\n", Environment{})
	if want := `web ACL "edge": rule group "g": test.yaml:10:`; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("in a rule group: got %v, want %s", err, want)
	}
}
