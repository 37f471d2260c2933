package config

import (
	"strings"
	"testing"
)

// TestViewerCertificatesNeedHTTPS: where viewers show certificates no behavior is open
// to HTTP (CF-VPP-12).
func TestViewerCertificatesNeedHTTPS(t *testing.T) {
	for policy, want := range map[ViewerProtocolPolicy]int{ViewerProtocolPolicyAllowAll: 2, ViewerProtocolPolicyRedirectToHTTPS: 0, ViewerProtocolPolicyHTTPSOnly: 0} {
		_, problems := Parse("test.yaml", []byte(`
version: 1
trust_stores: {partners: {ca_bundle: partners.pem}}
distributions:
  shop:
    viewer_mtls_config: {mode: required, trust_store_config: {trust_store_id: partners}}
    origins: {o: {domain_name: o.test}}
    default_cache_behavior: {target_origin_id: o, cache_policy_id: CachingOptimized, viewer_protocol_policy: `+string(policy)+`}
    cache_behaviors: [{path_pattern: /a, target_origin_id: o, cache_policy_id: CachingOptimized, viewer_protocol_policy: `+string(policy)+`}]
`))
		if got := strings.Count(problems.String(), "viewer_protocol_policy is allow-all"); got != want {
			t.Errorf("%s: got %d problems, want %d: %v", policy, got, want, problems)
		}
	}
}
