package config

import (
	"cmp"
	"reflect"
	"slices"
)

// A statementPlace says what may stand at the place of a statement.
type statementPlace int

const (
	placeRule      statementPlace = iota // any statement
	placeGroupRule                       // a rule of a rule group: no group
	placeNested                          // within another one: no group, no rate
)

// setKeys returns the keys of the pointers in struct v that are not nil.
func setKeys(v any) []string {
	var keys []string
	s := reflect.ValueOf(v).Elem()
	for _, p := range properties(s.Type()) {
		if f := s.Field(p.index); !f.IsZero() {
			keys = append(keys, p.name)
		}
	}
	return keys
}

// one reports whether exactly one part of a union is set, and says so if not.
func (k *checker) one(union any, what string, at path) bool {
	n := len(setKeys(union))
	if n != 1 {
		k.fail(at, badStatement, "want exactly one %s, got %d", what, n)
	}
	return n == 1
}

// statement checks one statement and those in it.
func (k *checker) statement(s *Statement, at path, place statementPlace, o *ruleOwner) {
	if !k.one(s, "statement", at) {
		return
	}
	for _, p := range s.references() {
		o.references[string(p)] = true
	}
	if field, chain, key := s.inspection(); field != nil {
		k.inspection(s, field, chain, at.key(key))
	}
	k.addressed(s, at)
	if l := s.LabelMatchStatement; l != nil {
		k.labelMatch(l, at.key("label_match_statement"), o)
	}
	if s.isGroup() {
		k.groupReference(s, at, place, o)
	}
	if r := s.RateBasedStatement; r != nil {
		k.rate(r, at.key("rate_based_statement"), place, o)
	}
	k.together(s.AndStatement, at.key("and_statement"), o)
	k.together(s.OrStatement, at.key("or_statement"), o)
	if not := s.NotStatement; not != nil {
		k.statement(&not.Statement, at.key("not_statement").key("statement"), placeNested, o)
	}
}

// references returns what a statement itself refers to.
func (s *Statement) references() []path {
	switch {
	case s.IPSetReferenceStatement != nil:
		return []path{path("ip_sets").key(s.IPSetReferenceStatement.IPSet)}
	case s.RegexPatternSetReferenceStatement != nil:
		return []path{path("regex_pattern_sets").key(s.RegexPatternSetReferenceStatement.RegexPatternSet)}
	case s.RuleGroupReferenceStatement != nil:
		return []path{path("rule_groups").key(s.RuleGroupReferenceStatement.RuleGroup)}
	case s.ManagedRuleGroupStatement != nil:
		return s.ManagedRuleGroupStatement.ManagedRuleGroupConfigs.references()
	}
	return nil
}

func (c *ManagedRuleGroupConfigs) references() []path {
	var all []path
	note := func(sets []string) {
		for _, set := range sets {
			all = append(all, path("ip_sets").key(set))
		}
	}
	for _, l := range c.IPLists {
		note(l.IPSets)
	}
	if b := c.AWSManagedRulesBotControlRuleSet; b != nil {
		for _, v := range b.VerifiedBots {
			note(v.IPSets)
		}
	}
	return all
}

func (k *checker) together(s *NestedStatements, at path, o *ruleOwner) {
	if s == nil {
		return
	}
	at = at.key("statements")
	if len(s.Statements) == 1 {
		k.fail(at, badStatement, "want two or more statements (WF-LOG-01)")
	}
	for i := range s.Statements {
		k.statement(&s.Statements[i], at.index(i), placeNested, o)
	}
}

// addressed checks the statements that look at an address.
func (k *checker) addressed(s *Statement, at path) {
	switch {
	case s.IPSetReferenceStatement != nil:
		k.ipSetReference(s.IPSetReferenceStatement, at.key("ip_set_reference_statement"))
	case s.GeoMatchStatement != nil:
		k.geoMatch(s.GeoMatchStatement, at.key("geo_match_statement"))
	case s.ASNMatchStatement != nil:
		k.asnMatch(s.ASNMatchStatement, at.key("asn_match_statement"))
	}
}

func (k *checker) ipSetReference(s *IPSetReferenceStatement, at path) {
	k.ipSetNamed(s.IPSet, at.key("ip_set"))
	if f := s.IPSetForwardedIPConfig; f != nil {
		k.addressHeader(at.key("ip_set_forwarded_ip_config").key("header_name"), f.HeaderName)
	}
}

func (k *checker) ipSetNamed(name string, at path) {
	if _, found := k.config.IPSet(name); !found {
		k.fail(at, unknownFirewall, "no IP set %q", name).
			Suggestion = cmp.Or(didYouMean(name, namesOf(k.config.IPSets, func(s IPSet) string { return s.Name })), kindIPSet.define(name))
	}
}

func (k *checker) geoMatch(s *GeoMatchStatement, at path) {
	k.placed(at, "geo_match_statement")
	codes := asStrings(s.CountryCodes)
	k.repeats(at.key("country_codes"), codes, exact)
	k.forwarded(s.ForwardedIPConfig, at.key("forwarded_ip_config"))
}

