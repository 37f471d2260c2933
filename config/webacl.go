package config

// WebACL decides, by rules over the request, what goes on and what is blocked
// (CF-WAF). AWS WAF's WebACL, of scope CLOUDFRONT.
type WebACL struct {
	// Name by which distributions refer to it.
	Name string `config:"name,key"`

	// Description is free text, at most 256 characters.
	Description string `config:"description"`

	// DefaultAction is taken where no rule has ended the evaluation: allow or
	// block, or a mapping that says more, as of a rule's Action.
	DefaultAction DefaultAction `config:"default_action,required" unless:"file"`

	// Rules by name. They are evaluated by ascending Priority (WF-ORD-01),
	// wherever they stand.
	Rules []WebACLRule `config:"rules"`

	// VisibilityConfig is about the metric of the default action. Default: it
	// is counted.
	VisibilityConfig VisibilityConfig `config:"visibility_config"`

	// CustomResponseBodies by the key with which custom responses refer to
	// them. At most 50, of 4 KiB each and 50 KiB together (WF-QUO-01).
	CustomResponseBodies []CustomResponseBody `config:"custom_response_bodies"`

	// CaptchaConfig is how long a solved CAPTCHA counts, for rules that do not
	// say so themselves. Default 300s.
	CaptchaConfig *ImmunityConfig `config:"captcha_config"`

	// ChallengeConfig is how long a passed challenge counts, for rules that do
	// not say so themselves. Default 300s.
	ChallengeConfig *ImmunityConfig `config:"challenge_config"`

	// TokenDomains are domains whose tokens are accepted, besides the request's
	// own host: at most 10 (WF-TOK-03).
	TokenDomains []string `config:"token_domains"`

	// AssociationConfig is how much of the content is inspected.
	AssociationConfig AssociationConfig `config:"association_config"`

	// DataProtectionConfig is what log records and samples do not show.
	DataProtectionConfig DataProtectionConfig `config:"data_protection_config"`

	// LoggingConfiguration writes a log record for each request. Default none.
	LoggingConfiguration *WAFLogging `config:"logging_configuration" aws:"-"`

	// LabelNamespace is what the labels of its rules begin with (WF-LBL-01).
	// Default awswaf:000000000000:webacl:NAME: with its name.
	LabelNamespace string `config:"label_namespace"`

	// Fail is what becomes of a request that cannot be evaluated to the end,
	// because it would take longer than EvaluationBudget, its content finds no
	// memory, the OWASP Core Rule Set fails or there is a bug: closed blocks it,
	// open lets it go on, whatever the default action is; where the rule set
	// fails, the rules behind it are asked first. Not at AWS. Default closed.
	Fail FirewallFail `config:"fail" default:"closed" aws:"-"`

	// EvaluationBudget bounds the time that the rules may take for one request,
	// 1ms to 60s. Not at AWS. Default 1s.
	EvaluationBudget Milliseconds `config:"evaluation_budget" default:"1s" range:"1ms..60s" aws:"-"`

	// File is a document of AWS that has it: what the command line prints
	// (aws wafv2 get-web-acl), or a CloudFormation template. What stands
	// beside it here comes in addition, or in its place. A relative path is
	// relative to where groundfront runs. A configuration that has been loaded
	// has what the document says, and no File. Not at AWS.
	File string `config:"file" aws:"-"`

	// Resource is the logical id of it in a template that has several. Not at
	// AWS.
	Resource string `config:"resource" aws:"-"`
}

