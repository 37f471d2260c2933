package geo

import (
	"net/netip"

	"github.com/gaissmai/bart"
)

// A Place is where an address is: codes, or "" for what is not known.
type Place struct {
	Country   string // ISO 3166-1 alpha-2, such as "DE"
	Continent string // AF, AN, AS, EU, NA, OC or SA
}

// A Table has the places of prefixes. It is immutable; nil has none.
type Table struct {
	prefixes bart.Table[uint16] // their index in places
	places   []Place            // each once: tables have many prefixes of few places
}

// Lookup returns the place of the longest prefix that has addr, the zero Place
// without one. An IPv4 address in IPv6 form is the IPv4 address. A zone does not
// matter.
func (t *Table) Lookup(addr netip.Addr) Place {
	if t == nil {
		return Place{}
	}
	i, found := t.prefixes.Lookup(addr.Unmap())
	if !found {
		return Place{}
	}
	return t.places[i]
}

// HasContinents reports whether the continent of any prefix is known.
func (t *Table) HasContinents() bool {
	if t == nil {
		return false
	}
	for _, p := range t.places {
		if p.Continent != "" {
			return true
		}
	}
	return false
}
