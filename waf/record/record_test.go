package record

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf"
	"github.com/groundfront/groundfront/waf/ipset"
)

var start = time.UnixMilli(1_800_000_000_123)

func everyone(t *testing.T) waf.Statement {
	s, err := ipset.Parse([]string{"192.0.2.0/24"})
	if err != nil {
		t.Fatal(err)
	}
	return waf.IPSetReference{Name: "all", Set: s}
}

func query() waf.Inspection {
	return waf.Inspection{Field: waf.Field{Kind: waf.FieldQueryString}}
}

// entry evaluates a request.
func entry(t *testing.T, c waf.Config, r *waf.Request) *Entry {
	c.Name, c.Namespace = "edge", "awswaf:000000000000:webacl:edge:"
	a, err := waf.New(c)
	if err != nil {
		t.Fatal(err)
	}
	e := &Entry{
		Time: start, Request: r, Record: new(waf.Record), Viewer: netip.MustParseAddr("192.0.2.1"), Country: "US", ID: "id", Scheme: "https", SourceID: "E1",
	}
	e.Verdict = a.Evaluate(context.Background(), a.Peer(e.Viewer), r, e.Record)
	return e
}

func request() *waf.Request {
	return &waf.Request{
		Method: "GET", Path: "/a", Query: "id=1' or 1=1--&token=s", HasQuery: true, Host: "example.com", Proto: "HTTP/1.1",
		Fields: field.Lines{{Name: "User-Agent", Value: "curl"}, {Name: "Cookie", Value: "a=1; session=s"}},
	}
}

const common = `"timestamp":1800000000123,"formatVersion":1,"webaclId":"arn",`

const seen = `"httpRequest":{"clientIp":"192.0.2.1","country":"US","headers":[{"name":"Host","value":"example.com"},{"name":"User-Agent","value":"curl"},` +
	`{"name":"Cookie","value":"a=1; session=s"}],"uri":"/a","args":"id=1' or 1=1--&token=s","httpVersion":"HTTP/1.1","httpMethod":"GET","requestId":"id","scheme":"https","host":"example.com"}`