// WebACLRule is AWS WAF's Rule.
type WebACLRule struct {
	// Name of the rule, in logs and metrics.
	Name string `config:"name,key"`

	// Priority is its place in the order, from 0. No two rules have the same.
	Priority int `config:"priority,required" range:"0..2147483647" rule:"WF-ACL-02"`

	// Statement says which requests match: exactly one statement.
	Statement Statement `config:"statement,required"`

	// Action is what happens to these: allow, block, count, captcha or challenge,
	// or a mapping that says more, such as
	// block: {custom_response: {response_code: 429}}. A rule has either this or
	// an OverrideAction (WF-ACL-03).
	Action RuleAction `config:"action"`

	// OverrideAction is for a rule whose statement refers to a rule group: none
	// leaves the group's action, count turns it into a count (WF-GRP-06).
	OverrideAction OverrideAction `config:"override_action"`

	// RuleLabels are added to requests that match, each with namespaces before
	// its name: ns1:ns2:name (WF-LBL-03).
	RuleLabels []string `config:"rule_labels"`

	// VisibilityConfig is about the rule's metric. Default: it is counted.
	VisibilityConfig VisibilityConfig `config:"visibility_config"`

	// CaptchaConfig is how long a solved CAPTCHA counts for this rule. Default
	// that of the web ACL.
	CaptchaConfig *ImmunityConfig `config:"captcha_config"`

	// ChallengeConfig is how long a passed challenge counts for this rule.
	// Default that of the web ACL.
	ChallengeConfig *ImmunityConfig `config:"challenge_config"`
}

// OverrideAction is what becomes of the action of a rule group (WF-ACL-03).
type OverrideAction string

// The override actions.
const (
	OverrideActionNone  OverrideAction = "none"
	OverrideActionCount OverrideAction = "count"
)

func (OverrideAction) values() []string { return []string{"none", "count"} }

// FirewallFail is what becomes of a request that cannot be evaluated.
type FirewallFail string

// The ways to fail.
const (
	FirewallFailClosed FirewallFail = "closed"
	FirewallFailOpen   FirewallFail = "open"
)

func (FirewallFail) values() []string { return []string{"closed", "open"} }

// ImmunityConfig is AWS WAF's CaptchaConfig and ChallengeConfig (WF-TOK-02).
type ImmunityConfig struct {
	// ImmunityTimeProperty has the time.
	ImmunityTimeProperty ImmunityTimeProperty `config:"immunity_time_property,required"`
}

// ImmunityTimeProperty is AWS WAF's ImmunityTimeProperty.
type ImmunityTimeProperty struct {
	// ImmunityTime is how long a token counts: 60s to 3d for CAPTCHA, 300s to 3d
	// for challenge.
	ImmunityTime Duration `config:"immunity_time,required" range:"60s..3d" rule:"WF-TOK-02"`
}

// AssociationConfig is AWS WAF's AssociationConfig (WF-ACL-06).
type AssociationConfig struct {
	// RequestBody is about content, by the kind of what is protected.
	RequestBody RequestBodyConfig `config:"request_body"`
}

// RequestBodyConfig has the only kind there is here.
type RequestBodyConfig struct {
	// CloudFront is about distributions.
	CloudFront RequestBodyLimit `config:"cloudfront"`
}

// RequestBodyLimit is AWS WAF's RequestBodyAssociatedResourceTypeConfig.
type RequestBodyLimit struct {
	// DefaultSizeInspectionLimit is how much of the content is inspected: KB_16,
	// KB_32, KB_48 or KB_64. Default KB_16.
	DefaultSizeInspectionLimit SizeInspectionLimit `config:"default_size_inspection_limit" default:"KB_16"`
}

// SizeInspectionLimit is how much content is inspected.
type SizeInspectionLimit string

// The limits.
const (
	SizeInspectionLimit16 SizeInspectionLimit = "KB_16"
	SizeInspectionLimit32 SizeInspectionLimit = "KB_32"
	SizeInspectionLimit48 SizeInspectionLimit = "KB_48"
	SizeInspectionLimit64 SizeInspectionLimit = "KB_64"
)

func (SizeInspectionLimit) values() []string { return []string{"KB_16", "KB_32", "KB_48", "KB_64"} }

// Bytes returns the limit in bytes.
func (l SizeInspectionLimit) Bytes() int {
	switch l {
	case SizeInspectionLimit32:
		return 32 << 10
	case SizeInspectionLimit48:
		return 48 << 10
	case SizeInspectionLimit64:
		return 64 << 10
	}
	return 16 << 10
}

