package metrics

import "testing"

// TestFirewallRule: shards are added up, a rule is the same over a reload, and
// what never happened has no series (WF-MET-03).
func TestFirewallRule(t *testing.T) {
	s := New()
	r := s.FirewallRule("edge", "", "limit", "block")
	for shard := range 256 {
		r.Add(uint8(shard))
	}
	s.FirewallRule("edge", "", "limit", "block").Add(0)
	s.FirewallRule("edge", "", "limit", "count").Add(0)
	s.FirewallRule("edge", "", "never", "block")
	s.FirewallRule("edge", "common", "inner", "block").Add(0)
	s.FirewallLabel("edge", "awswaf:x:y").Add(0)
	s.FirewallFailure("edge", "time").Add(0)
	wantLines(t, s,
		`groundfront_waf_requests_total{acl="edge",action="block",group="",rule="limit"} 257`,
		`groundfront_waf_requests_total{acl="edge",action="count",group="",rule="limit"} 1`,
		`groundfront_waf_requests_total{acl="edge",action="block",group="common",rule="inner"} 1`,
		`groundfront_waf_labels_total{acl="edge",label="awswaf:x:y"} 1`,
		`groundfront_waf_failures_total{acl="edge",reason="time"} 1`,
	)
	if n := testing.AllocsPerRun(10, func() { r.Add(1) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
