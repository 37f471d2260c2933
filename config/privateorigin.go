package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// IPAddress is an address without a port: 10.0.0.5, 2001:db8::5.
type IPAddress string

// Addr returns the address, which is not valid if there is none.
func (a IPAddress) Addr() netip.Addr {
	ip, _ := netip.ParseAddr(string(a)) // which UnmarshalText checked
	return ip
}

// UnmarshalText reads the file's notation.
func (a *IPAddress) UnmarshalText(text []byte) error {
	v, err := netip.ParseAddr(string(text))
	if err != nil || v.Is4In6() {
		return fmt.Errorf("%q is not an IP address such as 10.0.0.5 or 2001:db8::5", text)
	}
	*a = IPAddress(v.String())
	return nil
}

// DNSServer is the address of a DNS server. In a file it is an IP address,
// with a port if that is not 53: 10.0.0.2, 127.0.0.11:5353, [2001:db8::2]:53.
type DNSServer string

// AddrPort returns the address, which is not valid if there is none.
func (s DNSServer) AddrPort() netip.AddrPort {
	address, _ := netip.ParseAddrPort(string(s)) // which UnmarshalText checked
	return address
}

// UnmarshalText reads the file's notation.
func (s *DNSServer) UnmarshalText(text []byte) error {
	address := strings.TrimSuffix(strings.TrimPrefix(string(text), "["), "]")
	if ip, err := netip.ParseAddr(address); err == nil {
		*s = DNSServer(netip.AddrPortFrom(ip, 53).String())
		return nil
	}
	v, err := netip.ParseAddrPort(string(text))
	if err != nil || v.Port() == 0 {
		return fmt.Errorf("%q is not the address of a DNS server such as 10.0.0.2 or 127.0.0.11:5353", text)
	}
	*s = DNSServer(v.String())
	return nil
}

// IPAddressType is the family of addresses that an origin is connected to.
type IPAddressType string

// The families.
const (
	IPAddressTypeIPv4      IPAddressType = "ipv4"
	IPAddressTypeIPv6      IPAddressType = "ipv6"
	IPAddressTypeDualStack IPAddressType = "dualstack"
)

func (IPAddressType) values() []string { return []string{"ipv4", "ipv6", "dualstack"} }

// has reports whether an address is of the family.
func (t IPAddressType) has(ip netip.Addr) bool {
	switch t {
	case IPAddressTypeIPv4:
		return ip.Is4()
	case IPAddressTypeIPv6:
		return !ip.Is4()
	}
	return true
}

// ProxyURL is what connections go through. In a file it is
// "socks5://host:port" or "http://host:port".
type ProxyURL struct {
	Scheme string // socks5 or http; empty for no proxy
	Host   string // name or address, IPv6 without brackets
	Port   int    // 1 to 65535
}

// IsZero reports whether there is no proxy.
func (u ProxyURL) IsZero() bool { return u == ProxyURL{} }

// MarshalText returns the file's notation.
func (u ProxyURL) MarshalText() ([]byte, error) {
	if u.IsZero() {
		return nil, nil
	}
	return []byte(u.Scheme + "://" + net.JoinHostPort(u.Host, strconv.Itoa(u.Port))), nil
}

// UnmarshalText reads the file's notation. Its error does not repeat what may
// hold a password.
func (u *ProxyURL) UnmarshalText(text []byte) error {
	scheme, address, _ := strings.Cut(string(text), "://")
	switch {
	case strings.Contains(address, "@"):
		return errors.New("credentials do not belong here: write user:password into a file and name it by proxy_credentials_file")
	case scheme != "socks5" && scheme != "http":
		return errors.New("want socks5://host:port or http://host:port")
	}
	e, err := parseEndpoint(address)
	if err != nil || e.Socket != "" || e.Scheme != "" {
		return errors.New("want socks5://host:port or http://host:port")
	}
	*u = ProxyURL{Scheme: scheme, Host: e.Host, Port: e.Port}
	return nil
}

// ProxyProtocol is a version of HAProxy's PROXY protocol.
type ProxyProtocol string

// The versions: a line of text, and the binary one, which load balancers of AWS
// read and write.
const (
	ProxyProtocolOff ProxyProtocol = "off"
	ProxyProtocolV1  ProxyProtocol = "v1"
	ProxyProtocolV2  ProxyProtocol = "v2"
)

func (ProxyProtocol) values() []string { return []string{"off", "v1", "v2"} }

// OriginSSLProtocol is a version of TLS toward an origin.
type OriginSSLProtocol string

// The versions, as CloudFront's API names them.
const (
	OriginSSLProtocolSSLv3  OriginSSLProtocol = "SSLv3"
	OriginSSLProtocolTLSv1  OriginSSLProtocol = "TLSv1"
	OriginSSLProtocolTLSv11 OriginSSLProtocol = "TLSv1.1"
	OriginSSLProtocolTLSv12 OriginSSLProtocol = "TLSv1.2"
)

func (OriginSSLProtocol) values() []string {
	return []string{"SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2"}
}

// OriginMTLSConfig is AWS's OriginMtlsConfig, with files in place of a
// certificate of ACM. They are read again every five seconds while they are
// used, and new ones take effect for new requests.
type OriginMTLSConfig struct {
	// CertificateFile is a PEM file with the certificate and at most two that it
	// is signed by: RSA 2048 or P-256, for TLS client authentication
	// (CF-OMTLS-01). Not at AWS.
	CertificateFile string `config:"certificate_file,required"`

	// KeyFile is a PEM file with its private key. Not at AWS.
	KeyFile string `config:"key_file,required"`
}

// withoutTLS reports whether an origin is never asked over TLS.
func (o *Origin) withoutTLS() bool {
	scheme := o.ConnectTo.Scheme
	return scheme == "http" || scheme == "" && o.CustomOriginConfig.OriginProtocolPolicy == OriginProtocolPolicyHTTPOnly
}
