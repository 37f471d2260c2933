package config

// What is written about the requests that a web ACL has inspected, and what is
// kept out of it.

// WAFLogging is AWS WAF's LoggingConfiguration, with a path in place of a
// destination (WF-LOGS).
type WAFLogging struct {
	// Path is a file, or the word stdout. A line of JSON is written for each
	// request.
	Path string `config:"path,required" aws:"-"`

	// RedactedFields are shown as REDACTED: single_header, uri_path, query_string
	// and method (WF-LOGS-02).
	RedactedFields []FieldToMatch `config:"redacted_fields"`

	// LoggingFilter says which requests have a record. Default: all.
	LoggingFilter *LoggingFilter `config:"logging_filter"`

	// File is a document of AWS that has fields and filter: what
	// aws wafv2 get-logging-configuration prints, or a CloudFormation template. A
	// relative path is relative to where groundfront runs. A configuration that
	// has been loaded has what the document says, and no File. Not at AWS.
	File string `config:"file" aws:"-"`

	// Resource is the logical id of it in a template that has several. Not at
	// AWS.
	Resource string `config:"resource" aws:"-"`
}

// LoggingFilter is AWS WAF's LoggingFilter (WF-LOGS-03).
type LoggingFilter struct {
	// DefaultBehavior is for requests that no filter is for: KEEP or DROP.
	DefaultBehavior FilterBehavior `config:"default_behavior,required"`

	// Filters are asked in order; the first that a request meets decides.
	Filters []LogFilter `config:"filters,required"`
}

// LogFilter is AWS WAF's Filter.
type LogFilter struct {
	// Behavior is KEEP or DROP.
	Behavior FilterBehavior `config:"behavior,required"`

	// Requirement is MEETS_ALL or MEETS_ANY of the conditions.
	Requirement FilterRequirement `config:"requirement,required"`

	// Conditions are one or more.
	Conditions []LogCondition `config:"conditions,required"`
}

// FilterBehavior says whether there is a record.
type FilterBehavior string

// The behaviors.
const (
	FilterBehaviorKeep FilterBehavior = "KEEP"
	FilterBehaviorDrop FilterBehavior = "DROP"
)

func (FilterBehavior) values() []string { return []string{"KEEP", "DROP"} }

// FilterRequirement says how many conditions must be met.
type FilterRequirement string

// The requirements.
const (
	FilterRequirementMeetsAll FilterRequirement = "MEETS_ALL"
	FilterRequirementMeetsAny FilterRequirement = "MEETS_ANY"
)

func (FilterRequirement) values() []string { return []string{"MEETS_ALL", "MEETS_ANY"} }

// LogCondition is AWS WAF's Condition: exactly one of these.
type LogCondition struct {
	// ActionCondition is met by an action of any rule.
	ActionCondition *ActionCondition `config:"action_condition"`

	// LabelNameCondition is met by a label.
	LabelNameCondition *LabelNameCondition `config:"label_name_condition"`
}

// ActionCondition is AWS WAF's ActionCondition.
type ActionCondition struct {
	// Action is ALLOW, BLOCK, COUNT, CAPTCHA, CHALLENGE, or EXCLUDED_AS_COUNT of a
	// rule of a group.
	Action LoggedAction `config:"action,required"`
}

// LoggedAction is an action as log records name it.
type LoggedAction string

func (LoggedAction) values() []string {
	return []string{"ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE", "EXCLUDED_AS_COUNT"}
}

// LabelNameCondition is AWS WAF's LabelNameCondition.
type LabelNameCondition struct {
	// LabelName is the whole label, with awswaf: at its beginning.
	LabelName string `config:"label_name,required"`
}

// DataProtectionConfig is AWS WAF's DataProtectionConfig (WF-ACL-07).
type DataProtectionConfig struct {
	// DataProtections are done to log records and samples, not to what is
	// inspected. At most 26.
	DataProtections []DataProtection `config:"data_protections"`
}

// DataProtection is AWS WAF's DataProtection.
type DataProtection struct {
	// Field is what is protected.
	Field FieldToProtect `config:"field,required"`

	// Action is SUBSTITUTION, which shows REDACTED, or HASH, which shows a hash
	// of the value.
	Action DataProtectionAction `config:"action,required"`

	// ExcludeRuleMatchDetails leaves the match details of log records as they
	// are. Default false.
	ExcludeRuleMatchDetails bool `config:"exclude_rule_match_details"`

	// ExcludeRateBasedDetails leaves the keys of rate-based rules in log records
	// as they are. Default false.
	ExcludeRateBasedDetails bool `config:"exclude_rate_based_details"`
}

// DataProtectionAction is what is shown in place of a value.
type DataProtectionAction string

// The actions.
const (
	DataProtectionActionSubstitution DataProtectionAction = "SUBSTITUTION"
	DataProtectionActionHash         DataProtectionAction = "HASH"
)

func (DataProtectionAction) values() []string { return []string{"SUBSTITUTION", "HASH"} }

// FieldToProtect is AWS WAF's FieldToProtect.
type FieldToProtect struct {
	// FieldType is SINGLE_HEADER, SINGLE_COOKIE, SINGLE_QUERY_ARGUMENT,
	// QUERY_STRING or BODY.
	FieldType ProtectedField `config:"field_type,required"`

	// FieldKeys are the names of headers, cookies or query arguments, at most
	// 100. Default all of them.
	FieldKeys []string `config:"field_keys"`
}

// ProtectedField is a part of a request that is protected.
type ProtectedField string

// The parts.
const (
	ProtectedFieldSingleHeader        ProtectedField = "SINGLE_HEADER"
	ProtectedFieldSingleCookie        ProtectedField = "SINGLE_COOKIE"
	ProtectedFieldSingleQueryArgument ProtectedField = "SINGLE_QUERY_ARGUMENT"
	ProtectedFieldQueryString         ProtectedField = "QUERY_STRING"
	ProtectedFieldBody                ProtectedField = "BODY"
)

func (ProtectedField) values() []string {
	return []string{"SINGLE_HEADER", "SINGLE_COOKIE", "SINGLE_QUERY_ARGUMENT", "QUERY_STRING", "BODY"}
}
