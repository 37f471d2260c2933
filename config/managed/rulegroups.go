package managed

import "slices"

// A RuleGroup is the identity of one managed rule group of AWS WAF: what a web
// ACL may say of it. What its rules find is decided in package waf/managed.
type RuleGroup struct {
	Vendor   string
	Name     string
	Capacity int      // in capacity units, as AWS documents it (WF-GRP-09)
	Rules    []string // in AWS's order; nil where any name may be one
	// Emulated says whether the group can match here. The others, which need
	// baselines or inspect responses, never do (WF-MRG-05).
	Emulated bool
}

// FindRuleGroup returns the managed rule group with a name.
func FindRuleGroup(vendor, name string) (RuleGroup, bool) {
	i := slices.IndexFunc(ruleGroups, func(g RuleGroup) bool { return g.Vendor == vendor && g.Name == name })
	if i < 0 {
		return RuleGroup{}, false
	}
	return ruleGroups[i], true
}

// AddressLists returns the rules whose addresses a configuration gives (WF-MRG-01).
func (g RuleGroup) AddressLists() []string {
	var all []string
	for _, r := range g.Rules {
		if slices.Contains(addressLists, r) {
			all = append(all, r)
		}
	}
	return all
}

var addressLists = []string{
	"AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList",
	"AnonymousIPList", "HostingProviderIPList", "SignalKnownBotDataCenter",
}

// RuleGroups returns all managed rule groups.
func RuleGroups() []RuleGroup { return slices.Clone(ruleGroups) }

const aws = "AWS"

