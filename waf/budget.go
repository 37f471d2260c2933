package waf

import (
	"time"
)

// A Budget bounds what an evaluation may cost, and says what becomes of a
// request for which that is not enough, or about which an engine fails.
type Budget struct {
	// Body is how much of the content is inspected, in bytes: AWS WAF's
	// DefaultSizeInspectionLimit (WF-ACL-06). 0 is 16 KiB.
	Body int
	// Time is how long an evaluation may take; 0 is without a bound. It is looked
	// at after each 16 KiB that a detector or a regular expression has read, or a
	// thousand values that were transformed, so that ordinary requests cost no
	// look at the clock.
	Time time.Duration
	// Clock is what Time is measured with; nil is time.Now.
	Clock func() time.Time
	Fail  Fail
	// Failed, if set, counts the requests that Fail is for.
	Failed func(f Failure) Counter
}

// Fail says what becomes of a request that could not be evaluated.
type Fail uint8

// The ways.
const (
	FailClosed Fail = iota // it is blocked
	FailOpen               // it has the default action
)

// String returns the word as configuration spells it.
func (f Fail) String() string {
	switch f {
	case FailClosed:
		return "closed"
	case FailOpen:
		return "open"
	}
	return "Fail(?)"
}

// Failure says why a request could not be evaluated.
type Failure uint8

// The failures.
const (
	FailureTime   Failure = iota // it took too long
	FailureEngine                // an engine failed
	FailureMemory                // there was none for its content
	FailurePanic                 // a bug
)

// String returns the word as metrics spell it.
func (f Failure) String() string {
	switch f {
	case FailureTime:
		return "time"
	case FailureEngine:
		return "engine"
	case FailureMemory:
		return "memory"
	case FailurePanic:
		return "panic"
	}
	return "Failure(?)"
}

const (
	defaultBody = 16 << 10
	budgetStep  = 16 << 10
	// FailRule is the name of the rule that metrics and log records say has
	// blocked a request that could not be evaluated.
	FailRule = "Groundfront_Failed"
)

// overBudget looks at the clock, and says whether that ends the evaluation.
func (e *evaluation) overBudget(v *Verdict) bool {
	e.work = 0
	b := &e.acl.budget
	if b.Time == 0 {
		return false
	}
	now := b.Clock()
	if e.started.IsZero() { // the first look begins it: before, there was little to do
		e.started = now
		return false
	}
	return now.Sub(e.started) > b.Time && e.failed(FailureTime, v)
}

// failed takes the action of Fail and reports whether that ends the evaluation.
// Where an engine fails and requests go on, the rules behind it are asked: who
// keeps an engine busy does not get past those.
func (e *evaluation) failed(f Failure, v *Verdict) bool {
	open := e.acl.budget.Fail == FailOpen
	e.acl.fail(f, v, e.request.Shard)
	if open {
		e.note(Step{Rule: FailRule, Action: ActionCount, Matched: true})
	} else {
		e.note(Step{Rule: FailRule, Action: ActionBlock, Matched: true, Terminating: true})
	}
	e.gaveUp = !open || f != FailureEngine
	return e.gaveUp
}

func (a *ACL) fail(f Failure, v *Verdict, shard uint8) {
	if c := a.failures[f]; c != nil {
		c.Add(shard)
	}
	if a.budget.Fail == FailOpen {
		v.Action, v.Block = ActionAllow, nil
		return
	}
	*v = Verdict{Action: ActionBlock, Block: &Block{ACL: a.name, Rule: FailRule, Action: ActionBlock}}
}

// Fail returns the verdict on a request that cannot be evaluated. Where it goes
// on after a bug, nobody else looks at it, and it has the default action.
func (a *ACL) Fail(f Failure, shard uint8) (v Verdict) {
	a.fail(f, &v, shard)
	if f == FailurePanic && v.Action == ActionAllow {
		a.byDefault.take(&v, shard)
	}
	return v
}
