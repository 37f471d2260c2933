package config

import (
	"strings"
	"testing"
)

// TestLabelMatches: which labels of the web ACL's own a key is about (WF-LBL-04,
// WF-LBL-05), in the warning about keys that none matches.
func TestLabelMatches(t *testing.T) {
	const own = "awswaf:000000000000:webacl:a:"
	for _, test := range []struct {
		scope LabelMatchScope
		key   string
		want  bool
	}{
		{LabelMatchScopeLabel, "name", true},
		{LabelMatchScopeLabel, "ns2:name", true},
		{LabelMatchScopeLabel, "ns1:ns2:name", true},
		{LabelMatchScopeLabel, own + "ns1:ns2:name", true},
		{LabelMatchScopeLabel, "ame", false},
		{LabelMatchScopeLabel, "ns1:name", false}, // not contiguous
		{LabelMatchScopeLabel, "ns2", false},
		{LabelMatchScopeLabel, "a:ns1:ns2:name", false}, // into the beginning
		{LabelMatchScopeLabel, "Name", false},
		{LabelMatchScopeLabel, own + "name", false},
		{LabelMatchScopeLabel, "awswaf:111122223333:webacl:a:ns1:ns2:name", false},
		{LabelMatchScopeLabel, "awswaf:managed:aws:x:y", true}, // nobody knows
		{LabelMatchScopeLabel, "awswaf:clientip:geo:country:DE", true},
		{LabelMatchScopeNamespace, "ns1:", true},
		{LabelMatchScopeNamespace, "ns2:", true},
		{LabelMatchScopeNamespace, "ns1:ns2:", true},
		{LabelMatchScopeNamespace, own, true},
		{LabelMatchScopeNamespace, own + "ns1:", true},
		{LabelMatchScopeNamespace, "s1:", false},
		{LabelMatchScopeNamespace, "name:", false},
		{LabelMatchScopeNamespace, own + "ns2:", false},
		{LabelMatchScopeNamespace, "awswaf:000000000000:webacl:b:", false},
	} {
		_, ds := Parse("test.yaml", []byte(document("", "web_acls: {a: {default_action: allow, rules: {"+
			"b: {priority: 2, action: count, statement: {label_match_statement: {scope: "+string(test.scope)+", key: '"+test.key+"'}}},"+
			"a: {priority: 1, action: count, rule_labels: ['ns1:ns2:name'], statement: {label_match_statement: {scope: LABEL, key: 'awswaf:managed:aws:x:y'}}}}}}\n")))
		if warned := strings.Contains(ds.String(), "no rule before this one adds a label"); warned == test.want || ds.HasErrors() {
			t.Errorf("%s %s: warned %t, want %t\n%s", test.scope, test.key, warned, !test.want, ds)
		}
	}
}

// TestLabelOfGroup: a group that is referred to before adds its labels, and only
// what its own rules have added is known within it.
func TestLabelOfGroup(t *testing.T) {
	const rules = `rule_groups:
  g:
    capacity: 10
    rules:
      one: {priority: 1, action: count, rule_labels: [one], statement: {label_match_statement: {scope: LABEL, key: two}}}
      two: {priority: 2, action: count, rule_labels: [two], statement: {label_match_statement: {scope: LABEL, key: one}}}
web_acls:
  a:
    default_action: allow
    rules:
      before: {priority: 1, action: count, statement: {label_match_statement: {scope: LABEL, key: "awswaf:000000000000:rulegroup:g:one"}}}
      group: {priority: 2, override_action: none, statement: {rule_group_reference_statement: {rule_group: g}}}
      after: {priority: 3, action: count, statement: {label_match_statement: {scope: LABEL, key: "awswaf:000000000000:rulegroup:g:one"}}}
      short: {priority: 4, action: count, statement: {label_match_statement: {scope: LABEL, key: "one"}}}
`
	_, ds := Parse("test.yaml", []byte(document("", rules)))
	var got []string
	for _, d := range ds {
		if code(d.Code) == neverMatches {
			got = append(got, strings.TrimSuffix(d.Path, ".statement.label_match_statement.key"))
		}
	}
	want := "rule_groups.g.rules.one web_acls.a.rules.before web_acls.a.rules.short"
	if strings.Join(got, " ") != want {
		t.Errorf("labels that nothing adds: got %s, want %s", got, want)
	}
}
