package metrics

import "testing"

func TestRates(t *testing.T) {
	s := New()
	s.ObserveRates(func() []RateInstances {
		return []RateInstances{{"edge", "", "limit", 3}, {"edge", "group", "inner", 0}}
	})
	wantLines(t, s,
		`groundfront_waf_rate_instances{acl="edge",group="",rule="limit"} 3`,
		`groundfront_waf_rate_instances{acl="edge",group="group",rule="inner"} 0`,
	)
}
