package config

// RateBasedStatement is AWS WAF's RateBasedStatement (WF-RATE).
type RateBasedStatement struct {
	// Limit is how many requests with one key may come within the window.
	Limit int `config:"limit,required" range:"10..2000000000" rule:"WF-RATE-01"`

	// EvaluationWindowSec is the window: 60s, 120s, 300s or 600s
	// (WF-RATE-02). Default 300s.
	EvaluationWindowSec Duration `config:"evaluation_window_sec" default:"300s"`

	// AggregateKeyType says which requests count together: those of one
	// address (IP), those with one first address in a header (FORWARDED_IP),
	// those alike in all CustomKeys (CUSTOM_KEYS), or all of the scope
	// (CONSTANT).
	AggregateKeyType AggregateKeyType `config:"aggregate_key_type,required"`

	// CustomKeys are the parts of a request that CUSTOM_KEYS counts by, 1 to 5.
	CustomKeys []RateCustomKey `config:"custom_keys"`

	// ForwardedIPConfig is the header of FORWARDED_IP, and of the custom key
	// forwarded_ip.
	ForwardedIPConfig *ForwardedIPConfig `config:"forwarded_ip_config"`

	// ScopeDownStatement says which requests are counted and limited at all
	// (WF-RATE-07). Default: all. CONSTANT needs one.
	ScopeDownStatement *Statement `config:"scope_down_statement"`

	// Evaluation says when the count is compared with the limit: steps, every
	// ten seconds as AWS does, so that more may pass before; or exact, with each
	// request, so that never more do. Not at AWS. Default steps.
	Evaluation RateEvaluation `config:"evaluation" default:"steps" aws:"-"`

	// MaxInstances is how many keys are counted at a time, 100 to 10000000. With
	// more the quietest is forgotten, never one that is over the limit. It fixes
	// the memory of the rule, which grows to 176 bytes for each with the default
	// window, 296 with the longest. Not at AWS. Default 100000.
	MaxInstances int `config:"max_instances" default:"100000" range:"100..10000000" aws:"-"`

	// IPv6PrefixLength is how many bits of an IPv6 address count as the address,
	// 32 to 128: whoever has an address mostly has all of its /64. Not at AWS,
	// where an address is all of it (WF-RATE-16). Default 128.
	IPv6PrefixLength int `config:"ipv6_prefix_length" default:"128" range:"32..128" aws:"-"`
}

// AggregateKeyType says which requests count together (WF-RATE-03).
type AggregateKeyType string

// The keys.
const (
	AggregateKeyIP          AggregateKeyType = "IP"
	AggregateKeyForwardedIP AggregateKeyType = "FORWARDED_IP"
	AggregateKeyCustomKeys  AggregateKeyType = "CUSTOM_KEYS"
	AggregateKeyConstant    AggregateKeyType = "CONSTANT"
)

func (AggregateKeyType) values() []string {
	return []string{"IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT"}
}

// RateCustomKey is AWS WAF's RateBasedStatementCustomKey: exactly one of these
// (WF-RATE-04). A request that lacks one of the parts is not counted
// (WF-RATE-05).
type RateCustomKey struct {
	// Header is the value of a header.
	Header *RateNamedKey `config:"header"`

	// Cookie is the value of a cookie.
	Cookie *RateNamedKey `config:"cookie"`

	// QueryArgument is the value of a query argument.
	QueryArgument *RateNamedKey `config:"query_argument"`

	// QueryString is the query.
	QueryString *RateTextKey `config:"query_string"`

	// URIPath is the path.
	URIPath *RateTextKey `config:"uri_path"`

	// HTTPMethod is the method.
	HTTPMethod *WholeField `config:"http_method"`

	// IP is the viewer's address. It needs another key.
	IP *WholeField `config:"ip"`

	// ForwardedIP is the first address in a header. It needs another key, and
	// ForwardedIPConfig.
	ForwardedIP *WholeField `config:"forwarded_ip"`

	// ASN is the number of the viewer's autonomous system.
	ASN *WholeField `config:"asn"`

	// LabelNamespace is each label in a namespace that earlier rules have added.
	LabelNamespace *RateLabelKey `config:"label_namespace"`

	// JA3Fingerprint is that of the viewer's TLS handshake.
	JA3Fingerprint *FingerprintField `config:"ja3_fingerprint"`

	// JA4Fingerprint is that of the viewer's TLS handshake.
	JA4Fingerprint *FingerprintField `config:"ja4_fingerprint"`
}

// RateNamedKey is a header, cookie or query argument that is counted by.
type RateNamedKey struct {
	// Name of it, at most 64 characters.
	Name string `config:"name,required"`

	// TextTransformations are done to its value before, at least one.
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// RateTextKey is a part of the request target that is counted by.
type RateTextKey struct {
	// TextTransformations are done to it before, at least one.
	TextTransformations TextTransformations `config:"text_transformations,required"`
}

// RateLabelKey is labels that are counted by.
type RateLabelKey struct {
	// Namespace has a colon at its end.
	Namespace string `config:"namespace,required"`
}

// RateEvaluation says when a count is compared with its limit (WF-RATE-17).
type RateEvaluation string

// The ways to evaluate.
const (
	RateEvaluationSteps RateEvaluation = "steps"
	RateEvaluationExact RateEvaluation = "exact"
)

func (RateEvaluation) values() []string { return []string{"steps", "exact"} }
