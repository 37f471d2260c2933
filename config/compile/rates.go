package compile

import (
	"slices"
	"time"

	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/waf"
)

// RateMemory returns how many bytes rate-based rules and throttles may take at
// most.
func RateMemory(s *proxy.Snapshot) (n int64) {
	for _, a := range webACLsOf(s) {
		n += a.RateMemory()
	}
	for _, d := range s.Distributions {
		for _, b := range d.Behaviors {
			for _, list := range [][]proxy.Throttle{b.Throttles, b.OriginThrottles} {
				for i := range list {
					n += list[i].Buckets.Memory()
				}
			}
		}
	}
	return n
}

// webACLsOf returns the web ACLs of a Snapshot, each once.
func webACLsOf(s *proxy.Snapshot) (all []*waf.ACL) {
	for _, d := range s.Distributions {
		if d.WebACL != nil && !slices.Contains(all, d.WebACL) {
			all = append(all, d.WebACL)
		}
	}
	return all
}

// RateInstances is what the metric of rate-based rules reads: all of a Snapshot.
func RateInstances(s *proxy.Snapshot, now time.Time) []metrics.RateInstances {
	var all []metrics.RateInstances
	for _, a := range webACLsOf(s) {
		for _, r := range a.Rates(now) {
			all = append(all, metrics.RateInstances{ACL: a.Name(), Group: r.Group, Rule: r.Rule, Instances: r.Instances})
		}
	}
	return all
}
