package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config/managed"
)

// maxOverrides is how many rules of a group a reference can say something of
// (WF-GRP-04).
const maxOverrides = 100

// coreRuleSet is the managed rule group of Groundfront.
const coreRuleSet = "OWASPCRS"

// groupReference checks a statement that refers to a rule group.
func (k *checker) groupReference(s *Statement, at path, place statementPlace, o *ruleOwner) {
	switch place {
	case placeNested:
		k.fail(at, badStatement, "a rule group cannot be within another statement (WF-GRP-02)")
	case placeGroupRule:
		k.fail(at, badStatement, "a rule group cannot have another one in it (WF-GRP-02)")
	}
	if r := s.RuleGroupReferenceStatement; r != nil {
		k.ownGroup(r, at.key("rule_group_reference_statement"), o)
	}
	if m := s.ManagedRuleGroupStatement; m != nil {
		at = at.key("managed_rule_group_statement")
		k.managedGroup(m, at, o)
		if m.ScopeDownStatement != nil {
			k.statement(m.ScopeDownStatement, at.key("scope_down_statement"), placeNested, o)
		}
	}
}

func (k *checker) ownGroup(r *RuleGroupReferenceStatement, at path, o *ruleOwner) {
	g, found := k.config.RuleGroup(r.RuleGroup)
	if !found {
		k.fail(at.key("rule_group"), unknownFirewall, "no rule group %q", r.RuleGroup).
			Suggestion = cmp.Or(didYouMean(r.RuleGroup, namesOf(k.config.RuleGroups, func(g RuleGroup) string { return g.Name })), kindRuleGroup.define(r.RuleGroup))
		return
	}
	names := namesOf(g.Rules, func(r WebACLRule) string { return r.Name })
	k.overrides(r.RuleActionOverrides, r.ExcludedRules, at, o, func(name string, at path) {
		if !slices.Contains(names, name) {
			k.fail(at, unknownFirewall, "rule group %q has no rule %q (WF-GRP-04)", g.Name, name).Suggestion = didYouMean(name, names)
		}
	})
}

func (k *checker) managedGroup(m *ManagedRuleGroupStatement, at path, o *ruleOwner) {
	g, found := managed.FindRuleGroup(string(m.VendorName), m.Name)
	switch {
	case m.VendorName == "" || m.Name == "":
		return // reported
	case !found:
		k.fail(at.key("name"), unknownFirewall, "%s has no managed rule group %q", m.VendorName, m.Name).
			Suggestion = didYouMean(m.Name, namesOf(managed.RuleGroups(), func(g managed.RuleGroup) string { return g.Name }))
	case !g.Emulated:
		k.fail(at.key("name"), neverMatches, "managed rule group %q is not emulated: it never matches (WF-MRG-05)", m.Name)
	}
	if m.Name == coreRuleSet && len(m.RuleActionOverrides)+len(m.ExcludedRules) > 0 {
		k.fail(at, badRuleGroup, "the rules of %s only add to a score: none has an action that could be overridden", coreRuleSet).
			Suggestion = "write override_action: count, or settings and files of owasp_crs"
	}
	k.overrides(m.RuleActionOverrides, m.ExcludedRules, at, o, func(name string, at path) {
		if found && g.Rules != nil && !slices.Contains(g.Rules, name) {
			k.fail(at, unknownOverride, "managed rule group %q has no rule %q: nothing is overridden (WF-GRP-04)", m.Name, name).
				Suggestion = didYouMean(name, g.Rules)
		}
	})
	if found {
		k.managedConfigs(m, g, at.key("managed_rule_group_configs"))
	}
}

// overrides checks what a reference says of single rules; known reports names
// that the group does not have.
func (k *checker) overrides(list []RuleActionOverride, excluded []string, at path, o *ruleOwner, known func(name string, at path)) {
	overrides, exclusions := at.key("rule_action_overrides"), at.key("excluded_rules")
	k.atMost(overrides, "overrides", len(list), maxOverrides, "WF-GRP-04")
	k.atMost(exclusions, "excluded rules", len(excluded), maxOverrides, "WF-GRP-04")
	k.repeats(exclusions, excluded, exact)
	for i := range list {
		here := overrides.key(list[i].Name)
		k.action(&list[i].ActionToUse, o, here)
		known(list[i].Name, here)
	}
	for i, name := range excluded {
		known(name, exclusions.index(i))
		if slices.ContainsFunc(list, func(r RuleActionOverride) bool { return r.Name == name }) {
			k.fail(exclusions.index(i), badRuleGroup, "rule %q is overridden, too", name)
		}
	}
}

