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
	DefaultAction DefaultAction `config:"default_action,required"`

	// Rules by name. They are evaluated by ascending Priority (WF-ORD-01),
	// wherever they stand.
	Rules []WebACLRule `config:"rules"`

	// VisibilityConfig is about the metric of the default action. Default: it
	// is counted.
	VisibilityConfig VisibilityConfig `config:"visibility_config"`

	// CustomResponseBodies by the key with which custom responses refer to
	// them. At most 50, of 4 KiB each and 50 KiB together (WF-QUO-01).
	CustomResponseBodies []CustomResponseBody `config:"custom_response_bodies"`
}

// WebACLRule is AWS WAF's Rule.
type WebACLRule struct {
	// Name of the rule, in logs and metrics.
	Name string `config:"name,key"`

	// Priority is its place in the order, from 0. No two rules have the same.
	Priority int `config:"priority,required" range:"0..2147483647" rule:"WF-ACL-02"`

	// Statement says which requests match: exactly one statement.
	Statement Statement `config:"statement,required"`

	// Action is what happens to these: allow, block or count, or a mapping that
	// says more, such as block: {custom_response: {response_code: 429}}.
	Action RuleAction `config:"action,required"`

	// VisibilityConfig is about the rule's metric. Default: it is counted.
	VisibilityConfig VisibilityConfig `config:"visibility_config"`
}

// VisibilityConfig is AWS WAF's VisibilityConfig (WF-ACL-04).
type VisibilityConfig struct {
	// MetricName is what the metric groundfront_waf_requests_total calls the
	// rule. Default its name, Default_Action for the default action.
	MetricName string `config:"metric_name"`

	// CloudWatchMetricsEnabled says whether there is that metric. Default true.
	CloudWatchMetricsEnabled bool `config:"cloud_watch_metrics_enabled" default:"true"`
}

// ActionKind is what is done with a request that matches (WF-ACT).
type ActionKind string

// The actions.
const (
	ActionAllow ActionKind = "allow"
	ActionBlock ActionKind = "block"
	ActionCount ActionKind = "count"
)

func (ActionKind) values() []string   { return []string{"allow", "block", "count"} }
func (ActionKind) notBuilt() []string { return []string{"captcha", "challenge"} }

// RuleAction is AWS WAF's RuleAction. In a file it is a word, or a mapping of
// that word to what the action carries.
type RuleAction struct {
	Kind ActionKind
	// CustomResponse is what a blocked request is answered with. Default the
	// page "Request blocked.", or the distribution's custom error response.
	CustomResponse *CustomResponse
	// CustomRequestHandling is done to a request that is allowed or counted.
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

// Capacity returns the capacity units that AWS WAF counts for the web ACL
// (WF-WCU-01).
func (a *WebACL) Capacity() int {
	units := 0
	for i := range a.Rules {
		units += a.Rules[i].Statement.capacity()
	}
	return units
}

func (s *Statement) capacity() int {
	switch {
	case s == nil:
		return 0
	case s.IPSetReferenceStatement != nil:
		if f := s.IPSetReferenceStatement.IPSetForwardedIPConfig; f != nil && f.Position == PositionAny {
			return 5
		}
		return 1
	case s.RateBasedStatement != nil:
		return 2 + s.RateBasedStatement.ScopeDownStatement.capacity()
	}
	units := 0
	for _, nested := range s.nested() {
		units += nested.capacity()
	}
	return units
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
