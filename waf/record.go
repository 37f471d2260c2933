package waf

import (
	"strings"

	"github.com/groundfront/groundfront/waf/injection"
	"github.com/groundfront/groundfront/waf/transform"
)

// A Record is what happened in one evaluation, for log records, samples and
// people. Its texts are its own.
type Record struct {
	// Trace asks for a Step of each rule, with what matched where. Otherwise
	// there are only steps of rules that matched.
	Trace bool

	Steps  []Step
	Labels []string // all that the request had at the end, in full
	Rates  []RateStep
	// Oversize are the fields of which more came than was inspected.
	Oversize []FieldKind
	// ViewerASN and ForwardedASN are set if a statement has asked.
	ViewerASN, ForwardedASN *uint32
}

// A Step is one rule that was asked.
type Step struct {
	Rule string
	// Group is the rule that refers to the group which Rule is of, and GroupID
	// the group's; "" for rules of the web ACL's own.
	Group, GroupID string
	Kind           RuleKind
	Matched        bool
	Action         Action
	// Overridden is the rule's own action, if another was taken; Excluded says
	// that the older form replaced it (WF-GRP-05).
	Overridden  *Action
	Excluded    bool
	Terminating bool
	Token       TokenState // of captcha and challenge
	Details     []Detail
	Matches     []FieldMatch // with Record.Trace
	Labels      []string     // that the rule added
	Score       int          // of an engine
}

// A Detail is what a detector found (WF-SQLI-05, WF-LOGS-04).
type Detail struct {
	Condition   string // SQL_INJECTION or XSS
	Sensitivity string // LOW or HIGH; "" for XSS
	Location    string // QUERY_STRING, BODY, HEADER, ...
	Data        []string
}

// A FieldMatch is where a statement matched, or why.
type FieldMatch struct {
	Statement string // what was asked
	Field     string // of what, and how it was transformed; "" for what is no field
	Value     string // cut to maxTraced bytes
	From, To  int    // of Value; both 0 if it is all of it
}

// A RateStep is a rate-based rule that a request was over the limit of
// (WF-LOGS-03).
type RateStep struct {
	Rule   string
	Key    string // IP, FORWARDED_IP, CUSTOMKEYS, CONSTANT
	Value  string
	Limit  uint64
	Window int // seconds
	Custom []RateValue
}

// A RateValue is one part of a custom key.
type RateValue struct{ Key, Name, Value string }

// maxTraced is how much of a value a Record has.
const maxTraced = 256

// trace begins the step of a rule, if everything is recorded. What detectors have
// found for the rule before, which has not matched, is not this one's.
func (e *evaluation) trace(r *rule, g *group) {
	if e.record == nil {
		return
	}
	if e.memory != nil {
		e.details = nil
	}
	if !e.record.Trace {
		return
	}
	s := Step{Rule: r.name, Kind: r.kind, Action: r.Action}
	s.in(g)
	e.record.Steps = append(e.record.Steps, s)
}

func (s *Step) in(g *group) {
	if g != nil {
		s.Group, s.GroupID = g.reference, g.ID
	}
}

// noteMatch records a rule that matches.
func (e *evaluation) noteMatch(r *rule, g *group, s Step) {
	s.in(g)
	if r.override != nil {
		s.Overridden, s.Excluded = &r.override.action, r.override.excluded
	}
	for _, n := range r.labels {
		s.Labels = append(s.Labels, e.acl.labels[n])
	}
	if e.memory != nil {
		s.Details, e.details = e.details, nil
		s.Score, e.engine = e.engine.Score, EngineResult{}
		for _, n := range e.pending {
			s.Labels = append(s.Labels, e.acl.labels[n])
		}
	}
	e.note(s)
}

// note records a step, in place of the one that trace has begun.
func (e *evaluation) note(s Step) {
	if e.record == nil {
		return
	}
	steps := e.record.Steps
	if n := len(steps); e.record.Trace && n > 0 && steps[n-1].Rule == s.Rule && !steps[n-1].Matched {
		s.Matches = steps[n-1].Matches
		s.Group, s.GroupID = steps[n-1].Group, steps[n-1].GroupID
		steps[n-1] = s
		return
	}
	e.record.Steps = append(steps, s)
}

// complete fills in what is known at the end.
func (e *evaluation) complete() {
	if e.memory == nil {
		return
	}
	e.eachLabel(func(full string) { e.record.Labels = append(e.record.Labels, full) })
	for i := range e.slots {
		if f := e.acl.slots[i].field; f != nil && e.slots[i].oversize {
			e.record.Oversize = append(e.record.Oversize, f.Kind)
		}
	}
	for kind, to := range []**uint32{&e.record.ViewerASN, &e.record.ForwardedASN} {
		if e.asn[kind].asked {
			number := e.asn[kind].number
			*to = &number
		}
	}
}

