package waf

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/jsonbody"
	"github.com/groundfront/groundfront/waf/regex"
	"github.com/groundfront/groundfront/waf/transform"
)

// An ACL is one web ACL, compiled. It is immutable but for its counts, and any
// number of requests may be evaluated at once.
type ACL struct {
	name      string
	rules     []rule
	byDefault action
	sets      *ipset.Index // all that its rules refer to
	setNames  []string
	rates     []*rate // its rate-based rules
	handles   int     // how many of them count by the peer's address
	slots     []slotRule
	foundBits int                      // words of bits for the words of all slots
	labels    []string                 // in full, by number
	regexps   map[string]*regex.Regexp // by their patterns, for the web ACL after this one

	locates, inspectsBody bool
	fingerprints          bool // a rule inspects JA3 or JA4
	engines               engines
	place                 func(netip.Addr) Place
	tokens                Tokens
	labelCounters         []Counter // by number; nil counts nothing
	budget                Budget
	failures              [FailurePanic + 1]Counter
	pool                  sync.Pool // of *memory
}

// A rule is a compiled Rule.
type rule struct {
	name      string
	number    int // among all of the web ACL, in the order of evaluation
	statement statement
	group     *group // nil: an ordinary rule
	labels    []int
	action
}

// A group is a compiled reference to a rule group.
type group struct {
	*RuleGroup
	reference string     // the rule that refers to it
	scope     *statement // nil: all requests
	count     bool       // what ends the group is only counted (WF-GRP-06)
	overrides []Override
	rules     []rule
}

// An action is a Handling with what it needs when it is taken.
type action struct {
	Handling
	kind     RuleKind
	override *override
	block    Block
	counter  Counter // nil counts nothing
}

// An override says what a rule's action was before it was replaced.
type override struct {
	action   Action
	excluded bool
}

func (a *action) complete(acl, rule, group string, counter func(group, rule string, a Action) Counter) {
	a.block = Block{ACL: acl, Rule: rule, Kind: a.kind, Action: a.Action, Response: a.Response, immunity: a.Immunity}
	if group != "" {
		a.block.Rule, a.block.GroupRule = group, rule
	}
	if counter != nil {
		a.counter = counter(group, rule, a.Action)
	}
}

// A Request is what is inspected: the viewer's, before anything has changed it
// (WF-EDG-02). Its texts are not kept when the evaluation is over.
type Request struct {
	Method, Path, Query string // as they came: nothing is decoded
	HasQuery            bool
	Fragment            string // of a target that has one
	// Host is not among Fields; HostAt is its place before one of them.
	Host      string
	HostAt    int
	Fields    field.Lines
	HeadBytes int // of the whole header section, 0 if not known
	Body      Body
	JA3, JA4  string // "" if there are none
	Proto     string // "HTTP/1.1", for engines
	// Now is when the head had been read.
	Now time.Time
	// Shard is that of viewer.Request, for counters.
	Shard uint8
}

// A Body is what is known of a request's content before it is forwarded.
type Body struct {
	Present bool
	// Text is its beginning, of at most ACL.BodyLimit bytes.
	Text string
	// Inspected is how many bytes that were, for records, where there is no Text
	// any more.
	Inspected int
	// Truncated tells that there is more of it.
	Truncated bool
	// Size is its length, -1 if it is not known.
	Size int64
}

// An evaluation is one request at one web ACL.
type evaluation struct {
	acl     *ACL
	peer    *Peer
	request *Request
	record  *Record // nil: nobody wants to know
	*memory         // nil if the web ACL needs none
	gaveUp  bool    // it has failed: nothing that a group says of its result is for that
	work    int     // bytes that heavy statements have read since the budget was looked at
	started time.Time
}

// A memory is what an evaluation finds out about the request. It is used again
// for others.
type memory struct {
	slots     []slot
	values    []string
	found     []uint64 // bits of words that were found
	labels    []uint64
	pending   []int    // labels that the statements of a rule have added
	places    [2]place // that geo statements have asked about
	asn       [2]asn
	inspected inspected
	scratch   transform.Scratch
	json      jsonbody.Parser
	elements  []jsonbody.Element
	details   []Detail // of the rule that is asked, with a record
	engine    EngineResult
}

// Name returns the web ACL's name.
func (a *ACL) Name() string { return a.name }

// Evaluate asks the rules in order until one ends it, and otherwise takes the
// default action (WF-ORD-03, WF-ORD-04). It counts the request, in metrics and
// at rate-based rules: it is called once for each. p must be one of a's. What
// happened is noted in record, unless that is nil. ctx is for engines.
//
// Hot path, BenchmarkEvaluate: no allocation, unless two rules insert fields,
// or something is recorded.
func (a *ACL) Evaluate(ctx context.Context, p *Peer, r *Request, record *Record) Verdict {
	m := a.memory()
	e := evaluation{acl: a, peer: p, request: r, record: record, memory: m}
	v := Verdict{reached: len(a.rules)}
	if !e.evaluate(ctx, a.rules, nil, &v) || e.gaveUp && a.budget.Fail == FailOpen {
		e.note(Step{Rule: DefaultRule, Action: a.byDefault.Action, Matched: true, Terminating: true})
		a.byDefault.take(&v, r.Shard)
	}
	e.end()
	a.free(m)
	return v
}

// memory returns what an evaluation needs, nil if that is nothing.
func (a *ACL) memory() *memory {
	if len(a.slots) == 0 && len(a.labels) == 0 && !a.locates && !a.engines.atOrigin && !a.engines.atViewer {
		return nil
	}
	if m, ok := a.pool.Get().(*memory); ok {
		return m
	}
	return &memory{slots: make([]slot, len(a.slots)), found: make([]uint64, a.foundBits), labels: make([]uint64, a.labelBits())}
}

