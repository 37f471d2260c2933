package metrics

import "testing"

// TestFirewallRule: shards are added up, a rule is the same over a reload, and
// what never happened has no series (WF-MET-03).
func TestFirewallRule(t *testing.T) {
	s := New()
	r := s.FirewallRule("edge", "limit", "block")
	for shard := range 256 {
		r.Add(uint8(shard))
	}
	s.FirewallRule("edge", "limit", "block").Add(0)
	s.FirewallRule("edge", "limit", "count").Add(0)
	s.FirewallRule("edge", "never", "block")
	wantLines(t, s,
		`groundfront_waf_requests_total{acl="edge",action="block",rule="limit"} 257`,
		`groundfront_waf_requests_total{acl="edge",action="count",rule="limit"} 1`,
	)
	if n := testing.AllocsPerRun(10, func() { r.Add(1) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}
