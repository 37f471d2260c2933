package config

// Statement is AWS WAF's Statement: exactly one of these.
type Statement struct {
	// IPSetReferenceStatement matches addresses in an IP set.
	IPSetReferenceStatement *IPSetReferenceStatement `config:"ip_set_reference_statement"`

	// RateBasedStatement matches while requests are over a limit. Only a rule
	// itself can have it, not another statement (WF-LOG-01).
	RateBasedStatement *RateBasedStatement `config:"rate_based_statement"`

	// AndStatement matches if all of its statements do.
	AndStatement *NestedStatements `config:"and_statement"`

	// OrStatement matches if one of its statements does.
	OrStatement *NestedStatements `config:"or_statement"`

	// NotStatement matches if its statement does not.
	NotStatement *NotStatement `config:"not_statement"`
}

// NestedStatements are those of an and_statement or an or_statement.
type NestedStatements struct {
	// Statements are two or more.
	Statements []Statement `config:"statements,required"`
}

// NotStatement is AWS WAF's NotStatement.
type NotStatement struct {
	// Statement is the one that must not match.
	Statement Statement `config:"statement,required"`
}

// nested returns the statements directly within s, but for a scope.
func (s *Statement) nested() []*Statement {
	var list []Statement
	switch {
	case s.AndStatement != nil:
		list = s.AndStatement.Statements
	case s.OrStatement != nil:
		list = s.OrStatement.Statements
	case s.NotStatement != nil:
		return []*Statement{&s.NotStatement.Statement}
	}
	var all []*Statement
	for i := range list {
		all = append(all, &list[i])
	}
	return all
}

// IPSetReferenceStatement is AWS WAF's, with the set's name in place of its ARN.
type IPSetReferenceStatement struct {
	// IPSet names one of ip_sets.
	IPSet string `config:"ip_set,required"`

	// IPSetForwardedIPConfig takes the address from a header instead of the
	// connection (WF-IP-01). Default: the connection.
	IPSetForwardedIPConfig *IPSetForwardedIPConfig `config:"ip_set_forwarded_ip_config"`
}

// IPSetForwardedIPConfig is AWS WAF's IPSetForwardedIPConfig.
type IPSetForwardedIPConfig struct {
	// HeaderName is a list of addresses with commas between: X-Forwarded-For.
	// Where a request does not have it, the rule is not applied (WF-IP-02).
	HeaderName string `config:"header_name,required"`

	// FallbackBehavior says whether a request whose header is malformed
	// matches: MATCH or NO_MATCH.
	FallbackBehavior FallbackBehavior `config:"fallback_behavior,required"`

	// Position says which address counts: FIRST, LAST, or ANY of the last ten.
	Position ForwardedPosition `config:"position,required"`
}

// ForwardedIPConfig is AWS WAF's ForwardedIPConfig: the first address counts.
type ForwardedIPConfig struct {
	// HeaderName is a list of addresses with commas between: X-Forwarded-For.
	// Where a request does not have it, the rule is not applied (WF-IP-02).
	HeaderName string `config:"header_name,required"`

	// FallbackBehavior says whether a request whose header is malformed
	// matches: MATCH or NO_MATCH.
	FallbackBehavior FallbackBehavior `config:"fallback_behavior,required"`
}

// FallbackBehavior is what a malformed header means.
type FallbackBehavior string

// The fallbacks.
const (
	FallbackMatch   FallbackBehavior = "MATCH"
	FallbackNoMatch FallbackBehavior = "NO_MATCH"
)

func (FallbackBehavior) values() []string { return []string{"MATCH", "NO_MATCH"} }

// ForwardedPosition says which addresses of a header count.
type ForwardedPosition string

// The positions.
const (
	PositionFirst ForwardedPosition = "FIRST"
	PositionLast  ForwardedPosition = "LAST"
	PositionAny   ForwardedPosition = "ANY"
)

func (ForwardedPosition) values() []string { return []string{"FIRST", "LAST", "ANY"} }

// RateBasedStatement is AWS WAF's RateBasedStatement (WF-RATE).
type RateBasedStatement struct {
	// Limit is how many requests with one key may come within the window.
	Limit int `config:"limit,required" range:"10..2000000000" rule:"WF-RATE-01"`

	// EvaluationWindowSec is the window: 60s, 120s, 300s or 600s
	// (WF-RATE-02). Default 300s.
	EvaluationWindowSec Duration `config:"evaluation_window_sec" default:"300s"`

	// AggregateKeyType says which requests count together: those of one
	// address (IP), those with one first address in a header (FORWARDED_IP), or
	// all of the scope (CONSTANT).
	AggregateKeyType AggregateKeyType `config:"aggregate_key_type,required"`

	// ForwardedIPConfig is the header of FORWARDED_IP.
	ForwardedIPConfig *ForwardedIPConfig `config:"forwarded_ip_config"`

	// ScopeDownStatement says which requests are counted and limited at all
	// (WF-RATE-07). Default: all. CONSTANT needs one.
	ScopeDownStatement *Statement `config:"scope_down_statement"`

	// Evaluation says when the count is compared with the limit: steps, every
	// ten seconds as AWS does, so that more may pass before; or exact, with each
	// request, so that never more do. Not at AWS. Default steps.
	Evaluation RateEvaluation `config:"evaluation" default:"steps"`
}

// AggregateKeyType says which requests count together (WF-RATE-03).
type AggregateKeyType string

// The keys.
const (
	AggregateKeyIP          AggregateKeyType = "IP"
	AggregateKeyForwardedIP AggregateKeyType = "FORWARDED_IP"
	AggregateKeyConstant    AggregateKeyType = "CONSTANT"
)

func (AggregateKeyType) values() []string   { return []string{"IP", "FORWARDED_IP", "CONSTANT"} }
func (AggregateKeyType) notBuilt() []string { return []string{"CUSTOM_KEYS"} }

// RateEvaluation says when a count is compared with its limit (WF-RATE-17).
type RateEvaluation string

// The ways to evaluate.
const (
	RateEvaluationSteps RateEvaluation = "steps"
	RateEvaluationExact RateEvaluation = "exact"
)

func (RateEvaluation) values() []string { return []string{"steps", "exact"} }
