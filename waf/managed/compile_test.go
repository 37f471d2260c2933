package managed

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
)

// attacks have one text for each family.
var attacks = map[Family]string{
	FamilyTraversal: "../../etc/x", FamilyRemote: "http://203.0.113.5/x", FamilyMetadata: "http://169.254.169.254/latest/meta-data/",
	FamilyScript: "<script>alert(1)</script>", FamilyExtension: "backup/dump.sql", FamilyAdmin: "sqlmanager/", FamilyExploitable: "web-inf/web.xml",
	FamilyJava: `(java.lang.Runtime).getRuntime().exec("whoami")`, FamilyLog4j: "${jndi:ldap://example.com/}", FamilyReact: `{"then":"$1:__proto__:then"}`,
	FamilySQL: "1' OR '1'='1", FamilySystemFile: "/proc/version", FamilyUnix: "echo $HOME", FamilyWindows: "||nslookup x.example", FamilyPowerShell: "Invoke-Expression x",
	FamilyPHP: "fsockopen($_GET[x])", FamilyWordPressCommand: "do-reset-wordpress", FamilyWordPressPath: "xmlrpc.php", FamilyScanner: "Nessus",
}

// request puts a text where a component is.
func (c Component) request(text string) *waf.Request {
	r := get("/")
	escaped := strings.ReplaceAll(url.QueryEscape(text), "+", "%20")
	switch c {
	case ComponentPath:
		r.Path = "/" + strings.ReplaceAll(escaped, "%2F", "/")
	case ComponentQueryString, ComponentQueryArguments:
		r.Query, r.HasQuery = "x="+escaped, true
	case ComponentHeaders:
		r.Fields = append(r.Fields, field.Line{Name: "x-test", Value: text})
	case ComponentUserAgent:
		r.Fields[0].Value = text
	case ComponentCookies:
		r.Fields = append(r.Fields, field.Line{Name: "cookie", Value: "a=1; x=" + escaped})
	case ComponentBody:
		r = post(text)
		r.Fields[len(r.Fields)-1].Value = "text/plain"
	}
	return r
}

// exactRequests match the rules that leave nothing open.
var exactRequests = map[string]func(r *waf.Request){
	"NoUserAgent_HEADER":             func(r *waf.Request) { r.Fields = r.Fields[1:] },
	"SizeRestrictions_QUERYSTRING":   func(r *waf.Request) { r.Query, r.HasQuery = strings.Repeat("a", 2049), true },
	"SizeRestrictions_Cookie_HEADER": func(r *waf.Request) { r.Fields[5].Value = strings.Repeat("a", 10241) },
	"SizeRestrictions_BODY":          func(r *waf.Request) { r.Body = waf.Body{Present: true, Text: strings.Repeat("a", 8193), Size: 8193} },
	"SizeRestrictions_URIPATH":       func(r *waf.Request) { r.Path = "/" + strings.Repeat("a", 1024) },
	"Host_localhost_HEADER":          func(r *waf.Request) { r.Host = "LocalHost:8080" },
	"PROPFIND_METHOD":                func(r *waf.Request) { r.Method = "PROPFIND" },
}

// botRequests are the User-Agents that rules of Bot Control match.
var botRequests = map[string]string{
	"CategoryAdvertising": "Mozilla/5.0 (compatible; AdsBot-Google)", "CategoryArchiver": "archive.org_bot", "CategoryContentFetcher": "FeedFetcher-Google", "CategoryEmailClient": "Mozilla/5.0 Thunderbird/128",
	"CategoryHttpLibrary": "python-requests/2.32", "CategoryLinkChecker": "LinkChecker/10", "CategoryMiscellaneous": "Mozilla/5.0 (compatible; turnitinbot)", "CategoryMonitoring": "Pingdom.com_bot",
	"CategoryPagePreview": "Slackbot-LinkExpanding 1.0", "CategoryScrapingFramework": "Scrapy/2.11", "CategorySearchEngine": "Mozilla/5.0 (compatible; Googlebot/2.1)", "CategorySecurity": "Mozilla/5.0 (compatible; CensysInspect/1.1)",
	"CategorySeo": "Mozilla/5.0 (compatible; AhrefsBot/7.0)", "CategorySocialMedia": "facebookexternalhit/1.1", "CategoryWebhooks": "Stripe/1.0", "CategoryAI": "Mozilla/5.0; compatible; GPTBot/1.2",
	"SignalAutomatedBrowser": "Mozilla/5.0 HeadlessChrome/143.0", "SignalNonBrowserUserAgent": "MyApp/1.0", "TGT_TokenAbsent": "Mozilla/5.0", "TGT_VolumetricIpTokenAbsent": "",
}