// TestLine: the log record of each way in which an evaluation ends (WF-LOGS-03,
// WF-TST-09).
func TestLine(t *testing.T) {
	count := waf.Handling{Action: waf.ActionCount}
	block := waf.Handling{Action: waf.ActionBlock}
	group := &waf.RuleGroup{Name: "g", ID: "AWS#g", Namespace: "awswaf:managed:aws:g:", Managed: true, Rules: []waf.Rule{
		{Name: "inner", Statement: everyone(t), Handling: block, Labels: []string{"inner"}},
	}}
	for name, test := range map[string]struct {
		c    waf.Config
		want string
	}{
		"default": {waf.Config{Default: waf.Handling{Action: waf.ActionAllow, Insert: field.Lines{{Name: "x-amzn-waf-a", Value: "1"}}}},
			`{` + common + `"terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[],` +
				`"httpSourceName":"CF","httpSourceId":"E1","ruleGroupList":[],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],` +
				`"requestHeadersInserted":[{"name":"x-amzn-waf-a","value":"1"}],"responseCodeSent":null,` + seen + `}`},
		"block": {waf.Config{Rules: []waf.Rule{
			{Name: "counted", Statement: everyone(t), Handling: count, Labels: []string{"ns:l"}},
			{Name: "blocked", Statement: everyone(t), Handling: waf.Handling{Action: waf.ActionBlock, Response: &waf.Response{Status: 429}}},
		}}, `{` + common + `"terminatingRuleId":"blocked","terminatingRuleType":"REGULAR","action":"BLOCK","terminatingRuleMatchDetails":[],` +
			`"httpSourceName":"CF","httpSourceId":"E1","ruleGroupList":[],"rateBasedRuleList":[],` +
			`"nonTerminatingMatchingRules":[{"ruleId":"counted","action":"COUNT","ruleMatchDetails":[]}],` +
			`"requestHeadersInserted":null,"responseCodeSent":429,` + seen + `,"labels":[{"name":"awswaf:000000000000:webacl:edge:ns:l"}]}`},
		"managed group": {waf.Config{Rules: []waf.Rule{{Name: "ref", Statement: waf.GroupReference{Group: group}}}},
			`{` + common + `"terminatingRuleId":"ref","terminatingRuleType":"MANAGED_RULE_GROUP","action":"BLOCK","terminatingRuleMatchDetails":[],` +
				`"httpSourceName":"CF","httpSourceId":"E1","ruleGroupList":[{"ruleGroupId":"AWS#g","terminatingRule":{"ruleId":"inner","action":"BLOCK","ruleMatchDetails":[]},` +
				`"nonTerminatingMatchingRules":[],"excludedRules":null,"customerConfig":null}],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],` +
				`"requestHeadersInserted":null,"responseCodeSent":null,` + seen + `,"labels":[{"name":"awswaf:managed:aws:g:inner"}]}`},
		"counted group with an excluded rule": {waf.Config{Rules: []waf.Rule{{Name: "ref", Statement: waf.GroupReference{Group: group, Count: true, Overrides: []waf.Override{
			{Rule: "inner", Handling: count, Excluded: true}}}}}},
			`{` + common + `"terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[],` +
				`"httpSourceName":"CF","httpSourceId":"E1","ruleGroupList":[{"ruleGroupId":"AWS#g","terminatingRule":null,"nonTerminatingMatchingRules":[],` +
				`"excludedRules":[{"exclusionType":"EXCLUDED_AS_COUNT","ruleId":"inner"}],"customerConfig":null}],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],` +
				`"requestHeadersInserted":null,"responseCodeSent":null,` + seen + `,"labels":[{"name":"awswaf:managed:aws:g:inner"}]}`},
		"counted group": {waf.Config{Rules: []waf.Rule{{Name: "ref", Statement: waf.GroupReference{Group: group, Count: true}}}},
			`{` + common + `"terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[],` +
				`"httpSourceName":"CF","httpSourceId":"E1","ruleGroupList":[{"ruleGroupId":"AWS#g","terminatingRule":{"ruleId":"inner","action":"BLOCK","ruleMatchDetails":[]},` +
				`"nonTerminatingMatchingRules":[],"excludedRules":null,"customerConfig":null}],"rateBasedRuleList":[],` +
				`"nonTerminatingMatchingRules":[{"ruleId":"ref","action":"COUNT","ruleMatchDetails":[]}],` +
				`"requestHeadersInserted":null,"responseCodeSent":null,` + seen + `,"labels":[{"name":"awswaf:managed:aws:g:inner"}]}`},
		"captcha": {waf.Config{Rules: []waf.Rule{{Name: "solve", Statement: everyone(t), Handling: waf.Handling{Action: waf.ActionCaptcha}}}},
			`{` + common + `"terminatingRuleId":"solve","terminatingRuleType":"REGULAR","action":"CAPTCHA","terminatingRuleMatchDetails":[],` +
				`"httpSourceName":"CF","httpSourceId":"E1","ruleGroupList":[],"rateBasedRuleList":[],"nonTerminatingMatchingRules":[],` +
				`"requestHeadersInserted":null,"responseCodeSent":null,` + seen + `,"captchaResponse":{"responseCode":405,"solveTimestamp":0,"failureReason":"TOKEN_MISSING"}}`},
	} {
		o := Options{ARN: "arn"}
		if got := string(o.appendLine(nil, entry(t, test.c, request()))); got != test.want+"\n" {
			t.Errorf("%s: got\n%swant\n%s", name, got, test.want)
		}
	}
}

