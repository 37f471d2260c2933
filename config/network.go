package config

import (
	"fmt"
	"net/netip"
)

// Network is the addresses of a prefix. In a file it is in CIDR notation, such as
// 10.0.0.0/8 or 2001:db8::/32, or a single address.
type Network string

// Prefix returns the network.
func (n Network) Prefix() netip.Prefix {
	p, _ := netip.ParsePrefix(string(n)) // which UnmarshalText checked
	return p
}

// prefixes returns what networks are.
func prefixes(networks []Network) []netip.Prefix {
	all := make([]netip.Prefix, len(networks))
	for i, n := range networks {
		all[i] = n.Prefix()
	}
	return all
}

// UnmarshalText reads the file's notation.
func (n *Network) UnmarshalText(text []byte) error {
	if a, err := netip.ParseAddr(string(text)); err == nil && a.Zone() == "" && !a.Is4In6() {
		*n = Network(netip.PrefixFrom(a, a.BitLen()).String())
		return nil
	}
	p, err := netip.ParsePrefix(string(text))
	switch {
	case err != nil || p.Addr().Is4In6():
		return fmt.Errorf("%q is not a network such as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7", text)
	case p != p.Masked():
		return fmt.Errorf("%q has bits behind its prefix: write %s", text, p.Masked())
	}
	*n = Network(p.String())
	return nil
}
