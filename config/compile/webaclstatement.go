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
		return asnMatch(s.ASNMatchStatement), nil
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

func asnMatch(s *config.ASNMatchStatement) waf.Statement {
	out := waf.AsnMatch{Forwarded: firstForwarded(s.ForwardedIPConfig)}
	for _, n := range s.ASNList {
		out.Numbers = append(out.Numbers, uint32(n)) // checked: it fits
	}
	return out
}

func (k *firewall) rate(s *config.RateBasedStatement, at string) (waf.Statement, error) {
	scope, err := k.statement(s.ScopeDownStatement, config.KeyPath(at, "scope_down_statement"))
	if err != nil {
		return nil, err
	}
	out := waf.RateBased{
		Limit: ratelimit.Rule{
			Limit: uint64(s.Limit), Window: s.EvaluationWindowSec.Std(),
			Evaluation: choice(s.Evaluation, ratelimit.EvaluationSteps, ratelimit.EvaluationExact), MaxInstances: s.MaxInstances,
		},
		Key:        choice(s.AggregateKeyType, waf.AggregateKeyIP, waf.AggregateKeyForwardedIP, waf.AggregateKeyCustom, waf.AggregateKeyConstant),
		IPv6Prefix: s.IPv6PrefixLength,
		Forwarded:  firstForwarded(s.ForwardedIPConfig),
		ScopeDown:  scope,
	}
	for i := range s.CustomKeys {
		key, err := k.rateKey(&s.CustomKeys[i], config.IndexPath(config.KeyPath(at, "custom_keys"), i))
		if err != nil {
			return nil, err
		}
		out.Keys = append(out.Keys, key)
	}
	return out, nil
}

// rateKey compiles exactly one custom key (WF-RATE-04).
func (k *firewall) rateKey(c *config.RateCustomKey, at string) (waf.RateKey, error) {
	var out waf.RateKey
	inspect := func(f waf.Field, key string, chain config.TextTransformations) (waf.RateKey, error) {
		i, err := k.transformed(f, chain, config.KeyPath(at, key))
		return waf.RateKey{Kind: waf.RateKeyField, Inspection: i}, err
	}
	switch {
	case c.Header != nil:
		return inspect(waf.Field{Kind: waf.FieldSingleHeader, Name: c.Header.Name}, "header", c.Header.TextTransformations)
	case c.Cookie != nil:
		f := waf.Field{Kind: waf.FieldCookies, Names: []string{c.Cookie.Name}, Scope: waf.ScopeValue}
		return inspect(f, "cookie", c.Cookie.TextTransformations)
	case c.QueryArgument != nil:
		return inspect(waf.Field{Kind: waf.FieldSingleQueryArgument, Name: c.QueryArgument.Name}, "query_argument", c.QueryArgument.TextTransformations)
	case c.QueryString != nil:
		return inspect(waf.Field{Kind: waf.FieldQueryString}, "query_string", c.QueryString.TextTransformations)
	case c.URIPath != nil:
		return inspect(waf.Field{Kind: waf.FieldUriPath}, "uri_path", c.URIPath.TextTransformations)
	case c.HTTPMethod != nil:
		return inspect(waf.Field{Kind: waf.FieldMethod}, "http_method", nil)
	case c.JA3Fingerprint != nil:
		return inspect(waf.Field{Kind: waf.FieldJA3Fingerprint, Fallback: fallback(c.JA3Fingerprint.FallbackBehavior)}, "ja3_fingerprint", nil)
	case c.JA4Fingerprint != nil:
		return inspect(waf.Field{Kind: waf.FieldJA4Fingerprint, Fallback: fallback(c.JA4Fingerprint.FallbackBehavior)}, "ja4_fingerprint", nil)
	case c.IP != nil:
		out.Kind = waf.RateKeyIP
	case c.ForwardedIP != nil:
		out.Kind = waf.RateKeyForwardedIP
	case c.ASN != nil:
		out.Kind = waf.RateKeyASN
	case c.LabelNamespace != nil:
		out.Kind, out.Namespace = waf.RateKeyLabels, c.LabelNamespace.Namespace
	}
	return out, nil
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
