package config

// RuleGroup is AWS WAF's RuleGroup: rules that web ACLs have in common.
type RuleGroup struct {
	// Name by which statements refer to it.
	Name string `config:"name,key"`

	// Description is free text, at most 256 characters.
	Description string `config:"description"`

	// Capacity is how many capacity units its rules may cost, 1 to 5000. It is
	// what a reference to the group costs (WF-GRP-09).
	Capacity int `config:"capacity,required" unless:"file" range:"1..5000" rule:"WF-WCU-05"`

	// Rules by name, as of a web ACL. None of them can refer to a group
	// (WF-GRP-02).
	Rules []WebACLRule `config:"rules"`

	// VisibilityConfig is about the group's own metric. Default: it is counted.
	VisibilityConfig VisibilityConfig `config:"visibility_config"`

	// CustomResponseBodies by the key with which custom responses of the group
	// refer to them (WF-QUO-01).
	CustomResponseBodies []CustomResponseBody `config:"custom_response_bodies"`

	// LabelNamespace is what the labels of its rules begin with (WF-LBL-01).
	// Default awswaf:000000000000:rulegroup:NAME: with its name.
	LabelNamespace string `config:"label_namespace"`

	// File is a document of AWS that has it: what the command line prints
	// (aws wafv2 get-rule-group), or a CloudFormation template. What stands
	// beside it here comes in addition, or in its place. A relative path is
	// relative to where groundfront runs. A configuration that has been loaded
	// has what the document says, and no File. Not at AWS.
	File string `config:"file" aws:"-"`

	// Resource is the logical id of it in a template that has several. Not at
	// AWS.
	Resource string `config:"resource" aws:"-"`
}

// RuleGroup returns the rule group with a name.
func (c *Config) RuleGroup(name string) (*RuleGroup, bool) {
	for i := range c.RuleGroups {
		if c.RuleGroups[i].Name == name {
			return &c.RuleGroups[i], true
		}
	}
	return nil, false
}

// RuleGroupReferenceStatement is AWS WAF's, with the group's name in place of
// its ARN.
type RuleGroupReferenceStatement struct {
	// RuleGroup names one of rule_groups.
	RuleGroup string `config:"rule_group,required" aws:"ARN"`

	// RuleActionOverrides are actions by the names of rules of the group, in
	// place of their own (WF-GRP-04). At most 100.
	RuleActionOverrides []RuleActionOverride `config:"rule_action_overrides"`

	// ExcludedRules are rules that only count: the older form of an override
	// (WF-GRP-05). At most 100.
	ExcludedRules []string `config:"excluded_rules"`
}

// RuleActionOverride is AWS WAF's RuleActionOverride.
type RuleActionOverride struct {
	Name string `config:"name,key"`
	// ActionToUse is the whole map entry.
	ActionToUse RuleAction `config:"action_to_use,scalar"`
}

// ManagedRuleGroupStatement is AWS WAF's ManagedRuleGroupStatement. The groups
// of AWS are made again here: the names of their rules are AWS's, what these
// find is an approximation (WF-GEN-04).
type ManagedRuleGroupStatement struct {
	// VendorName is AWS, or Groundfront for its own groups.
	VendorName ManagedVendor `config:"vendor_name,required"`

	// Name of the group, such as AWSManagedRulesCommonRuleSet, or OWASPCRS of
	// Groundfront.
	Name string `config:"name,required"`

	// Version is one of the group's versions. There is one here, whatever this
	// says; log records have it. Default the vendor's default.
	Version string `config:"version"`

	// ScopeDownStatement says which requests the group is evaluated for at all
	// (WF-GRP-03). Default: all.
	ScopeDownStatement *Statement `config:"scope_down_statement"`

	// RuleActionOverrides are actions by the names of rules of the group, in
	// place of their own. Names that the group does not have are warned of; AWS
	// ignores them (WF-GRP-04). At most 100.
	RuleActionOverrides []RuleActionOverride `config:"rule_action_overrides"`

	// ExcludedRules are rules that only count: the older form of an override
	// (WF-GRP-05). At most 100.
	ExcludedRules []string `config:"excluded_rules"`

	// ManagedRuleGroupConfigs are settings of the groups that have any.
	ManagedRuleGroupConfigs ManagedRuleGroupConfigs `config:"managed_rule_group_configs"`
}

// ManagedVendor is who makes a managed rule group.
type ManagedVendor string

// The vendors.
const (
	ManagedVendorAWS         ManagedVendor = "AWS"
	ManagedVendorGroundfront ManagedVendor = "Groundfront"
)

func (ManagedVendor) values() []string { return []string{"AWS", "Groundfront"} }

// ManagedRuleGroupConfigs are the settings of managed rule groups, each of the
// group that it is named after.
type ManagedRuleGroupConfigs struct {
	// AWSManagedRulesBotControlRuleSet is about bots (WF-GRP-07).
	AWSManagedRulesBotControlRuleSet *BotControlConfig `config:"aws_managed_rules_bot_control_rule_set"`

	// OWASPCRS is about the OWASP Core Rule Set. Not at AWS.
	OWASPCRS *CRSConfig `config:"owasp_crs" aws:"-"`

	// IPLists name IP sets by the rule that they are the addresses of: rules of
	// AWSManagedRulesAmazonIpReputationList and AWSManagedRulesAnonymousIpList,
	// and SignalKnownBotDataCenter of AWSManagedRulesBotControlRuleSet, which come
	// without any (WF-MRG-01). Not at AWS.
	IPLists []ManagedIPList `config:"ip_lists" aws:"-"`
}

