package waf

import (
	"strings"
)

// Labels that rules can add are known when the web ACL is compiled. Each has a
// number, and a request a set of numbers; a label match is a set as well
// (WF-LBL-09). Only the labels of geo statements are an open list: of them a
// request has the two places (geo.go).

// label returns the number of a full label.
func (k *compiler) label(full string) int {
	n, known := k.labels[full]
	if !known {
		n = len(k.acl.labels)
		k.labels[full] = n
		k.acl.labels = append(k.acl.labels, full)
	}
	return n
}

// A labelMatch is a compiled LabelMatch.
type labelMatch struct {
	LabelMatch
	prefix string   // of the labels of the rule's own web ACL or group
	bits   []uint64 // all labels that the key is for
	places [2]placeMatch
}

func (s LabelMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	if s.Key == "" {
		return statement{}, ErrNoSearch
	}
	l := &labelMatch{LabelMatch: s, prefix: k.prefix}
	for i := range l.places {
		l.places[i] = newPlaceMatch(s, placePrefixes[i])
	}
	k.labelMatches = append(k.labelMatches, l)
	return statement{kind: statementLabel, label: l}, nil
}

// resolve finds the labels that keys are for, when all are known.
func (k *compiler) resolve() {
	for _, l := range k.labelMatches {
		l.bits = make([]uint64, k.acl.labelBits())
		for n, full := range k.acl.labels {
			if l.matches(full) {
				l.bits[n/64] |= 1 << (n % 64)
			}
		}
	}
}

// labelBits returns how many words of bits labels take.
func (a *ACL) labelBits() int { return (len(a.labels) + 63) / 64 }

// matches reports whether the key is for a label. Without the prefix that all
// labels have, it is for those of its own web ACL or group, and may leave out
// namespaces at the beginning (WF-LBL-04, WF-LBL-05).
func (s *labelMatch) matches(full string) bool {
	whole := strings.HasPrefix(s.Key, "awswaf:")
	own, isOwn := strings.CutPrefix(full, s.prefix)
	switch {
	case whole && s.Scope == LabelScopeLabel:
		return full == s.Key
	case whole:
		return strings.HasPrefix(full, s.Key)
	case !isOwn:
		return false
	case s.Scope == LabelScopeLabel:
		return own == s.Key || strings.HasSuffix(own, ":"+s.Key)
	}
	namespaces := own[:strings.LastIndexByte(own, ':')+1]
	return strings.HasPrefix(namespaces, s.Key) || strings.Contains(namespaces, ":"+s.Key)
}

// match says whether the request has one of the labels.
func (s *labelMatch) match(e *evaluation) match {
	if e.memory == nil {
		return matchNo // no rule adds any
	}
	if overlap(e.labels, s.bits) {
		return matchYes
	}
	for i := range s.places {
		if s.places[i].has(&e.places[i]) {
			return matchYes
		}
	}
	return matchNo
}

// addLabels makes the labels that a rule has added visible to those after it
// (WF-ORD-05).
func (e *evaluation) addLabels(own []int) {
	if e.memory == nil {
		return
	}
	for _, n := range own {
		e.labels[n/64] |= 1 << (n % 64)
	}
	for _, n := range e.pending {
		e.labels[n/64] |= 1 << (n % 64)
	}
	e.pending = e.pending[:0]
	for i := range e.places {
		e.places[i].visible = e.places[i].asked
	}
}

// eachLabel calls f with every label that the request has, in full.
func (e *evaluation) eachLabel(f func(full string)) {
	if e.memory == nil {
		return
	}
	for n, full := range e.acl.labels {
		if e.labels[n/64]>>(n%64)&1 == 1 {
			f(full)
		}
	}
	for i := range e.places {
		if p := &e.places[i]; p.visible {
			country, region := p.labels(placePrefixes[i])
			f(country)
			f(region)
		}
	}
}
