package waf

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/groundfront/groundfront/waf/transform"
)

// An engine says of a request what its path says.
type engine struct{ asked int }

func (e *engine) Labels() []string { return []string{"awswaf:managed:e:found"} }

func (e *engine) Inspect(_ context.Context, r *Request, _ netip.Addr) (EngineResult, error) {
	e.asked++
	switch r.Path {
	case "/fails":
		return EngineResult{}, errors.New("fails")
	case "/bad":
		return EngineResult{Match: true, Score: 5, Labels: e.Labels(), Rules: []string{"942100"}}, nil
	}
	return EngineResult{}, nil
}

// TestEngine: an engine is asked about requests to an origin, if its turn would
// have come, or about all (WF-ARC-02, WF-ARC-03); what becomes of a request when
// it fails.
func TestEngine(t *testing.T) {
	for _, test := range []struct {
		path, addr string
		where      EngineWhere
		fail       Fail
		first      string // what Evaluate says
		second     string // what EvaluateForOrigin says then
		asked      int
	}{
		{"/", "192.0.2.1", EngineAtOrigin, FailClosed, "allow", "allow", 1},
		{"/bad", "192.0.2.1", EngineAtOrigin, FailClosed, "allow", "block engine", 1},
		{"/bad", "192.0.3.1", EngineAtOrigin, FailClosed, "allow", "allow", 0}, // allowed by an earlier rule
		{"/bad", "192.0.4.1", EngineAtOrigin, FailClosed, "block late", "block late", 0},
		{"/fails", "192.0.2.1", EngineAtOrigin, FailClosed, "allow", "block Groundfront_Failed", 1},
		{"/fails", "192.0.2.1", EngineAtOrigin, FailOpen, "allow", "allow", 1},
		{"/bad", "192.0.2.1", EngineAtViewer, FailClosed, "block engine", "block engine", 1},
		{"/", "192.0.2.1", EngineAtViewer, FailClosed, "allow", "allow", 1},
		{"/fails", "192.0.2.1", EngineAtViewer, FailOpen, "allow", "allow", 1},
		{"/fails", "192.0.4.1", EngineAtViewer, FailOpen, "block late", "block late", 1},
	} {
		e := &engine{}
		failures := counts{}
		a := newACL(t, Config{
			Name: "edge", Budget: Budget{Fail: test.fail, Failed: func(f Failure) Counter { return counter{failures, f.String()} }},
			Rules: []Rule{
				{Name: "early", Statement: in("192.0.3.0/24"), Handling: Handling{Action: ActionAllow}},
				{Name: "engine", Statement: EngineMatch{Name: "e", Engine: e, Where: test.where}, Handling: block(), Labels: []string{"l"}},
				{Name: "late", Statement: in("192.0.4.0/24"), Handling: block()},
			},
		})
		p, r := a.Peer(netip.MustParseAddr(test.addr)), get(test.path)
		says := func(v Verdict) string {
			if v.Block != nil {
				return fmt.Sprint(v.Action, " ", v.Block.Rule)
			}
			return v.Action.String()
		}
		v := a.Evaluate(context.Background(), p, r, nil)
		first := says(v)
		second := says(a.EvaluateForOrigin(context.Background(), p, r, v, nil))
		if first != test.first || second != test.second || e.asked != test.asked {
			t.Errorf("%s from %s, at %v: got %q, then %q, asked %d times; want %q, %q, %d", test.path, test.addr, test.where, first, second, e.asked, test.first, test.second, test.asked)
		}
		if got, want := failures["engine"] > 0, test.path == "/fails"; got != want {
			t.Errorf("%s: got a failure counted %t, want %t", test.path, got, want)
		}
		if a.Waits() != (test.where == EngineAtViewer) || a.BodyLimit() != 16<<10 {
			t.Errorf("at %v: got waits %t and a body limit of %d", test.where, a.Waits(), a.BodyLimit())
		}
	}
}

// TestEngineRecord: who reads a record learns of one rule that ended the
// evaluation, also where an engine has blocked what was allowed before.
func TestEngineRecord(t *testing.T) {
	for path, want := range map[string]string{"/": DefaultRule, "/bad": "engine"} {
		a := newACL(t, Config{Name: "edge", Rules: []Rule{
			{Name: "engine", Statement: EngineMatch{Name: "e", Engine: &engine{}, Where: EngineAtOrigin}, Handling: block()},
			{Name: "all", Statement: in("192.0.2.0/24"), Handling: count()},
		}})
		p, r, record := a.Peer(netip.MustParseAddr("192.0.2.1")), get(path), new(Record)
		v := a.Evaluate(context.Background(), p, r, record)
		a.EvaluateForOrigin(context.Background(), p, r, v, record)
		var ended, counted []string
		for _, s := range record.Steps {
			if s.Rule == "engine" && s.Score != 5 || s.Rule != "engine" && s.Score != 0 {
				t.Errorf("%s, rule %s: got score %d", path, s.Rule, s.Score)
			}
			if s.Terminating {
				ended = append(ended, s.Rule)
			} else if s.Matched {
				counted = append(counted, s.Rule)
			}
		}
		if fmt.Sprint(ended) != "["+want+"]" || fmt.Sprint(counted) != "[all]" {
			t.Errorf("%s: got ended by %v, counted by %v, want %s and all", path, ended, counted, want)
		}
	}
}