func (k *checker) asnMatch(s *ASNMatchStatement, at path) {
	k.placed(at, "asn_match_statement")
	list := at.key("asn_list")
	k.atMost(list, "numbers", len(s.ASNList), 100, "WF-ASN-01")
	for i, n := range s.ASNList {
		if n < 0 || n > 1<<32-1 {
			k.fail(list.index(i), awsRange, "asn_list has %d, want 0 to 4294967295 (WF-ASN-01)", n)
		}
		if slices.Index(s.ASNList, n) < i {
			k.fail(list.index(i), repeatedName, "%d is already in the list", n)
		}
	}
	k.forwarded(s.ForwardedIPConfig, at.key("forwarded_ip_config"))
}

// placed asks for geo data.
func (k *checker) placed(at path, what string) {
	if k.config.Server.Geo == nil {
		k.fail(at, badStatement, "%s: nothing says where viewers are", what).
			Suggestion = "set server.geo: {files: [FILE]}, with lines such as 192.0.2.0/24,DE,EU"
	}
}

func (k *checker) forwarded(f *ForwardedIPConfig, at path) {
	if f != nil {
		k.addressHeader(at.key("header_name"), f.HeaderName)
	}
}

func (k *checker) addressHeader(at path, name string) {
	if name == "" || len(name) > 255 || !onlyFrom("-", name) {
		k.fail(at, badHeader, "header_name %q: want at most 255 letters, digits and '-' (WF-QUO-06)", name)
	}
}

func (k *checker) rate(s *RateBasedStatement, at path, place statementPlace, o *ruleOwner) {
	if place == placeNested {
		k.fail(at, badStatement, "a rate-based statement cannot be within another statement (WF-LOG-01)")
	}
	if w := s.EvaluationWindowSec; !slices.Contains([]string{"1m", "2m", "5m", "10m"}, w.String()) {
		k.fail(at.key("evaluation_window_sec"), badValue, "evaluation_window_sec is %s, want 60s, 120s, 300s or 600s (WF-RATE-02)", w)
	}
	k.rateKeys(s, at)
	k.rateHeader(s, at)
	switch {
	case s.ScopeDownStatement != nil:
		k.statement(s.ScopeDownStatement, at.key("scope_down_statement"), placeNested, o)
	case s.AggregateKeyType == AggregateKeyConstant:
		k.fail(at, badStatement, "CONSTANT needs a scope_down_statement (WF-RATE-03)")
	}
}

// rateHeader: who counts by a forwarded address says where it is.
func (k *checker) rateHeader(s *RateBasedStatement, at path) {
	custom := slices.ContainsFunc(s.CustomKeys, func(c RateCustomKey) bool { return c.ForwardedIP != nil })
	needed := custom || s.AggregateKeyType == AggregateKeyForwardedIP
	forwarded := at.key("forwarded_ip_config")
	switch f := s.ForwardedIPConfig; {
	case f == nil && custom:
		k.fail(at, badStatement, "the custom key forwarded_ip needs a forwarded_ip_config (WF-RATE-04)")
	case f == nil && needed:
		k.fail(at, badStatement, "FORWARDED_IP needs a forwarded_ip_config (WF-RATE-03)")
	case f != nil && !needed:
		k.fail(forwarded, badStatement, "forwarded_ip_config is only for the key FORWARDED_IP")
	default:
		k.forwarded(f, forwarded)
	}
}

// rateKeys applies WF-RATE-04.
func (k *checker) rateKeys(s *RateBasedStatement, at path) {
	keys := at.key("custom_keys")
	switch custom := s.AggregateKeyType == AggregateKeyCustomKeys; {
	case custom && len(s.CustomKeys) == 0:
		k.fail(at, badStatement, "CUSTOM_KEYS needs custom_keys (WF-RATE-03)")
	case !custom && len(s.CustomKeys) > 0:
		k.fail(keys, badStatement, "custom_keys are only for the key CUSTOM_KEYS")
	}
	k.atMost(keys, "custom keys", len(s.CustomKeys), 5, "WF-RATE-03")
	for i := range s.CustomKeys {
		k.rateKey(&s.CustomKeys[i], keys.index(i), len(s.CustomKeys))
	}
}

func (k *checker) rateKey(c *RateCustomKey, at path, n int) {
	if !k.one(c, "custom key", at) {
		return
	}
	named := func(f *RateNamedKey, key string) {
		if f != nil {
			k.fieldName(f.Name, at.key(key).key("name"))
			k.transformations(f.TextTransformations, at.key(key).key("text_transformations"))
		}
	}
	text := func(f *RateTextKey, key string) {
		if f != nil {
			k.transformations(f.TextTransformations, at.key(key).key("text_transformations"))
		}
	}
	named(c.Header, "header")
	named(c.Cookie, "cookie")
	named(c.QueryArgument, "query_argument")
	text(c.QueryString, "query_string")
	text(c.URIPath, "uri_path")
	if l := c.LabelNamespace; l != nil {
		k.labelKey(l.Namespace, true, at.key("label_namespace").key("namespace"))
	}
	if c.ASN != nil {
		k.placed(at.key("asn"), "the custom key asn")
	}
	if (c.IP != nil || c.ForwardedIP != nil) && n == 1 {
		k.fail(at, badStatement, "the custom keys ip and forwarded_ip need another one (WF-RATE-04)").
			Suggestion = "use aggregate_key_type: IP or FORWARDED_IP"
	}
}
