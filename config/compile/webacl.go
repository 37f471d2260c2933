package compile

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"strings"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/token"
)

// webACLs compiles all web ACLs, each once, by their names; only one of them if
// that is not "".
func webACLs(c *config.Config, only string, places *geo.Data, env Environment) (map[string]*waf.ACL, error) {
	k := firewall{config: c, sets: map[string]ipset.Set{}, places: places, env: env}
	for i := range c.IPSets {
		s, err := k.ipSet(&c.IPSets[i])
		if err != nil {
			at := config.KeyPath(config.KeyPath("ip_sets", c.IPSets[i].Name), "file")
			return nil, k.errorAt(at, "IP set %q: %w", c.IPSets[i].Name, err)
		}
		k.sets[c.IPSets[i].Name] = s
	}
	acls := map[string]*waf.ACL{}
	for i := range c.WebACLs {
		if only != "" && c.WebACLs[i].Name != only {
			continue
		}
		a, err := k.webACL(&c.WebACLs[i])
		if err != nil {
			return nil, fmt.Errorf("web ACL %q: %w", c.WebACLs[i].Name, err)
		}
		acls[c.WebACLs[i].Name] = a
	}
	return acls, nil
}

// A firewall is what web ACLs are compiled with.
type firewall struct {
	config *config.Config
	sets   map[string]ipset.Set
	places *geo.Data
	env    Environment
}

// ipSet returns the addresses of a set. Those in a file have not been checked.
func (k *firewall) ipSet(s *config.IPSet) (ipset.Set, error) {
	addresses := s.Addresses
	if s.File != "" {
		content, err := k.env.readFile(s.File)
		if err != nil {
			return ipset.Set{}, err
		}
		if addresses, err = prefixes(s, content); err != nil {
			return ipset.Set{}, err
		}
	}
	return ipset.Parse(addresses)
}

// prefixes reads a file with a prefix on each line.
func prefixes(s *config.IPSet, content []byte) ([]string, error) {
	var all []string
	lines := bufio.NewScanner(bytes.NewReader(content))
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil || p.Addr().Is4() != (s.IPAddressVersion == config.IPAddressVersion4) {
			return nil, fmt.Errorf("%s:%d: %q is not a prefix of %s", s.File, n, text, s.IPAddressVersion)
		}
		all = append(all, text)
	}
	return all, lines.Err()
}

// webACL compiles one web ACL.
func (k *firewall) webACL(a *config.WebACL) (*waf.ACL, error) {
	at := config.KeyPath("web_acls", a.Name)
	o := owner{bodies: a.CustomResponseBodies, captcha: immunity(a.CaptchaConfig, defaultImmunity), challenge: immunity(a.ChallengeConfig, defaultImmunity)}
	rules, err := k.rules(a.Rules, o, at)
	if err != nil {
		return nil, err
	}
	return waf.New(waf.Config{
		Name: a.Name, Namespace: a.Labels(),
		Rules: rules, Default: handling((*config.RuleAction)(&a.DefaultAction), o),
		Budget: waf.Budget{
			Body: a.AssociationConfig.RequestBody.CloudFront.DefaultSizeInspectionLimit.Bytes(),
			Time: a.EvaluationBudget.Std(),
			Fail: choice(a.Fail, waf.FailClosed, waf.FailOpen), Failed: k.failed(a),
		},
		Place: k.place(), Counter: k.counters(a), LabelCounter: k.labelCounter(a), Tokens: k.env.Tokens.For(a.TokenDomains), Previous: previous(k.env.Previous, a.Name),
	})
}

// place returns what finds out where an address is, nil if nothing is known.
func (k *firewall) place() func(netip.Addr) waf.Place {
	if k.places == nil {
		return nil
	}
	places := k.places // and not k, which has the Snapshot before
	return func(addr netip.Addr) waf.Place {
		p := places.Lookup(addr)
		return waf.Place{Country: p.Country, Region: p.Region, ASN: p.ASN}
	}
}

// previous returns the web ACL with a name in a Snapshot that has one.
func previous(s *proxy.Snapshot, name string) *waf.ACL {
	if s == nil {
		return nil
	}
	for _, d := range s.Distributions {
		if d.WebACL != nil && d.WebACL.Name() == name {
			return d.WebACL
		}
	}
	return nil
}

// counters returns what finds the counter of a rule by its metric name
// (WF-ACL-04), nil without metrics. group is the rule that refers to the rule's
// group. Those of a managed group cannot be left out.
func (k *firewall) counters(a *config.WebACL) func(group, rule string, action waf.Action) waf.Counter {
	if k.env.Metrics == nil {
		return nil
	}
	visible := map[[2]string]config.VisibilityConfig{{"", waf.DefaultRule}: a.VisibilityConfig}
	for i := range a.Rules {
		r := &a.Rules[i]
		visible[[2]string{"", r.Name}] = r.VisibilityConfig
		for _, inner := range k.groupRules(&r.Statement) {
			visible[[2]string{r.Name, inner.Name}] = inner.VisibilityConfig
		}
	}
	return func(group, rule string, action waf.Action) waf.Counter {
		v, configured := visible[[2]string{group, rule}]
		if configured && !v.CloudWatchMetricsEnabled {
			return nil
		}
		return k.env.Metrics.FirewallRule(a.Name, group, cmp.Or(v.MetricName, rule), action.String())
	}
}

// groupRules returns the rules of the group that a statement refers to.
func (k *firewall) groupRules(s *config.Statement) []config.WebACLRule {
	if s.RuleGroupReferenceStatement == nil {
		return nil
	}
	g, found := k.config.RuleGroup(s.RuleGroupReferenceStatement.RuleGroup)
	if !found {
		return nil
	}
	return g.Rules
}

// WebACL compiles one web ACL of a configuration, without an edge around it.
func WebACL(c *config.Config, name string) (*waf.ACL, error) {
	env := Environment{Tokens: token.NewKeeper(nil)}
	places, err := geoData(c.Server.Geo, env)
	if err != nil {
		return nil, err
	}
	acls, err := webACLs(c, name, places, env)
	return acls[name], err
}
