package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/regex"
	"github.com/groundfront/groundfront/waf/transform"
)

// inspecting compiles a statement that looks at a field of the request.
func (k *firewall) inspecting(s *config.Statement, at string) (waf.Statement, error) {
	switch {
	case s.ByteMatchStatement != nil:
		b := s.ByteMatchStatement
		text, err := b.Text()
		if err != nil {
			return nil, err
		}
		i, err := k.inspection(&b.FieldToMatch, b.TextTransformations, config.KeyPath(at, "byte_match_statement"))
		return waf.ByteMatch{Search: text, Constraint: constraint(b.PositionalConstraint), Inspection: i}, err
	case s.SQLiMatchStatement != nil:
		q := s.SQLiMatchStatement
		i, err := k.inspection(&q.FieldToMatch, q.TextTransformations, config.KeyPath(at, "sqli_match_statement"))
		return waf.SqliMatch{Sensitivity: choice(q.SensitivityLevel, waf.SensitivityLow, waf.SensitivityHigh), Inspection: i}, err
	case s.XSSMatchStatement != nil:
		x := s.XSSMatchStatement
		i, err := k.inspection(&x.FieldToMatch, x.TextTransformations, config.KeyPath(at, "xss_match_statement"))
		return waf.XssMatch{Inspection: i}, err
	case s.SizeConstraintStatement != nil:
		z := s.SizeConstraintStatement
		i, err := k.inspection(&z.FieldToMatch, z.TextTransformations, config.KeyPath(at, "size_constraint_statement"))
		return waf.SizeConstraint{Operator: comparison(z.ComparisonOperator), Size: int64(z.Size), Inspection: i}, err
	case s.RegexMatchStatement != nil:
		r := s.RegexMatchStatement
		here := config.KeyPath(at, "regex_match_statement")
		if err := k.regex(r.RegexString, config.KeyPath(here, "regex_string")); err != nil {
			return nil, err
		}
		i, err := k.inspection(&r.FieldToMatch, r.TextTransformations, here)
		return waf.RegexMatch{Patterns: []string{r.RegexString}, Inspection: i}, err
	case s.RegexPatternSetReferenceStatement != nil:
		r := s.RegexPatternSetReferenceStatement
		patterns, err := k.patterns(r.RegexPatternSet)
		if err != nil {
			return nil, err
		}
		i, err := k.inspection(&r.FieldToMatch, r.TextTransformations, config.KeyPath(at, "regex_pattern_set_reference_statement"))
		return waf.RegexMatch{Patterns: patterns, Inspection: i}, err
	}
	return nil, k.errorAt(at, "this statement says nothing")
}

func constraint(c config.PositionalConstraint) waf.PositionalConstraint {
	return choice(c, waf.ConstraintExactly, waf.ConstraintStartsWith, waf.ConstraintEndsWith, waf.ConstraintContains, waf.ConstraintContainsWord)
}

func comparison(o config.ComparisonOperator) waf.Comparison {
	return choice(o, waf.ComparisonEQ, waf.ComparisonNE, waf.ComparisonLE, waf.ComparisonLT, waf.ComparisonGE, waf.ComparisonGT)
}

// regex says where an expression stands that is not one of AWS's dialect
// (WF-RGX-01).
func (k *firewall) regex(text, at string) error {
	if _, err := regex.Compile(text); err != nil {
		return k.errorAt(at, "regular expression %q: %v", text, err)
	}
	return nil
}

// patterns returns the expressions of a set.
func (k *firewall) patterns(name string) ([]string, error) {
	s, found := k.config.RegexPatternSet(name)
	if !found {
		return nil, fmt.Errorf("no regex pattern set %q", name)
	}
	list := config.KeyPath(config.KeyPath("regex_pattern_sets", name), "regular_expression_list")
	for i, text := range s.RegularExpressionList {
		if err := k.regex(text, config.IndexPath(list, i)); err != nil {
			return nil, err
		}
	}
	return s.RegularExpressionList, nil
}

// inspection compiles the field and the transformations of the statement at a
// path.
func (k *firewall) inspection(f *config.FieldToMatch, chain config.TextTransformations, at string) (waf.Inspection, error) {
	return k.transformed(fieldToMatch(f), chain, at)
}