// matched records where a statement matched, and what a detector found.
func (e *evaluation) matched(l *leaf) {
	if e.record == nil {
		return
	}
	value, from, to := l.where(e)
	if l.kind >= leafSqliLow {
		e.details = append(e.details, l.detail(value))
	}
	steps := e.record.Steps
	if !e.record.Trace || len(steps) == 0 {
		return
	}
	if len(value) > maxTraced {
		first := max(0, min(from-maxTraced/4, len(value)-maxTraced))
		value, from, to = value[first:first+maxTraced], from-first, min(to-first, maxTraced)
	}
	s := &steps[len(steps)-1]
	s.Matches = append(s.Matches, FieldMatch{
		Statement: l.String(), Field: l.inspection.describe(), Value: strings.Clone(value), From: from, To: to,
	})
}

// describe says what is inspected, for people: AllQueryArguments, URL_DECODE.
func (i *Inspection) describe() string {
	text := i.Field.Kind.String()
	if i.Field.Name != "" {
		text += " " + i.Field.Name
	}
	for _, kind := range i.Transformations {
		if kind != transform.None {
			text += ", " + kind.String()
		}
	}
	return text
}

// where finds the value that matched, and where in it.
func (l *leaf) where(e *evaluation) (value string, from, to int) {
	s := e.slot(l.slot)
	for _, v := range e.valuesOf(s) {
		if from, to, ok := l.find(e, v); ok {
			return v, from, to
		}
	}
	return "", 0, 0
}

// find returns what of a value matches.
func (l *leaf) find(e *evaluation, v string) (from, to int, ok bool) {
	switch l.kind {
	case leafStartsWith:
		return 0, len(l.search), l.matchValue(v)
	case leafEndsWith:
		return len(v) - len(l.search), len(v), l.matchValue(v)
	case leafContains:
		from = strings.Index(v, l.search)
		return from, from + len(l.search), from >= 0
	case leafContainsWord:
		from = wordAt(v, l.search)
		return from, from + len(l.search), from >= 0
	case leafRegex:
		for i := range l.patterns {
			if from, to = l.patterns[i].re.Find(v); from >= 0 {
				return from, to, true
			}
		}
		return 0, 0, false
	case leafWords:
		return l.findWord(e, v)
	case leafScan:
		if l.scanner.Scan(v)&l.kinds == 0 {
			return 0, 0, false
		}
		_, from, to = l.scanner.Find(v, l.kinds)
		return from, to, true
	}
	return 0, len(v), l.matchValue(v)
}

func (l *leaf) findWord(e *evaluation, v string) (from, to int, ok bool) {
	known := e.acl.slots[l.slot].words[l.fold].words
	text := v
	if l.fold == wordsFold {
		text = strings.ToLower(v)
	}
	for n, w := range known {
		if n/64 >= len(l.words) || l.words[n/64]>>(n%64)&1 == 0 {
			continue
		}
		if l.fold == wordsFold {
			w = strings.ToLower(w)
		}
		if at := strings.Index(text, w); at >= 0 {
			return at, at + len(w), true
		}
	}
	return 0, 0, false
}

func (l *leaf) detail(value string) Detail {
	d := Detail{Condition: "SQL_INJECTION", Sensitivity: "LOW", Location: l.inspection.Field.Kind.location(), Data: injection.Tokens(value)}
	switch l.kind {
	case leafSqliHigh, leafSqliPatterns:
		d.Sensitivity = "HIGH"
	case leafXss:
		d.Condition, d.Sensitivity = "XSS", ""
	}
	return d
}

// location returns where log records say that a field is (WF-LOGS-04).
func (k FieldKind) location() string {
	switch k {
	case FieldSingleHeader, FieldHeaders, FieldHeaderOrder:
		return "HEADER"
	case FieldCookies:
		return "COOKIE"
	case FieldUriPath:
		return "URI"
	case FieldQueryString:
		return "QUERY_STRING"
	case FieldSingleQueryArgument:
		return "SINGLE_QUERY_ARG"
	case FieldAllQueryArguments:
		return "ALL_QUERY_ARGS"
	case FieldMethod:
		return "METHOD"
	case FieldBody:
		return "BODY"
	}
	return "UNKNOWN" // of JSON, as AWS has it
}