// TestDetails: what a detector found, unless that is protected (WF-SQLI-05,
// WF-LOGS-04, WF-ACL-07).
func TestDetails(t *testing.T) {
	c := waf.Config{Rules: []waf.Rule{{Name: "sql", Statement: waf.SqliMatch{Inspection: query()}, Handling: waf.Handling{Action: waf.ActionBlock}}}}
	for location, want := range map[string]int{"": 1, "BODY": 1, "QUERY_STRING": 0} {
		o := Options{ARN: "arn", Protect: Protection{NoDetails: []string{location}}}
		var got line
		if err := json.Unmarshal(o.appendLine(nil, entry(t, c, request())), &got); err != nil {
			t.Fatal(err)
		}
		if d := got.TerminatingRuleMatchDetails; len(d) != want || want == 1 && (d[0].ConditionType != "SQL_INJECTION" || d[0].Location != "QUERY_STRING" || d[0].SensitivityLevel != "LOW" || len(d[0].MatchedData) == 0) {
			t.Errorf("without those of %q: got %+v, want %d", location, d, want)
		}
	}
}

// TestProtection: what stands for values that are not to be seen (WF-LOGS-02,
// WF-ACL-07).
func TestProtection(t *testing.T) {
	o := Options{Protect: Protection{
		Path: MaskSubstitute, Method: MaskSubstitute, Arguments: map[string]Mask{"token": MaskSubstitute},
		Headers: map[string]Mask{"user-agent": MaskHash}, Cookies: map[string]Mask{"session": MaskSubstitute},
	}}
	e := entry(t, waf.Config{}, request())
	q := o.request(e)
	got := fmt.Sprintf("%s %s %s %s %s", q.HTTPMethod, q.URI, q.Args, q.Headers[1].Value, q.Headers[2].Value)
	hashed := MaskHash.of("curl")
	if want := "REDACTED REDACTED id=1' or 1=1--&token=REDACTED " + hashed + " a=1; session=REDACTED"; got != want || len(hashed) != 64 {
		t.Errorf("got %s, want %s", got, want)
	}
	o.Protect = Protection{Cookies: map[string]Mask{Every: MaskSubstitute, "a": MaskNone}}
	if got, want := o.request(e).Headers[2].Value, "a=1; session=REDACTED"; got != want {
		t.Errorf("every cookie but one: got %s, want %s", got, want)
	}
	o.Protect = Protection{Query: MaskSubstitute, Headers: map[string]Mask{"cookie": MaskSubstitute}}
	q = o.request(e)
	if q.Args != redacted || q.Headers[2].Value != redacted {
		t.Errorf("got %q and %q, want both redacted", q.Args, q.Headers[2].Value)
	}
}

// TestProtectedArguments: names of arguments as statements find them (WF-FLD-03,
// WF-FLD-18).
func TestProtectedArguments(t *testing.T) {
	p := Protection{Arguments: map[string]Mask{"api key": MaskSubstitute}}
	for in, want := range map[string]string{
		"api+key=a&b=c":     "api+key=REDACTED&b=c",
		"API%20Key=a&":      "API%20Key=REDACTED&",
		"api%zzkey=a":       "api%zzkey=a",
		"apikey=a&api+key":  "apikey=a&api+key",
		"api+key=a=b&x=&&y": "api+key=REDACTED&x=&&y",
	} {
		if got := p.query(in); got != want {
			t.Errorf("%s: got %s, want %s", in, got, want)
		}
	}
}

