package admin

import (
	"testing"
)

func TestManagedKeys(t *testing.T) {
	h := New(Options{Address: "127.0.0.1:9090", ManagedKeys: func(acl, group, rule string) (ManagedKeys, error) {
		if acl != "edge" {
			return ManagedKeys{}, ErrNotFound
		}
		return ManagedKeys{IPv4: ManagedKeySet{"IPV4", []string{"192.0.2.1/32"}}, IPv6: ManagedKeySet{"IPV6", []string{group, rule}}}, nil
	}})
	run(t, h, []call{
		{name: "a rule", method: "GET", target: "/v1/web-acls/edge/rules/limit/managed-keys", code: 200,
			want: `{"managed_keys_ipv4":{"ip_address_version":"IPV4","addresses":["192.0.2.1/32"]},"managed_keys_ipv6":{"ip_address_version":"IPV6","addresses":["","limit"]}}`},
		{name: "of a group", method: "GET", target: "/v1/web-acls/edge/rules/group/managed-keys?rule_group_rule=inner", code: 200, want: `["group","inner"]`},
		{name: "none", method: "GET", target: "/v1/web-acls/other/rules/limit/managed-keys", code: 404, want: "not_found"},
	})
	run(t, New(Options{Address: "127.0.0.1:9090"}), []call{
		{name: "left out", method: "GET", target: "/v1/web-acls/edge/rules/limit/managed-keys", code: 404, want: "not_found"},
	})
}
