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
	viewers map[netip.Addr]int // how many each has; empty without a bound
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

// take takes a slot for a connection from an address, if there is one.
func (s *slots) take(from netip.Addr) bool {
	viewer := addressOf(from)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.total {
		return false
	}
	if s.perViewer > 0 {
		if s.viewers[viewer] >= s.perViewer {
			return false
		}
		if s.viewers == nil {
			s.viewers = make(map[netip.Addr]int)
		}
		s.viewers[viewer]++
	}
	s.open++
	return true
}

// give gives a slot back.
func (s *slots) give(from netip.Addr) {
	viewer := addressOf(from)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.perViewer == 0 {
		return
	}
	if s.viewers[viewer]--; s.viewers[viewer] == 0 {
		delete(s.viewers, viewer)
	}
}