// VisibilityConfig is AWS WAF's VisibilityConfig (WF-ACL-04).
type VisibilityConfig struct {
	// MetricName is what the metric groundfront_waf_requests_total calls the
	// rule. Default its name, Default_Action for the default action.
	MetricName string `config:"metric_name"`

	// CloudWatchMetricsEnabled says whether there is that metric. Default true.
	CloudWatchMetricsEnabled bool `config:"cloud_watch_metrics_enabled" default:"true"`

	// SampledRequestsEnabled says whether requests that match are kept as
	// samples. Default true.
	SampledRequestsEnabled bool `config:"sampled_requests_enabled" default:"true"`
}

// ActionKind is what is done with a request that matches (WF-ACT).
type ActionKind string

// The actions.
const (
	ActionAllow     ActionKind = "allow"
	ActionBlock     ActionKind = "block"
	ActionCount     ActionKind = "count"
	ActionCaptcha   ActionKind = "captcha"
	ActionChallenge ActionKind = "challenge"
)

func (ActionKind) values() []string {
	return []string{"allow", "block", "count", "captcha", "challenge"}
}

// RuleAction is AWS WAF's RuleAction. In a file it is a word, or a mapping of
// that word to what the action carries.
type RuleAction struct {
	Kind ActionKind
	// CustomResponse is what a blocked request is answered with. Default the
	// page "Request blocked.", or the distribution's custom error response.
	CustomResponse *CustomResponse
	// CustomRequestHandling is done to a request that goes on.
	CustomRequestHandling *CustomRequestHandling
}

// DefaultAction is a RuleAction that ends the evaluation: allow or block.
type DefaultAction RuleAction

// CustomResponse is AWS WAF's CustomResponse (WF-ACT-10).
type CustomResponse struct {
	// ResponseCode is the status, one of WF-ACT-12.
	ResponseCode int `config:"response_code,required"`

	// CustomResponseBodyKey names one of CustomResponseBodies. Default: no
	// content (WF-ACT-13).
	CustomResponseBodyKey string `config:"custom_response_body_key"`

	// ResponseHeaders are headers of the response, at most 10. Not
	// Content-Type, which the body has.
	ResponseHeaders []WAFHeader `config:"response_headers"`
}

// CustomRequestHandling is AWS WAF's CustomRequestHandling (WF-ACT-06).
type CustomRequestHandling struct {
	// InsertHeaders are set on the request before the cache is asked, at most
	// 10, each with x-amzn-waf- before its name. They reach the origin whatever
	// the policies say (CF-WAF-05).
	InsertHeaders []WAFHeader `config:"insert_headers,required"`
}

// WAFHeader is one header of a custom response or an inserted one.
type WAFHeader struct {
	Name  string `config:"header,key"`
	Value string `config:"value,scalar"` // the whole map entry
}

// CustomResponseBody is AWS WAF's CustomResponseBody (WF-ACT-11).
type CustomResponseBody struct {
	// Name is the key by which custom responses refer to it.
	Name string `config:"name,key"`

	// ContentType is TEXT_PLAIN, TEXT_HTML or APPLICATION_JSON.
	ContentType WAFContentType `config:"content_type,required"`

	// Content is the text, at most 4 KiB.
	Content string `config:"content,required"`
}

// WAFContentType is the media type of a custom response body.
type WAFContentType string

// The media types.
const (
	WAFContentTypePlain WAFContentType = "TEXT_PLAIN"
	WAFContentTypeHTML  WAFContentType = "TEXT_HTML"
	WAFContentTypeJSON  WAFContentType = "APPLICATION_JSON"
)

func (WAFContentType) values() []string {
	return []string{"TEXT_PLAIN", "TEXT_HTML", "APPLICATION_JSON"}
}

// WebACL returns the web ACL with a name.
func (c *Config) WebACL(name string) (*WebACL, bool) {
	for i := range c.WebACLs {
		if c.WebACLs[i].Name == name {
			return &c.WebACLs[i], true
		}
	}
	return nil, false
}
