package config

import (
	"slices"
	"strings"
	"time"
)

// firewall checks web ACLs, what they refer to, and who refers to them.
func (k *checker) firewall() {
	c := k.config
	k.atMost("ip_sets", "IP sets", len(c.IPSets), 100, "WF-QUO-01")
	k.atMost("regex_pattern_sets", "regex pattern sets", len(c.RegexPatternSets), 10, "WF-QUO-01")
	k.atMost("rule_groups", "rule groups", len(c.RuleGroups), 100, "WF-QUO-01")
	k.atMost("web_acls", "web ACLs", len(c.WebACLs), 100, "WF-QUO-01")
	for i := range c.IPSets {
		k.ipSet(&c.IPSets[i])
	}
	for i := range c.RegexPatternSets {
		k.regexPatternSet(&c.RegexPatternSets[i])
	}
	for i := range c.RuleGroups {
		k.ruleGroup(&c.RuleGroups[i])
	}
	for i := range c.WebACLs {
		k.webACL(&c.WebACLs[i])
	}
	for d := range slices.Values(c.Distributions) {
		k.ownHost(&d)
		if _, found := c.WebACL(d.WebACLID); !found && d.WebACLID != "" {
			k.fail(path("distributions").key(d.Name).key("web_acl_id"), unknownFirewall, "no web ACL %q", d.WebACLID).
				Suggestion = didYouMean(d.WebACLID, namesOf(c.WebACLs, func(a WebACL) string { return a.Name }))
		}
	}
}

func namesOf[T any](list []T, name func(T) string) []string {
	all := make([]string, len(list))
	for i := range list {
		all[i] = name(list[i])
	}
	return all
}

// A ruleOwner is the web ACL or the rule group whose rules are checked.
type ruleOwner struct {
	kind, name string // "web ACL", and which
	at         path
	bodies     []CustomResponseBody
	references map[string]bool // what its rules refer to
	group      bool
	labels     string   // what the labels of its rules begin with
	known      []string // labels that the rules before the one at hand add, in full
}

func (k *checker) webACL(a *WebACL) {
	at := path("web_acls").key(a.Name)
	k.sourceless(a.File, a.Resource, at)
	o := &ruleOwner{kind: "web ACL", name: a.Name, at: at, bodies: a.CustomResponseBodies, references: map[string]bool{}, labels: a.Labels()}
	k.length(at.key("description"), "description", a.Description, 256, "")
	k.bodies(o)
	k.action((*RuleAction)(&a.DefaultAction), o, at.key("default_action"))
	k.visibility(&a.VisibilityConfig, at.key("visibility_config"))
	k.labelNamespace(a.LabelNamespace, at.key("label_namespace"))
	k.immunity(a.ChallengeConfig, at.key("challenge_config"))
	k.tokenDomains(a.TokenDomains, at.key("token_domains"))
	k.dataProtections(a.DataProtectionConfig.DataProtections, at.key("data_protection_config").key("data_protections"))
	k.firewallLog(a.LoggingConfiguration, at.key("logging_configuration"))
	k.rules(a.Rules, o)
	k.atMost(at.key("rules"), "rate-based rules", rateBased(a.Rules), 10, "WF-QUO-01")
	k.atMost(at.key("rules"), "sets and groups that rules refer to", len(o.references), 50, "WF-QUO-01")
	k.atMost(at.key("rules"), "capacity units", a.Capacity(k.config), 5000, "WF-WCU-05")
}

func (k *checker) ruleGroup(g *RuleGroup) {
	at := path("rule_groups").key(g.Name)
	k.sourceless(g.File, g.Resource, at)
	o := &ruleOwner{kind: "rule group", name: g.Name, at: at, bodies: g.CustomResponseBodies, references: map[string]bool{}, labels: g.Labels(), group: true}
	k.length(at.key("description"), "description", g.Description, 256, "")
	k.bodies(o)
	k.visibility(&g.VisibilityConfig, at.key("visibility_config"))
	k.labelNamespace(g.LabelNamespace, at.key("label_namespace"))
	k.rules(g.Rules, o)
	k.atMost(at.key("rules"), "rate-based rules", rateBased(g.Rules), 4, "WF-QUO-01")
	k.atMost(at.key("rules"), "sets that rules refer to", len(o.references), 50, "WF-QUO-01")
	if cost := g.Cost(k.config); cost > g.Capacity && g.Capacity > 0 {
		k.fail(at.key("capacity"), badRuleGroup, "the rules of rule group %q cost %d capacity units, more than its capacity %d (WF-GRP-09)", g.Name, cost, g.Capacity)
	}
}

// sourceless: a resource is one of a template.
func (k *checker) sourceless(file, resource string, at path) {
	if resource != "" && (file == "" || !isDocument(file)) {
		k.fail(at.key("resource"), badDocument, "resource %q is of a template, and there is no file that is one", resource)
	}
}

func rateBased(rules []WebACLRule) (n int) {
	for i := range rules {
		if rules[i].Statement.RateBasedStatement != nil {
			n++
		}
	}
	return n
}

