package waf

import (
	"net/netip"

	"github.com/groundfront/groundfront/waf/ipset"
	"github.com/groundfront/groundfront/waf/ratelimit"
)

// A Peer is what a web ACL knows about the address of a connection: which IP
// sets have it, where it is, and where its requests are counted. A connection
// keeps it, so that no request looks anything up, for as long as the web ACL is
// the same one. Its methods may be called from any goroutine.
type Peer struct {
	acl     *ACL
	addr    netip.Addr
	place   Place
	sets    ipset.Members
	handles []*ratelimit.Handle // of the rules that count by address
}

// Peer returns what a knows about an address. It counts nothing.
func (a *ACL) Peer(addr netip.Addr) *Peer {
	var place Place
	if a.locates {
		place = a.locate(addr.Unmap())
	}
	return a.PeerAt(addr, place)
}

// PeerAt is Peer for an address of which the place is known already.
func (a *ACL) PeerAt(addr netip.Addr, place Place) *Peer {
	addr = addr.Unmap().WithZone("")
	p := &Peer{acl: a, addr: addr, place: place, sets: a.sets.Lookup(addr)}
	if a.handles == 0 {
		return p
	}
	p.handles = make([]*ratelimit.Handle, a.handles)
	for _, r := range a.rates {
		if r.key == AggregateKeyIP {
			p.handles[r.handle] = r.counter.Handle(r.keyOf(addr))
		}
	}
	return p
}

// Country returns where the address is, "" if that is not known.
func (p *Peer) Country() string { return p.place.Country }

// ACL returns whose knowledge it is.
func (p *Peer) ACL() *ACL { return p.acl }
