package viewer

import (
	"net/netip"
	"slices"
)

// Networks are addresses by their prefixes, such as those of proxies that are
// believed. They are few: each is looked at. IPv4 addresses are there as such, not as
// IPv6 addresses that stand for them.
type Networks []netip.Prefix

// Contain reports whether one of the networks has the address.
//
// Hot path: no allocation.
func (n Networks) Contain(a netip.Addr) bool {
	if len(n) == 0 {
		return false
	}
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(n, func(p netip.Prefix) bool { return p.Contains(a) })
}
