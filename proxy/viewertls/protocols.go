package viewertls

import (
	"fmt"
	"strings"
)

// Protocols is a set of application protocols that a socket offers.
type Protocols uint8

// The protocols. HTTP2 means ALPN over TLS, and prior knowledge (h2c) without.
// HTTP3 has handshakes of its own, in packets.
const (
	HTTP1 Protocols = 1 << iota
	HTTP2
	HTTP3
)

// String returns the set as "http1.1+http2".
func (p Protocols) String() string {
	var names []string
	for _, known := range []struct {
		p    Protocols
		name string
	}{{HTTP1, "http1.1"}, {HTTP2, "http2"}, {HTTP3, "http3"}} {
		if p&known.p != 0 {
			names = append(names, known.name)
		}
	}
	if len(names) == 0 || p >= HTTP3<<1 {
		return fmt.Sprintf("Protocols(%d)", uint8(p))
	}
	return strings.Join(names, "+")
}

// alpn returns the names that ALPN has for the protocols, the preferred one first
// (CF-TLS-36).
func (p Protocols) alpn() (names []string) {
	if p&HTTP3 != 0 {
		names = append(names, "h3")
	}
	if p&HTTP2 != 0 {
		names = append(names, "h2")
	}
	if p&HTTP1 != 0 {
		names = append(names, "http/1.1")
	}
	return names
}
