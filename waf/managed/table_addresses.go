package managed

import "github.com/groundfront/groundfront/waf"

// listed makes a rule over addresses that the operator lists: AWS's own lists
// are not public, and none is made up here (WF-MRG-01).
func listed(name string, a waf.Action) Rule {
	return Rule{Name: name, Labels: []string{name}, Action: a, Inspects: ComponentAddress, Coverage: CoverageApproximated, Note: "a list of the operator's, empty unless configured"}
}

const listsNote = "AWS's lists are not public. Those of the operator take their places (WF-MRG-01)."

// addresses has the groups of IP lists (waf.md 8.6).
var addresses = []Group{
	{
		Name: "AWSManagedRulesAmazonIpReputationList", WCU: 25, Namespace: "amazon-ip-list", Note: listsNote,
		Rules: []Rule{
			listed("AWSManagedIPReputationList", waf.ActionBlock),
			listed("AWSManagedReconnaissanceList", waf.ActionBlock),
			listed("AWSManagedIPDDoSList", waf.ActionCount),
		},
	},
	{
		Name: "AWSManagedRulesAnonymousIpList", WCU: 50, Namespace: "anonymous-ip-list", Note: listsNote,
		Rules: []Rule{
			listed("AnonymousIPList", waf.ActionBlock),
			listed("HostingProviderIPList", waf.ActionBlock),
		},
	},
}
