package config

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAWSDocument: a web ACL as AWS prints it is that of the native spelling,
// but for what the two files say differently.
func TestAWSDocument(t *testing.T) {
	native, ds := Load("testdata/webacl_statements.yaml")
	if native == nil {
		t.Fatal(ds)
	}
	got, ds := Load("testdata/webacl_aws.yaml")
	if got == nil {
		t.Fatal(ds)
	}
	rules := func(c *Config) map[string]WebACLRule {
		all := map[string]WebACLRule{}
		for _, r := range c.WebACLs[0].Rules {
			all[r.Name] = r
		}
		return all
	}
	wantRules, gotRules := rules(native), rules(got)
	if _, there := gotRules["mine"]; !there || gotRules["exactly"].Action.Kind != ActionCount {
		t.Errorf("what stands beside the document: got %v and %t, want count and a rule of its own", gotRules["exactly"].Action.Kind, there)
	}
	delete(gotRules, "mine")
	delete(wantRules, "crs") // not at AWS
	delete(wantRules, "anonymous")
	wantRules["bots"].Statement.ManagedRuleGroupStatement.ManagedRuleGroupConfigs.AWSManagedRulesBotControlRuleSet.VerifiedBots = nil
	for name, want := range wantRules {
		r := gotRules[name]
		if name == "exactly" {
			r.Action.Kind = ActionBlock
		}
		if b := r.Statement.ByteMatchStatement; b != nil && want.Statement.ByteMatchStatement.SearchString != "" {
			b.SearchString, _ = b.Text() // in base64 there
			b.SearchStringBase64 = ""
		}
		if m := r.Statement.ManagedRuleGroupStatement; m != nil && m.ScopeDownStatement != nil {
			b := m.ScopeDownStatement.NotStatement.Statement.ByteMatchStatement
			b.SearchString, _ = b.Text()
			b.SearchStringBase64 = ""
		}
		if r.VisibilityConfig.MetricName == name {
			r.VisibilityConfig.MetricName = "" // written there
		}
		if diff := cmp.Diff(want, r, same); diff != "" {
			t.Errorf("rule %s differs (-native +document)\n%s", name, diff)
		}
		delete(gotRules, name)
	}
	for name := range gotRules {
		t.Errorf("a rule %q is only in the document", name)
	}
	want, acl := native.WebACLs[0], got.WebACLs[0]
	want.Rules, acl.Rules, acl.VisibilityConfig.MetricName = nil, nil, ""
	if diff := cmp.Diff(want, acl, same); diff != "" {
		t.Errorf("web ACL differs (-native +document)\n%s", diff)
	}
	if diff := cmp.Diff(native.RegexPatternSets, got.RegexPatternSets, same); diff != "" {
		t.Errorf("regex pattern sets differ (-native +document)\n%s", diff)
	}
	if office, _ := got.IPSet("office"); office.IPAddressVersion != IPAddressVersion4 || len(office.Addresses) != 1 {
		t.Errorf("IP set: got %+v", office)
	}
	if g, _ := got.RuleGroup("shared"); g.Cost(got) != 15 || g.Capacity != 50 || len(g.CustomResponseBodies) != 1 {
		t.Errorf("rule group: got %+v", g)
	}
	// Positions are those of the document.
	for path, want := range map[string]string{
		"web_acls.edge.rules.ends.priority":  "testdata/aws/webacl.json",
		"web_acls.edge.rules.exactly.action": "testdata/webacl_aws.yaml",
	} {
		if p, written := got.Position(path); !written || p.File != want {
			t.Errorf("Position(%q): got %+v, want one in %s", path, p, want)
		}
	}
}