// ManagedIPList is the addresses of one managed rule.
type ManagedIPList struct {
	Name string `config:"name,key"`
	// IPSets are the whole map entry.
	IPSets []string `config:"ip_sets,scalar"`
}

// BotControlConfig is AWS WAF's AWSManagedRulesBotControlRuleSet.
type BotControlConfig struct {
	// InspectionLevel is COMMON or TARGETED.
	InspectionLevel InspectionLevel `config:"inspection_level,required"`

	// EnableMachineLearning has no effect: there is none here. Default true.
	EnableMachineLearning bool `config:"enable_machine_learning" default:"true"`

	// VerifiedBots name IP sets by the organization whose bots come from there,
	// such as google: a bot that says it is one of these, and comes from there, is
	// labelled as verified and not blocked (WF-MRG-02). Without, no bot is. Not at
	// AWS, which knows them.
	VerifiedBots []VerifiedBots `config:"verified_bots" aws:"-"`
}

// VerifiedBots is where the bots of an organization come from.
type VerifiedBots struct {
	Organization string `config:"organization,key"`
	// IPSets are the whole map entry.
	IPSets []string `config:"ip_sets,scalar"`
}

// InspectionLevel says which bots are looked for.
type InspectionLevel string

// The levels.
const (
	InspectionLevelCommon   InspectionLevel = "COMMON"
	InspectionLevelTargeted InspectionLevel = "TARGETED"
)

func (InspectionLevel) values() []string { return []string{"COMMON", "TARGETED"} }

// CRSConfig is about the group OWASPCRS: the OWASP Core Rule Set in Coraza,
// which costs a hundred times what all else of a web ACL does. What it finds is
// blocked from a score on (WF-ARC-08, WF-ARC-09). Not at AWS.
type CRSConfig struct {
	// ParanoiaLevel is how much is taken for an attack, 1 to 4. Default 1.
	ParanoiaLevel int `config:"paranoia_level" default:"1" range:"1..4"`

	// InboundAnomalyScoreThreshold is the score from which a request is blocked,
	// 1 to 1000: a critical rule has 5. Default 5.
	InboundAnomalyScoreThreshold int `config:"inbound_anomaly_score_threshold" default:"5" range:"1..1000"`

	// On says which requests are looked at: origin, those that the cache does not
	// answer; or all, in AWS's place before the cache. Default origin.
	On CRSOn `config:"on" default:"origin"`

	// BodySizeLimit is how much of the content is looked at, at most what the web
	// ACL inspects, 0 to 64KiB. Default 16KiB.
	BodySizeLimit Size `config:"body_size_limit" default:"16KiB" range:"0..64KiB"`

	// MaxLeaves is how many names and values arguments, cookies and the content may
	// have together, 1 to 4096: what a request costs grows faster than their
	// number. Of one with more the content is not looked at, or nothing. Default
	// 256.
	MaxLeaves int `config:"max_leaves" default:"256" range:"1..4096"`

	// Skipped is what becomes of such a request: label, which goes on with the label
	// awswaf:managed:owasp:crs:skipped, for rules behind the group where it is on
	// all; or fail, for which the web ACL's fail decides. Default label.
	Skipped CRSSkipped `config:"skipped" default:"label"`

	// MaxConcurrency is how many requests are looked at at once, 0 to 1024.
	// Default 0: one fewer than there are processors, at least one.
	MaxConcurrency int `config:"max_concurrency" default:"0" range:"0..1024"`

	// Files are the numbers of the files with the rules to use, such as "942"
	// for SQL injection. Default: all of them.
	Files []string `config:"files"`

	// Settings are variables of crs-setup.conf by their names there without
	// "tx.", such as allowed_methods.
	Settings []CRSSetting `config:"settings"`

	// QueueTimeout is how long a request waits to be looked at, 1ms to 60s.
	// Afterwards fail of the web ACL decides. Default 1s.
	QueueTimeout Milliseconds `config:"queue_timeout" default:"1s" range:"1ms..60s"`
}

// CRSSetting is one variable of the Core Rule Set.
type CRSSetting struct {
	Name  string `config:"variable,key"`
	Value string `config:"value,scalar"` // the whole map entry
}

// CRSSkipped says what becomes of a request that is too much for the OWASP Core
// Rule Set.
type CRSSkipped string

// The ways.
const (
	CRSSkippedLabel CRSSkipped = "label"
	CRSSkippedFail  CRSSkipped = "fail"
)

func (CRSSkipped) values() []string { return []string{"label", "fail"} }

// CRSOn says for which requests the OWASP Core Rule Set is evaluated.
type CRSOn string

// The requests.
const (
	CRSOnOrigin CRSOn = "origin"
	CRSOnAll    CRSOn = "all"
)

func (CRSOn) values() []string { return []string{"origin", "all"} }
