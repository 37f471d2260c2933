package config

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
