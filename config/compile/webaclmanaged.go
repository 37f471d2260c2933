package compile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/managed"
)

// managedGroup compiles a reference to a managed rule group.
func (k *firewall) managedGroup(m *config.ManagedRuleGroupStatement, count bool, o owner, at string) (waf.Statement, error) {
	if m.VendorName == config.ManagedVendorGroundfront {
		return k.coreRuleSet(m, at)
	}
	g := managed.Lookup(m.Name)
	if g == nil {
		return nil, fmt.Errorf("no managed rule group %q", m.Name)
	}
	scope, err := k.statement(m.ScopeDownStatement, config.KeyPath(at, "scope_down_statement"))
	if err != nil {
		return nil, err
	}
	options, err := k.managedOptions(&m.ManagedRuleGroupConfigs, config.KeyPath(at, "managed_rule_group_configs"))
	if err != nil {
		return nil, err
	}
	group, err := g.Compile(options)
	if err != nil {
		return nil, k.errorAt(at, "managed rule group %s: %v", m.Name, err)
	}
	if m.Version != "" {
		group.ID += "#" + m.Version
	}
	for i := range group.Rules {
		h := &group.Rules[i].Handling
		h.Immunity = o.immunity(h.Action)
	}
	return waf.GroupReference{
		Group: group, ScopeDown: scope, Overrides: overrides(m.RuleActionOverrides, m.ExcludedRules, o), Count: count,
	}, nil
}

// managedOptions returns what a configuration gives to managed rule groups.
func (k *firewall) managedOptions(c *config.ManagedRuleGroupConfigs, at string) (managed.Options, error) {
	out := managed.Options{Lists: map[string][]netip.Prefix{}, Verified: map[string][]netip.Prefix{}}
	for _, l := range c.IPLists {
		out.Lists[l.Name] = k.prefixes(l.IPSets)
	}
	b := c.AWSManagedRulesBotControlRuleSet
	if b == nil {
		return out, nil
	}
	out.Targeted = b.InspectionLevel == config.InspectionLevelTargeted
	at = config.KeyPath(config.KeyPath(at, "aws_managed_rules_bot_control_rule_set"), "verified_bots")
	for _, v := range b.VerifiedBots {
		if known := managed.Organizations(); !slices.Contains(known, v.Organization) {
			return out, k.errorAt(config.KeyPath(at, v.Organization), "no bot is known of %q, but of %s", v.Organization, strings.Join(known, ", "))
		}
		out.Verified[v.Organization] = k.prefixes(v.IPSets)
	}
	return out, nil
}

// prefixes returns the addresses of several sets.
func (k *firewall) prefixes(sets []string) []netip.Prefix {
	var all []netip.Prefix
	for _, name := range sets {
		all = append(all, k.sets[name].Prefixes()...)
	}
	return all
}
