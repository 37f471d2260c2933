package config

import (
	"net/netip"
	"slices"
	"strings"
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
		k.withoutEffect(at, "a Unix socket has no addresses", "addresses", "resolver", "source_address", "proxy")
		if family != IPAddressTypeDualStack {
			k.fail(typeAt, badOriginLink, "ip_address_type has no effect: a Unix socket has no addresses")
		}
		return
	}
	if o.Proxy.IsZero() {
		k.withoutEffect(at, "there is no proxy", "proxy_credentials_file")
	} else if family != IPAddressTypeDualStack && len(o.Addresses) == 0 && o.Resolver == "" {
		k.fail(typeAt, badOriginLink, "ip_address_type has no effect: the proxy looks the origin up").
			Suggestion = "give the origin addresses or a resolver"
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

// originTLS checks how an origin's certificate is checked.
func (k *checker) originTLS(o *Origin, at path) {
	custom := at.key("custom_origin_config")
	if o.VPCOriginConfig == nil { // whose are checked there
		k.sslProtocols(o.CustomOriginConfig.OriginSSLProtocols, custom.key("origin_ssl_protocols"))
	}
	here := at.key("tls")
	if m := o.CustomOriginConfig.OriginMTLSConfig; m != nil {
		k.originMTLS(m, o, custom.key("origin_mtls_config"))
	}
	if o.withoutTLS() {
		k.withoutEffect(here, "the origin is asked without TLS", "server_name", "certificate_names")
	} else if o.TLS.InsecureSkipVerify {
		k.withoutEffect(here, "insecure_skip_verify accepts any certificate", "certificate_names")
	}
	if name := o.TLS.ServerName; name != "" && !certificateName(name) {
		k.fail(here.key("server_name"), badValue, "server_name %q is not a host name", name)
	}
	names := here.key("certificate_names")
	k.atMost(names, "certificate names", len(o.TLS.CertificateNames), 20, "CF-OTLS-05")
	k.repeats(names, o.TLS.CertificateNames, strings.ToLower)
	for i, name := range o.TLS.CertificateNames {
		if !certificateName(strings.TrimPrefix(name, "*.")) || len(name) > 64 {
			k.fail(names.index(i), badValue, "certificate name %q is not a host name of at most 64 characters, with \"*.\" only at the beginning (CF-OTLS-05)", name)
		}
	}
}

func (k *checker) sslProtocols(versions []OriginSSLProtocol, at path) {
	for i, version := range versions {
		if version == OriginSSLProtocolSSLv3 {
			k.fail(at.index(i), badOriginLink, "SSLv3 cannot be spoken: it is broken, and crypto/tls does not have it (CF-OTLS-01)").Suggestion = "leave it out"
		}
		if slices.Contains(versions[:i], version) {
			k.fail(at.index(i), repeatedName, "%q is already in the list", version)
		}
	}
	if k.written(at) && len(versions) == 0 {
		k.fail(at, badOriginLink, "origin_ssl_protocols is empty: no version of TLS is left")
	}
}

func (k *checker) originMTLS(m *OriginMTLSConfig, o *Origin, at path) {
	switch {
	case o.withoutTLS():
		k.fail(at, badOriginLink, "origin_mtls_config has no effect: the origin is asked without TLS")
	case m.CertificateFile == "" || m.KeyFile == "":
		k.fail(at, badValue, "certificate_file and key_file must name files")
	}
}

// grpcLink warns of gRPC where AWS does not have it (CF-OMTLS-02, CF-VPC-01).
func (k *checker) grpcLink(b *CacheBehavior, o *Origin, at path) {
	switch {
	case !b.GRPCConfig.Enabled || o == nil:
	case o.VPCOriginConfig != nil:
		k.fail(at, beyondAWS, "gRPC to origin %q, which is a VPC origin: AWS would refuse it (CF-VPC-01)", o.Name)
	case o.CustomOriginConfig.OriginMTLSConfig != nil:
		k.fail(at, beyondAWS, "gRPC to origin %q, which has origin_mtls_config: AWS would refuse it (CF-OMTLS-02)", o.Name)
	}
}

// certificateName reports whether a certificate may have the name.
func certificateName(s string) bool {
	return hostSyntax(s) && !strings.Contains(s, ":") && !strings.HasSuffix(s, ".")
}

// withoutEffect reports the keys that are written and cannot do anything.
func (k *checker) withoutEffect(at path, because string, keys ...string) {
	for _, key := range keys {
		if here := at.key(key); k.written(here) {
			k.fail(here, badOriginLink, "%s has no effect: %s", key, because)
		}
	}
}
