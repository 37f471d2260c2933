package waf

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/jsonbody"
	"github.com/groundfront/groundfront/waf/regex"
)

// DefaultRule is the name that metrics and logs have for the default action
// (WF-ORD-04).
const DefaultRule = "Default_Action"

// A Config is what a web ACL is compiled from.
type Config struct {
	Name string
	// Namespace is what its labels begin with:
	// awswaf:000000000000:webacl:NAME: (WF-LBL-01).
	Namespace string
	// Rules in the order of their priority (WF-ORD-01).
	Rules   []Rule
	Default Handling
	Budget  Budget
	// Place, if set, returns where an address is. Without, that is unknown.
	Place func(netip.Addr) Place
	// Tokens, if set, checks those of captcha and challenge. Without, none is
	// valid.
	Tokens Tokens
	// Counter, if set, returns what counts the requests that a rule acted on;
	// nil counts nothing. The default action has the name DefaultRule; group is
	// the rule that refers to the rule's group, "" for the web ACL's own.
	Counter func(group, rule string, a Action) Counter
	// LabelCounter, if set, returns what counts the requests with a label.
	LabelCounter func(full string) Counter
	// Previous is the web ACL with this name so far, or nil. Rate-based rules
	// whose statement is the same go on with its counts (WF-RATE-12), and what is
	// immutable and takes long to compile is used again: regular expressions, and
	// the automata of slots.
	Previous *ACL
}

// A Rule is one rule of a web ACL or of a group.
type Rule struct {
	Name      string
	Statement Statement
	// Handling is not for a GroupReference, whose rules have their own.
	Handling Handling
	// Labels are what a request gets that matches, without the namespace of the
	// web ACL or group (WF-LBL-03).
	Labels []string
}

// A Counter counts requests by their shard (viewer.Request). It is called from
// any goroutine.
type Counter interface{ Add(shard uint8) }

// What is wrong with a Config.
var (
	ErrNested      = errors.New("a rate-based statement, a rule group or an engine within another statement")
	ErrNoStatement = errors.New("no statement")
	ErrEngines     = errors.New("more than 64 engines")
	ErrRateAllow   = errors.New("the action of a rate-based rule is allow")
	ErrPrefix      = errors.New("the prefix of IPv6 addresses has not 0 to 128 bits")
	ErrRateKeys    = errors.New("a custom key has not one to five parts, or one without a name")
	ErrNoScope     = errors.New("a constant key needs a scope-down statement")
)

// New compiles a web ACL.
func New(c Config) (*ACL, error) {
	a := &ACL{name: c.Name, byDefault: action{Handling: c.Default}, budget: c.Budget, place: c.Place, tokens: c.Tokens, regexps: map[string]*regex.Regexp{}}
	a.prepare()
	k := &compiler{
		acl: a, previous: c.Previous, counter: c.Counter, prefix: c.Namespace,
		numbers: map[string]int{}, slots: map[string]int{}, labels: map[string]int{},
	}
	var err error
	if a.rules, err = k.rules(c.Rules, nil); err != nil {
		return nil, err
	}
	a.byDefault.complete(c.Name, DefaultRule, "", c.Counter)
	k.automata()
	k.resolve()
	if c.LabelCounter != nil {
		for _, l := range a.labels {
			a.labelCounters = append(a.labelCounters, c.LabelCounter(l))
		}
	}
	a.sets, err = ipset.NewIndex(k.sets...)
	return a, err
}

// prepare fills in what the budget leaves open.
func (a *ACL) prepare() {
	b := &a.budget
	if b.Body == 0 {
		b.Body = defaultBody
	}
	if b.Clock == nil {
		b.Clock = time.Now
	}
	if b.Failed != nil {
		for f := range a.failures {
			a.failures[f] = b.Failed(Failure(f))
		}
	}
}

// A compiler is at work on one web ACL.
type compiler struct {
	acl          *ACL
	previous     *ACL
	counter      func(group, rule string, a Action) Counter
	prefix       string // of the labels of the rules at hand
	sets         []ipset.Set
	numbers      map[string]int // of sets by their names
	slots        map[string]int // numbers, by what is in them
	labels       map[string]int // numbers, by the full label
	labelMatches []*labelMatch
	rulesSoFar   int
	scanner      Scanner
}

// rules compiles rules, those of a group or the web ACL's own.
func (k *compiler) rules(rules []Rule, g *group) ([]rule, error) {
	var out []rule
	for i := range rules {
		r, err := k.rule(&rules[i], g)
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", rules[i].Name, err)
		}
		out = append(out, r)
	}
	return out, nil
}

func (k *compiler) rule(c *Rule, g *group) (rule, error) {
	r := rule{name: c.Name, number: k.rulesSoFar, action: action{Handling: c.Handling}}
	k.rulesSoFar++
	for _, l := range c.Labels {
		r.labels = append(r.labels, k.label(k.prefix+l))
	}
	reference := ""
	if g != nil {
		reference = g.reference
		r.overrideBy(g)
	}
	var err error
	switch s := c.Statement.(type) {
	case GroupReference:
		if g != nil {
			return r, ErrNested // WF-GRP-02
		}
		r.group, err = k.group(c.Name, &s)
		r.kind, r.Action = RuleKindGroup, ActionCount
		if s.Group.Managed {
			r.kind = RuleKindManagedRuleGroup
		}
	case RateBased:
		if r.Action == ActionAllow {
			return r, ErrRateAllow // WF-RATE-11
		}
		r.kind = RuleKindRateBased
		r.statement, err = k.statement(reference+"/"+c.Name, s, false)
	default:
		r.statement, err = k.statement(c.Name, s, false)
	}
	r.complete(k.acl.name, c.Name, reference, k.counter)
	return r, err
}

// group compiles a reference to a group.
func (k *compiler) group(name string, s *GroupReference) (*group, error) {
	g := &group{RuleGroup: s.Group, reference: name, count: s.Count, overrides: s.Overrides}
	if s.ScopeDown != nil {
		scope, err := k.statement(name, s.ScopeDown, true)
		if err != nil {
			return nil, err
		}
		g.scope = &scope
	}
	outer := k.prefix
	k.prefix = s.Group.Namespace
	defer func() { k.prefix = outer }()
	var err error
	g.rules, err = k.rules(s.Group.Rules, g)
	return g, err
}

// overrideBy replaces the action of a group's rule, if the reference says so.
func (r *rule) overrideBy(g *group) {
	for i := range g.overrides {
		if o := &g.overrides[i]; o.Rule == r.name {
			r.override = &override{action: r.Action, excluded: o.Excluded}
			r.Handling = o.Handling
		}
	}
}

// set returns the number of an IP set.
func (k *compiler) set(name string, s ipset.Set) int {
	n, known := k.numbers[name]
	if !known {
		n = len(k.sets)
		k.numbers[name] = n
		k.sets = append(k.sets, s)
		k.acl.setNames = append(k.acl.setNames, name)
	}
	return n
}

// filter compiles what JsonBody inspects.
func (f *Field) filter() (err error) {
	if f.Kind == FieldJsonBody {
		if f.json, err = jsonbody.NewFilter(f.Scope, f.Paths...); err == nil {
			f.json.Duplicates = f.Whole
		}
	}
	return err
}
