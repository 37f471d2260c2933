package waf

import (
	"fmt"
	"net/netip"

	"github.com/groundfront/groundfront/waf/ratelimit"
)

// RateBased matches while the requests of one aggregation instance are over a
// limit (WF-RATE).
type RateBased struct {
	Limit ratelimit.Rule
	Key   AggregateKey
	// Forwarded says where the address comes from with AggregateKeyForwardedIP.
	Forwarded *Forwarded
	// ScopeDown, unless nil, says which requests are counted and limited
	// (WF-RATE-07).
	ScopeDown Statement
}

// AggregateKey says which requests count together (WF-RATE-03).
type AggregateKey uint8

// The keys.
const (
	AggregateKeyIP          AggregateKey = iota // those of one peer
	AggregateKeyForwardedIP                     // those with the same first address in a field
	AggregateKeyConstant                        // all
)

// String returns the word as AWS's API spells it.
func (k AggregateKey) String() string {
	switch k {
	case AggregateKeyIP:
		return "IP"
	case AggregateKeyForwardedIP:
		return "FORWARDED_IP"
	case AggregateKeyConstant:
		return "CONSTANT"
	}
	return "AggregateKey(?)"
}

// String identifies the statement.
func (s RateBased) String() string {
	return fmt.Sprintf("rate(%+v %v %v %v)", s.Limit, s.Key, s.Forwarded, s.ScopeDown)
}

// A rate is a compiled RateBased.
type rate struct {
	identity  string // rule and statement
	key       AggregateKey
	forwarded *Forwarded
	scope     *statement // nil: all requests
	counter   *ratelimit.Counter[netip.Addr]
	all       *ratelimit.Handle[netip.Addr] // of AggregateKeyConstant
	handle    int                           // number among the handles of a Peer, of AggregateKeyIP
}

func (s RateBased) compile(k *compiler, rule string, nested bool) (statement, error) {
	r := &rate{identity: rule + " " + s.String(), key: s.Key, forwarded: s.Forwarded}
	switch {
	case nested:
		return statement{}, ErrNested
	case s.ScopeDown != nil:
		scope, err := k.statement(rule, s.ScopeDown, true)
		if err != nil {
			return statement{}, err
		}
		r.scope = &scope
	case s.Key == AggregateKeyConstant:
		return statement{}, ErrNoScope
	}
	if r.counter = k.counterOf(r.identity); r.counter == nil {
		var err error
		if r.counter, err = ratelimit.New[netip.Addr](s.Limit); err != nil {
			return statement{}, err
		}
	}
	switch s.Key {
	case AggregateKeyIP:
		r.handle = k.acl.handles
		k.acl.handles++
	case AggregateKeyConstant:
		r.all = r.counter.Handle(netip.Addr{})
	}
	k.acl.rates = append(k.acl.rates, r)
	return statement{kind: statementRate, rate: r}, nil
}

// counterOf returns the counts of the same rule in the web ACL before, if there
// are any.
func (k *compiler) counterOf(identity string) *ratelimit.Counter[netip.Addr] {
	if k.previous == nil {
		return nil
	}
	for _, r := range k.previous.rates {
		if r.identity == identity {
			return r.counter
		}
	}
	return nil
}

// match counts the request, if it is in the scope, and says whether it is over
// the limit (section 12 of the reference, step 3).
func (r *rate) match(e *evaluation) match {
	if r.scope != nil {
		if m := r.scope.match(e); m != matchYes {
			return m
		}
	}
	switch r.key {
	case AggregateKeyIP:
		return matchIf(e.peer.handles[r.handle].Hit(e.request.Now) == ratelimit.RateOver)
	case AggregateKeyConstant:
		return matchIf(r.all.Hit(e.request.Now) == ratelimit.RateOver)
	}
	var found addresses
	switch r.forwarded.find(e.request.Fields, &found) {
	case forwardedAbsent:
		return matchNone
	case forwardedMalformed:
		return matchIf(r.forwarded.Fallback == FallbackMatch)
	}
	return matchIf(r.counter.Hit(found.list[0], e.request.Now) == ratelimit.RateOver)
}