// transformed compiles a field with the transformations at a path.
func (k *firewall) transformed(f waf.Field, chain config.TextTransformations, at string) (waf.Inspection, error) {
	out := waf.Inspection{Field: f}
	for _, word := range chain.Ordered() {
		kind, known := transform.Parse(string(word))
		if !known {
			return out, k.errorAt(config.KeyPath(at, "text_transformations"), "no text transformation %q", string(word))
		}
		out.Transformations = append(out.Transformations, kind)
	}
	return out, nil
}

// fieldToMatch compiles exactly one field.
func fieldToMatch(f *config.FieldToMatch) waf.Field {
	switch {
	case f.SingleHeader != nil:
		return waf.Field{Kind: waf.FieldSingleHeader, Name: f.SingleHeader.Name}
	case f.SingleQueryArgument != nil:
		return waf.Field{Kind: waf.FieldSingleQueryArgument, Name: f.SingleQueryArgument.Name}
	case f.AllQueryArguments != nil:
		return waf.Field{Kind: waf.FieldAllQueryArguments}
	case f.URIPath != nil:
		return waf.Field{Kind: waf.FieldUriPath}
	case f.QueryString != nil:
		return waf.Field{Kind: waf.FieldQueryString}
	case f.Method != nil:
		return waf.Field{Kind: waf.FieldMethod}
	case f.Body != nil:
		return waf.Field{Kind: waf.FieldBody, Oversize: oversize(f.Body.OversizeHandling)}
	case f.JSONBody != nil:
		return waf.Field{
			Kind: waf.FieldJsonBody, Paths: f.JSONBody.MatchPattern.IncludedPaths, Scope: scope(f.JSONBody.MatchScope),
			Invalid:  choice(f.JSONBody.InvalidFallbackBehavior, waf.InvalidJSONParsed, waf.InvalidJSONAsString, waf.InvalidJSONMatch, waf.InvalidJSONNoMatch),
			Oversize: oversize(f.JSONBody.OversizeHandling),
		}
	case f.Headers != nil:
		p := &f.Headers.MatchPattern
		out := waf.Field{Kind: waf.FieldHeaders, Scope: scope(f.Headers.MatchScope), Oversize: oversize(f.Headers.OversizeHandling)}
		out.Names, out.Except = names(p.IncludedHeaders, p.ExcludedHeaders)
		return out
	case f.Cookies != nil:
		p := &f.Cookies.MatchPattern
		out := waf.Field{Kind: waf.FieldCookies, Scope: scope(f.Cookies.MatchScope), Oversize: oversize(f.Cookies.OversizeHandling)}
		out.Names, out.Except = names(p.IncludedCookies, p.ExcludedCookies)
		return out
	case f.HeaderOrder != nil:
		return waf.Field{Kind: waf.FieldHeaderOrder, Oversize: oversize(f.HeaderOrder.OversizeHandling)}
	case f.JA3Fingerprint != nil:
		return waf.Field{Kind: waf.FieldJA3Fingerprint, Fallback: fallback(f.JA3Fingerprint.FallbackBehavior)}
	case f.JA4Fingerprint != nil:
		return waf.Field{Kind: waf.FieldJA4Fingerprint, Fallback: fallback(f.JA4Fingerprint.FallbackBehavior)}
	default:
		return waf.Field{Kind: waf.FieldUriFragment, Fallback: fallback(f.URIFragment.FallbackBehavior)}
	}
}

// names returns the names of a pattern, and whether these are the ones left out.
func names(included, excluded []string) (list []string, except bool) {
	if len(excluded) > 0 {
		return excluded, true
	}
	return included, false
}

func oversize(o config.OversizeHandling) waf.Oversize {
	return choice(o, waf.OversizeContinue, waf.OversizeMatch, waf.OversizeNoMatch)
}

func scope(s config.MatchScope) waf.Scope {
	return choice(s, waf.ScopeAll, waf.ScopeKey, waf.ScopeValue)
}

func fallback(f config.FallbackBehavior) waf.Fallback {
	return choice(f, waf.FallbackMatch, waf.FallbackNoMatch)
}
