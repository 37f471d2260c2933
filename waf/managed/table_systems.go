package managed

// systems has the groups for operating systems and applications (waf.md 8.5).
var systems = []Group{
	{
		Name: "AWSManagedRulesLinuxRuleSet", WCU: 200, Namespace: "linux-os", Versioned: true,
		Rules: []Rule{
			blocks("LFI_URIPATH", "LFI_URIPath", ComponentPath, FamilySystemFile, "files such as /proc/version and /etc/passwd"),
			blocks("LFI_QUERYSTRING", "LFI_QueryString", ComponentQueryString, FamilySystemFile, ""),
			blocks("LFI_HEADER", "LFI_Header", ComponentHeaders, FamilySystemFile, headerNote),
		},
	},
	{
		Name: "AWSManagedRulesUnixRuleSet", WCU: 100, Namespace: "posix-os", Versioned: true,
		Rules: []Rule{
			blocks("UNIXShellCommandsVariables_QUERYARGUMENTS", "UNIXShellCommandsVariables_QUERYARGUMENTS", ComponentQueryArguments, FamilyUnix, "a command behind a separator, substitutions, variables of the shell"),
			blocks("UNIXShellCommandsVariables_QUERYSTRING", "UNIXShellCommandsVariables_QueryString", ComponentQueryString, FamilyUnix, ""),
			blocks("UNIXShellCommandsVariables_BODY", "UNIXShellCommandsVariables_Body", ComponentBody, FamilyUnix, bodyNote),
			blocks("UNIXShellCommandsVariables_HEADER", "UNIXShellCommandsVariables_Header", ComponentHeaders, FamilyUnix, headerNote),
		},
	},
	{
		Name: "AWSManagedRulesWindowsRuleSet", WCU: 200, Namespace: "windows-os", Versioned: true,
		Rules: []Rule{
			blocks("WindowsShellCommands_COOKIE", "WindowsShellCommands_Cookie", ComponentCookies, FamilyWindows, cookieNote),
			blocks("WindowsShellCommands_QUERYARGUMENTS", "WindowsShellCommands_QueryArguments", ComponentQueryArguments, FamilyWindows, "a command behind a separator, such as ||nslookup and ;cmd"),
			blocks("WindowsShellCommands_BODY", "WindowsShellCommands_Body", ComponentBody, FamilyWindows, bodyNote),
			blocks("WindowsShellCommands_HEADER", "WindowsShellCommands_Header", ComponentHeaders, FamilyWindows, headerNote),
			blocks("WindowsShellCommands_QUERYSTRING", "WindowsShellCommands_QueryString", ComponentQueryString, FamilyWindows, ""),
			blocks("WindowsShellCommands_URIPATH", "WindowsShellCommands_UriPath", ComponentPath, FamilyWindows, ""),
			blocks("PowerShellCommands_COOKIE", "PowerShellCommands_Cookie", ComponentCookies, FamilyPowerShell, cookieNote),
			blocks("PowerShellCommands_QUERYARGUMENTS", "PowerShellCommands_QueryArguments", ComponentQueryArguments, FamilyPowerShell, "cmdlets such as Invoke-Expression, and what calls PowerShell"),
			blocks("PowerShellCommands_BODY", "PowerShellCommands_Body", ComponentBody, FamilyPowerShell, bodyNote),
		},
	},
	{
		Name: "AWSManagedRulesPHPRuleSet", WCU: 100, Namespace: "php-app", Versioned: true,
		Rules: []Rule{
			blocks("PHPHighRiskMethodsVariables_HEADER", "PHPHighRiskMethodsVariables_Header", ComponentHeaders, FamilyPHP, headerNote),
			blocks("PHPHighRiskMethodsVariables_QUERYSTRING", "PHPHighRiskMethodsVariables_QueryString", ComponentQueryString, FamilyPHP, "calls of functions such as fsockopen, variables such as $_GET, streams, tags, serialized objects"),
			blocks("PHPHighRiskMethodsVariables_BODY", "PHPHighRiskMethodsVariables_Body", ComponentBody, FamilyPHP, bodyNote),
			blocks("PHPHighRiskMethodsVariables_URIPATH", "PHPHighRiskMethodsVariables_URIPath", ComponentPath, FamilyPHP, ""),
		},
	},
	{
		Name: "AWSManagedRulesWordPressRuleSet", WCU: 100, Namespace: "wordpress-app", Versioned: true,
		Rules: []Rule{
			blocks("WordPressExploitableCommands_QUERYSTRING", "WordPressExploitableCommands_QUERYSTRING", ComponentQueryString, FamilyWordPressCommand, "do-reset-wordpress, and actions of plugins that were attacked"),
			blocks("WordPressExploitablePaths_URIPATH", "WordPressExploitablePaths_URIPATH", ComponentPath, FamilyWordPressPath, "xmlrpc.php, wp-config.php and others"),
		},
	},
}
