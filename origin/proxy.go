package origin

import (
	"net"
	"strconv"
)

// A Proxy is what connections to an origin go through. It is asked for the
// origin by name, unless the origin's Link has addresses or a resolver.
type Proxy struct {
	Kind ProxyKind
	Host string
	Port int
	// User and Password are for the proxy; no User for none. They are not
	// printed.
	User, Password string
}

// String returns "socks5://host:port", without the credentials.
func (p Proxy) String() string {
	return p.Kind.String() + "://" + net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
}

// GoString is String: %#v must not print the credentials either.
func (p Proxy) GoString() string { return p.String() }

// ProxyKind is what is spoken to a Proxy.
type ProxyKind uint8

// The kinds.
const (
	ProxySOCKS5 ProxyKind = iota // RFC 1928, RFC 1929
	ProxyHTTP                    // CONNECT (RFC 9110 section 9.3.6)
)

// String returns the kind as the scheme of a URL.
func (k ProxyKind) String() string {
	switch k {
	case ProxySOCKS5:
		return "socks5"
	case ProxyHTTP:
		return "http"
	}
	return "ProxyKind(?)"
}
