package waf

import (
	"cmp"
	"fmt"
	"net/netip"

	"github.com/groundfront/groundfront/waf/ratelimit"
)

// RateBased matches while the requests of one aggregation instance are over a
// limit (WF-RATE).
type RateBased struct {
	Limit ratelimit.Rule
	Key   AggregateKey
	// IPv6Prefix is how many bits of an IPv6 address are the key, where that is
	// an address; 0 is all 128 (WF-RATE-16).
	IPv6Prefix int
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
	return fmt.Sprintf("rate(%+v %v %v %v %v)", s.Limit, s.Key, s.IPv6Prefix, s.Forwarded, s.ScopeDown)
}

// A rate is a compiled RateBased.
type rate struct {
	identity  string // rule and statement
	key       AggregateKey
	forwarded *Forwarded
	scope     *statement // nil: all requests
	prefix    int        // of IPv6 addresses
	counter   *ratelimit.Counter
	all       *ratelimit.Handle // of AggregateKeyConstant
	handle    int               // number among the handles of a Peer, of AggregateKeyIP
}

func (s RateBased) compile(k *compiler, rule string, nested bool) (statement, error) {
	r := &rate{identity: rule + " " + s.String(), key: s.Key, prefix: cmp.Or(s.IPv6Prefix, 128), forwarded: s.Forwarded}
	switch {
	case nested:
		return statement{}, ErrNested
	case s.IPv6Prefix < 0 || s.IPv6Prefix > 128:
		return statement{}, ErrPrefix
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
		if r.counter, err = ratelimit.New(s.Limit); err != nil {
			return statement{}, err
		}
	}
	switch s.Key {
	case AggregateKeyIP:
		r.handle = k.acl.handles
		k.acl.handles++
	case AggregateKeyConstant:
		r.all = r.counter.Handle(ratelimit.Key{})
	}
	k.acl.rates = append(k.acl.rates, r)
	return statement{kind: statementRate, rate: r}, nil
}

// counterOf returns the counts of the same rule in the web ACL before, if there
// are any.
func (k *compiler) counterOf(identity string) *ratelimit.Counter {
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
	return matchIf(r.counter.Hit(r.keyOf(found.list[0]), e.request.Now) == ratelimit.RateOver)
}

// keyOf returns what an address is counted by.
func (r *rate) keyOf(a netip.Addr) ratelimit.Key {
	if a.Is6() && r.prefix < 128 {
		p, _ := a.Prefix(r.prefix) // no error: the prefix has been checked
		a = p.Addr()
	}
	return ratelimit.KeyOfAddr(a)
}
