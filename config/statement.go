package config

// Statement is AWS WAF's Statement: exactly one of these.
type Statement struct {
	// ByteMatchStatement matches a part of the request that has a text in it.
	ByteMatchStatement *ByteMatchStatement `config:"byte_match_statement"`

	// SQLiMatchStatement matches what looks like an SQL injection.
	SQLiMatchStatement *SQLiMatchStatement `config:"sqli_match_statement"`

	// XSSMatchStatement matches what looks like cross-site scripting.
	XSSMatchStatement *XSSMatchStatement `config:"xss_match_statement"`

	// SizeConstraintStatement matches by the length of a part of the request.
	SizeConstraintStatement *SizeConstraintStatement `config:"size_constraint_statement"`

	// GeoMatchStatement matches addresses of countries. It adds labels
	// (WF-GEO-01).
	GeoMatchStatement *GeoMatchStatement `config:"geo_match_statement"`

	// ASNMatchStatement matches addresses of autonomous systems.
	ASNMatchStatement *ASNMatchStatement `config:"asn_match_statement"`

	// IPSetReferenceStatement matches addresses in an IP set.
	IPSetReferenceStatement *IPSetReferenceStatement `config:"ip_set_reference_statement"`

	// RegexMatchStatement matches by a regular expression.
	RegexMatchStatement *RegexMatchStatement `config:"regex_match_statement"`

	// RegexPatternSetReferenceStatement matches by any regular expression of a
	// set.
	RegexPatternSetReferenceStatement *RegexPatternSetReferenceStatement `config:"regex_pattern_set_reference_statement"`

	// LabelMatchStatement matches requests that earlier rules have labelled.
	LabelMatchStatement *LabelMatchStatement `config:"label_match_statement"`

	// RuleGroupReferenceStatement evaluates one of rule_groups. Only a rule of a
	// web ACL itself can have it (WF-GRP-02), with an OverrideAction.
	RuleGroupReferenceStatement *RuleGroupReferenceStatement `config:"rule_group_reference_statement"`

	// ManagedRuleGroupStatement evaluates a rule group that comes with
	// Groundfront. Only a rule of a web ACL itself can have it (WF-GRP-02), with
	// an OverrideAction.
	ManagedRuleGroupStatement *ManagedRuleGroupStatement `config:"managed_rule_group_statement"`

	// RateBasedStatement matches while requests are over a limit. Only a rule
	// itself can have it, not another statement (WF-LOG-01).
	RateBasedStatement *RateBasedStatement `config:"rate_based_statement"`

	// AndStatement matches if all of its statements do.
	AndStatement *NestedStatements `config:"and_statement"`

	// OrStatement matches if one of its statements does.
	OrStatement *NestedStatements `config:"or_statement"`

	// NotStatement matches if its statement does not.
	NotStatement *NotStatement `config:"not_statement"`
}

// NestedStatements are those of an and_statement or an or_statement.
type NestedStatements struct {
	// Statements are two or more.
	Statements []Statement `config:"statements,required"`
}

// NotStatement is AWS WAF's NotStatement.
type NotStatement struct {
	// Statement is the one that must not match.
	Statement Statement `config:"statement,required"`
}

// nested returns the statements directly within s, but for a scope.
func (s *Statement) nested() []*Statement {
	var list []Statement
	switch {
	case s.AndStatement != nil:
		list = s.AndStatement.Statements
	case s.OrStatement != nil:
		list = s.OrStatement.Statements
	case s.NotStatement != nil:
		return []*Statement{&s.NotStatement.Statement}
	}
	var all []*Statement
	for i := range list {
		all = append(all, &list[i])
	}
	return all
}

// scope returns the scope-down statement of s, nil if it has none.
func (s *Statement) scope() *Statement {
	switch {
	case s.RateBasedStatement != nil:
		return s.RateBasedStatement.ScopeDownStatement
	case s.ManagedRuleGroupStatement != nil:
		return s.ManagedRuleGroupStatement.ScopeDownStatement
	}
	return nil
}

// isGroup reports whether s is a reference to a rule group.
func (s *Statement) isGroup() bool {
	return s.RuleGroupReferenceStatement != nil || s.ManagedRuleGroupStatement != nil
}

// each calls visit with s and all statements within it, scopes too.
func (s *Statement) each(visit func(*Statement)) {
	if s == nil {
		return
	}
	visit(s)
	s.scope().each(visit)
	for _, nested := range s.nested() {
		nested.each(visit)
	}
}