// rules checks the rules of a web ACL or a rule group.
func (k *checker) rules(rules []WebACLRule, o *ruleOwner) {
	at := o.at.key("rules")
	first := map[int]string{}
	inserted := 0
	for i := range rules {
		r := &rules[i]
		here := at.key(r.Name)
		if other, taken := first[r.Priority]; taken {
			k.fail(here.key("priority"), repeatedPriority, "priority %d is already that of rule %q (WF-ACL-02)", r.Priority, other)
		} else if k.written(here.key("priority")) {
			first[r.Priority] = r.Name
		}
		o.known = k.labelsBefore(rules, r.Priority, o.labels)
		k.rule(r, o, here)
		if h := r.Action.CustomRequestHandling; h != nil {
			inserted += len(h.InsertHeaders)
		}
	}
	k.atMost(at, "inserted headers", inserted, 100, "WF-QUO-01")
}

func (k *checker) rule(r *WebACLRule, o *ruleOwner, at path) {
	place := placeRule
	if o.group {
		place = placeGroupRule
	}
	k.statement(&r.Statement, at.key("statement"), place, o)
	k.ruleActions(r, at)
	k.action(&r.Action, o, at.key("action"))
	k.ruleLabels(r, at.key("rule_labels"))
	k.visibility(&r.VisibilityConfig, at.key("visibility_config"))
	k.immunity(r.ChallengeConfig, at.key("challenge_config"))
	if r.Statement.RateBasedStatement != nil && r.Action.Kind == ActionAllow {
		k.fail(at.key("action"), badStatement, "the action of a rate-based rule cannot be allow (WF-RATE-11)")
	}
}

// ruleActions applies WF-ACL-03.
func (k *checker) ruleActions(r *WebACLRule, at path) {
	action, override := at.key("action"), at.key("override_action")
	switch group := r.Statement.isGroup(); {
	case group && k.written(action):
		k.fail(action, badStatement, "a rule that refers to a rule group has an override_action, and no action (WF-ACL-03)")
	case group && !k.written(override):
		k.fail(at, badStatement, "rule %q refers to a rule group and has no override_action (WF-ACL-03)", r.Name).Suggestion = "write override_action: none"
	case !group && k.written(override):
		k.fail(override, badStatement, "override_action is for rules that refer to a rule group (WF-ACL-03)").Suggestion = "write action"
	case !group && !k.written(action):
		k.fail(at, badStatement, "rule %q has no action (WF-ACL-03)", r.Name)
	}
}

func (k *checker) visibility(v *VisibilityConfig, at path) {
	if name := v.MetricName; name != "" && (name == "All" || name == "Default_Action" || len(name) > 255 || !onlyFrom("-_#:./", name)) {
		k.fail(at.key("metric_name"), badName, "metric_name %q: want at most 255 letters, digits and -_#:./, and not All or Default_Action (WF-ACL-04)", name)
	}
}

// immunity applies the bound of WF-TOK-02 that is only a challenge's.
func (k *checker) immunity(c *ImmunityConfig, at path) {
	if c != nil && c.ImmunityTimeProperty.ImmunityTime < Duration(300*time.Second) {
		k.fail(at.key("immunity_time_property").key("immunity_time"), awsRange, "immunity_time is %s, want 300s to 3d for a challenge (WF-TOK-02)", c.ImmunityTimeProperty.ImmunityTime)
	}
}

func (k *checker) tokenDomains(domains []string, at path) {
	k.atMost(at, "token domains", len(domains), 10, "WF-QUO-01")
	k.repeats(at, domains, strings.ToLower)
	for i, d := range domains {
		if !hostSyntax(d) || strings.ContainsRune(d, ':') {
			k.fail(at.index(i), badValue, "token domain %q is not a domain name of at most 253 characters (WF-TOK-03)", d)
		}
	}
}

// unusedFirewall warns of web ACLs, and of sets and groups that nothing refers
// to.
func (k *checker) unusedFirewall() {
	c := k.config
	used := map[path]bool{}
	for d := range slices.Values(c.Distributions) {
		used[path("web_acls").key(d.WebACLID)] = true
	}
	note := func(rules []WebACLRule) {
		for i := range rules {
			rules[i].Statement.each(func(s *Statement) {
				for _, p := range s.references() {
					used[p] = true
				}
			})
		}
	}
	for i := range c.WebACLs {
		note(c.WebACLs[i].Rules)
	}
	for i := range c.RuleGroups {
		note(c.RuleGroups[i].Rules)
	}
	warn := func(at path, format, name string) {
		if !used[at] {
			k.fail(at, unusedName, format, name)
		}
	}
	for _, a := range c.WebACLs {
		warn(path("web_acls").key(a.Name), "web ACL %q is not used by any distribution", a.Name)
	}
	for _, g := range c.RuleGroups {
		warn(path("rule_groups").key(g.Name), "rule group %q is not used by any rule", g.Name)
	}
	for _, s := range c.IPSets {
		warn(path("ip_sets").key(s.Name), "IP set %q is not used by any rule", s.Name)
	}
	for _, s := range c.RegexPatternSets {
		warn(path("regex_pattern_sets").key(s.Name), "regex pattern set %q is not used by any rule", s.Name)
	}
}
