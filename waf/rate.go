package waf

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/groundfront/groundfront/waf/ratelimit"
)

// RateBased matches while the requests of one aggregation instance are over a
// limit (WF-RATE).
type RateBased struct {
	Limit ratelimit.Rule
	Key   AggregateKey
	// Keys are the parts of the request that it counts by with
	// AggregateKeyCustom, at most 5.
	Keys []RateKey
	// IPv6Prefix is how many bits of an IPv6 address are the key, where that is
	// an address; 0 is all 128 (WF-RATE-16).
	IPv6Prefix int
	// Forwarded says where the address comes from with AggregateKeyForwardedIP
	// and RateKeyForwardedIP.
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
	AggregateKeyCustom                          // those that are alike in all Keys
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
	case AggregateKeyCustom:
		return "CUSTOM_KEYS"
	}
	return "AggregateKey(?)"
}

// String identifies the statement.
func (s RateBased) String() string {
	return fmt.Sprintf("rate(%+v %v %v %v %v %v)", s.Limit, s.Key, s.Keys, s.IPv6Prefix, s.Forwarded, s.ScopeDown)
}

// A rate is a compiled RateBased.
type rate struct {
	group     string // the rule that refers to the rule's group, "" for the web ACL's own
	rule      string // its name
	identity  string // rule and statement
	limit     ratelimit.Rule
	keys      []rateKey // of AggregateKeyCustom
	key       AggregateKey
	forwarded *Forwarded
	scope     *statement // nil: all requests
	prefix    int        // of IPv6 addresses
	counter   *ratelimit.Counter
	all       *ratelimit.Handle // of AggregateKeyConstant
	handle    int               // number among the handles of a Peer, of AggregateKeyIP
}

func (s RateBased) compile(k *compiler, rule string, nested bool) (statement, error) {
	group, name, _ := strings.Cut(rule, "/") // always there
	r := &rate{
		group: group, rule: name, identity: rule + " " + s.String(), limit: s.Limit, key: s.Key,
		prefix: cmp.Or(s.IPv6Prefix, 128), forwarded: s.Forwarded,
	}
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
	if err := r.compileKeys(k, &s); err != nil {
		return statement{}, err
	}
	if r.counter = k.counterOf(r.identity); r.counter == nil {
		var err error
		if r.counter, err = ratelimit.New(s.Limit); err != nil {
			return statement{}, err
		}
	}
	r.limit = r.counter.Rule()
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
		return r.judge(e, e.peer.handles[r.handle].Hit(e.request.Now))
	case AggregateKeyConstant:
		return r.judge(e, r.all.Hit(e.request.Now))
	case AggregateKeyCustom:
		return r.matchKeys(e)
	}
	var found addresses
	switch r.forwarded.find(e.request.Fields, &found) {
	case forwardedAbsent:
		return matchNone
	case forwardedMalformed:
		if r.forwarded.Fallback == FallbackNoMatch {
			return matchNo
		}
		return r.judge(e, ratelimit.RateOver)
	}
	return r.judge(e, r.counter.Hit(r.keyOf(found.list[0]), e.request.Now))
}

// judge says what the statement says of a request, and records it if it is over
// the limit (WF-LOGS-03).
func (r *rate) judge(e *evaluation, rate ratelimit.Rate) match {
	if rate == ratelimit.RateUnder {
		return matchNo
	}
	if e.record != nil {
		r.note(e, RateStep{Key: r.key.String(), Value: r.address(e)})
	}
	return matchYes
}

// address returns what log records call the value of the key.
func (r *rate) address(e *evaluation) string {
	switch r.key {
	case AggregateKeyIP:
		return e.peer.addr.String()
	case AggregateKeyForwardedIP:
		var found addresses
		if r.forwarded.find(e.request.Fields, &found) == forwardedMalformed {
			return "INVALID"
		}
		return found.list[0].String()
	}
	return ""
}

func (r *rate) note(e *evaluation, s RateStep) {
	s.Rule, s.Limit, s.Window = r.rule, r.limit.Limit, int(r.limit.Window/time.Second)
	e.record.Rates = append(e.record.Rates, s)
}

// keyOf returns what an address is counted by.
func (r *rate) keyOf(a netip.Addr) ratelimit.Key {
	if a.Is6() && r.prefix < 128 {
		p, _ := a.Prefix(r.prefix) // no error: the prefix has been checked
		a = p.Addr()
	}
	return ratelimit.KeyOfAddr(a)
}