// TestAWSSpelling: what AWS calls a property of its own leads back to it.
func TestAWSSpelling(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var visit func(reflect.Type)
	visit = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] {
			return
		}
		seen[typ] = true
		all := properties(typ)
		for _, p := range all {
			visit(p.typ)
			key := p.awsKey()
			if p.key || p.scalar || key == "-" || key == "ARN" {
				continue
			}
			if found, ok := byAWS(all, key); !ok || found.name != p.name {
				t.Errorf("%s.%s: AWS's key %q leads to %q", typ.Name(), p.name, key, found.name)
			}
		}
	}
	for _, k := range awsKinds {
		visit(k.typ)
	}
	for key, want := range map[string]string{
		"IPSetReferenceStatement": "ip_set_reference_statement", "IPSetForwardedIPConfig": "ip_set_forwarded_ip_config", "JA3Fingerprint": "ja3_fingerprint",
		"AWSManagedRulesBotControlRuleSet": "aws_managed_rules_bot_control_rule_set", "CLOUDFRONT": "cloudfront", "ASN": "asn", "AsnList": "asn_list",
		"SqliMatchStatement": "sqli_match_statement", "XssMatchStatement": "xss_match_statement", "UriPath": "uri_path", "HTTPMethod": "http_method",
		"JsonBody": "json_body", "CloudWatchMetricsEnabled": "cloud_watch_metrics_enabled", "SearchStringBase64": "search_string_base64", "IPAddressVersion": "ip_address_version",
	} {
		if got := snake(key); got != want {
			t.Errorf("snake(%q): got %q, want %q", key, got, want)
		}
	}
}

// templateOf wraps resources of a template into a file that a configuration with
// one web ACL refers to, and loads that.
func templateOf(t *testing.T, template, acl string) (*Config, Diagnostics) {
	t.Helper()
	return ParseWith("test.yaml", []byte("version: 1\nweb_acls: {edge: {file: t.yaml"+acl+"}}\ndistributions:\n  d:\n    web_acl_id: edge\n    origins: {o: {domain_name: o.test}}\n"+
		"    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingDisabled}\n"),
		func(name string) ([]byte, error) {
			if name != "t.yaml" {
				return nil, os.ErrNotExist
			}
			return []byte(template), nil
		})
}

// TestTemplate: a web ACL of a template brings what it refers to.
func TestTemplate(t *testing.T) {
	c, ds := templateOf(t, `AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String, Default: prod}
Resources:
  Distribution: {Type: AWS::CloudFront::Distribution, Properties: {}}
  Office:
    Type: AWS::WAFv2::IPSet
    Properties: {Name: office-addresses, Scope: CLOUDFRONT, IPAddressVersion: IPV4, Addresses: [192.0.2.0/24]}
  Tools:
    Type: AWS::WAFv2::RegexPatternSet
    Properties: {Name: !Sub "${AWS::StackName}-tools", Scope: CLOUDFRONT, RegularExpressionList: [nikto]}
  Group:
    Type: AWS::WAFv2::RuleGroup
    Properties:
      Name: shared
      Scope: CLOUDFRONT
      Capacity: "10"
      VisibilityConfig: {SampledRequestsEnabled: "true", CloudWatchMetricsEnabled: false, MetricName: shared}
      Rules:
        - Name: office
          Priority: 0
          Action: {Count: {}}
          Statement: {IPSetReferenceStatement: {Arn: !GetAtt Office.Arn}}
          VisibilityConfig: {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: office}
  ACL:
    Type: AWS::WAFv2::WebACL
    Properties:
      Name: !Sub "${AWS::StackName}-acl"
      Description: !Ref Stage
      Scope: CLOUDFRONT
      Tags: [{Key: a, Value: b}]
      TokenDomains: !Ref AWS::NoValue
      CaptchaConfig: null
      DefaultAction: {Allow: {}}
      VisibilityConfig: {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: acl}
      Rules:
        - Name: tools
          Priority: "0"
          Action: {Block: {}}
          Statement:
            RegexPatternSetReferenceStatement:
              Arn: {"Fn::GetAtt": [Tools, Arn]}
              FieldToMatch: {SingleHeader: {Name: user-agent}}
              TextTransformations: [{Priority: 0, Type: NONE}]
          VisibilityConfig: {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: tools}
        - Name: text
          Priority: 1
          Action: {Block: {}}
          Statement: {ByteMatchStatement: {SearchString: admin, FieldToMatch: {UriPath: {}}, PositionalConstraint: CONTAINS, TextTransformations: [{Priority: 0, Type: NONE}]}}
          VisibilityConfig: {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: text}
        - Name: group
          Priority: 2
          OverrideAction: {None: {}}
          Statement: {RuleGroupReferenceStatement: {Arn: !GetAtt [Group, Arn]}}
          VisibilityConfig: {SampledRequestsEnabled: true, CloudWatchMetricsEnabled: true, MetricName: group}
`, "")
	if c == nil {
		t.Fatal(ds)
	}
	a := c.WebACLs[0]
	if got := a.Rules[1].Statement.ByteMatchStatement.SearchString; got != "admin" || a.Description != "prod" {
		t.Errorf("got %q and %q, want admin and prod", got, a.Description)
	}
	s, _ := c.IPSet("office-addresses")
	p, _ := c.RegexPatternSet("Tools") // its name is the stack's
	g, _ := c.RuleGroup("shared")
	if s == nil || p == nil || g == nil || g.Capacity != 10 || g.Rules[0].Statement.IPSetReferenceStatement.IPSet != "office-addresses" {
		t.Errorf("what the web ACL refers to: got %+v, %+v, %+v", s, p, g)
	}
}

