package record

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/groundfront/groundfront/waf"
)

// What follows is a log record, in the order in which AWS WAF writes its fields
// (WF-LOGS-03).

type line struct {
	Timestamp                   int64         `json:"timestamp"`
	FormatVersion               int           `json:"formatVersion"`
	WebACLID                    string        `json:"webaclId"`
	TerminatingRuleID           string        `json:"terminatingRuleId"`
	TerminatingRuleType         string        `json:"terminatingRuleType"`
	Action                      string        `json:"action"`
	TerminatingRuleMatchDetails []matchDetail `json:"terminatingRuleMatchDetails"`
	HTTPSourceName              string        `json:"httpSourceName"`
	HTTPSourceID                string        `json:"httpSourceId"`
	RuleGroupList               []*ruleGroup  `json:"ruleGroupList"`
	RateBasedRuleList           []rateRule    `json:"rateBasedRuleList"`
	NonTerminatingMatchingRules []rule        `json:"nonTerminatingMatchingRules"`
	RequestHeadersInserted      []nameValue   `json:"requestHeadersInserted"`
	ResponseCodeSent            *int          `json:"responseCodeSent"`
	HTTPRequest                 httpRequest   `json:"httpRequest"`
	Labels                      []name        `json:"labels,omitempty"`
	CaptchaResponse             *solution     `json:"captchaResponse,omitempty"`
	ChallengeResponse           *solution     `json:"challengeResponse,omitempty"`
	JA3Fingerprint              string        `json:"ja3Fingerprint,omitempty"`
	JA4Fingerprint              string        `json:"ja4Fingerprint,omitempty"`
	OversizeFields              []string      `json:"oversizeFields,omitempty"`
	RequestBodySize             *int64        `json:"requestBodySize,omitempty"`
	RequestBodySizeInspected    *int64        `json:"requestBodySizeInspectedByWAF,omitempty"`
	ClientASN                   *uint32       `json:"clientAsn,omitempty"`
	ForwardedASN                *uint32       `json:"forwardedAsn,omitempty"`
}

type matchDetail struct {
	ConditionType    string   `json:"conditionType"`
	SensitivityLevel string   `json:"sensitivityLevel,omitempty"`
	Location         string   `json:"location"`
	MatchedData      []string `json:"matchedData"`
}

type rule struct {
	RuleID            string        `json:"ruleId"`
	Action            string        `json:"action"`
	OverriddenAction  string        `json:"overriddenAction,omitempty"`
	RuleMatchDetails  []matchDetail `json:"ruleMatchDetails"`
	CaptchaResponse   *solution     `json:"captchaResponse,omitempty"`
	ChallengeResponse *solution     `json:"challengeResponse,omitempty"`
}

type ruleGroup struct {
	RuleGroupID                 string     `json:"ruleGroupId"`
	TerminatingRule             *rule      `json:"terminatingRule"`
	NonTerminatingMatchingRules []rule     `json:"nonTerminatingMatchingRules"`
	ExcludedRules               []excluded `json:"excludedRules"`
	CustomerConfig              *struct{}  `json:"customerConfig"`
}

type excluded struct {
	ExclusionType string `json:"exclusionType"`
	RuleID        string `json:"ruleId"`
}

type rateRule struct {
	RateBasedRuleID     string      `json:"rateBasedRuleId"`
	RateBasedRuleName   string      `json:"rateBasedRuleName"`
	LimitKey            string      `json:"limitKey"`
	LimitValue          string      `json:"limitValue"`
	MaxRateAllowed      uint64      `json:"maxRateAllowed"`
	EvaluationWindowSec int         `json:"evaluationWindowSec"`
	CustomValues        []rateValue `json:"customValues,omitempty"`
}

