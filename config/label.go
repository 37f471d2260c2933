package config

import "cmp"

// Account stands where AWS has the number of an account: in labels and ARNs.
const Account = "000000000000"

// Labels returns what the labels of the web ACL's rules begin with: LabelNamespace
// or its default.
func (a *WebACL) Labels() string {
	return cmp.Or(a.LabelNamespace, "awswaf:"+Account+":webacl:"+a.Name+":")
}

// Labels returns what the labels of the group's rules begin with: LabelNamespace
// or its default.
func (g *RuleGroup) Labels() string {
	return cmp.Or(g.LabelNamespace, "awswaf:"+Account+":rulegroup:"+g.Name+":")
}

// LabelMatchStatement is AWS WAF's LabelMatchStatement (WF-LBL-04, WF-LBL-05).
type LabelMatchStatement struct {
	// Scope is LABEL or NAMESPACE.
	Scope LabelMatchScope `config:"scope,required"`

	// Key is a label, or its end from the beginning of a namespace on; with
	// NAMESPACE a run of namespaces with a colon behind each. Without awswaf: at
	// its beginning it is only about labels of the same web ACL or rule group.
	Key string `config:"key,required"`
}

// LabelMatchScope is what the key of a label match names.
type LabelMatchScope string

// The scopes.
const (
	LabelMatchScopeLabel     LabelMatchScope = "LABEL"
	LabelMatchScopeNamespace LabelMatchScope = "NAMESPACE"
)

func (LabelMatchScope) values() []string { return []string{"LABEL", "NAMESPACE"} }