// TestDocumentProblems: each has its place in the document.
func TestDocumentProblems(t *testing.T) {
	const acl = `{"DefaultAction": {"Allow": {}}, "VisibilityConfig": {"SampledRequestsEnabled": true, "CloudWatchMetricsEnabled": true, "MetricName": "m"}, "Rules": [`
	rule := func(more string) string { return acl + `{"Name": "r", "Priority": 0, ` + more + `}]}` }
	set := func(arn string) string {
		return rule(`"Action": {"Block": {}}, "Statement": {"IPSetReferenceStatement": {"ARN": ` + arn + `}}`)
	}
	const template = "Resources:\n  A: {Type: AWS::WAFv2::WebACL, Properties: {DefaultAction: {Allow: {}}, VisibilityConfig: {}, "
	for _, test := range []struct{ document, acl, want string }{
		{"[]", "", "t.yaml:1:1: error GF4073: want a document of AWS WAF, got a list"},
		{"{", "", "t.yaml:1:1: error GF1001"},
		{`{"IPSet": {}}`, "", "t.yaml:1:1: error GF4073: the document is of another kind: IPSet, want WebACL"},
		{`{"WebACL": {"DefaultAction": {"Allow": {}}}, "Scope": "x"}`, "", `t.yaml:1:46: error GF2104: unknown key "Scope" beside WebACL`},
		{acl + `]}`, ", resource: A", "test.yaml:2:43: error GF4073: only a template of CloudFormation has resources"},
		{`{"Defaultaction": {"Allow": {}}}`, "", `did you mean "DefaultAction"?`},
		{`{"Description": "x"}`, "", `missing key "DefaultAction" in web acl`},
		{`{"default_action": {"Allow": {}}}`, "", `unknown key "default_action" in web acl of AWS`},
		{`{"DefaultAction": {"Allow": {}}, "Fail": "open"}`, "", `unknown key "Fail" in web acl of AWS`},
		{`{"DefaultAction": {"Allow": {}}, "Scope": "REGIONAL"}`, "", "t.yaml:1:43: error GF4073: the scope is REGIONAL"},
		{`{"DefaultAction": {"Allow": {}}, "PreProcessFirewallManagerRuleGroups": [{}]}`, "", "rule groups of Firewall Manager are not built yet"},
		{`{"DefaultAction": {"Allow": {}}, "AssociationConfig": {"RequestBody": {"API_GATEWAY": {"DefaultSizeInspectionLimit": "KB_16"}}}}`, "", `unknown key "API_GATEWAY"`},
		{acl + `{"Priority": 0}]}`, "", `missing key "Name" in web acl rule`},
		{acl + `{"Name": "r"}]}`, "", `missing key "Priority" in web acl rule`},
		{acl + `{"Name": "r", "Priority": 0}, {"Name": "r", "Priority": 1}]}`, "", `web_acls.edge.rules has "r" already`},
		{rule(`"Action": {"Block": {}}, "Statement": {"ByteMatchStatment": {}}`), "", `did you mean "ByteMatchStatement"?`},
		{rule(`"Action": {"block": {}}, "Statement": {}`), "", `unknown key "block" in action of AWS`},
		{rule(`"OverrideAction": {"Some": {}}, "Statement": {"RuleGroupReferenceStatement": {"ARN": "x"}}`), "", `unknown value "some", want none or count`},
		{rule(`"OverrideAction": {"Count": {"CustomRequestHandling": {}}}, "Statement": {"RuleGroupReferenceStatement": {"ARN": "x"}}`), "", "an override action carries nothing here"},
		{set(`"office"`), "", `"office" is no ARN of this kind, such as arn:aws:wafv2:us-east-1:111122223333:global/ipset/NAME/ID`},
		{set(`"arn:aws:wafv2:us-east-1:1:global/regexpatternset/office/x"`), "", "is no ARN of this kind"},
		{set(`"arn:aws:wafv2:us-east-1:1:global/ipset/office/x"`), "", `t.yaml:1:254: error GF3020: no IP set "office"`},
		{set(`7`), "", "want a string, got an integer"},
		{rule(`"Action": {"Block": {}}, "Statement": {"ByteMatchStatement": {"SearchString": "a b", "FieldToMatch": {"UriPath": {}}, "PositionalConstraint": "EXACTLY", "TextTransformations": [{"Priority": 0, "Type": "NONE"}]}}`), "", "search_string_base64 is not base64"},
		{rule(`"Action": {"Block": {}}, "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "x", "RuleActionOverrides": [{"Name": "a"}, {"Name": "b", "ActionToUse": {"Count": {}}, "More": 1}]}}`), "", `missing key "ActionToUse"`},
		{acl + `7]}`, "", `missing key "Name"`},
		{`{"DefaultAction": {"Allow": {}}, "Rules": {"Fn::If": []}}`, "", "want a list, got a mapping"},
		{`{"DefaultAction": "Allow"}`, "", "unknown value"},
		{`{"DefaultAction": {"Allow": {}}, "Rules": 7}`, "", "want a list, got an integer"},
		{`{"DefaultAction": {"Allow": {}}, "TokenDomains": 7}`, "", "want a list, got an integer"},
		{rule(`"OverrideAction": "None", "Statement": {"RuleGroupReferenceStatement": {"ARN": "x"}}`), "", `unknown value "None"`},
		{rule(`"OverrideAction": {"None": {}}, "Statement": {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesBotControlRuleSet", "ManagedRuleGroupConfigs": [{"AWSManagedRulesBotControlRuleSet": {"InspectionLevel": "COMMON"}}, {"AWSManagedRulesBotControlRuleSet": {"InspectionLevel": "COMMON"}}]}}`), "", `key "AWSManagedRulesBotControlRuleSet" is already in the list`},
		{rule(`"Action": {"Block": {}}, "Statement": {"LabelMatchStatement": {"ARN": "x"}}`), "", `unknown key "ARN"`},
		{"Resources: {}", "", "the template has 0 resources of type AWS::WAFv2::WebACL"},
		{template + "Rules: []}}\n  B: {Type: AWS::WAFv2::WebACL}", "", "name one with resource: A, B"},
		{template + "Rules: []}}\n  B: {Type: AWS::WAFv2::WebACL}", ", resource: B", `t.yaml:3:3: error GF4073: resource "B" has no Properties`},
		{template + "Rules: []}}", ", resource: a", `did you mean "A"?`},
		{template + "Rules: !Ref Rules}}", "", "Ref cannot be resolved here"},
		{template + "Rules: [{Name: !Sub x, Priority: 0}]}}", "", "Fn::Sub cannot be resolved here"},
		{template + "Rules: [{Name: a, Priority: !Ref Nothing, Action: {Count: {}}, Statement: {}}]}}", "", "t.yaml:2:124: error GF4073: Ref cannot be resolved here"},
		{template + "Rules: [{Name: a, Priority: 0, Action: {Count: {}}, Statement: !If [a, b, c]}]}}", "", "Fn::If cannot be resolved here"},
		{template + "Rules: [{Name: a, Priority: 0, Action: {Count: {}}, Statement: {IPSetReferenceStatement: {Arn: !GetAtt B.Arn}}}]}}", "", `the template has no AWS::WAFv2::IPSet "B"`},
		{template + "Rules: [{Name: a, Priority: 0, Action: {Count: {}}, Statement: {IPSetReferenceStatement: {Arn: !GetAtt B.Id}}}]}}", "", "Fn::GetAtt cannot be resolved here"},
		{template + "Rules: [{Name: a, Priority: 0, Action: {Count: {}}, Statement: {IPSetReferenceStatement: {Arn: !ImportValue x}}}]}}", "", "Fn::ImportValue cannot be resolved here"},
	} {
		c, ds := templateOf(t, test.document, test.acl)
		if got := ds.String(); c != nil || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %s, want %q", test.document, got, test.want)
		}
	}
	for in, want := range map[string]string{
		"web_acls: {a: {default_action: allow, logging_configuration: {path: stdout, resource: A}}}":                                                  `resource "A" is of a template`,
		"web_acls: {a: {default_action: allow, logging_configuration: {path: stdout, file: none.json}}}":                                              "file does not exist",
		"web_acls: {a: {default_action: allow, logging_configuration: {path: stdout, file: bad.json}}}":                                               `key "a" is already on line 1`,
		"web_acls: {a: {DefaultAction: {Allow: {}}}}":                                                                                                 "AWS shapes come in by file: FILE",
		"web_acls: {a: {default_action: allow, rules: {r: {priority: 0, action: block, statement: {ip_set_reference_statement: {ip_set: office}}}}}}": "write ip_sets: {office: {file: FILE}}, with what aws wafv2 get-ip-set prints, or say it there",
		"web_acls: {a: {file: none.json}}":                                      "file does not exist",
		"web_acls: {a: {default_action: allow, resource: A}}":                   `resource "A" is of a template`,
		"ip_sets: {a: {file: list.txt}}":                                        `IP set "a" has no ip_address_version`,
		"ip_sets: {a: {file: list.txt, ip_address_version: IPV4, resource: A}}": `resource "A" is of a template`,
		"web_acls: {a: {file: bad.json}, b: {file: bad.json}}":                  "bad.json: see what is wrong there",
		"rule_groups: {a: {file: bad.json}}":                                    `key "a" is already on line 1`,
		"regex_pattern_sets: {a: {resource: A, regular_expression_list: [a]}}":  `resource "A" is of a template`,
		"rule_groups: {a: {resource: A, capacity: 1}}":                          `resource "A" is of a template`,
	} {
		_, ds := ParseWith("test.yaml", []byte(document("", in+"\n")), func(name string) ([]byte, error) {
			if name == "bad.json" {
				return []byte(`{"a": 1, "a": 2}`), nil
			}
			return nil, os.ErrNotExist
		})
		if got := ds.String(); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %q", in, got, want)
		}
	}
	if _, ds := Parse("test.yaml", []byte(document("", "web_acls: {a: {file: x.json}}\n"))); !strings.Contains(ds.String(), "no other files are read with this one") {
		t.Errorf("Parse: got %s, want no other file to be read", ds)
	}
}