// TestProtectedRates: parts of the keys of rate-based rules (WF-ACL-07).
func TestProtectedRates(t *testing.T) {
	e := entry(t, waf.Config{}, request())
	e.Record.Rates = []waf.RateStep{{Rule: "limit", Key: "CUSTOMKEYS", Custom: []waf.RateValue{
		{Key: "HEADER", Name: "X-Key", Value: "a"}, {Key: "HEADER", Name: "Accept", Value: "b"}, {Key: "COOKIE", Name: "session", Value: "c"},
		{Key: "QUERY_ARGUMENT", Name: "Token", Value: "d"}, {Key: "QUERY_STRING", Value: "token=e&f=g"}, {Key: "URI_PATH", Value: "/h"},
		{Key: "HTTP_METHOD", Value: "GET"}, {Key: "IP", Value: "192.0.2.1"},
	}}}
	p := Protection{
		Headers: map[string]Mask{"x-key": MaskSubstitute}, Cookies: map[string]Mask{Every: MaskSubstitute}, Arguments: map[string]Mask{"token": MaskSubstitute},
		Path: MaskSubstitute, Method: MaskSubstitute,
	}
	values := func(o Options) string {
		var all []string
		for _, v := range o.rates(e)[0].CustomValues {
			all = append(all, v.Value)
		}
		return strings.Join(all, " ")
	}
	for _, test := range []struct {
		o    Options
		want string
	}{
		{Options{Protect: p}, "a b c d token=e&f=g /h GET 192.0.2.1"},
		{Options{ProtectRates: p}, "REDACTED b REDACTED REDACTED token=REDACTED&f=g REDACTED REDACTED 192.0.2.1"},
		{Options{ProtectRates: Protection{Query: MaskSubstitute, Headers: map[string]Mask{"cookie": MaskSubstitute}}}, "a b REDACTED REDACTED REDACTED /h GET 192.0.2.1"},
	} {
		if got := values(test.o); got != test.want {
			t.Errorf("%+v: got %s, want %s", test.o, got, test.want)
		}
	}
}

// TestFilter: the first rule that is for a request decides (WF-LOGS-03).
func TestFilter(t *testing.T) {
	blocked := entry(t, waf.Config{Rules: []waf.Rule{
		{Name: "c", Statement: everyone(t), Handling: waf.Handling{Action: waf.ActionCount}, Labels: []string{"l"}},
		{Name: "b", Statement: everyone(t), Handling: waf.Handling{Action: waf.ActionBlock}},
	}}, request())
	allowed := entry(t, waf.Config{}, request())
	action := func(a string) Condition { return Condition{Action: a} }
	label := Condition{Label: "awswaf:000000000000:webacl:edge:l"}
	for _, test := range []struct {
		f                Filter
		blocked, allowed bool
	}{
		{Filter{}, true, true},
		{Filter{Drop: true}, false, false},
		{Filter{Drop: true, Rules: []FilterRule{{Conditions: []Condition{action("BLOCK")}}}}, true, false},
		{Filter{Drop: true, Rules: []FilterRule{{Conditions: []Condition{action("BLOCK"), action("ALLOW")}}}}, false, false},
		{Filter{Drop: true, Rules: []FilterRule{{Any: true, Conditions: []Condition{action("BLOCK"), action("ALLOW")}}}}, true, true},
		{Filter{Rules: []FilterRule{{Drop: true, Conditions: []Condition{label, action("COUNT")}}}}, false, true},
		{Filter{Rules: []FilterRule{{Conditions: []Condition{label}}, {Drop: true, Conditions: []Condition{action("BLOCK")}}}}, true, true},
		{Filter{Rules: []FilterRule{{Drop: true, Conditions: []Condition{action("EXCLUDED_AS_COUNT")}}}}, true, true},
	} {
		if test.f.keeps(blocked) != test.blocked || test.f.keeps(allowed) != test.allowed {
			t.Errorf("%+v: got kept blocked %t and allowed %t, want %t and %t", test.f, test.f.keeps(blocked), test.f.keeps(allowed), test.blocked, test.allowed)
		}
	}
}

