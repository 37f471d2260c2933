package config

import (
	"github.com/groundfront/groundfront/config/managed"
)

// Capacity units are what AWS WAF charges for rules and bounds web ACLs by.
// The numbers are those of AWS's current table; single pages of 2023 have
// others for three statements (WF-WCU-01).

// Capacity returns the capacity units that AWS WAF counts for the rules of a
// web ACL. c has the rule groups that they refer to.
func (a *WebACL) Capacity(c *Config) int { return rulesCapacity(a.Rules, c) }

// Cost returns the capacity units of the rules of g, at most Capacity in a
// checked configuration.
func (g *RuleGroup) Cost(c *Config) int { return rulesCapacity(g.Rules, c) }

func rulesCapacity(rules []WebACLRule, c *Config) int {
	units := 0
	for i := range rules {
		units += rules[i].Capacity(c)
	}
	return units
}

// Capacity returns the capacity units of the rule: those of its statement, and
// one for every five labels that it adds or fewer (WF-WCU-04).
func (r *WebACLRule) Capacity(c *Config) int {
	return r.Statement.capacity(c) + (len(r.RuleLabels)+4)/5
}

// capacity returns the capacity units of a statement with those in it.
func (s *Statement) capacity(c *Config) int {
	if s == nil {
		return 0
	}
	units := s.own(c) + s.scope().capacity(c)
	for _, nested := range s.nested() {
		units += nested.capacity(c)
	}
	return units
}

// own returns the capacity units of a statement without those in it.
func (s *Statement) own(c *Config) int {
	if field, chain, _ := s.inspection(); field != nil {
		return inspectionCost(s.base(), field, chain)
	}
	switch {
	case s.GeoMatchStatement != nil, s.ASNMatchStatement != nil, s.LabelMatchStatement != nil:
		return 1
	case s.IPSetReferenceStatement != nil:
		if f := s.IPSetReferenceStatement.IPSetForwardedIPConfig; f != nil && f.Position == PositionAny {
			return 5
		}
		return 1
	case s.RateBasedStatement != nil:
		return 2 + 30*len(s.RateBasedStatement.CustomKeys)
	case s.RuleGroupReferenceStatement != nil:
		if g, found := c.RuleGroup(s.RuleGroupReferenceStatement.RuleGroup); found {
			return g.Capacity
		}
	case s.ManagedRuleGroupStatement != nil:
		m := s.ManagedRuleGroupStatement
		g, _ := managed.FindRuleGroup(string(m.VendorName), m.Name)
		return g.Capacity
	}
	return 0
}

// base returns what a statement that looks at a field costs at least.
func (s *Statement) base() int {
	switch {
	case s.ByteMatchStatement != nil:
		switch s.ByteMatchStatement.PositionalConstraint {
		case PositionalConstraintContains, PositionalConstraintContainsWord:
			return 10
		}
		return 2
	case s.SQLiMatchStatement != nil:
		if s.SQLiMatchStatement.SensitivityLevel == SensitivityLevelHigh {
			return 30
		}
		return 20
	case s.XSSMatchStatement != nil:
		return 40
	case s.SizeConstraintStatement != nil:
		return 1
	case s.RegexMatchStatement != nil:
		return 3
	case s.RegexPatternSetReferenceStatement != nil:
		return 25
	}
	return 0
}

// inspectionCost applies WF-WCU-02. NONE is no transformation.
func inspectionCost(base int, field *FieldToMatch, chain TextTransformations) int {
	switch {
	case field.AllQueryArguments != nil:
		base += 10
	case field.JSONBody != nil:
		base *= 2
	}
	for _, t := range chain {
		if t.Type != TextTransformationNone {
			base += 10
		}
	}
	return base
}
