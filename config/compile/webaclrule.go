package compile

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
)

// rules compiles the rules of the web ACL or the rule group at a path, by their
// priority (WF-ORD-01, WF-ORD-02).
func (k *firewall) rules(list []config.WebACLRule, o owner, at string) ([]waf.Rule, error) {
	at = config.KeyPath(at, "rules")
	sorted := slices.SortedFunc(slices.Values(list), func(a, b config.WebACLRule) int { return cmp.Compare(a.Priority, b.Priority) })
	out := make([]waf.Rule, len(sorted))
	for i := range sorted {
		r := &sorted[i]
		here := config.KeyPath(at, r.Name)
		s, err := k.ruleStatement(r, o.of(r), config.KeyPath(here, "statement"))
		if err != nil {
			return nil, err
		}
		out[i] = waf.Rule{Name: r.Name, Statement: s, Handling: handling(&r.Action, o.of(r)), Labels: r.RuleLabels}
		if _, engine := s.(waf.EngineMatch); engine && r.OverrideAction == config.OverrideActionCount {
			out[i].Handling.Action = waf.ActionCount
		}
	}
	return out, nil
}

// ruleStatement compiles the statement of a rule, which may be of a group.
func (k *firewall) ruleStatement(r *config.WebACLRule, o owner, at string) (waf.Statement, error) {
	count := r.OverrideAction == config.OverrideActionCount
	switch s := &r.Statement; {
	case s.RuleGroupReferenceStatement != nil:
		return k.ownGroup(s.RuleGroupReferenceStatement, count, o)
	case s.ManagedRuleGroupStatement != nil:
		return k.managedGroup(s.ManagedRuleGroupStatement, count, o, config.KeyPath(at, "managed_rule_group_statement"))
	default:
		return k.statement(s, at)
	}
}

// ownGroup compiles a reference to one of rule_groups, with the group: how long
// a captcha holds may depend on the web ACL.
func (k *firewall) ownGroup(r *config.RuleGroupReferenceStatement, count bool, o owner) (waf.Statement, error) {
	g, found := k.config.RuleGroup(r.RuleGroup)
	if !found {
		return nil, fmt.Errorf("no rule group %q", r.RuleGroup)
	}
	inner := o
	inner.bodies = g.CustomResponseBodies
	rules, err := k.rules(g.Rules, inner, config.KeyPath("rule_groups", g.Name))
	if err != nil {
		return nil, fmt.Errorf("rule group %q: %w", g.Name, err)
	}
	return waf.GroupReference{
		Group: &waf.RuleGroup{
			Name: g.Name, ID: resourceName("rulegroup", g.Name),
			Namespace: g.Labels(), Rules: rules,
		},
		Overrides: overrides(r.RuleActionOverrides, r.ExcludedRules, o), Count: count,
	}, nil
}

// overrides returns what a reference says of single rules (WF-GRP-04,
// WF-GRP-05).
func overrides(list []config.RuleActionOverride, excluded []string, o owner) []waf.Override {
	var out []waf.Override
	for i := range list {
		out = append(out, waf.Override{Rule: list[i].Name, Handling: handling(&list[i].ActionToUse, o)})
	}
	for _, name := range excluded {
		out = append(out, waf.Override{Rule: name, Handling: waf.Handling{Action: waf.ActionCount}, Excluded: true})
	}
	return out
}

// resourceName returns the ARN of something of the firewall, whose id follows
// from its name (WF-LOGS-07).
func resourceName(kind, name string) string {
	id := sha256.Sum256([]byte(kind + "/" + name))
	return fmt.Sprintf("arn:aws:wafv2:us-east-1:%s:global/%s/%s/%x-%x-%x-%x-%x", config.Account, kind, name, id[:4], id[4:6], id[6:8], id[8:10], id[10:16])
}
