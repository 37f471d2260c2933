package geo

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
)

// Data is where addresses are, by one or several sources. It is immutable; nil
// knows of none.
type Data struct {
	sources []Source
	number  uint64
}

// lastNumber is that of the Data that was made last.
var lastNumber atomic.Uint64

// A Source is a Table or a Database.
type Source interface {
	// Lookup returns the place of an address, the zero Place without one.
	Lookup(addr netip.Addr) Place
	// Details returns what else is known of an address of which Lookup knows the
	// country, zero without more. It may allocate: who needs them for each request
	// keeps them.
	Details(addr netip.Addr) Details
	// HasContinents reports whether the continent of any address is known.
	HasContinents() bool
}

// Join returns what the sources know together, the first ones first.
func Join(sources ...Source) *Data { return &Data{sources, lastNumber.Add(1)} }

// Rejoin is Join for what takes the place of d: where the sources are d's, it is
// d. d may be nil.
func (d *Data) Rejoin(sources ...Source) *Data {
	if d != nil && slices.Equal(d.sources, sources) {
		return d
	}
	return Join(sources...)
}

// Number tells d from all other Data of the process: who keeps what it said keeps
// the number beside it, and not d. It is 0 for nil.
func (d *Data) Number() uint64 {
	if d == nil {
		return 0
	}
	return d.number
}

// A fileSource is a source that was read, and from what.
type fileSource struct {
	Source
	name string
	sum  [sha256.Size]byte
}

// Read reads a source: a database if name ends in .mmdb, else a table. It may
// keep content. An error begins with name. Where d has read the same it is d's
// source: a reload does not take a world apart that is as it was. d may be nil.
func (d *Data) Read(name string, content []byte) (Source, error) {
	sum := sha256.Sum256(content)
	if d != nil {
		for _, s := range d.sources {
			if f, read := s.(*fileSource); read && f.name == name && f.sum == sum {
				return f, nil
			}
		}
	}
	s, err := read(name, content)
	if err != nil {
		return nil, err
	}
	return &fileSource{s, name, sum}, nil
}

func read(name string, content []byte) (Source, error) {
	if strings.HasSuffix(name, ".mmdb") {
		d, err := Open(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		return d, nil
	}
	t, err := Parse(name, content)
	if err != nil {
		return nil, err
	}
	return t, nil
}

// Lookup returns the place of addr. Country, continent and region are those of
// the first source that knows the country, so that they belong together, and the
// autonomous system that of the first that knows it.
//
// Hot path: no allocation.
func (d *Data) Lookup(addr netip.Addr) Place {
	if d == nil {
		return Place{}
	}
	var p Place
	for _, s := range d.sources {
		found := s.Lookup(addr)
		if p.ASN != 0 {
			found.ASN = p.ASN
		}
		if p.Country == "" && (found.Country != "" || p.Continent == "") {
			p = found
		}
		if p.ASN = found.ASN; p.Country != "" && p.ASN != 0 {
			break
		}
	}
	return p
}

// Details returns what else is known of addr: by the source that says in which
// country it is.
func (d *Data) Details(addr netip.Addr) Details {
	if d == nil {
		return Details{}
	}
	for _, s := range d.sources {
		if s.Lookup(addr).Country != "" {
			return s.Details(addr)
		}
	}
	return Details{}
}

// HasContinents reports whether the continent of any address is known.
func (d *Data) HasContinents() bool {
	return d != nil && slices.ContainsFunc(d.sources, Source.HasContinents)
}
