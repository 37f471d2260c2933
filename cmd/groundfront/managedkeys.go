package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundfront/groundfront/proxy/admin"
)

// managedKeys lists the addresses that a rate-based rule limits.
func (e *edge) managedKeys(acl, group, rule string) (admin.ManagedKeys, error) {
	keys := admin.ManagedKeys{
		IPv4: admin.ManagedKeySet{IPAddressVersion: "IPV4", Addresses: []string{}},
		IPv6: admin.ManagedKeySet{IPAddressVersion: "IPV6", Addresses: []string{}},
	}
	for _, d := range e.proxy.Snapshot().Distributions {
		if d.WebACL == nil || d.WebACL.Name() != acl {
			continue
		}
		prefixes, found := d.WebACL.LimitedAddrs(group, rule, time.Now())
		if !found {
			return keys, fmt.Errorf("a rule %q of web ACL %q that counts by address: %w", rule, acl, admin.ErrNotFound)
		}
		for _, p := range prefixes {
			to := &keys.IPv4
			if p.Addr().Is6() {
				to = &keys.IPv6
			}
			to.Addresses = append(to.Addresses, p.String())
		}
		slices.Sort(keys.IPv4.Addresses)
		slices.Sort(keys.IPv6.Addresses)
		return keys, nil
	}
	return keys, fmt.Errorf("web ACL %q: %w", acl, admin.ErrNotFound)
}
