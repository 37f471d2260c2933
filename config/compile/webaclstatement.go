package compile

import (
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// statement compiles exactly one statement, nil if there is none. Those that
// only a rule has are compiled with the rule.
func (k *firewall) statement(s *config.Statement, at string) (waf.Statement, error) {
	switch {
	case s == nil:
		return nil, nil
	case s.IPSetReferenceStatement != nil:
		r := s.IPSetReferenceStatement
		return waf.IPSetReference{Name: r.IPSet, Set: k.sets[r.IPSet], Forwarded: forwarded(r.IPSetForwardedIPConfig)}, nil
	case s.GeoMatchStatement != nil:
		return geoMatch(s.GeoMatchStatement), nil
	case s.ASNMatchStatement != nil:
		return k.asnMatch(s.ASNMatchStatement, config.KeyPath(at, "asn_match_statement"))
	case s.LabelMatchStatement != nil:
		l := s.LabelMatchStatement
		return waf.LabelMatch{Scope: choice(l.Scope, waf.LabelScopeLabel, waf.LabelScopeNamespace), Key: l.Key}, nil
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
	return k.inspecting(s, at)
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

func geoMatch(s *config.GeoMatchStatement) waf.Statement {
	out := waf.GeoMatch{Forwarded: firstForwarded(s.ForwardedIPConfig)}
	for _, c := range s.CountryCodes {
		out.Countries = append(out.Countries, string(c))
	}
	return out
}

func (k *firewall) asnMatch(s *config.ASNMatchStatement, at string) (waf.Statement, error) {
	out := waf.AsnMatch{Forwarded: firstForwarded(s.ForwardedIPConfig)}
	for _, n := range s.ASNList {
		out.Numbers = append(out.Numbers, uint32(n)) // checked: it fits
	}
	return out, k.unbuilt(at, "geo data with autonomous systems")
}

func (k *firewall) rate(s *config.RateBasedStatement, at string) (waf.Statement, error) {
	if s.AggregateKeyType == config.AggregateKeyCustomKeys {
		return nil, k.unbuilt(config.KeyPath(at, "custom_keys"), "custom_keys")
	}
	scope, err := k.statement(s.ScopeDownStatement, config.KeyPath(at, "scope_down_statement"))
	return waf.RateBased{
		Limit: ratelimit.Rule{
			Limit: uint64(s.Limit), Window: s.EvaluationWindowSec.Std(),
			Evaluation: choice(s.Evaluation, ratelimit.EvaluationSteps, ratelimit.EvaluationExact), MaxInstances: s.MaxInstances,
		},
		IPv6Prefix: s.IPv6PrefixLength,
		Key:        choice(s.AggregateKeyType, waf.AggregateKeyIP, waf.AggregateKeyForwardedIP, waf.AggregateKeyConstant),
		Forwarded:  firstForwarded(s.ForwardedIPConfig),
		ScopeDown:  scope,
	}, err
}

// firstForwarded takes the first address of a header (WF-IP-03).
func firstForwarded(f *config.ForwardedIPConfig) *waf.Forwarded {
	if f == nil {
		return nil
	}
	return forwarded(&config.IPSetForwardedIPConfig{
		HeaderName: f.HeaderName, FallbackBehavior: f.FallbackBehavior, Position: config.PositionFirst,
	})
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
