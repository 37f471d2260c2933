package waf

import (
	"context"
	"net/netip"
	"slices"
)

// An Engine is another firewall that stands behind one rule. It may take its
// time, and so is asked only about requests that go to an origin, unless the
// rule says otherwise (WF-ARC-02).
type Engine interface {
	// Inspect returns what the engine says of a request, or an error if it
	// cannot say anything.
	Inspect(ctx context.Context, r *Request, remote netip.Addr) (EngineResult, error)
	// Labels are all that a result may have.
	Labels() []string
}

// An EngineResult is what an Engine says.
type EngineResult struct {
	Match  bool
	Score  int
	Labels []string // in full, of Engine.Labels; others are only recorded
	Rules  []string // of the engine's own, that matched
}

// EngineMatch matches if an engine says so. Only a rule of a web ACL has it as
// its statement.
type EngineMatch struct {
	Name   string
	Engine Engine
	// ScopeDown, unless nil, says which requests are given to it.
	ScopeDown Statement
	Where     EngineWhere
}

// EngineWhere says which requests are given to an engine.
type EngineWhere uint8

// The places.
const (
	EngineAtOrigin EngineWhere = iota // those that go to an origin
	EngineAtViewer                    // all, in the order of the rules
)

// String returns the name.
func (w EngineWhere) String() string {
	switch w {
	case EngineAtOrigin:
		return "origin"
	case EngineAtViewer:
		return "viewer"
	}
	return "EngineWhere(?)"
}

// String identifies the statement.
func (s EngineMatch) String() string { return "engine(" + s.Name + " " + s.Where.String() + ")" }

// engines says what engines a web ACL has.
type engines struct {
	atOrigin, atViewer bool
	n                  int
}

// maxEngines is how many a web ACL may have: bits of Verdict.skipped.
const maxEngines = 64

// An engineMatch is a compiled EngineMatch.
type engineMatch struct {
	EngineMatch
	number int // among those of the web ACL
	scope  *statement
	known  map[string]int // labels
}

func (s EngineMatch) compile(k *compiler, rule string, nested bool) (statement, error) {
	if nested {
		return statement{}, ErrNested
	}
	if k.acl.engines.n == maxEngines {
		return statement{}, ErrEngines
	}
	m := &engineMatch{EngineMatch: s, number: k.acl.engines.n, known: map[string]int{}}
	k.acl.engines.n++
	for _, l := range s.Engine.Labels() {
		m.known[l] = k.label(l)
	}
	if s.ScopeDown != nil {
		scope, err := k.statement(rule, s.ScopeDown, true)
		if err != nil {
			return statement{}, err
		}
		m.scope = &scope
	}
	k.acl.inspectsBody = true
	k.acl.engines.atOrigin = k.acl.engines.atOrigin || s.Where == EngineAtOrigin
	k.acl.engines.atViewer = k.acl.engines.atViewer || s.Where == EngineAtViewer
	return statement{kind: statementEngine, engine: m}, nil
}

// Waits reports whether Evaluate may take long: it then must not be called where
// others wait for it.
func (a *ACL) Waits() bool { return a.engines.atViewer }

// AsksForOrigin reports whether there is something for EvaluateForOrigin to do.
func (a *ACL) AsksForOrigin() bool { return a.engines.atOrigin }

// EvaluateForOrigin asks the engines about a request that is to go to an origin,
// those that Evaluate has come to. Its verdict is v then, or a Block.
func (a *ACL) EvaluateForOrigin(ctx context.Context, p *Peer, r *Request, v Verdict, record *Record) Verdict {
	if !a.engines.atOrigin || v.Action != ActionAllow {
		return v
	}
	m := a.memory()
	e := evaluation{acl: a, peer: p, request: r, record: record, memory: m}
	before := 0
	if record != nil {
		before = len(record.Steps)
	}
	for i := range a.rules[:v.reached] {
		rule := &a.rules[i]
		if m := rule.statement.engine; m == nil || m.Where != EngineAtOrigin || v.skipped>>m.number&1 == 1 {
			continue
		}
		e.trace(rule, nil)
		if e.askEngine(ctx, rule, &v) {
			break
		}
	}
	if record != nil && v.Action != ActionAllow {
		record.withdrawAllow(before)
	}
	e.end()
	a.free(m)
	return v
}

// withdrawAllow takes the step out, among the first n, that has allowed a request
// which an engine has blocked now: there is one that ends an evaluation.
func (r *Record) withdrawAllow(n int) {
	first := slices.DeleteFunc(slices.Clone(r.Steps[:n]), func(s Step) bool { return s.Terminating && s.Action == ActionAllow })
	r.Steps = append(first, r.Steps[n:]...)
}

// evaluateEngine is evaluateRule for an engine. Whether a request is in its scope
// shows when its turn comes, also where it is asked later: the labels of the rules
// before are there now.
func (e *evaluation) evaluateEngine(ctx context.Context, r *rule, v *Verdict) bool {
	m := r.statement.engine
	if m.scope != nil || m.Where == EngineAtViewer {
		e.trace(r, nil)
	}
	if m.scope != nil {
		in := m.scope.match(e)
		e.addLabels(nil)
		if in != matchYes {
			v.skipped |= 1 << m.number
			return false
		}
	}
	return m.Where == EngineAtViewer && e.askEngine(ctx, r, v)
}

func (e *evaluation) askEngine(ctx context.Context, r *rule, v *Verdict) bool {
	m := r.statement.engine
	request := *e.request // what an engine is given is its own
	result, err := m.Engine.Inspect(ctx, &request, e.peer.addr)
	if err != nil {
		return e.failed(FailureEngine, v)
	}
	for _, l := range result.Labels {
		if n, known := m.known[l]; known {
			e.pending = append(e.pending, n)
		}
	}
	if !result.Match {
		e.addLabels(nil)
		return false
	}
	if e.record != nil {
		e.engine = result
	}
	ended := e.take(r, nil, v)
	e.addLabels(r.labels)
	return ended
}