type rateValue struct {
	Key   string `json:"key"`
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

type httpRequest struct {
	ClientIP    string      `json:"clientIp"`
	Country     string      `json:"country"`
	Headers     []nameValue `json:"headers"`
	URI         string      `json:"uri"`
	Args        string      `json:"args"`
	HTTPVersion string      `json:"httpVersion"`
	HTTPMethod  string      `json:"httpMethod"`
	RequestID   string      `json:"requestId"`
	Fragment    string      `json:"fragment,omitempty"`
	Scheme      string      `json:"scheme"`
	Host        string      `json:"host"`
}

type nameValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type name struct {
	Name string `json:"name"`
}

type solution struct {
	ResponseCode   int    `json:"responseCode"`
	SolveTimestamp int64  `json:"solveTimestamp"`
	FailureReason  string `json:"failureReason,omitempty"`
}

// maxLabels is how many labels a record has (WF-LBL-08).
const maxLabels = 100

// appendLine appends the log record of e, with a line feed behind it.
func (o *Options) appendLine(dst []byte, e *Entry) []byte {
	var b bytes.Buffer
	j := json.NewEncoder(&b)
	j.SetEscapeHTML(false)
	l := o.line(e)
	if err := j.Encode(&l); err != nil {
		panic("record: " + err.Error()) // texts and numbers can all be encoded
	}
	return append(dst, b.Bytes()...)
}

func (o *Options) line(e *Entry) line {
	step, ruleName := e.terminating()
	l := line{
		Timestamp: e.Time.UnixMilli(), FormatVersion: 1, WebACLID: o.ARN,
		TerminatingRuleID: ruleName, TerminatingRuleType: e.kind(step), Action: word(e.Verdict.Action),
		TerminatingRuleMatchDetails: []matchDetail{},
		HTTPSourceName:              "CF", HTTPSourceID: e.SourceID,
		RuleGroupList: []*ruleGroup{}, RateBasedRuleList: o.rates(e), NonTerminatingMatchingRules: []rule{},
		HTTPRequest:    o.request(e),
		JA3Fingerprint: e.Request.JA3, JA4Fingerprint: e.Request.JA4,
		ClientASN: e.Record.ViewerASN, ForwardedASN: e.Record.ForwardedASN,
	}
	if step != nil && step.Group == "" {
		l.TerminatingRuleMatchDetails = o.details(step)
		l.CaptchaResponse, l.ChallengeResponse = solutions(step)
	}
	for i := range e.Record.Steps {
		o.addStep(&l, e, &e.Record.Steps[i])
	}
	for _, f := range e.Verdict.Insert {
		l.RequestHeadersInserted = append(l.RequestHeadersInserted, nameValue(f))
	}
	if b := e.Verdict.Block; b != nil && b.Response != nil {
		l.ResponseCodeSent = &b.Response.Status
	}
	for _, full := range e.Record.Labels[:min(len(e.Record.Labels), maxLabels)] {
		l.Labels = append(l.Labels, name{full})
	}
	l.addBody(e)
	return l
}

func word(a waf.Action) string { return strings.ToUpper(a.String()) }

func (e *Entry) kind(s *waf.Step) string {
	switch {
	case s == nil:
		return waf.RuleKindRegular.String()
	case s.Group == "":
		return s.Kind.String()
	case strings.Contains(s.GroupID, "#"):
		return waf.RuleKindManagedRuleGroup.String()
	}
	return waf.RuleKindGroup.String()
}

// addStep adds a rule that matched to where records have it: to those of its
// group, or to those of the web ACL that did not end the evaluation.
func (o *Options) addStep(l *line, e *Entry, s *waf.Step) {
	if !s.Matched {
		return
	}
	r := rule{RuleID: s.Rule, Action: word(s.Action), RuleMatchDetails: o.details(s)}
	if s.Overridden != nil && !s.Excluded {
		r.OverriddenAction = word(*s.Overridden)
	}
	if !s.Terminating {
		r.CaptchaResponse, r.ChallengeResponse = solutions(s)
	}
	switch {
	case s.Group != "":
		l.group(s.GroupID).add(r, s)
	case !s.Terminating:
		l.NonTerminatingMatchingRules = append(l.NonTerminatingMatchingRules, r)
	}
}

// group returns the entry of a rule group, and makes it if there is none.
func (l *line) group(id string) *ruleGroup {
	for _, g := range l.RuleGroupList {
		if g.RuleGroupID == id {
			return g
		}
	}
	g := &ruleGroup{RuleGroupID: id, NonTerminatingMatchingRules: []rule{}}
	l.RuleGroupList = append(l.RuleGroupList, g)
	return g
}

func (g *ruleGroup) add(r rule, s *waf.Step) {
	switch {
	case s.Excluded:
		g.ExcludedRules = append(g.ExcludedRules, excluded{"EXCLUDED_AS_COUNT", s.Rule})
	case s.Terminating:
		g.TerminatingRule = &r
	default:
		g.NonTerminatingMatchingRules = append(g.NonTerminatingMatchingRules, r)
	}
}

func (o *Options) details(s *waf.Step) []matchDetail {
	all := []matchDetail{}
	for _, d := range s.Details {
		if o.Protect.excludesDetails(d.Location) {
			continue
		}
		all = append(all, matchDetail{d.Condition, d.Sensitivity, d.Location, d.Data})
	}
	return all
}

// solutions returns what the token of a captcha or challenge said.
func solutions(s *waf.Step) (captcha, challenge *solution) {
	t := &solution{}
	switch s.Token.Failure {
	case waf.TokenUnchecked:
		return nil, nil
	case waf.TokenValid:
		t.SolveTimestamp = s.Token.Solved.Unix()
	default:
		t.FailureReason = s.Token.Failure.String()
		if !s.Token.Solved.IsZero() {
			t.SolveTimestamp = s.Token.Solved.Unix()
		}
	}
	if s.Terminating {
		t.ResponseCode = s.Action.Status()
	}
	if s.Action == waf.ActionCaptcha {
		return t, nil
	}
	return nil, t
}

func (o *Options) rates(e *Entry) []rateRule {
	all := []rateRule{}
	for _, r := range e.Record.Rates {
		out := rateRule{
			RateBasedRuleID: r.Rule, RateBasedRuleName: r.Rule, LimitKey: r.Key, LimitValue: r.Value, MaxRateAllowed: r.Limit, EvaluationWindowSec: r.Window,
		}
		for _, v := range r.Custom {
			out.CustomValues = append(out.CustomValues, rateValue{v.Key, v.Name, o.ProtectRates.rateValue(v)})
		}
		all = append(all, out)
	}
	return all
}

func (o *Options) request(e *Entry) httpRequest {
	r := e.Request
	out := httpRequest{
		ClientIP: e.Viewer.String(), Country: e.Country, Headers: []nameValue{}, HTTPVersion: r.Proto, RequestID: e.ID, Scheme: e.Scheme, Host: r.Host,
		Fragment: r.Fragment, URI: o.Protect.path(r.Path), Args: o.Protect.query(r.Query), HTTPMethod: o.Protect.method(r.Method),
	}
	if out.Country == "" {
		out.Country = "-"
	}
	for _, l := range e.headers() {
		out.Headers = append(out.Headers, nameValue{l.Name, o.Protect.header(l.Name, l.Value)})
	}
	return out
}

// The words of oversizeFields.
var oversizeWords = map[waf.FieldKind]string{
	waf.FieldBody: "REQUEST_BODY", waf.FieldJsonBody: "REQUEST_JSON_BODY", waf.FieldHeaders: "REQUEST_HEADERS",
	waf.FieldHeaderOrder: "REQUEST_HEADERS", waf.FieldCookies: "REQUEST_COOKIES",
}

func (l *line) addBody(e *Entry) {
	seen := map[string]bool{}
	for _, k := range e.Record.Oversize {
		if w := oversizeWords[k]; w != "" && !seen[w] {
			seen[w] = true
			l.OversizeFields = append(l.OversizeFields, w)
		}
	}
	if b := e.Request.Body; b.Present {
		inspected := int64(max(len(b.Text), b.Inspected))
		l.RequestBodySizeInspected = &inspected
		if b.Size >= 0 {
			l.RequestBodySize = &b.Size
		}
	}
}