// TestEachRule: for each rule that is not absent there is a request that it
// matches, with its labels, and an ordinary one that it does not.
func TestEachRule(t *testing.T) {
	here := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")}
	for i := range groups {
		g := &groups[i]
		for _, r := range g.Rules {
			if r.Coverage == CoverageAbsent || r.Name == "TGT_VolumetricIpTokenAbsent" || r.Finds == FamilySQLExtended {
				continue
			}
			o := Options{Targeted: true, Lists: map[string][]netip.Prefix{r.Name: here}}
			if r.Inspects != ComponentAddress {
				o.Lists = nil
			}
			request, ordinary := get("/"), get("/products/42?color=red")
			switch agent, isBot := botRequests[r.Name]; {
			case isBot:
				request.Fields[0].Value = agent
			case exactRequests[r.Name] != nil:
				exactRequests[r.Name](request)
			case r.Inspects != ComponentAddress:
				request = r.Inspects.request(attacks[r.Finds])
			}
			only := g.only(t, r.Name, o)
			step := stepOf(only, request, r.Name)
			if step == nil {
				t.Errorf("%s %s: no match", g.Name, r.Name)
				continue
			}
			for _, l := range r.Labels {
				if !slices.Contains(step.Labels, g.Prefix()+l) {
					t.Errorf("%s %s: labels %q, want %q among them", g.Name, r.Name, step.Labels, g.Prefix()+l)
				}
			}
			if step.Action != r.Action {
				t.Errorf("%s %s: %v, want %v", g.Name, r.Name, step.Action, r.Action)
			}
			if r.Inspects != ComponentAddress && r.Inspects != ComponentToken && stepOf(only, ordinary, r.Name) != nil {
				t.Errorf("%s %s: matches an ordinary request", g.Name, r.Name)
			}
		}
	}
}

// only compiles a web ACL of a group of which all rules but one count.
func (g *Group) only(t *testing.T, rule string, o Options) *waf.ACL {
	t.Helper()
	var others []string
	for _, r := range g.Rules {
		if r.Name != rule {
			others = append(others, r.Name)
		}
	}
	return build(t, o, others, g.Name)
}

// stepOf returns what a rule has done with a request, nil for nothing.
func stepOf(a *waf.ACL, r *waf.Request, rule string) *waf.Step {
	record := &waf.Record{}
	a.Evaluate(context.Background(), a.Peer(viewer), r, record)
	for i := range record.Steps {
		if s := &record.Steps[i]; s.Rule == rule && s.Matched {
			return s
		}
	}
	return nil
}

// labelsOf returns the labels that a request has in the end, without the prefix
// of Bot Control, and whether it was blocked.
func labelsOf(t *testing.T, o Options, agent string) (labels []string, blockedBy string) {
	t.Helper()
	g := Lookup("AWSManagedRulesBotControlRuleSet")
	r := get("/")
	r.Fields[0].Value = agent
	record := &waf.Record{}
	a := build(t, o, nil, g.Name)
	v := a.Evaluate(context.Background(), a.Peer(viewer), r, record)
	for _, l := range record.Labels {
		if l != "awswaf:managed:token:absent" {
			labels = append(labels, strings.TrimPrefix(l, g.Prefix()))
		}
	}
	if len(labels) == len(record.Labels) {
		t.Errorf("labels %q, want one that says that there is no token", record.Labels)
	}
	if v.Block != nil {
		blockedBy = v.Block.GroupRule
	}
	return labels, blockedBy
}

// TestVerifiedBots: WF-MRG-02.
func TestVerifiedBots(t *testing.T) {
	const googlebot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	mine := map[string][]netip.Prefix{"google": {netip.MustParsePrefix("192.0.2.0/24")}, "openai": {netip.MustParsePrefix("192.0.2.0/24")}}
	others := map[string][]netip.Prefix{"google": {netip.MustParsePrefix("198.51.100.0/24")}}
	for _, tc := range []struct {
		about, agent string
		verified     map[string][]netip.Prefix
		blockedBy    string
		labels       string
	}{
		{"nobody is verified", googlebot, nil, "CategorySearchEngine", "CategorySearchEngine bot:category:search_engine bot:name:googlebot bot:organization:google"},
		{"from where it should come", googlebot, mine, "", "bot:category:search_engine bot:name:googlebot bot:organization:google bot:verified"},
		{"from elsewhere", googlebot, others, "CategorySearchEngine", "CategorySearchEngine bot:category:search_engine bot:name:googlebot bot:organization:google"},
		{"a name that is not the organization's", "Mozilla/5.0 (compatible; bingbot/2.0)", mine, "CategorySearchEngine", "CategorySearchEngine bot:category:search_engine bot:name:bingbot bot:organization:microsoft"},
		{"AI is blocked, verified or not", "Mozilla/5.0; compatible; GPTBot/1.2", mine, "CategoryAI", "CategoryAI bot:category:ai bot:name:gptbot bot:organization:openai bot:verified"},
		{"a browser", get("/").Fields[0].Value, mine, "", ""},
		{"a program", "MyApp/1.0", mine, "SignalNonBrowserUserAgent", "SignalNonBrowserUserAgent signal:non_browser_user_agent"},
	} {
		labels, by := labelsOf(t, Options{Verified: tc.verified}, tc.agent)
		slices.Sort(labels)
		if got := strings.Join(labels, " "); got != tc.labels || by != tc.blockedBy {
			t.Errorf("%s: %q blocks, labels %s; want %q, %s", tc.about, by, got, tc.blockedBy, tc.labels)
		}
	}
}

