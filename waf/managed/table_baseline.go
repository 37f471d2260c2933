package managed

import "github.com/groundfront/groundfront/waf"

// What the notes of several rules say.
const (
	bodyNote   = "the part of the body that fits the inspection limit"
	headerNote = "names and values, the first 8 KB and 200 fields"
	cookieNote = "values, the first 8 KB and 200 cookies"
)

// blocks makes a rule with one label that blocks and approximates AWS's.
func blocks(name, label string, c Component, f Family, note string) Rule {
	return Rule{Name: name, Labels: []string{label}, Action: waf.ActionBlock, Inspects: c, Finds: f, Coverage: CoverageApproximated, Note: note}
}

// exactly makes a rule with one label that blocks and leaves nothing open.
func exactly(name, label string, c Component, note string) Rule {
	r := blocks(name, label, c, 0, note)
	r.Coverage = CoverageEnforced
	return r
}

// baseline has the groups for all web applications (waf.md 8.1 to 8.3).
var baseline = []Group{
	{
		Name: "AWSManagedRulesCommonRuleSet", WCU: 700, Namespace: "core-rule-set", Versioned: true,
		Rules: []Rule{
			exactly("NoUserAgent_HEADER", "NoUserAgent_Header", ComponentUserAgent, "there is none, or an empty one"),
			blocks("UserAgent_BadBots_HEADER", "BadBots_Header", ComponentUserAgent, FamilyScanner, "names of scanners such as nessus and nmap"),
			exactly("SizeRestrictions_QUERYSTRING", "SizeRestrictions_QueryString", ComponentQuerySize, "more than 2,048 bytes"),
			exactly("SizeRestrictions_Cookie_HEADER", "SizeRestrictions_Cookie_Header", ComponentCookieSize, "more than 10,240 bytes, by its real size (WF-MRG-03)"),
			exactly("SizeRestrictions_BODY", "SizeRestrictions_Body", ComponentBodySize, "more than 8,192 bytes, by its real size"),
			exactly("SizeRestrictions_URIPATH", "SizeRestrictions_URIPath", ComponentPathSize, "more than 1,024 bytes"),
			blocks("EC2MetaDataSSRF_BODY", "EC2MetaDataSSRF_Body", ComponentBody, FamilyMetadata, bodyNote),
			blocks("EC2MetaDataSSRF_COOKIE", "EC2MetaDataSSRF_Cookie", ComponentCookies, FamilyMetadata, cookieNote),
			blocks("EC2MetaDataSSRF_URIPATH", "EC2MetaDataSSRF_URIPath", ComponentPath, FamilyMetadata, "169.254.169.254 in any spelling of the number, its IPv6 address, its paths"),
			blocks("EC2MetaDataSSRF_QUERYARGUMENTS", "EC2MetaDataSSRF_QueryArguments", ComponentQueryArguments, FamilyMetadata, ""),
			blocks("GenericLFI_QUERYARGUMENTS", "GenericLFI_QueryArguments", ComponentQueryArguments, FamilyTraversal, "two steps up, or one with a file behind it; overlong and 16-bit encodings"),
			blocks("GenericLFI_URIPATH", "GenericLFI_URIPath", ComponentPath, FamilyTraversal, ""),
			blocks("GenericLFI_BODY", "GenericLFI_Body", ComponentBody, FamilyTraversal, bodyNote),
			blocks("RestrictedExtensions_URIPATH", "RestrictedExtensions_URIPath", ComponentPath, FamilyExtension, "a segment ends so: .log, .ini, .bak, .sql, .pem and others"),
			blocks("RestrictedExtensions_QUERYARGUMENTS", "RestrictedExtensions_QueryArguments", ComponentQueryArguments, FamilyExtension, "a value is a path that ends so"),
			blocks("GenericRFI_QUERYARGUMENTS", "GenericRFI_QueryArguments", ComponentQueryArguments, FamilyRemote, "http, https, ftp, ftps or file URLs with an IPv4 address"),
			blocks("GenericRFI_BODY", "GenericRFI_Body", ComponentBody, FamilyRemote, bodyNote),
			blocks("GenericRFI_URIPATH", "GenericRFI_URIPath", ComponentPath, FamilyRemote, ""),
			blocks("CrossSiteScripting_COOKIE", "CrossSiteScripting_Cookie", ComponentCookies, FamilyScript, cookieNote),
			blocks("CrossSiteScripting_QUERYARGUMENTS", "CrossSiteScripting_QueryArguments", ComponentQueryArguments, FamilyScript, "the detector of XssMatch, and patterns of what only scripts and frameworks run"),
			blocks("CrossSiteScripting_BODY", "CrossSiteScripting_Body", ComponentBody, FamilyScript, "the whole, and each field of a form or leaf of JSON"),
			blocks("CrossSiteScripting_URIPATH", "CrossSiteScripting_URIPath", ComponentPath, FamilyScript, ""),
		},
	},
	{
		Name: "AWSManagedRulesAdminProtectionRuleSet", WCU: 100, Namespace: "admin-protection", Versioned: true,
		Rules: []Rule{
			blocks("AdminProtection_URIPATH", "AdminProtection_URIPath", ComponentPath, FamilyAdmin, "tools for databases, servers and panels, such as sqlmanager and phpmyadmin"),
		},
	},
	{
		Name: "AWSManagedRulesKnownBadInputsRuleSet", WCU: 200, Namespace: "known-bad-inputs", Versioned: true,
		Rules: []Rule{
			blocks("JavaDeserializationRCE_HEADER", "JavaDeserializationRCE_Header", ComponentHeaders, FamilyJava, headerNote),
			blocks("JavaDeserializationRCE_BODY", "JavaDeserializationRCE_Body", ComponentBody, FamilyJava, bodyNote),
			blocks("JavaDeserializationRCE_URIPATH", "JavaDeserializationRCE_URIPath", ComponentPath, FamilyJava, ""),
			blocks("JavaDeserializationRCE_QUERYSTRING", "JavaDeserializationRCE_QueryString", ComponentQueryString, FamilyJava, "classes that run commands, serialized objects, expressions of Spring and OGNL"),
			exactly("Host_localhost_HEADER", "Host_Localhost_Header", ComponentHost, "contains localhost; local demonstrations do (WF-MRG-04)"),
			exactly("PROPFIND_METHOD", "Propfind_Method", ComponentMethod, "is PROPFIND"),
			blocks("ExploitablePaths_URIPATH", "ExploitablePaths_URIPath", ComponentPath, FamilyExploitable, "files and folders such as web-inf, .git and .env"),
			blocks("Log4JRCE_HEADER", "Log4JRCE_Header", ComponentHeaders, FamilyLog4j, headerNote),
			blocks("Log4JRCE_QUERYSTRING", "Log4JRCE_QueryString", ComponentQueryString, FamilyLog4j, "${jndi:…}, also put together from other lookups"),
			blocks("Log4JRCE_BODY", "Log4JRCE_Body", ComponentBody, FamilyLog4j, bodyNote),
			blocks("Log4JRCE_URIPATH", "Log4JRCE_URIPath", ComponentPath, FamilyLog4j, ""),
			blocks("ReactJSRCE_BODY", "ReactJSRCE_Body", ComponentBody, FamilyReact, "references of the Flight protocol to prototypes and constructors (CVE-2025-55182)"),
		},
	},
	{
		Name: "AWSManagedRulesSQLiRuleSet", WCU: 200, Namespace: "sql-database", Versioned: true,
		Rules: []Rule{
			blocks("SQLi_QUERYARGUMENTS", "SQLi_QueryArguments", ComponentQueryArguments, FamilySQL, "the detector of SqliMatch at LOW"),
			blocks("SQLiExtendedPatterns_QUERYARGUMENTS", "SQLiExtendedPatterns_QueryArguments", ComponentQueryArguments, FamilySQLExtended, "what HIGH adds to LOW in SqliMatch (WF-ARC-12)"),
			blocks("SQLi_BODY", "SQLi_Body", ComponentBody, FamilySQL, "the whole, and each field of a form or leaf of JSON (WF-LI-02)"),
			blocks("SQLiExtendedPatterns_BODY", "SQLiExtendedPatterns_Body", ComponentBody, FamilySQLExtended, "the whole, and each field of a form or leaf of JSON"),
			blocks("SQLi_COOKIE", "SQLi_Cookie", ComponentCookies, FamilySQL, cookieNote),
			blocks("SQLi_URIPATH", "SQLi_URIPath", ComponentPath, FamilySQL, ""),
			blocks("SQLiExtendedPatterns_HEADER", "SQLiExtendedPatterns_Header", ComponentHeaders, FamilySQLExtended, headerNote),
			blocks("SQLiExtendedPatterns_URIPATH", "SQLiExtendedPatterns_UriPath", ComponentPath, FamilySQLExtended, ""),
		},
	},
}