// The rule that blocks requests to localhost.
const (
	localhostGroup = "AWSManagedRulesKnownBadInputsRuleSet"
	localhostRule  = "Host_localhost_HEADER"
)

// ownHost warns of a distribution at localhost whose web ACL blocks that
// (WF-MRG-04).
func (k *checker) ownHost(d *Distribution) {
	a, found := k.config.WebACL(d.WebACLID)
	if !found || !k.answersLocalhost(d) {
		return
	}
	for i := range a.Rules {
		r := &a.Rules[i]
		if m := r.Statement.ManagedRuleGroupStatement; m != nil && m.Name == localhostGroup && r.OverrideAction == OverrideActionNone && !m.counts(localhostRule) {
			k.fail(path("distributions").key(d.Name).key("web_acl_id"), blocksOwnHost,
				"distribution %q answers to localhost, which rule %q of web ACL %q blocks by %s (WF-MRG-04)", d.Name, r.Name, a.Name, localhostRule).
				Suggestion = "write rule_action_overrides: {" + localhostRule + ": count} in the rule, or use an alias"
			return
		}
	}
}

// answersLocalhost: by an alias, or in mode dev where there is no other
// distribution.
func (k *checker) answersLocalhost(d *Distribution) bool {
	local := func(alias string) bool { return strings.Contains(alias, "localhost") }
	return slices.ContainsFunc(d.Aliases, local) || k.config.Server.Mode == ModeDev && len(k.config.Distributions) == 1 && len(d.Aliases) == 0
}

// counts reports whether a rule of the group does not block.
func (m *ManagedRuleGroupStatement) counts(rule string) bool {
	overridden := func(o RuleActionOverride) bool { return o.Name == rule && o.ActionToUse.Kind != ActionBlock }
	return slices.Contains(m.ExcludedRules, rule) || slices.ContainsFunc(m.RuleActionOverrides, overridden)
}

// managedConfigs: settings are of the group that they stand with.
func (k *checker) managedConfigs(m *ManagedRuleGroupStatement, g managed.RuleGroup, at path) {
	c := &m.ManagedRuleGroupConfigs
	only := func(is bool, key string, names ...string) {
		if is && !slices.Contains(names, m.Name) {
			k.fail(at.key(key), badRuleGroup, "%s is not of managed rule group %q", key, m.Name)
		}
	}
	only(c.AWSManagedRulesBotControlRuleSet != nil, "aws_managed_rules_bot_control_rule_set", "AWSManagedRulesBotControlRuleSet")
	only(c.OWASPCRS != nil, "owasp_crs", coreRuleSet)
	lists := g.AddressLists()
	only(len(c.IPLists) > 0 && len(lists) == 0, "ip_lists")
	for _, l := range c.IPLists {
		here := at.key("ip_lists").key(l.Name)
		switch {
		case !slices.Contains(g.Rules, l.Name):
			k.fail(here, unknownFirewall, "managed rule group %q has no rule %q", m.Name, l.Name).Suggestion = didYouMean(l.Name, lists)
		case len(lists) > 0 && !slices.Contains(lists, l.Name):
			k.fail(here, badRuleGroup, "rule %s is not a list of addresses, want %s", l.Name, oneOf(lists))
		}
		k.ipSetsNamed(l.IPSets, here)
	}
	if b := c.AWSManagedRulesBotControlRuleSet; b != nil {
		for _, v := range b.VerifiedBots {
			k.ipSetsNamed(v.IPSets, at.key("aws_managed_rules_bot_control_rule_set").key("verified_bots").key(v.Organization))
		}
	}
	if c.OWASPCRS != nil {
		k.repeats(at.key("owasp_crs").key("files"), c.OWASPCRS.Files, exact)
	}
}

func (k *checker) ipSetsNamed(names []string, at path) {
	if len(names) == 0 {
		k.fail(at, badValue, "the list of IP sets is empty")
	}
	for i, name := range names {
		k.ipSetNamed(name, at.index(i))
	}
}
