package waf

import (
	"fmt"
	"strings"
)

// A Statement is a condition as it is configured: And, Or, Not, one of those in
// statements.go, IPSetReference, RateBased or EngineMatch. Its String identifies
// it.
type Statement interface {
	fmt.Stringer
	compile(k *compiler, rule string, nested bool) (statement, error)
}

// And matches if all of its statements do (WF-LOG-01).
type And []Statement

// Or matches if one of its statements does.
type Or []Statement

// Not matches if its statement does not.
type Not struct{ Statement Statement }

// String identifies the statement.
func (s And) String() string { return list("and", s) }

// String identifies the statement.
func (s Or) String() string { return list("or", s) }

// String identifies the statement.
func (s Not) String() string { return list("not", []Statement{s.Statement}) }

func list(name string, nested []Statement) string {
	texts := make([]string, len(nested))
	for i, s := range nested {
		texts[i] = s.String()
	}
	return name + "(" + strings.Join(texts, " ") + ")"
}

// A match is what a statement says of a request.
type match uint8

const (
	matchNo match = iota
	matchYes
	// matchNone: the rule is not applied to the request at all, whatever stands
	// around the statement. A field with a forwarded address is absent
	// (WF-IP-02, WF-IP-04).
	matchNone
)

func (m match) String() string {
	switch m {
	case matchNo:
		return "no"
	case matchYes:
		return "yes"
	case matchNone:
		return "not applied"
	}
	return "match(?)"
}

func matchIf(yes bool) match {
	if yes {
		return matchYes
	}
	return matchNo
}

// A statement is a compiled one: a kind, and what that needs. Calls are static,
// so that nothing of an evaluation is on the heap.
type statement struct {
	kind      statementKind
	nested    []statement
	set       int // number of an IP set
	forwarded *Forwarded
	rate      *rate
	leaf      *leaf
	label     *labelMatch
	geo       *geoMatch
	engine    *engineMatch
	token     *tokenAbsent
}

type statementKind uint8

const (
	statementAnd statementKind = iota
	statementOr
	statementNot
	statementIPSet
	statementForwardedIPSet
	statementRate
	statementLeaf
	statementLabel
	statementGeo
	statementEngine
	statementToken
)

func (k statementKind) String() string {
	switch k {
	case statementAnd:
		return "and"
	case statementOr:
		return "or"
	case statementNot:
		return "not"
	case statementIPSet:
		return "ip set"
	case statementForwardedIPSet:
		return "forwarded ip set"
	case statementRate:
		return "rate"
	case statementLeaf:
		return "leaf"
	case statementLabel:
		return "label"
	case statementGeo:
		return "geo"
	case statementEngine:
		return "engine"
	case statementToken:
		return "token"
	}
	return "statementKind(?)"
}

func (k *compiler) statement(rule string, s Statement, nested bool) (statement, error) {
	if s == nil {
		return statement{}, ErrNoStatement
	}
	return s.compile(k, rule, nested)
}

func (k *compiler) all(kind statementKind, rule string, nested []Statement) (statement, error) {
	out := statement{kind: kind}
	for _, s := range nested {
		compiled, err := k.statement(rule, s, true)
		if err != nil {
			return out, err
		}
		out.nested = append(out.nested, compiled)
	}
	if len(nested) == 0 {
		return out, ErrNoStatement
	}
	sortByCost(kind, out.nested)
	return out, nil
}

func (s And) compile(k *compiler, rule string, _ bool) (statement, error) {
	return k.all(statementAnd, rule, s)
}

func (s Or) compile(k *compiler, rule string, _ bool) (statement, error) {
	return k.all(statementOr, rule, s)
}

func (s Not) compile(k *compiler, rule string, _ bool) (statement, error) {
	return k.all(statementNot, rule, []Statement{s.Statement})
}

// match evaluates from left to right and stops when the answer is known
// (WF-ORD-06).
func (s *statement) match(e *evaluation) match {
	switch s.kind {
	case statementAnd:
		return s.firstOther(e, matchYes)
	case statementOr:
		return s.firstOther(e, matchNo)
	case statementNot:
		switch s.nested[0].match(e) {
		case matchNo:
			return matchYes
		case matchYes:
			return matchNo
		}
		return matchNone
	case statementIPSet:
		return s.explained(e, matchIf(e.peer.sets.Has(s.set)))
	case statementForwardedIPSet:
		return s.explained(e, s.matchForwarded(e))
	case statementRate:
		return s.explained(e, s.rate.match(e))
	case statementLeaf:
		return s.leaf.match(e)
	case statementLabel:
		return s.explained(e, s.label.match(e))
	case statementGeo:
		return s.explained(e, s.geo.match(e))
	case statementToken:
		return s.explained(e, s.token.match(e))
	}
	return matchNone
}

// firstOther returns the first result that is not usual, or usual.
func (s *statement) firstOther(e *evaluation, usual match) match {
	for i := range s.nested {
		if m := s.nested[i].match(e); m != usual {
			return m
		}
	}
	return usual
}
