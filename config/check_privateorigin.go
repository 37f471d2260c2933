package config

import (
	"net/netip"
	"slices"
)

// maxOriginAddresses is how many addresses of one name are used; the number is
// ours.
const maxOriginAddresses = 16

// originLink checks how an origin is connected to: what contradicts itself,
// and what would have no effect.
func (k *checker) originLink(o *Origin, at path) {
	family := o.CustomOriginConfig.IPAddressType
	typeAt := at.key("custom_origin_config").key("ip_address_type")
	if o.ConnectTo.Socket != "" {
		k.withoutEffect(at, "a Unix socket has no addresses", "addresses", "resolver", "source_address")
		if family != IPAddressTypeDualStack {
			k.fail(typeAt, badOriginLink, "ip_address_type has no effect: a Unix socket has no addresses")
		}
		return
	}
	host := o.ConnectTo.Host
	if host == "" {
		host = o.DomainName
	}
	k.originAddresses(o, at)
	if ip, err := netip.ParseAddr(host); err == nil {
		k.withoutEffect(at, "the origin is an address", "addresses", "resolver")
		if !family.has(ip) {
			k.fail(typeAt, badOriginLink, "ip_address_type is %s, and the origin is at %s (CF-DIST-17)", family, ip)
		}
		if s := o.SourceAddress.Addr(); s.IsValid() && s.Is4() != ip.Is4() {
			k.fail(at.key("source_address"), badOriginLink, "source_address %s is of another family than the origin's %s", s, ip)
		}
	}
	if s := o.SourceAddress.Addr(); s.IsValid() && !family.has(s) {
		k.fail(at.key("source_address"), badOriginLink, "source_address is %s, and ip_address_type is %s", s, family)
	}
}

func (k *checker) originAddresses(o *Origin, at path) {
	here, family := at.key("addresses"), o.CustomOriginConfig.IPAddressType
	if k.written(here) && o.Resolver != "" {
		k.fail(at.key("resolver"), badOriginLink, "resolver has no effect: nothing is looked up for an origin with addresses")
	}
	if n := len(o.Addresses); n > maxOriginAddresses {
		k.fail(here, badOriginLink, "%d addresses, want at most %d", n, maxOriginAddresses)
	}
	usable := func(a IPAddress) bool {
		source := o.SourceAddress.Addr()
		return family.has(a.Addr()) && (!source.IsValid() || a.Addr().Is4() == source.Is4())
	}
	if len(o.Addresses) > 0 && !slices.ContainsFunc(o.Addresses, usable) {
		k.fail(here, badOriginLink, "none of the addresses is of the family of ip_address_type and source_address")
	}
	for i, a := range o.Addresses {
		if slices.Contains(o.Addresses[:i], a) {
			k.fail(here.index(i), repeatedName, "%q is already in the list", a)
		}
	}
}

// withoutEffect reports the keys that are written and cannot do anything.
func (k *checker) withoutEffect(at path, because string, keys ...string) {
	for _, key := range keys {
		if here := at.key(key); k.written(here) {
			k.fail(here, badOriginLink, "%s has no effect: %s", key, because)
		}
	}
}
