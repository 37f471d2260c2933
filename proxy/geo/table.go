package geo

import (
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// A Table has the places of prefixes. It is immutable once it is made.
type Table struct {
	prefixes bart.Table[uint32] // the numbers of spots
	spots    []spot
	places   places
	details  []Details
	found    *finder // nil when all are known
}

// A spot is a place with details, by their numbers: prefixes have few of them.
type spot struct{ place, details uint32 }

// A finder is what only finding numbers needs.
type finder struct {
	spots   map[spot]uint32
	details map[Details]uint32
	words   words
}

// Lookup returns the place of the longest prefix that has addr, the zero Place
// without one. An IPv4 address in IPv6 form is the IPv4 address. A zone does not
// matter.
func (t *Table) Lookup(addr netip.Addr) Place {
	n, found := t.prefixes.Lookup(addr.Unmap())
	if !found {
		return Place{}
	}
	return t.places.list[t.spots[n].place]
}

// Details returns the details of the longest prefix that has addr.
func (t *Table) Details(addr netip.Addr) Details {
	n, found := t.prefixes.Lookup(addr.Unmap())
	if !found {
		return Details{}
	}
	return t.details[t.spots[n].details]
}

// HasContinents reports whether the continent of any prefix is known.
func (t *Table) HasContinents() bool { return t.places.haveContinents() }

// A PrefixPlace is a line of a table.
type PrefixPlace struct {
	Prefix  netip.Prefix
	Place   Place
	Details Details
}

// NewTable returns the table of some prefixes.
func NewTable(lines []PrefixPlace) (*Table, error) {
	t := new(Table)
	for i := range lines {
		if err := t.add(&lines[i]); err != nil {
			return nil, err
		}
	}
	t.done()
	return t, nil
}

// done gives up what only adding needs.
func (t *Table) done() {
	t.places.done()
	t.spots, t.details, t.found = slices.Clip(t.spots), slices.Clip(t.details), nil
}

func (t *Table) add(l *PrefixPlace) error {
	if err := checkPrefix(l.Prefix); err != nil {
		return err
	}
	if err := l.Place.check(); err != nil {
		return err
	}
	if err := l.Details.check(&l.Place); err != nil {
		return err
	}
	if _, found := t.prefixes.Get(l.Prefix); found {
		return ErrTwice
	}
	if t.prefixes.Size() == MaxPrefixes {
		return ErrTooMany
	}
	t.prefixes.Insert(l.Prefix, t.number(spot{t.places.number(l.Place), t.numberDetails(l.Details)}))
	return nil
}

// number returns the number of a spot.
func (t *Table) number(s spot) uint32 {
	n, known := t.found.spots[s]
	if !known {
		n = uint32(len(t.spots))
		t.found.spots[s], t.spots = n, append(t.spots, s)
	}
	return n
}

// numberDetails returns the number of details, of which it keeps no memory.
func (t *Table) numberDetails(d Details) uint32 {
	if t.found == nil {
		t.found = &finder{spots: map[spot]uint32{}, details: map[Details]uint32{}, words: words{}}
		t.details = []Details{{}} // none
	}
	if d == (Details{}) {
		return 0
	}
	n, known := t.found.details[d]
	if !known {
		n = uint32(len(t.details))
		own := t.found.words.own
		d = Details{own(d.City), own(d.RegionName), own(d.Latitude), own(d.Longitude), own(d.MetroCode), own(d.PostalCode), own(d.TimeZone)}
		t.found.details[d], t.details = n, append(t.details, d)
	}
	return n
}
