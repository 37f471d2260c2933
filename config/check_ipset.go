package config

import "net/netip"

func (k *checker) ipSet(s *IPSet) {
	at := path("ip_sets").key(s.Name)
	k.length(at.key("description"), "description", s.Description, 256, "")
	if s.IPAddressVersion == "" && s.File != "" && !isDocument(s.File) {
		k.fail(at, badIPSet, "IP set %q has no ip_address_version: a list of addresses does not say it", s.Name)
	}
	k.sourceless(s.File, s.Resource, at)
	addresses := at.key("addresses")
	if k.written(addresses) && k.written(at.key("file")) {
		k.fail(at.key("file"), badIPSet, "IP set %q has addresses and a file", s.Name)
	}
	k.atMost(addresses, "addresses", len(s.Addresses), 10_000, "WF-QUO-02")
	for i, a := range s.Addresses {
		k.prefix(addresses.index(i), a, s.IPAddressVersion)
	}
}

// prefix checks one prefix of an IP set (WF-QUO-02).
func (k *checker) prefix(at path, text string, version IPAddressVersion) {
	p, err := netip.ParsePrefix(text)
	addr, errAddr := netip.ParseAddr(text)
	switch {
	case err != nil && errAddr == nil:
		k.fail(at, badIPSet, "%q has no length", text).Suggestion = "write " + netip.PrefixFrom(addr, addr.BitLen()).String()
	case err != nil:
		k.fail(at, badIPSet, "%q is not a prefix in CIDR notation such as 192.0.2.0/24", text)
	case p.Bits() == 0:
		k.fail(at, badIPSet, "%q has the length 0 (WF-QUO-02)", text)
	case p.Addr().Is4() != (version == IPAddressVersion4) || p.Addr().Is4In6():
		k.fail(at, badIPSet, "%q is not of %s", text, version)
	case p != p.Masked():
		k.fail(at, badIPSet, "%q has bits beyond its length", text).Suggestion = "write " + p.Masked().String()
	}
}
