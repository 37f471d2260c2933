package waf

import (
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// An Action is what a rule, or the web ACL where no rule ends the evaluation,
// does with a request that matches (WF-ACT-01 to WF-ACT-05).
type Action uint8

// The actions.
const (
	ActionAllow Action = iota // the request goes on, and no further rule is asked
	ActionBlock               // the edge answers, and no further rule is asked
	ActionCount               // it is counted, and the next rule is asked
	// ActionCaptcha and ActionChallenge are as Count for a viewer whose token
	// says that it has solved that; others are answered by the edge with what
	// there is to solve.
	ActionCaptcha
	ActionChallenge
)

// String returns the action as configuration and metrics spell it.
func (a Action) String() string {
	switch a {
	case ActionAllow:
		return "allow"
	case ActionBlock:
		return "block"
	case ActionCount:
		return "count"
	case ActionCaptcha:
		return "captcha"
	case ActionChallenge:
		return "challenge"
	}
	return "Action(?)"
}

// Status returns what the edge answers with for the action, where no custom
// response says otherwise (WF-ACT-10, WF-TOK-05), and 0 where it does not answer.
func (a Action) Status() int {
	switch a {
	case ActionBlock:
		return 403
	case ActionCaptcha:
		return 405
	case ActionChallenge:
		return 202
	}
	return 0
}

// ends reports whether no further rule is asked, unless a token says otherwise.
func (a Action) ends() bool { return a != ActionCount }

// Handling is an action with what it carries.
type Handling struct {
	Action Action
	// Response answers a blocked request; nil is the edge's own page
	// (WF-ACT-10).
	Response *Response
	// Insert are fields for a request that goes on, with their whole names:
	// x-amzn-waf-… (WF-ACT-06).
	Insert field.Lines
	// Immunity is how long a solved captcha or challenge holds (WF-TOK-02).
	Immunity time.Duration
}

// A Response is a custom response. It is immutable.
type Response struct {
	Status int // one of WF-ACT-12
	// Fields are as written, and Content-Type if there is Content.
	Fields  field.Lines
	Content []byte
}

// A Verdict is what a web ACL says of a request.
type Verdict struct {
	// Action is ActionAllow, ActionBlock, or what the viewer has to solve.
	Action Action
	// Block is set unless the request goes on. It outlives the web ACL.
	Block *Block
	// Insert are the fields that the request goes on with, set in place of any
	// that it has by these names (WF-ACT-07). They may be shared with other
	// requests.
	Insert field.Lines

	reached int    // rules before this one have been asked
	skipped uint64 // bits of the engines for which the request was out of scope
}

// A Block is a rule that has ended a request, or the default action.
type Block struct {
	ACL, Rule string
	GroupRule string // of a group, that Rule refers to
	Kind      RuleKind
	Action    Action
	Response  *Response // nil: the edge's own page
	immunity  time.Duration
}

// RuleKind tells what a rule's statement is.
type RuleKind uint8

// The kinds.
const (
	RuleKindRegular RuleKind = iota
	RuleKindRateBased
	RuleKindGroup
	RuleKindManagedRuleGroup
)

// String returns the kind as AWS's log records spell it (WF-LOGS-02).
func (k RuleKind) String() string {
	switch k {
	case RuleKindRegular:
		return "REGULAR"
	case RuleKindRateBased:
		return "RATE_BASED"
	case RuleKindGroup:
		return "GROUP"
	case RuleKindManagedRuleGroup:
		return "MANAGED_RULE_GROUP"
	}
	return "RuleKind(?)"
}

// insert adds lines to those that the request goes on with. Of two with one
// name the later rule's wins (WF-ACT-07).
func (v *Verdict) insert(lines field.Lines) {
	if len(lines) == 0 {
		return
	}
	if len(v.Insert) == 0 {
		v.Insert = lines // as a rule one rule inserts, and nothing is copied
		return
	}
	own := make(field.Lines, 0, len(v.Insert)+len(lines))
	for _, l := range v.Insert {
		if !lines.Has(l.Name) {
			own = append(own, l)
		}
	}
	v.Insert = append(own, lines...)
}
