package waf

import (
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf/ipset"
)

// An ACL is one web ACL, compiled. It is immutable but for its counts, and any
// number of requests may be evaluated at once.
type ACL struct {
	name      string
	rules     []rule
	byDefault action
	sets      *ipset.Index // all that its rules refer to
	rates     []*rate      // its rate-based rules
	handles   int          // how many of them count by the peer's address
}

// A rule is a compiled Rule.
type rule struct {
	statement statement
	action
}

// An action is a Handling with what it needs when it is taken.
type action struct {
	Handling
	kind    RuleKind
	block   Block
	counter Counter // nil counts nothing
}

func (a *action) complete(acl, rule string, counter func(string, Action) Counter) {
	a.block = Block{ACL: acl, Rule: rule, Kind: a.kind, Response: a.Response}
	if counter != nil {
		a.counter = counter(rule, a.Action)
	}
}

// A Request is what is inspected: the viewer's, before anything has changed it
// (WF-EDG-02).
type Request struct {
	Fields field.Lines
	// Now is when the head had been read.
	Now time.Time
	// Shard is that of viewer.Request, for counters.
	Shard uint8
}

// An evaluation is one request at one web ACL.
type evaluation struct {
	acl     *ACL
	peer    *Peer
	request *Request
}

// Name returns the web ACL's name.
func (a *ACL) Name() string { return a.name }

// Evaluate asks the rules in order until one ends it, and otherwise takes the
// default action (WF-ORD-03, WF-ORD-04). It counts the request, in metrics and
// at rate-based rules: it is called once for each. p must be one of a's.
//
// Hot path, BenchmarkEvaluate: no allocation, unless two rules insert fields.
func (a *ACL) Evaluate(p *Peer, r *Request) Verdict {
	e := evaluation{acl: a, peer: p, request: r}
	var v Verdict
	for i := range a.rules {
		rule := &a.rules[i]
		if rule.statement.match(&e) == matchYes && rule.take(&v, r.Shard) != ActionCount {
			return v
		}
	}
	a.byDefault.take(&v, r.Shard)
	return v
}

// take counts and carries out an action.
func (a *action) take(v *Verdict, shard uint8) Action {
	if a.counter != nil {
		a.counter.Add(shard)
	}
	if a.Action == ActionBlock {
		*v = Verdict{Action: ActionBlock, Block: &a.block} // what was inserted is for requests that go on
		return ActionBlock
	}
	if len(a.Insert) > 0 {
		v.insert(a.Insert)
	}
	return a.Action
}

// Inserts returns the names of the fields that a may insert.
func (a *ACL) Inserts() []string {
	var names []string
	note := func(lines field.Lines) {
		for _, l := range lines {
			names = append(names, l.Name)
		}
	}
	for i := range a.rules {
		note(a.rules[i].Insert)
	}
	note(a.byDefault.Insert)
	return names
}
