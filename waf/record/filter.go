package record

import (
	"slices"

	"github.com/groundfront/groundfront/waf"
)

// A Filter says which log records are kept: the first of its rules that is for a
// request decides (WF-LOGS-03). The zero value keeps all.
type Filter struct {
	Rules []FilterRule
	Drop  bool // those that no rule is for
}

// A FilterRule keeps or drops records that meet all of its conditions, or any of
// them.
type FilterRule struct {
	Drop, Any  bool
	Conditions []Condition
}

// A Condition is an action that a rule has taken, or a label.
type Condition struct {
	Action string // ALLOW, BLOCK, COUNT, CAPTCHA, CHALLENGE or EXCLUDED_AS_COUNT; "" with a Label
	Label  string // in full
}

func (f *Filter) keeps(e *Entry) bool {
	for i := range f.Rules {
		if f.Rules[i].isFor(e) {
			return !f.Rules[i].Drop
		}
	}
	return !f.Drop
}

func (r *FilterRule) isFor(e *Entry) bool {
	for _, c := range r.Conditions {
		if c.holds(e) == r.Any {
			return r.Any
		}
	}
	return !r.Any
}

func (c *Condition) holds(e *Entry) bool {
	if c.Action == "" {
		return slices.Contains(e.Record.Labels, c.Label)
	}
	if c.Action == word(e.Verdict.Action) {
		return true
	}
	return slices.ContainsFunc(e.Record.Steps, func(s waf.Step) bool {
		if s.Excluded {
			return s.Matched && c.Action == "EXCLUDED_AS_COUNT"
		}
		return s.Matched && !s.Terminating && c.Action == word(s.Action)
	})
}
