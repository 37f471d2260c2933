package origin

import (
	"crypto/tls"
	"net/netip"
	"strings"
	"time"
)

// A Link says how connections to an origin are made, where that is not just by
// TCP to the addresses that the system's resolver has for its name. The zero
// value says nothing. It is immutable, and connections that were made by one
// Link serve no other: a test holds the transport to it.
type Link struct {
	// Addresses, if any, are where the origin is, instead of those that its
	// name resolves to.
	Addresses []netip.Addr
	// Resolver is the DNS server that is asked for the addresses; invalid for
	// the system's resolver.
	Resolver netip.AddrPort
	// Family restricts the addresses to those of one family.
	Family Family
	// Source is the address that connections come from; invalid for the one
	// that the system chooses. Only addresses of its family are connected to.
	Source netip.Addr
	// Proxy is what connections go through; nil for none.
	Proxy *Proxy
	// ProxyProtocol is how an origin is told first whose request comes over a
	// connection, which then carries no request of anybody else.
	ProxyProtocol ProxyProtocol
	// ServerName is the name asked for by SNI, instead of the forwarded Host or
	// the domain name (CF-OTLS-05); "" for those.
	ServerName string
	// CertificateNames, if any, are the only names of which a certificate must
	// carry one, "*.example.com" among them; else the server name or the domain
	// name will do (CF-OTLS-04).
	CertificateNames []string
	// TLSVersions are those that may be spoken; 0 for TLS 1.2 and 1.3.
	TLSVersions TLSVersions
	// Identity is what an origin that asks for a client certificate gets; nil
	// if it gets none (CF-OMTLS).
	Identity Identity
}

// ProxyProtocol is a version of HAProxy's PROXY protocol.
type ProxyProtocol uint8

// The versions.
const (
	ProxyProtocolOff ProxyProtocol = iota
	ProxyProtocolV1                // a line of text
	ProxyProtocolV2                // binary
)

// String returns "off", "v1" or "v2".
func (p ProxyProtocol) String() string {
	switch p {
	case ProxyProtocolOff:
		return "off"
	case ProxyProtocolV1:
		return "v1"
	case ProxyProtocolV2:
		return "v2"
	}
	return "ProxyProtocol(?)"
}

// Ends are the two ends of a viewer's connection; invalid where not known.
type Ends struct{ Viewer, Edge netip.AddrPort }

// An Identity is a client certificate, which may be replaced while it is used.
// Its method is called from many goroutines.
type Identity interface {
	// Certificate returns the one to use: the same pointer until it is replaced.
	Certificate(now time.Time) *tls.Certificate
}

// TLSVersions is a set of versions of TLS.
type TLSVersions uint8

// The versions.
const (
	TLSVersion10 TLSVersions = 1 << iota
	TLSVersion11
	TLSVersion12
	TLSVersion13
)

// String returns the set as "TLSv1.1 TLSv1.2".
func (v TLSVersions) String() string {
	switch v {
	case TLSVersion10:
		return "TLSv1"
	case TLSVersion11:
		return "TLSv1.1"
	case TLSVersion12:
		return "TLSv1.2"
	case TLSVersion13:
		return "TLSv1.3"
	}
	var names []string
	for one := TLSVersion10; one <= TLSVersion13; one <<= 1 {
		if v&one != 0 {
			names = append(names, one.String())
		}
	}
	return strings.Join(names, " ")
}

// Family is the family of addresses that an origin is connected to:
// CloudFront's IpAddressType (CF-DIST-17).
type Family uint8

// The families.
const (
	FamilyDualStack Family = iota // both, by RFC 8305
	FamilyIPv4
	FamilyIPv6
)

// String returns the family as CloudFront's API spells it.
func (f Family) String() string {
	switch f {
	case FamilyDualStack:
		return "dualstack"
	case FamilyIPv4:
		return "ipv4"
	case FamilyIPv6:
		return "ipv6"
	}
	return "Family(?)"
}

// Has reports whether ip is of the family.
func (f Family) Has(ip netip.Addr) bool {
	switch f {
	case FamilyIPv4:
		return ip.Unmap().Is4()
	case FamilyIPv6:
		return !ip.Unmap().Is4()
	}
	return true
}
