package geo

import (
	"net/netip"

	"github.com/gaissmai/bart"
)

// A Table has the places of prefixes. It is immutable once it is made.
type Table struct {
	prefixes bart.Table[uint32] // the numbers of places
	places   places
}

// Lookup returns the place of the longest prefix that has addr, the zero Place
// without one. An IPv4 address in IPv6 form is the IPv4 address. A zone does not
// matter.
func (t *Table) Lookup(addr netip.Addr) Place {
	n, found := t.prefixes.Lookup(addr.Unmap())
	if !found {
		return Place{}
	}
	return t.places.list[n]
}

// HasContinents reports whether the continent of any prefix is known.
func (t *Table) HasContinents() bool { return t.places.haveContinents() }

// A PrefixPlace is a line of a table.
type PrefixPlace struct {
	Prefix netip.Prefix
	Place  Place
}

// NewTable returns the table of some prefixes.
func NewTable(lines []PrefixPlace) (*Table, error) {
	t := new(Table)
	for i := range lines {
		if err := t.add(&lines[i]); err != nil {
			return nil, err
		}
	}
	t.places.done()
	return t, nil
}

func (t *Table) add(l *PrefixPlace) error {
	if err := checkPrefix(l.Prefix); err != nil {
		return err
	}
	if err := l.Place.check(); err != nil {
		return err
	}
	if _, found := t.prefixes.Get(l.Prefix); found {
		return ErrTwice
	}
	if t.prefixes.Size() == MaxPrefixes {
		return ErrTooMany
	}
	t.prefixes.Insert(l.Prefix, t.places.number(l.Place))
	return nil
}
