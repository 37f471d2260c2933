package waf

import (
	"fmt"

	"github.com/groundfront/groundfront/waf/ipset"
)

// IPSetReference matches if an IP set has the address of the request (WF-IP).
type IPSetReference struct {
	Name string // of the set
	Set  ipset.Set
	// Forwarded says where the address comes from; nil is the connection.
	Forwarded *Forwarded
}

// String identifies the statement. The set's addresses may change without its
// being another.
func (s IPSetReference) String() string {
	return fmt.Sprintf("ip_set(%s %v)", s.Name, s.Forwarded)
}

func (s IPSetReference) compile(k *compiler, _ string, _ bool) (statement, error) {
	out := statement{kind: statementIPSet, set: k.set(s.Name, s.Set)}
	if s.Forwarded != nil {
		out.kind, out.forwarded = statementForwardedIPSet, s.Forwarded
	}
	return out, nil
}

// matchForwarded looks up the addresses of a field.
func (s *statement) matchForwarded(e *evaluation) match {
	var found addresses
	switch s.forwarded.find(e.request.Fields, &found) {
	case forwardedAbsent:
		return matchNone
	case forwardedMalformed:
		return matchIf(s.forwarded.Fallback == FallbackMatch)
	}
	for _, a := range found.list[:found.n] {
		if e.acl.sets.Lookup(a).Has(s.set) {
			return matchYes
		}
	}
	return matchNo
}
