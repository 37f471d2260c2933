package waf

import (
	"net/netip"
	"time"
)

// A RateState is how many instances a rate-based rule counts now.
type RateState struct {
	Group, Rule string // as those of Config.Counter
	Instances   int
}

// Rates returns how all rate-based rules of the web ACL stand.
func (a *ACL) Rates(now time.Time) []RateState {
	all := make([]RateState, len(a.rates))
	for i, r := range a.rates {
		all[i] = RateState{r.group, r.rule, r.counter.Instances(now)}
	}
	return all
}

// RateMemory returns how many bytes the counts of the web ACL's rate-based rules
// may take at most.
func (a *ACL) RateMemory() (n int64) {
	for _, r := range a.rates {
		n += r.counter.Memory()
	}
	return n
}

// maxManaged is how many addresses are listed (WF-RATE-14).
const maxManaged = 10_000

// LimitedAddrs returns the prefixes that a rate-based rule limits now, and
// whether there is a rule of this name that counts by address: of others AWS has
// no list either (WF-RATE-14).
func (a *ACL) LimitedAddrs(group, rule string, now time.Time) (prefixes []netip.Prefix, found bool) {
	for _, r := range a.rates {
		if r.group != group || r.rule != rule || r.key != AggregateKeyIP && r.key != AggregateKeyForwardedIP {
			continue
		}
		for _, key := range r.counter.Over(now) {
			addr, bits := key.Addr(), 32
			if addr.Is6() {
				bits = r.prefix
			}
			prefixes = append(prefixes, netip.PrefixFrom(addr, bits))
		}
		return prefixes[:min(len(prefixes), maxManaged)], true
	}
	return nil, false
}
