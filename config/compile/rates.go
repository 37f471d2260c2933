package compile

import (
	"time"

	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/metrics"
	"github.com/groundfront/groundfront/waf"
)

// RateInstances is what the metric of rate-based rules reads: all of a Snapshot.
func RateInstances(s *proxy.Snapshot, now time.Time) []metrics.RateInstances {
	var all []metrics.RateInstances
	seen := map[*waf.ACL]bool{nil: true}
	for _, d := range s.Distributions {
		if seen[d.WebACL] {
			continue
		}
		seen[d.WebACL] = true
		for _, r := range d.WebACL.Rates(now) {
			all = append(all, metrics.RateInstances{ACL: d.WebACL.Name(), Group: r.Group, Rule: r.Rule, Instances: r.Instances})
		}
	}
	return all
}
