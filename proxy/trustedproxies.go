package proxy

import (
	"net/netip"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
	"github.com/groundfront/groundfront/proxy/viewer"
)

// Proxies in front of the edge, such as a load balancer that ends TLS, say in
// fields of the request for whom they ask. Those of Snapshot.TrustedProxies are
// believed; what anybody else says is content like any other (reliability I1, R12).

// believeProxies has the request be of the viewer that trusted proxies name, and
// come by the protocol that they say: everything that asks who the viewer is, be it
// a web ACL, a limit, a place, a signed URL or the log, means that one. Only
// X-Forwarded-For goes on from who has connected, as CloudFront's does (CF-HDR-50).
//
// Hot path: no allocation.
func (x *Exchange) believeProxies() {
	trusted := x.snapshot.TrustedProxies
	if len(trusted) == 0 {
		return
	}
	r, connected := x.r, x.connected()
	if !trusted.Contain(connected.Addr()) {
		return
	}
	r.Remote = rightmostUntrusted(r.Fields, connected, trusted)
	if scheme := forwardedScheme(r.Fields); scheme != "" {
		r.Scheme = scheme
	}
}

// connected is who has connected: the viewer, unless that is behind a proxy.
func (x *Exchange) connected() netip.AddrPort {
	if p := x.r.Peer; p != nil && p.Remote.IsValid() {
		return p.Remote
	}
	return x.r.Remote
}

// viewerTLS says what a handshake with the viewer settled, nil if there was none here:
// that of a proxy tells nothing about who is behind it.
func (x *Exchange) viewerTLS() *viewer.TLS {
	if x.connected() != x.r.Remote {
		return nil
	}
	return x.r.TLS
}

// maxForwarded bounds how many addresses of X-Forwarded-For are looked at.
const maxForwarded = 32

// rightmostUntrusted returns the address that the last trusted proxy of a row of
// them was connected by: what stands left of it anybody may have written. Where that
// is no address, the viewer is the proxy which says so. The port is 0 if it was not
// said.
func rightmostUntrusted(fields field.Lines, connected netip.AddrPort, trusted viewer.Networks) netip.AddrPort {
	who, seen := connected, 0
	for i := len(fields) - 1; i >= 0; i-- {
		if !field.EqualName(fields[i].Name, "X-Forwarded-For") {
			continue
		}
		for rest, more := fields[i].Value, true; more; {
			var item string
			if comma := strings.LastIndexByte(rest, ','); comma >= 0 {
				rest, item = rest[:comma], rest[comma+1:]
			} else {
				item, more = rest, false
			}
			if item = strings.Trim(item, " \t"); item == "" { // RFC 9110 section 5.6.1
				continue
			}
			a, ok := parseForwarded(item)
			if seen++; !ok || seen > maxForwarded {
				return who
			}
			if who = a; !trusted.Contain(a.Addr()) {
				return who
			}
		}
	}
	return who
}

// parseForwarded reads an address, which some proxies write with a port or in
// brackets.
func parseForwarded(item string) (netip.AddrPort, bool) {
	switch {
	case item[0] == '[' && item[len(item)-1] == ']':
		item = item[1 : len(item)-1]
	case item[0] == '[', strings.Count(item, ":") == 1:
		a, err := netip.ParseAddrPort(item)
		return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port()), err == nil
	}
	a, err := netip.ParseAddr(item)
	return netip.AddrPortFrom(a.Unmap().WithZone(""), 0), err == nil
}

// forwardedScheme returns the protocol by which a proxy was connected, "" if it does
// not say so, or not clearly.
func forwardedScheme(fields field.Lines) (scheme string) {
	for i := range fields {
		if !field.EqualName(fields[i].Name, "X-Forwarded-Proto") {
			continue
		}
		switch value := fields[i].Value; {
		case scheme != "":
			return ""
		case field.EqualName(value, "https"):
			scheme = "https"
		case field.EqualName(value, "http"):
			scheme = "http"
		default:
			return ""
		}
	}
	return scheme
}