// TestJSONEscapes: JSON that is not YAML.
func TestJSONEscapes(t *testing.T) {
	for in, want := range map[string]string{
		`{"a": "\/x\\/\u00e9"}`:       `{"a": "/x\\/\u00e9"}`,
		`{"a": "\ud83d\ude00\ud83d"}`: `{"a": "\U0001f600\ud83d"}`,
		`{"a": "\ud83d`:               `{"a": "\ud83d`,
		`a: '\/'`:                     `a: '\/'`,
		`{"a": "b\`:                   `{"a": "b\`,
	} {
		if got := string(jsonEscapes([]byte(in))); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
	c, ds := templateOf(t, `{"DefaultAction": {"Allow": {}}, "Description": "\ud83d\ude00 \/"}`, "")
	if c == nil || c.WebACLs[0].Description != "😀 /" {
		t.Errorf("got %v, %s", c, ds)
	}
}

// FuzzDocument: whatever a document says, it is a configuration that can be
// printed and read again, or there is an error.
func FuzzDocument(f *testing.F) {
	for _, name := range []string{"webacl.json", "mistakes.json", "template.yaml", "broken.json"} {
		src, err := os.ReadFile("testdata/aws/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte(`{"DefaultAction": {"Allow": {}}, "Rules": [{"Name": "a", "Priority": 0, "Action": {"Block": {}}, "Statement": {"LabelMatchStatement": {"Scope": "LABEL", "Key": "a"}}}]}`))
	f.Add([]byte("Resources:\n  A: {Type: AWS::WAFv2::WebACL, Properties: {DefaultAction: {Block: {}}, Description: !Ref P}}\nParameters: {P: {Default: x}}\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, ds := templateOf(t, string(src), "")
		if (c == nil) != ds.HasErrors() {
			t.Fatalf("config %t with diagnostics %s", c != nil, ds)
		}
		_ = ds.String()
		if c != nil {
			printsBack(t, c)
		}
	})
}
