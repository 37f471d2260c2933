package listener

import (
	"net/netip"
	"sync"
)

// slots are the connections that may be open: in total, and those of one viewer.
type slots struct {
	total     int
	perViewer int // 0 for no bound

	mu      sync.Mutex // guards what follows
	open    int
	viewers map[netip.Prefix]int // how many each has, and each site; empty without a bound
}

// A Refusal is why a connection is closed before anything of it is served.
type Refusal uint8

// The refusals.
const (
	RefusalFull        Refusal = iota // MaxConns are open
	RefusalViewer                     // MaxConnsPerViewer are open of its viewer
	RefusalUntrusted                  // no proxy that is believed, where only those connect
	RefusalHeader                     // what such a proxy has to send first is malformed, or does not come
	RefusalDescriptors                // the last descriptors are kept for other things
	RefusalHandshakes                 // its viewer has had MaxHandshakesPerViewer
	NumRefusals
)

var refusalNames = [NumRefusals]string{"full", "viewer", "untrusted", "header", "descriptors", "handshakes"}

// String returns the refusal in lower case, as a metric's label has it.
func (r Refusal) String() string {
	if r < NumRefusals {
		return refusalNames[r]
	}
	return "Refusal(?)"
}

// addressOf returns what stands for a viewer: an IPv4 address, or the network of
// an IPv6 address. A single host has all of a /64 to connect from.
func addressOf(a netip.Addr) netip.Addr {
	if a = a.Unmap(); !a.Is6() {
		return a
	}
	network, _ := a.WithZone("").Prefix(64)
	return network.Addr()
}

// viewersOfSite is how many times as many connections as a viewer a /48 of IPv6 may
// have: all of it may be one customer's, who has 65,536 networks to connect from
// (reliability I2).
const viewersOfSite = 16

// siteOf returns the site of a viewer, false for IPv4.
func siteOf(viewer netip.Addr) (netip.Prefix, bool) {
	if !viewer.Is6() {
		return netip.Prefix{}, false
	}
	site, err := viewer.Prefix(48)
	return site, err == nil
}

// take takes a slot for a connection from an address, if there is one. One whose
// viewer is not known yet has an invalid address, and no share in a viewer's.
func (s *slots) take(from netip.Addr) (why Refusal, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.total {
		return RefusalFull, false
	}
	if !s.share(from) {
		return RefusalViewer, false
	}
	s.open++
	return 0, true
}

// assign tells whose a connection is that took a slot without an address, and
// reports false if that viewer has no more.
func (s *slots) assign(to netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.share(to)
}

// share counts a connection of a viewer, with mu held.
func (s *slots) share(of netip.Addr) bool {
	if s.perViewer == 0 || !of.IsValid() {
		return true
	}
	viewer := addressOf(of)
	host := netip.PrefixFrom(viewer, viewer.BitLen())
	site, hasSite := siteOf(viewer)
	if s.viewers[host] >= s.perViewer || hasSite && s.viewers[site] >= s.perViewer*viewersOfSite {
		return false
	}
	if s.viewers == nil {
		s.viewers = make(map[netip.Prefix]int)
	}
	s.viewers[host]++
	if hasSite {
		s.viewers[site]++
	}
	return true
}

// give gives a slot back, of a viewer if it was assigned to one.
func (s *slots) give(from netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.perViewer == 0 || !from.IsValid() {
		return
	}
	viewer := addressOf(from)
	s.forget(netip.PrefixFrom(viewer, viewer.BitLen()))
	if site, ok := siteOf(viewer); ok {
		s.forget(site)
	}
}

// forget counts one connection less, with mu held.
func (s *slots) forget(of netip.Prefix) {
	if s.viewers[of]--; s.viewers[of] == 0 {
		delete(s.viewers, of)
	}
}
