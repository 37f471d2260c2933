package waf

import (
	"fmt"
	"strings"
)

// What a trace says of statements that match without comparing a part of the
// request with anything, so that people see why.

// explained passes a result on.
func (s *statement) explained(e *evaluation, m match) match {
	if m == matchYes && e.record != nil {
		s.explain(e)
	}
	return m
}

func (s *statement) explain(e *evaluation) {
	switch s.kind {
	case statementIPSet, statementForwardedIPSet:
		e.explainAddress(s.forwarded, fmt.Sprintf("in IP set %q", e.acl.setNames[s.set]))
	case statementGeo:
		where := "in country " + e.places[s.geo.kind()].country()
		if s.geo.numbers != nil {
			where = fmt.Sprintf("in autonomous system %d", e.asn[s.geo.kind()].number)
		}
		e.explainAddress(s.geo.forwarded, where)
	case statementLabel:
		what := "label"
		if s.label.Scope == LabelScopeNamespace {
			what = "label in namespace"
		}
		e.explain(FieldMatch{Statement: fmt.Sprintf("%s %q", what, s.label.Key)})
	case statementRate:
		e.explain(FieldMatch{Statement: fmt.Sprintf("more than %d requests in %v", s.rate.limit.Limit, s.rate.limit.Window)})
	case statementToken:
		e.explain(FieldMatch{Statement: "no token"})
	}
}

// explainAddress says where the addresses are that a statement has asked about.
func (e *evaluation) explainAddress(f *Forwarded, where string) {
	if f == nil {
		e.explain(FieldMatch{Statement: where, Value: e.peer.addr.String()})
		return
	}
	var found addresses
	if f.find(e.request.Fields, &found) == forwardedMalformed {
		e.explain(FieldMatch{Statement: "no address", Field: f.Field})
		return
	}
	var all []string
	for _, a := range found.list[:found.n] {
		all = append(all, a.String())
	}
	e.explain(FieldMatch{Statement: where, Field: f.Field, Value: strings.Join(all, ", ")})
}

// explain adds to the rule that is traced, if rules are.
func (e *evaluation) explain(m FieldMatch) {
	if n := len(e.record.Steps); e.record.Trace && n > 0 {
		m.To = len(m.Value)
		s := &e.record.Steps[n-1]
		s.Matches = append(s.Matches, m)
	}
}

// instead is the result of a leaf that the values have no part in, for a reason.
func (l *leaf) instead(e *evaluation, yes bool, why string) match {
	if yes && e.record != nil {
		e.explain(FieldMatch{Statement: why, Field: l.inspection.describe()})
	}
	return matchIf(yes)
}