// free gives back what memory has returned.
func (a *ACL) free(m *memory) {
	if m != nil {
		m.reset()
		a.pool.Put(m)
	}
}

// end counts labels and completes the record.
func (e *evaluation) end() {
	if e.record != nil {
		e.complete()
	}
	if e.memory != nil && e.acl.labelCounters != nil {
		e.countLabels()
	}
}

// maxKeptValues is how many values there is room for in the next evaluation, at
// most.
const maxKeptValues = 4096

// reset forgets the request.
func (m *memory) reset() {
	clear(m.slots)
	clear(m.labels)
	clear(m.values)
	clear(m.elements)
	if cap(m.values) > maxKeptValues || cap(m.elements) > maxKeptValues {
		m.values, m.elements = nil, nil
	}
	m.values, m.pending, m.details = m.values[:0], m.pending[:0], nil
	m.places, m.asn, m.inspected, m.engine = [2]place{}, [2]asn{}, inspected{}, EngineResult{}
	m.scratch.Reset()
	m.json.Reset()
}

func (e *evaluation) countLabels() {
	for n, c := range e.acl.labelCounters {
		if c != nil && e.labels[n/64]>>(n%64)&1 == 1 {
			c.Add(e.request.Shard)
		}
	}
}

// evaluate asks rules, those of a group or the web ACL's own, and reports
// whether one has ended it.
func (e *evaluation) evaluate(ctx context.Context, rules []rule, g *group, v *Verdict) bool {
	for i := range rules {
		r := &rules[i]
		if g == nil {
			v.reached = i
		}
		if e.evaluateRule(ctx, r, g, v) {
			return true
		}
		if e.work > budgetStep && e.overBudget(v) {
			return true
		}
	}
	if g == nil {
		v.reached = len(rules)
	}
	return false
}

func (e *evaluation) evaluateRule(ctx context.Context, r *rule, g *group, v *Verdict) bool {
	switch {
	case r.group != nil:
		return e.evaluateGroup(ctx, r, v)
	case r.statement.kind == statementEngine:
		return e.evaluateEngine(ctx, r, v)
	}
	e.trace(r, g)
	if r.statement.match(e) != matchYes {
		e.addLabels(nil) // a statement adds labels even where the rule does not match (WF-ALG-01)
		return false
	}
	ended := e.take(r, g, v)
	e.addLabels(r.labels)
	return ended
}

// evaluateGroup asks the rules of a group that a rule refers to.
func (e *evaluation) evaluateGroup(ctx context.Context, r *rule, v *Verdict) bool {
	g := r.group
	e.trace(r, nil)
	if g.scope != nil {
		m := g.scope.match(e)
		e.addLabels(nil)
		if m != matchYes {
			return false
		}
	}
	before := *v
	if !e.evaluate(ctx, g.rules, g, v) {
		return false
	}
	if !g.count || e.gaveUp {
		return true
	}
	inserted := before.Insert
	if v.Action == ActionAllow {
		inserted = v.Insert
	}
	before.Insert = inserted
	*v = before
	r.count(e.request.Shard)
	e.note(Step{Rule: r.name, Kind: r.kind, Action: ActionCount, Matched: true})
	return false
}

// take carries out the action of a rule that matches, and reports whether that
// ends the evaluation.
func (e *evaluation) take(r *rule, g *group, v *Verdict) bool {
	step := Step{Rule: r.name, Kind: r.kind, Action: r.Action, Matched: true, Terminating: r.Action.ends()}
	if r.Action == ActionCaptcha || r.Action == ActionChallenge {
		state := e.tokenState(r)
		step.Token, step.Terminating = state, state.Failure != TokenValid
	}
	if e.record != nil {
		e.noteMatch(r, g, step)
	}
	if !step.Terminating {
		r.count(e.request.Shard)
		v.insert(r.Insert)
		return false
	}
	r.take(v, e.request.Shard)
	return true
}

func (a *action) count(shard uint8) {
	if a.counter != nil {
		a.counter.Add(shard)
	}
}

// take counts and carries out an action that ends the evaluation.
func (a *action) take(v *Verdict, shard uint8) {
	a.count(shard)
	if a.Action == ActionAllow {
		v.insert(a.Insert)
		return
	}
	v.Action, v.Block, v.Insert = a.Action, &a.block, nil // what was inserted is for requests that go on
}

// Inserts returns the names of the fields that a may insert.
func (a *ACL) Inserts() []string {
	var names []string
	note := func(lines field.Lines) {
		for _, l := range lines {
			names = append(names, l.Name)
		}
	}
	each(a.rules, func(r *rule) { note(r.Insert) })
	note(a.byDefault.Insert)
	return names
}

// each calls f with every rule, those of groups included.
func each(rules []rule, f func(r *rule)) {
	for i := range rules {
		f(&rules[i])
		if rules[i].group != nil {
			each(rules[i].group.rules, f)
		}
	}
}

// Fingerprints reports whether a rule inspects JA3 or JA4: then handshakes have to
// be looked at for them.
func (a *ACL) Fingerprints() bool { return a.fingerprints }

// BodyLimit is how much of a request's content the web ACL inspects, in bytes:
// 0 if none of its rules does, and then nothing need be read (WF-OVR-07).
func (a *ACL) BodyLimit() int {
	if !a.inspectsBody {
		return 0
	}
	return a.budget.Body
}
