package waf

import (
	"errors"
	"fmt"

	"github.com/groundfront/groundfront/waf/ipset"
)

// DefaultRule is the name that metrics and logs have for the default action
// (WF-ORD-04).
const DefaultRule = "Default_Action"

// A Config is what a web ACL is compiled from.
type Config struct {
	Name string
	// Rules in the order of their priority (WF-ORD-01).
	Rules   []Rule
	Default Handling
	// Counter, if set, returns what counts the requests that a rule acted on;
	// nil counts nothing. The default action has the name DefaultRule.
	Counter func(rule string, a Action) Counter
	// Previous is the web ACL with this name so far, or nil. Rate-based rules
	// whose statement is the same go on with its counts (WF-RATE-12).
	Previous *ACL
}

// A Rule is one rule of a web ACL.
type Rule struct {
	Name      string
	Statement Statement
	Handling  Handling
}

// A Counter counts requests by their shard (viewer.Request). It is called from
// any goroutine.
type Counter interface{ Add(shard uint8) }

// What is wrong with a Config.
var (
	ErrNested      = errors.New("a rate-based statement within another statement")
	ErrNoStatement = errors.New("no statement")
	ErrRateAllow   = errors.New("the action of a rate-based rule is allow")
	ErrNoScope     = errors.New("a constant key needs a scope-down statement")
)

// New compiles a web ACL.
func New(c Config) (*ACL, error) {
	a := &ACL{name: c.Name, byDefault: action{Handling: c.Default}}
	k := &compiler{acl: a, previous: c.Previous, numbers: map[string]int{}}
	for i := range c.Rules {
		r, err := k.rule(&c.Rules[i])
		if err != nil {
			return nil, fmt.Errorf("rule %q: %w", c.Rules[i].Name, err)
		}
		r.complete(c.Name, c.Rules[i].Name, c.Counter)
		a.rules = append(a.rules, r)
	}
	a.byDefault.complete(c.Name, DefaultRule, c.Counter)
	var err error
	a.sets, err = ipset.NewIndex(k.sets...)
	return a, err
}

// A compiler is at work on one web ACL.
type compiler struct {
	acl      *ACL
	previous *ACL
	sets     []ipset.Set
	numbers  map[string]int // of sets by their names
}

func (k *compiler) rule(c *Rule) (rule, error) {
	r := rule{action: action{Handling: c.Handling}}
	if _, based := c.Statement.(RateBased); based {
		r.kind = RuleKindRateBased
		if c.Handling.Action == ActionAllow {
			return r, ErrRateAllow // WF-RATE-11
		}
	}
	var err error
	r.statement, err = k.statement(c.Name, c.Statement, false)
	return r, err
}

// set returns the number of an IP set.
func (k *compiler) set(name string, s ipset.Set) int {
	n, known := k.numbers[name]
	if !known {
		n = len(k.sets)
		k.numbers[name] = n
		k.sets = append(k.sets, s)
	}
	return n
}
