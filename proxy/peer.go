package proxy

import (
	"net/netip"

	"github.com/groundfront/groundfront/proxy/geo"
	"github.com/groundfront/groundfront/proxy/geo/country"
	"github.com/groundfront/groundfront/proxy/viewer"
	"github.com/groundfront/groundfront/waf"
)

// A peer is what is known of the address that requests of a connection come
// from: where it is, and what the web ACL knows about it. The connection keeps it
// (viewer.Peer.Known), so that requests look nothing up. It is immutable: who
// finds something out puts another in its place, and of several that do so at once
// one has done it for nothing.
type peer struct {
	addr     netip.Addr
	data     uint64 // the Number of what place is by: after a reload it is another
	place    geo.Place
	shown    *shownPlace // nil as long as no policy has asked
	firewall *waf.Peer   // nil as long as no web ACL has asked
}

// A shownPlace is what origins are told of a place, as it is in fields.
type shownPlace struct {
	country string // its name
	geo.Details
}

// peerOf returns what is known of the viewer's address.
func (x *Exchange) peerOf() peer {
	addr := x.r.Remote.Addr()
	if connection := x.ownConnection(); connection != nil {
		if known, ok := connection.Known.Load().(*peer); ok && known.addr == addr {
			return *known
		}
	}
	return peer{addr: addr}
}

// ownConnection returns the viewer's connection, nil if a proxy has it: that is
// used for many, and keeps nothing of one.
func (x *Exchange) ownConnection() *viewer.Peer {
	if x.connected() != x.r.Remote {
		return nil
	}
	return x.r.Peer
}

// keep has the connection keep what is known of its address.
func (p peer) keep(connection *viewer.Peer) {
	if connection != nil {
		kept := p // only then is it on the heap
		connection.Known.Store(&kept)
	}
}

// place is where the viewer is.
//
// Hot path: no allocation but for the first request of a connection.
func (x *Exchange) place() geo.Place {
	if x.told != nil {
		return *x.told
	}
	data := x.snapshot.Geo
	if data == nil {
		return geo.Place{}
	}
	p := x.peerOf()
	if p.data != data.Number() {
		p.data, p.place, p.shown = data.Number(), data.Lookup(p.addr), nil
		p.keep(x.ownConnection())
	}
	return p.place
}

// nowhere is shown of viewers of whom nothing is known.
var nowhere shownPlace

// shownPlace returns what origins are told of where the viewer is.
//
// Hot path: no allocation but for the first request of a connection.
func (x *Exchange) shownPlace() *shownPlace {
	if x.shown != nil {
		return x.shown
	}
	place, data := x.place(), x.snapshot.Geo
	if place.Country == "" {
		return &nowhere
	}
	p := x.peerOf()
	if p.shown == nil || p.data != data.Number() {
		p.data, p.place, p.shown = data.Number(), place, newShownPlace(place, data.Details(p.addr))
		p.keep(x.ownConnection())
	}
	x.shown = p.shown
	return p.shown
}

func newShownPlace(p geo.Place, d geo.Details) *shownPlace {
	d.City, d.RegionName, d.PostalCode = escapeText(d.City), escapeText(d.RegionName), escapeText(d.PostalCode)
	return &shownPlace{country: escapeText(country.Name(p.Country)), Details: d}
}

// escapeText percent-encodes what is no visible ASCII, but for spaces (CF-CFH-30),
// and the percent sign, so that all can be told apart.
func escapeText(s string) string {
	const digits = "0123456789ABCDEF"
	var out []byte
	for i := range len(s) {
		c := s[i]
		plain := ' ' <= c && c < 0x7f && c != '%'
		if !plain && out == nil {
			out = append(make([]byte, 0, len(s)+16), s[:i]...)
		}
		switch {
		case !plain:
			out = append(out, '%', digits[c>>4], digits[c&15])
		case out != nil:
			out = append(out, c)
		}
	}
	if out == nil {
		return s
	}
	return string(out)
}

// firewallPeer returns what the web ACL knows about the viewer's address.
//
// Hot path: no allocation but for the first request of a connection.
func (x *Exchange) firewallPeer(acl *waf.ACL) *waf.Peer {
	place := x.place()
	p := x.peerOf()
	if x.told != nil { // another request of the connection may be somewhere else
		return acl.PeerAt(p.addr, waf.Place{Country: place.Country, Region: place.Region, ASN: place.ASN})
	}
	if p.firewall == nil || p.firewall.ACL() != acl {
		p.firewall = acl.PeerAt(p.addr, waf.Place{Country: place.Country, Region: place.Region, ASN: place.ASN})
		p.keep(x.ownConnection())
	}
	return p.firewall
}