// TestLevels: only TARGETED has rules whose names begin with TGT_, and one of
// them counts.
func TestLevels(t *testing.T) {
	common, err := Lookup("AWSManagedRulesBotControlRuleSet").Compile(Options{})
	if err != nil {
		t.Fatal(err)
	}
	targeted, err := Lookup("AWSManagedRulesBotControlRuleSet").Compile(Options{Targeted: true})
	if err != nil {
		t.Fatal(err)
	}
	if c, all := len(common.Rules), len(targeted.Rules); c != 19 || all != 38 {
		t.Errorf("got %d rules, %d with TARGETED, want 19 and 38", c, all)
	}
	a := build(t, Options{Targeted: true}, nil, "AWSManagedRulesBotControlRuleSet")
	p := a.Peer(viewer)
	r := get("/")
	challenged := 0
	for i := range 40 {
		r.Now = time.Unix(1_700_000_000+int64(i), 0)
		if v := a.Evaluate(context.Background(), p, r, nil); v.Action == waf.ActionChallenge {
			challenged++
		}
	}
	if challenged == 0 || challenged > 30 {
		t.Errorf("40 requests without a token: %d are challenged, want some, and not the first ten", challenged)
	}
	r.Fields = append(r.Fields, field.Line{Name: "cookie", Value: "aws-waf-token=x"})
	if v := a.Evaluate(context.Background(), p, r, nil); v.Action != waf.ActionAllow {
		t.Errorf("with a token: %v, want allow", v.Action)
	}
}

// TestBotNames: the words of bots are found by themselves, and names are what
// labels may have.
func TestBotNames(t *testing.T) {
	for _, b := range knownBots {
		if b.word != strings.ToLower(b.word) || b.word == "" || b.name == "" || strings.Trim(b.name, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
			t.Errorf("%+v: not in lower case, or not a name", b)
		}
	}
	if len(knownBots) < 300 || len(Organizations()) < 30 || len(Lists()) != 6 {
		t.Errorf("%d bots of %d organizations, %d lists, want at least 300, 30, and 6", len(knownBots), len(Organizations()), len(Lists()))
	}
}

// TestOtherContent: what is said to be no text is not given to the detectors as a
// whole, unless something else is said of it, too.
func TestOtherContent(t *testing.T) {
	for _, tc := range []struct {
		kinds []string
		body  string
		want  waf.Action
	}{
		{[]string{"text/plain"}, attacks[FamilySQL], waf.ActionBlock},
		{nil, attacks[FamilySQL], waf.ActionBlock},
		{[]string{"image/png"}, attacks[FamilySQL], waf.ActionAllow},
		{[]string{"application/soap+xml; charset=utf-8"}, attacks[FamilySQL], waf.ActionAllow},
		{[]string{"text/plain; x=image/png"}, attacks[FamilySQL], waf.ActionBlock},
		{[]string{"image/png", "application/json"}, attacks[FamilySQL], waf.ActionBlock},
		{[]string{"image/png", "application/x-www-form-urlencoded"}, "a=1&b=" + url.QueryEscape(attacks[FamilySQL]), waf.ActionBlock},
		{[]string{"image/png"}, `{"a": "` + attacks[FamilySQL] + `"}`, waf.ActionBlock},
		{[]string{"image/png"}, `{"a": 1, "a": "` + attacks[FamilySQL] + `"}`, waf.ActionBlock}, // origins take the second
	} {
		r := post(tc.body)
		r.Fields = r.Fields[:len(r.Fields)-1]
		for _, kind := range tc.kinds {
			r.Fields = append(r.Fields, field.Line{Name: "content-type", Value: kind})
		}
		a := build(t, Options{}, nil, "AWSManagedRulesSQLiRuleSet")
		if v := a.Evaluate(context.Background(), a.Peer(viewer), r, nil); v.Action != tc.want {
			t.Errorf("%q %s: %v, want %v", tc.kinds, tc.body, v.Action, tc.want)
		}
	}
}
