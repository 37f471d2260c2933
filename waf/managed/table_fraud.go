package managed

import "github.com/groundfront/groundfront/waf"

// never makes a rule of a group that is accepted by its name and never matches
// (WF-MRG-05).
func never(name string, a waf.Action, labels ...string) Rule {
	return Rule{Name: name, Labels: labels, Action: a, Coverage: CoverageAbsent, Note: noFraud}
}

const accepted = "A web ACL may refer to it; validation warns that none of its rules matches (WF-MRG-05)."

const noFraud = "needs the meaning of a login or sign-up, its responses, or a record of the site's usual traffic"

// fraud has the groups that need what is not seen here: WF-MRG-05.
var fraud = []Group{
	{
		Name: "AWSManagedRulesATPRuleSet", WCU: 50, Namespace: "atp", Versioned: true, Note: accepted,
		Rules: []Rule{
			never("UnsupportedCognitoIDP", waf.ActionBlock, "unsupported:cognito_idp"),
			never("VolumetricIpHigh", waf.ActionBlock, "aggregate:volumetric:ip:high"),
			never("VolumetricSession", waf.ActionBlock, "aggregate:volumetric:session"),
			never("AttributeCompromisedCredentials", waf.ActionBlock, "aggregate:attribute:compromised_credentials"),
			never("AttributeUsernameTraversal", waf.ActionBlock, "aggregate:attribute:username_traversal"),
			never("AttributePasswordTraversal", waf.ActionBlock, "aggregate:attribute:password_traversal"),
			never("AttributeLongSession", waf.ActionBlock, "aggregate:attribute:long_session"),
			never("TokenRejected", waf.ActionBlock),
			never("SignalMissingCredential", waf.ActionBlock, "signal:missing_credential"),
			never("VolumetricIpFailedLoginResponseHigh", waf.ActionBlock, "aggregate:volumetric:ip:failed_login_response:high"),
			never("VolumetricSessionFailedLoginResponseHigh", waf.ActionBlock, "aggregate:volumetric:session:failed_login_response:high"),
		},
	},
	{
		Name: "AWSManagedRulesACFPRuleSet", WCU: 50, Namespace: "acfp", Versioned: true, Note: accepted,
		Rules: []Rule{
			never("UnsupportedCognitoIDP", waf.ActionBlock, "unsupported:cognito_idp"),
			never("AllRequests", waf.ActionChallenge),
			never("RiskScoreHigh", waf.ActionBlock, "risk_score:high"),
			never("SignalCredentialCompromised", waf.ActionBlock, "signal:credential_compromised"),
			never("SignalClientHumanInteractivityAbsentLow", waf.ActionCaptcha, "signal:client:human_interactivity:low"),
			never("AutomatedBrowser", waf.ActionBlock, "signal:automated_browser"),
			never("BrowserInconsistency", waf.ActionCaptcha, "signal:browser_inconsistency"),
			never("VolumetricIpHigh", waf.ActionCaptcha, "aggregate:volumetric:ip:creation:high"),
			never("VolumetricSessionHigh", waf.ActionBlock, "aggregate:volumetric:session:creation:high"),
			never("AttributeUsernameTraversalHigh", waf.ActionBlock, "aggregate:attribute:username_traversal:creation:high"),
			never("VolumetricPhoneNumberHigh", waf.ActionBlock, "aggregate:volumetric:phone_number:high"),
			never("VolumetricAddressHigh", waf.ActionBlock, "aggregate:volumetric:address:high"),
			never("VolumetricAddressLow", waf.ActionCaptcha, "aggregate:volumetric:address:low"),
			never("VolumetricIPSuccessfulResponse", waf.ActionBlock, "aggregate:volumetric:ip:successful_creation_response:high"),
			never("VolumetricSessionSuccessfulResponse", waf.ActionBlock, "aggregate:volumetric:session:successful_creation_response:high"),
			never("VolumetricSessionTokenReuseIp", waf.ActionBlock, "aggregate:volumetric:session:creation:token_reuse:ip"),
		},
	},
	{
		Name: "AWSManagedRulesAntiDDoSRuleSet", WCU: 50, Namespace: "anti-ddos", Versioned: true, Note: accepted,
		Rules: []Rule{
			never("ChallengeAllDuringEvent", waf.ActionChallenge, "ChallengeAllDuringEvent"),
			never("ChallengeDDoSRequests", waf.ActionChallenge, "ChallengeDDoSRequests"),
			never("DDoSRequests", waf.ActionBlock, "DDoSRequests"),
		},
	},
}