// TestEngineScope: an engine is asked about requests with a label of an earlier
// rule, also when they go to an origin, after the evaluation.
func TestEngineScope(t *testing.T) {
	const want = "1 0"
	for _, where := range []EngineWhere{EngineAtOrigin, EngineAtViewer} {
		asked := ""
		for _, addr := range []string{"192.0.2.1", "198.51.100.1"} {
			e := &engine{}
			a := newACL(t, Config{Name: "edge", Namespace: "awswaf:1:webacl:edge:", Rules: []Rule{
				{Name: "label", Statement: in("192.0.2.0/24"), Handling: count(), Labels: []string{"seen"}},
				{Name: "engine", Statement: EngineMatch{Name: "e", Engine: e, Where: where, ScopeDown: LabelMatch{Key: "seen"}}, Handling: block()},
			}})
			p := a.Peer(netip.MustParseAddr(addr))
			a.EvaluateForOrigin(context.Background(), p, get("/"), a.Evaluate(context.Background(), p, get("/"), nil), nil)
			asked += fmt.Sprint(e.asked, " ")
		}
		if got := strings.TrimSpace(asked); got != want {
			t.Errorf("at the %v: got asked %s times, want %s", where, got, want)
		}
	}
}

// TestBudgetOfValues: many short values count as well, though no detector reads
// them.
func TestBudgetOfValues(t *testing.T) {
	now := start
	c := Config{Name: "edge", Budget: Budget{Time: time.Millisecond, Clock: func() time.Time { now = now.Add(time.Millisecond); return now }}}
	for k := transform.URLDecode; k < transform.ReplaceComments; k++ {
		c.Rules = append(c.Rules, Rule{Name: k.String(), Handling: count(), Statement: ByteMatch{
			Search: "x", Inspection: inspect(Field{Kind: FieldJsonBody}, k, transform.Lowercase),
		}})
	}
	a := newACL(t, c)
	if v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), post("["+strings.Repeat(`"A"`, 3000)+"]"), nil); v.Action != ActionBlock {
		t.Errorf("got %v, want it blocked", v.Action)
	}
}

// TestFailOpen: a request that could not be evaluated in time has the default
// action.
func TestFailOpen(t *testing.T) {
	for _, action := range []Action{ActionAllow, ActionBlock} {
		now := start
		a := newACL(t, Config{
			Name: "edge", Default: Handling{Action: action},
			Budget: Budget{Time: 1, Fail: FailOpen, Clock: func() time.Time { now = now.Add(time.Second); return now }},
			Rules: []Rule{
				{Name: "a", Statement: XssMatch{Inspection: inspect(Field{Kind: FieldBody})}, Handling: count()},
				{Name: "b", Statement: SqliMatch{Inspection: inspect(Field{Kind: FieldBody})}, Handling: count()},
				{Name: "c", Statement: in("192.0.2.0/24"), Handling: block()},
			},
		})
		record := new(Record)
		v := a.Evaluate(context.Background(), a.Peer(netip.MustParseAddr("192.0.2.1")), post(strings.Repeat("x ", 10000)), record)
		got := v.Action.String()
		for _, s := range record.Steps {
			got += fmt.Sprint(" ", s.Rule, " ", s.Terminating)
		}
		if want := action.String() + " Groundfront_Failed false Default_Action true"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestBudget: an evaluation that takes longer ends, as the web ACL says.
func TestBudget(t *testing.T) {
	for _, test := range []struct {
		fail    Fail
		counted bool // the result of a group that has all rules: that says nothing of what could not be evaluated
		want    Action
	}{
		{FailClosed, false, ActionBlock},
		{FailOpen, false, ActionAllow},
		{FailClosed, true, ActionBlock},
		{FailOpen, true, ActionAllow},
	} {
		now := start
		clock := func() time.Time { now = now.Add(time.Millisecond); return now }
		failures := counts{}
		c := Config{Name: "edge", Budget: Budget{
			Time: 3 * time.Millisecond, Clock: clock, Fail: test.fail, Failed: func(f Failure) Counter { return counter{failures, f.String()} },
		}}
		for i := range 10 {
			c.Rules = append(c.Rules, Rule{Name: fmt.Sprint(i), Statement: RegexMatch{
				Patterns: []string{fmt.Sprintf("x%d.*y", i)}, Inspection: inspect(Field{Kind: FieldBody}),
			}, Handling: count()})
		}
		if test.counted {
			c.Rules = []Rule{{Name: "group", Statement: GroupReference{Group: &RuleGroup{Name: "g", Rules: c.Rules}, Count: true}}}
		}
		a := newACL(t, c)
		p := a.Peer(netip.MustParseAddr("192.0.2.1"))
		text := strings.Repeat("x0x1x2x3x4x5x6x7x8x9", 1000)
		if v := a.Evaluate(context.Background(), p, post(text), nil); v.Action != test.want || failures["time"] != 1 {
			t.Errorf("fail %v, counted %t: got %v and %v", test.fail, test.counted, v.Action, failures)
		}
		looked := now
		if v := a.Evaluate(context.Background(), p, post("short"), nil); v.Action != ActionAllow || now != looked {
			t.Errorf("a short request: got %v, and a look at the clock %t", v.Action, now != looked)
		}
	}
}