// TestSamples: some requests of each second, of each rule the latest, for three
// hours (WF-SMP-01).
func TestSamples(t *testing.T) {
	r := New(Options{Samples: NewSamples(), PerSecond: 2, NoSamples: map[string]bool{"hidden": true}})
	block := waf.Config{Rules: []waf.Rule{
		{Name: "hidden", Statement: everyone(t), Handling: waf.Handling{Action: waf.ActionCount}},
		{Name: "b", Statement: everyone(t), Handling: waf.Handling{Action: waf.ActionBlock, Response: &waf.Response{Status: 429}}, Labels: []string{"l"}},
	}}
	for i := range 200 {
		now := start.Add(time.Duration(i/4) * time.Second)
		if got, want := r.Wants(now), i%4 < 2; got != want {
			t.Fatalf("request %d: got wanted %t, want %t", i, got, want)
		} else if got {
			e := entry(t, block, request())
			e.Time = now
			r.Take(e)
		}
	}
	end := start.Add(49 * time.Second)
	all := r.Samples().Get("b", time.Time{}, end, 500)
	if len(all) != samplesPerRule || !all[0].Timestamp.Equal(end) || all[0].Request.URI != "/a?id=1' or 1=1--&token=s" || all[0].Action != "BLOCK" || all[0].ResponseCodeSent != 429 ||
		len(all[0].Labels) != 1 || len(all[0].Request.Headers) != 3 {
		t.Errorf("got %d samples, the first %+v", len(all), all[0])
	}
	if got := r.Samples().Get("hidden", time.Time{}, end, 500); len(got) != 0 {
		t.Errorf("of a rule without: got %d samples", len(got))
	}
	if got := r.Samples().Get("b", end.Add(-time.Second), end, 500); len(got) != 4 {
		t.Errorf("of the last second: got %d samples, want 4", len(got))
	}
	if got := r.Samples().Get("b", time.Time{}, end, 3); len(got) != 3 {
		t.Errorf("at most three: got %d", len(got))
	}
	if got := r.Samples().Get("b", time.Time{}, end.Add(SamplesAge+time.Second), 500); len(got) != 0 {
		t.Errorf("three hours later: got %d samples", len(got))
	}
	if got := strings.Join(r.Samples().Rules(), " "); got != "b" {
		t.Errorf("got samples of %q, want b", got)
	}
}

// TestSampledRules: the number of rules with samples is bounded.
func TestSampledRules(t *testing.T) {
	s := NewSamples()
	for i := range sampledRules + 10 {
		s.add(fmt.Sprint(i), Sample{Timestamp: start})
	}
	if got := len(s.Rules()); got != sampledRules {
		t.Errorf("got samples of %d rules, want %d", got, sampledRules)
	}
	s.add("later", Sample{Timestamp: start.Add(SamplesAge + time.Second)})
	if got := s.Rules(); len(got) != 1 || got[0] != "later" {
		t.Errorf("got samples of %d rules, want those of the last three hours alone", len(got))
	}
}

// TestRecorderWants: with a log every request is recorded.
func TestRecorderWants(t *testing.T) {
	var lines []string
	r := New(Options{Log: func(_ uint8, l []byte) { lines = append(lines, string(l)) }, Samples: NewSamples(), PerSecond: 1})
	for range 3 {
		if !r.Wants(start) {
			t.Fatal("not wanted")
		}
		r.Take(entry(t, waf.Config{}, request()))
	}
	if got := len(r.Samples().Get(waf.DefaultRule, time.Time{}, start, 10)); len(lines) != 3 || got != 1 {
		t.Errorf("got %d records and %d samples, want 3 and 1", len(lines), got)
	}
	if New(Options{}).Wants(start) {
		t.Error("without log and samples: got wanted")
	}
}

// TestSampleIsCut: a sample takes no more memory than it may.
func TestSampleIsCut(t *testing.T) {
	long := request()
	long.Query = strings.Repeat("q", 3000)
	for range 100 {
		long.Fields.Add("X", strings.Repeat("v", 100))
	}
	got := (&Options{}).sampled(entry(t, waf.Config{}, long))
	size := len(got.URI) + len(got.Method)
	for _, h := range got.Headers {
		size += len(h.Name) + len(h.Value)
	}
	if size != sampledBytes || len(got.URI) != len("/a?")+3000 {
		t.Errorf("got %d bytes, %d of them the URI", size, len(got.URI))
	}
}