// ruleGroups are those of sections 8.1 to 8.7 of the specification, and the
// Core Rule Set, which costs nothing at AWS since AWS does not have it.
var ruleGroups = []RuleGroup{
	{aws, "AWSManagedRulesCommonRuleSet", 700, []string{
		"NoUserAgent_HEADER", "UserAgent_BadBots_HEADER",
		"SizeRestrictions_QUERYSTRING", "SizeRestrictions_Cookie_HEADER", "SizeRestrictions_BODY", "SizeRestrictions_URIPATH",
		"EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_QUERYARGUMENTS",
		"GenericLFI_QUERYARGUMENTS", "GenericLFI_URIPATH", "GenericLFI_BODY",
		"RestrictedExtensions_URIPATH", "RestrictedExtensions_QUERYARGUMENTS",
		"GenericRFI_QUERYARGUMENTS", "GenericRFI_BODY", "GenericRFI_URIPATH",
		"CrossSiteScripting_COOKIE", "CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_BODY", "CrossSiteScripting_URIPATH",
	}, true},
	{aws, "AWSManagedRulesAdminProtectionRuleSet", 100, []string{"AdminProtection_URIPATH"}, true},
	{aws, "AWSManagedRulesKnownBadInputsRuleSet", 200, []string{
		"JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_BODY", "JavaDeserializationRCE_URIPATH", "JavaDeserializationRCE_QUERYSTRING",
		"Host_localhost_HEADER", "PROPFIND_METHOD", "ExploitablePaths_URIPATH",
		"Log4JRCE_HEADER", "Log4JRCE_QUERYSTRING", "Log4JRCE_BODY", "Log4JRCE_URIPATH", "ReactJSRCE_BODY",
	}, true},
	{aws, "AWSManagedRulesSQLiRuleSet", 200, []string{
		"SQLi_QUERYARGUMENTS", "SQLiExtendedPatterns_QUERYARGUMENTS", "SQLi_BODY", "SQLiExtendedPatterns_BODY",
		"SQLi_COOKIE", "SQLi_URIPATH", "SQLiExtendedPatterns_HEADER", "SQLiExtendedPatterns_URIPATH",
	}, true},
	{aws, "AWSManagedRulesLinuxRuleSet", 200, []string{"LFI_URIPATH", "LFI_QUERYSTRING", "LFI_HEADER"}, true},
	{aws, "AWSManagedRulesUnixRuleSet", 100, []string{
		"UNIXShellCommandsVariables_QUERYARGUMENTS", "UNIXShellCommandsVariables_QUERYSTRING",
		"UNIXShellCommandsVariables_BODY", "UNIXShellCommandsVariables_HEADER",
	}, true},
	{aws, "AWSManagedRulesWindowsRuleSet", 200, []string{
		"WindowsShellCommands_COOKIE", "WindowsShellCommands_QUERYARGUMENTS", "WindowsShellCommands_BODY",
		"WindowsShellCommands_HEADER", "WindowsShellCommands_QUERYSTRING", "WindowsShellCommands_URIPATH",
		"PowerShellCommands_COOKIE", "PowerShellCommands_QUERYARGUMENTS", "PowerShellCommands_BODY",
	}, true},
	{aws, "AWSManagedRulesPHPRuleSet", 100, []string{
		"PHPHighRiskMethodsVariables_HEADER", "PHPHighRiskMethodsVariables_QUERYSTRING",
		"PHPHighRiskMethodsVariables_BODY", "PHPHighRiskMethodsVariables_URIPATH",
	}, true},
	{aws, "AWSManagedRulesWordPressRuleSet", 100, []string{
		"WordPressExploitableCommands_QUERYSTRING", "WordPressExploitablePaths_URIPATH",
	}, true},
	{aws, "AWSManagedRulesAmazonIpReputationList", 25, []string{
		"AWSManagedIPReputationList", "AWSManagedReconnaissanceList", "AWSManagedIPDDoSList",
	}, true},
	{aws, "AWSManagedRulesAnonymousIpList", 50, []string{"AnonymousIPList", "HostingProviderIPList"}, true},
	{aws, "AWSManagedRulesBotControlRuleSet", 50, []string{
		"CategoryAdvertising", "CategoryArchiver", "CategoryContentFetcher", "CategoryEmailClient", "CategoryHttpLibrary",
		"CategoryLinkChecker", "CategoryMiscellaneous", "CategoryMonitoring", "CategoryScrapingFramework",
		"CategorySearchEngine", "CategorySecurity", "CategorySeo", "CategorySocialMedia",
		"CategoryAI", "CategoryPagePreview", "CategoryWebhooks",
		"SignalAutomatedBrowser", "SignalKnownBotDataCenter", "SignalNonBrowserUserAgent",
		"TGT_VolumetricIpTokenAbsent", "TGT_TokenAbsent", "TGT_VolumetricSession", "TGT_VolumetricSessionMaximum",
		"TGT_SignalAutomatedBrowser", "TGT_SignalBrowserInconsistency", "TGT_SignalBrowserAutomationExtension",
		"TGT_ML_CoordinatedActivityLow", "TGT_ML_CoordinatedActivityMedium", "TGT_ML_CoordinatedActivityHigh",
		"TGT_TokenReuseIpLow", "TGT_TokenReuseIpMedium", "TGT_TokenReuseIpHigh",
		"TGT_TokenReuseCountryLow", "TGT_TokenReuseCountryMedium", "TGT_TokenReuseCountryHigh",
		"TGT_TokenReuseAsnLow", "TGT_TokenReuseAsnMedium", "TGT_TokenReuseAsnHigh",
	}, true},
	{aws, "AWSManagedRulesATPRuleSet", 50, []string{
		"UnsupportedCognitoIDP", "VolumetricIpHigh", "VolumetricSession", "AttributeCompromisedCredentials",
		"AttributeUsernameTraversal", "AttributePasswordTraversal", "AttributeLongSession", "TokenRejected",
		"SignalMissingCredential", "VolumetricIpFailedLoginResponseHigh", "VolumetricSessionFailedLoginResponseHigh",
	}, false},
	{aws, "AWSManagedRulesACFPRuleSet", 50, []string{
		"UnsupportedCognitoIDP", "AllRequests", "RiskScoreHigh", "SignalCredentialCompromised",
		"SignalClientHumanInteractivityAbsentLow", "AutomatedBrowser", "BrowserInconsistency", "VolumetricIpHigh",
		"VolumetricSessionHigh", "AttributeUsernameTraversalHigh", "VolumetricPhoneNumberHigh", "VolumetricAddressHigh",
		"VolumetricAddressLow", "VolumetricIPSuccessfulResponse", "VolumetricSessionSuccessfulResponse",
		"VolumetricSessionTokenReuseIp",
	}, false},
	{aws, "AWSManagedRulesAntiDDoSRuleSet", 50, []string{"ChallengeAllDuringEvent", "ChallengeDDoSRequests", "DDoSRequests"}, false},
	{"Groundfront", "OWASPCRS", 0, nil, true},
}
