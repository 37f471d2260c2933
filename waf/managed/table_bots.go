package managed

import "github.com/groundfront/groundfront/waf"

// category makes a rule over bots of one category that are not verified. Both
// labels are AWS's; that of the category is on verified bots as well
// (WF-MRG-02).
func category(name, word string) Rule {
	return Rule{
		Name: name, Labels: []string{"bot:category:" + word, name}, Action: waf.ActionBlock, Inspects: ComponentUserAgent,
		Coverage: CoverageApproximated, Note: "a bot of this category by its User-Agent, and not verified",
	}
}

// targeted makes a rule for which there is nothing here.
func targeted(name, label string, a waf.Action, why string) Rule {
	return Rule{Name: name, Labels: []string{"targeted:" + label, name}, Action: a, Coverage: CoverageAbsent, Note: why}
}

// Why rules of the level TARGETED are absent.
const (
	noBrowser = "needs AWS's script in the browser, which looks at it"
	noSession = "needs counts for each session, and tokens here have none"
	noModel   = "needs AWS's statistics of all its traffic"
)

// bots has Bot Control (waf.md 8.7).
var bots = []Group{{
	Name: "AWSManagedRulesBotControlRuleSet", WCU: 50, Namespace: "bot-control", Versioned: true,
	Note: "A bot that is known by its User-Agent has the labels `bot:category:…`, `bot:name:…` and, if somebody in particular runs it, `bot:organization:…`; if it comes from an address that the operator lists for that organization, also `bot:verified`, and then only CategoryAI matches. Each request has `awswaf:managed:token:accepted`, `…:rejected` with the reason, or `…:absent`. Rules whose names begin with `TGT_` are in the group with the inspection level TARGETED. All of this is what a viewer says of itself, and no protection from one that lies.",
	Rules: []Rule{
		category("CategoryAdvertising", "advertising"),
		category("CategoryArchiver", "archiver"),
		category("CategoryContentFetcher", "content_fetcher"),
		category("CategoryEmailClient", "email_client"),
		category("CategoryHttpLibrary", "http_library"),
		category("CategoryLinkChecker", "link_checker"),
		category("CategoryMiscellaneous", "miscellaneous"),
		category("CategoryMonitoring", "monitoring"),
		category("CategoryPagePreview", "page_preview"),
		category("CategoryScrapingFramework", "scraping_framework"),
		category("CategorySearchEngine", "search_engine"),
		category("CategorySecurity", "security"),
		category("CategorySeo", "seo"),
		category("CategorySocialMedia", "social_media"),
		category("CategoryWebhooks", "webhooks"),
		{
			Name: "CategoryAI", Labels: []string{"bot:category:ai", "CategoryAI"}, Action: waf.ActionBlock, Inspects: ComponentUserAgent,
			Coverage: CoverageApproximated, Note: "a bot of this category by its User-Agent, verified or not",
		},
		{
			Name: "SignalAutomatedBrowser", Labels: []string{"signal:automated_browser", "SignalAutomatedBrowser"}, Action: waf.ActionBlock, Inspects: ComponentUserAgent,
			Coverage: CoverageApproximated, Note: "a browser that says it has no head or is driven",
		},
		{
			Name: "SignalKnownBotDataCenter", Labels: []string{"signal:known_bot_data_center", "SignalKnownBotDataCenter"}, Action: waf.ActionBlock, Inspects: ComponentAddress,
			Coverage: CoverageApproximated, Note: "a list of the operator's, empty unless configured (WF-MRG-01)",
		},
		{
			Name: "SignalNonBrowserUserAgent", Labels: []string{"signal:non_browser_user_agent", "SignalNonBrowserUserAgent"}, Action: waf.ActionBlock, Inspects: ComponentUserAgent,
			Coverage: CoverageApproximated, Note: "a User-Agent that no browser has: without Mozilla/ or Opera/ at its beginning",
		},
		{
			Name: "TGT_VolumetricIpTokenAbsent", Labels: []string{"targeted:aggregate:volumetric:ip:token_absent", "TGT_VolumetricIpTokenAbsent"}, Action: waf.ActionChallenge, Inspects: ComponentToken,
			Coverage: CoverageApproximated, Note: "an address sent more than ten requests without a token within five minutes; at AWS five are enough",
		},
		{
			Name: "TGT_TokenAbsent", Labels: []string{"TGT_TokenAbsent"}, Action: waf.ActionCount, Inspects: ComponentToken,
			Coverage: CoverageApproximated, Note: "there is no token",
		},
		targeted("TGT_VolumetricSession", "aggregate:volumetric:session:high", waf.ActionCaptcha, noSession),
		targeted("TGT_VolumetricSessionMaximum", "aggregate:volumetric:session:maximum", waf.ActionBlock, noSession),
		targeted("TGT_SignalAutomatedBrowser", "signal:automated_browser", waf.ActionCaptcha, noBrowser),
		targeted("TGT_SignalBrowserAutomationExtension", "signal:browser_automation_extension", waf.ActionCaptcha, noBrowser),
		targeted("TGT_SignalBrowserInconsistency", "signal:browser_inconsistency", waf.ActionCaptcha, noBrowser),
		targeted("TGT_ML_CoordinatedActivityLow", "aggregate:coordinated_activity:low", waf.ActionChallenge, noModel),
		targeted("TGT_ML_CoordinatedActivityMedium", "aggregate:coordinated_activity:medium", waf.ActionCaptcha, noModel),
		targeted("TGT_ML_CoordinatedActivityHigh", "aggregate:coordinated_activity:high", waf.ActionCaptcha, noModel),
		targeted("TGT_TokenReuseIpLow", "aggregate:volumetric:session:token_reuse:ip:low", waf.ActionCount, noSession),
		targeted("TGT_TokenReuseIpMedium", "aggregate:volumetric:session:token_reuse:ip:medium", waf.ActionCaptcha, noSession),
		targeted("TGT_TokenReuseIpHigh", "aggregate:volumetric:session:token_reuse:ip:high", waf.ActionBlock, noSession),
		targeted("TGT_TokenReuseCountryLow", "aggregate:volumetric:session:token_reuse:country:low", waf.ActionCount, noSession),
		targeted("TGT_TokenReuseCountryMedium", "aggregate:volumetric:session:token_reuse:country:medium", waf.ActionCaptcha, noSession),
		targeted("TGT_TokenReuseCountryHigh", "aggregate:volumetric:session:token_reuse:country:high", waf.ActionBlock, noSession),
		targeted("TGT_TokenReuseAsnLow", "aggregate:volumetric:session:token_reuse:asn:low", waf.ActionCount, noSession),
		targeted("TGT_TokenReuseAsnMedium", "aggregate:volumetric:session:token_reuse:asn:medium", waf.ActionCaptcha, noSession),
		targeted("TGT_TokenReuseAsnHigh", "aggregate:volumetric:session:token_reuse:asn:high", waf.ActionBlock, noSession),
	},
}}
