package compile

import (
	"bufio"
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// webACLs compiles all web ACLs, each once, by their names.
func webACLs(c *config.Config, env Environment) (map[string]*waf.ACL, error) {
	k := firewall{config: c, sets: map[string]ipset.Set{}, env: env}
	for i := range c.IPSets {
		s, err := k.ipSet(&c.IPSets[i])
		if err != nil {
			return nil, fmt.Errorf("IP set %q: %w", c.IPSets[i].Name, err)
		}
		k.sets[c.IPSets[i].Name] = s
	}
	acls := map[string]*waf.ACL{}
	for i := range c.WebACLs {
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

// webACL compiles one web ACL, its rules by their priority (WF-ORD-01).
func (k *firewall) webACL(a *config.WebACL) (*waf.ACL, error) {
	at := config.KeyPath("web_acls", a.Name)
	if err := k.unbuiltACL(a, at); err != nil {
		return nil, err
	}
	rules := slices.SortedFunc(slices.Values(a.Rules), func(a, b config.WebACLRule) int { return cmp.Compare(a.Priority, b.Priority) })
	out := waf.Config{
		Name: a.Name, Default: handling(a, (*config.RuleAction)(&a.DefaultAction)),
		Counter: k.counters(a), Previous: previous(k.env.Previous, a.Name),
	}
	for i := range rules {
		r := &rules[i]
		here := config.KeyPath(config.KeyPath(at, "rules"), r.Name)
		if err := k.unbuiltRule(r, here); err != nil {
			return nil, err
		}
		s, err := k.statement(&r.Statement, config.KeyPath(here, "statement"))
		if err != nil {
			return nil, err
		}
		out.Rules = append(out.Rules, waf.Rule{Name: r.Name, Statement: s, Handling: handling(a, &r.Action)})
	}
	return waf.New(out)
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
// (WF-ACL-04), nil without metrics.
func (k *firewall) counters(a *config.WebACL) func(group, rule string, action waf.Action) waf.Counter {
	if k.env.Metrics == nil {
		return nil
	}
	visible := map[string]config.VisibilityConfig{waf.DefaultRule: a.VisibilityConfig}
	for _, r := range a.Rules {
		visible[r.Name] = r.VisibilityConfig
	}
	return func(group, rule string, action waf.Action) waf.Counter {
		v := visible[rule]
		if !v.CloudWatchMetricsEnabled {
			return nil
		}
		return k.env.Metrics.FirewallRule(a.Name, group, cmp.Or(v.MetricName, rule), action.String())
	}
}

// insertPrefix is what the names of inserted fields begin with (WF-ACT-06).
const insertPrefix = "x-amzn-waf-"

func handling(acl *config.WebACL, a *config.RuleAction) waf.Handling {
	h := waf.Handling{Action: choice(a.Kind, waf.ActionBlock, waf.ActionAllow, waf.ActionCount)}
	if a.CustomRequestHandling != nil {
		for _, l := range a.CustomRequestHandling.InsertHeaders {
			h.Insert = append(h.Insert, field.Line{Name: insertPrefix + l.Name, Value: l.Value})
		}
	}
	if a.CustomResponse != nil {
		h.Response = response(acl, a.CustomResponse)
	}
	return h
}

func response(acl *config.WebACL, r *config.CustomResponse) *waf.Response {
	out := &waf.Response{Status: r.ResponseCode}
	for _, b := range acl.CustomResponseBodies {
		if b.Name == r.CustomResponseBodyKey {
			out.Fields = append(out.Fields, field.Line{Name: "Content-Type", Value: mediaTypes[b.ContentType]})
			out.Content = []byte(b.Content)
		}
	}
	for _, l := range r.ResponseHeaders {
		out.Fields = append(out.Fields, field.Line{Name: l.Name, Value: l.Value})
	}
	if r.ResponseCode == 204 || r.ResponseCode == 304 { // they have none (RFC 9110 sections 15.3.5 and 15.4.5)
		out.Content = nil
	}
	return out
}

// mediaTypes are those of WF-ACT-11.
var mediaTypes = map[config.WAFContentType]string{
	config.WAFContentTypePlain: "text/plain",
	config.WAFContentTypeHTML:  "text/html",
	config.WAFContentTypeJSON:  "application/json",
}

// inserts returns a function that tells whether a web ACL may insert a field.
func inserts(a *waf.ACL) func(name string) bool {
	return func(name string) bool {
		return slices.ContainsFunc(a.Inserts(), func(inserted string) bool { return field.EqualName(inserted, name) })
	}
}

// statement compiles exactly one statement, nil if there is none.
func (k *firewall) statement(s *config.Statement, at string) (waf.Statement, error) {
	switch {
	case s == nil:
		return nil, nil
	case s.IPSetReferenceStatement != nil:
		r := s.IPSetReferenceStatement
		return waf.IPSetReference{Name: r.IPSet, Set: k.sets[r.IPSet], Forwarded: forwarded(r.IPSetForwardedIPConfig)}, nil
	case s.RateBasedStatement != nil:
		return k.rate(s.RateBasedStatement, config.KeyPath(at, "rate_based_statement"))
	case s.AndStatement != nil:
		all, err := k.statements(s.AndStatement.Statements, config.KeyPath(at, "and_statement"))
		return waf.And(all), err
	case s.OrStatement != nil:
		all, err := k.statements(s.OrStatement.Statements, config.KeyPath(at, "or_statement"))
		return waf.Or(all), err
	case s.NotStatement != nil:
		not, err := k.statement(&s.NotStatement.Statement, config.KeyPath(config.KeyPath(at, "not_statement"), "statement"))
		return waf.Not{Statement: not}, err
	}
	return nil, k.unbuilt(at, "this statement")
}

func (k *firewall) statements(list []config.Statement, at string) ([]waf.Statement, error) {
	at = config.KeyPath(at, "statements")
	out := make([]waf.Statement, len(list))
	for i := range list {
		var err error
		if out[i], err = k.statement(&list[i], config.IndexPath(at, i)); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (k *firewall) rate(s *config.RateBasedStatement, at string) (waf.Statement, error) {
	if s.AggregateKeyType == config.AggregateKeyCustomKeys {
		return nil, k.unbuilt(config.KeyPath(at, "custom_keys"), "custom_keys")
	}
	scope, err := k.statement(s.ScopeDownStatement, config.KeyPath(at, "scope_down_statement"))
	if err != nil {
		return nil, err
	}
	out := waf.RateBased{
		Limit: ratelimit.Rule{
			Limit: uint64(s.Limit), Window: s.EvaluationWindowSec.Std(),
			Evaluation: choice(s.Evaluation, ratelimit.EvaluationSteps, ratelimit.EvaluationExact),
		},
		Key:       choice(s.AggregateKeyType, waf.AggregateKeyIP, waf.AggregateKeyForwardedIP, waf.AggregateKeyConstant),
		ScopeDown: scope,
	}
	if f := s.ForwardedIPConfig; f != nil {
		out.Forwarded = forwarded(&config.IPSetForwardedIPConfig{
			HeaderName: f.HeaderName, FallbackBehavior: f.FallbackBehavior, Position: config.PositionFirst,
		})
	}
	return out, nil
}

func forwarded(f *config.IPSetForwardedIPConfig) *waf.Forwarded {
	if f == nil {
		return nil
	}
	return &waf.Forwarded{
		Field:    f.HeaderName,
		Fallback: choice(f.FallbackBehavior, waf.FallbackMatch, waf.FallbackNoMatch),
		Position: choice(f.Position, waf.PositionFirst, waf.PositionLast, waf.PositionAny),
	}
}
