package geo

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/oschwald/maxminddb-golang/v2"
)

// MaxDatabaseSize bounds a database: more than twice what those of the whole world
// have today.
const MaxDatabaseSize = 512 << 20 // bytes

// What is wrong with a database.
var (
	ErrDatabaseTooLarge = errors.New("more than 512 MiB")
	ErrRecordSize       = errors.New("a tree in a form that is not known")
	ErrNoPlaces         = errors.New("no record has a country or an autonomous system: want a database of countries, cities or autonomous systems in MaxMind's format")
)

// A Database is one in MaxMind's format, in memory. It is immutable.
//
// Open reads every record that the tree has. So a file that is damaged is found
// out when it is read and not by a request, and to look an address up is to walk
// through the tree and to decode nothing. The library can verify too, but is
// stricter there than the format.
//
// Details stay in the file until somebody asks, once for each connection:
// BenchmarkDatabase says what it takes to keep them, and to decode them.
type Database struct {
	reader  *maxminddb.Reader
	records map[uintptr]uint32 // the numbers of places by where their records are
	places  places
}

// A record is what is read of one: the names are those of GeoIP2 and GeoLite2,
// for countries, for cities, and for autonomous systems.
type record struct {
	Country struct {
		ISOCode string `maxminddb:"iso_code"`
	} `maxminddb:"country"`
	Continent struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"continent"`
	Subdivisions []struct { // the largest first
		ISOCode string `maxminddb:"iso_code"`
	} `maxminddb:"subdivisions"`
	ASN uint32 `maxminddb:"autonomous_system_number"`
}

// A detailed record is what else is read of one.
type detailed struct {
	City struct {
		Names names `maxminddb:"names"`
	} `maxminddb:"city"`
	Subdivisions []struct {
		Names names `maxminddb:"names"`
	} `maxminddb:"subdivisions"`
	Location struct {
		Latitude  *float64 `maxminddb:"latitude"`
		Longitude *float64 `maxminddb:"longitude"`
		MetroCode uint16   `maxminddb:"metro_code"`
		TimeZone  string   `maxminddb:"time_zone"`
	} `maxminddb:"location"`
	Postal struct {
		Code string `maxminddb:"code"`
	} `maxminddb:"postal"`
}

// names are those of one place in several languages.
type names struct {
	English string `maxminddb:"en"`
}

// details returns those of a place. What is not understood is not known: it is
// shown to origins and decides nothing.
func (r *detailed) details(p Place) Details {
	if p.Country == "" {
		return Details{}
	}
	d := Details{City: r.City.Names.English, PostalCode: r.Postal.Code, TimeZone: r.Location.TimeZone}
	if len(r.Subdivisions) > 0 {
		d.RegionName = r.Subdivisions[0].Names.English
	}
	if l := r.Location; l.Latitude != nil && l.Longitude != nil {
		d.Latitude, d.Longitude, _ = Coordinates(*l.Latitude, *l.Longitude)
	}
	if code := r.Location.MetroCode; code != 0 && p.Country == "US" {
		d.MetroCode = strconv.Itoa(int(code))
	}
	if d.check(&p) != nil {
		return Details{}
	}
	return d
}

func (r *record) place() Place {
	p := Place{Country: r.Country.ISOCode, Continent: r.Continent.Code, ASN: r.ASN}
	if len(r.Subdivisions) > 0 && p.Country != "" {
		p.Region = r.Subdivisions[0].ISOCode
	}
	return p
}

// Open reads a database. It keeps content, which must not change any more.
func Open(content []byte) (*Database, error) {
	if len(content) > MaxDatabaseSize {
		return nil, ErrDatabaseTooLarge
	}
	reader, err := maxminddb.OpenBytes(content, maxminddb.DisableStringCache())
	if err != nil {
		return nil, err
	}
	d := &Database{reader: reader, records: map[uintptr]uint32{}}
	if err := d.readAll(content); err != nil {
		return nil, err
	}
	nowhere := len(d.places.list) == 0 || len(d.places.list) == 1 && d.places.list[0] == Place{}
	if d.places.done(); nowhere {
		return nil, ErrNoPlaces
	}
	return d, nil
}

// treeEnd is how many zeros follow the tree; addresses of records count them.
const treeEnd = 16

// readAll reads the records that the nodes of the tree name. They are at the
// beginning of content, two branches each: the number of another node, that of all
// nodes for nothing, or more for a record. To go through them as they lie there
// takes the same time for a tree that is damaged.
func (d *Database) readAll(content []byte) error {
	nodes, size := d.reader.Metadata.NodeCount, d.reader.Metadata.RecordSize
	if size != 24 && size != 28 && size != 32 || nodes > uint(len(content))/(size/4) {
		return ErrRecordSize
	}
	for n := range nodes {
		node := content[n*size/4:][:size/4]
		for _, branch := range branches(node) {
			if branch <= nodes {
				continue
			}
			if branch < nodes+treeEnd {
				return fmt.Errorf("node %d: %w", n, ErrRecordSize)
			}
			if err := d.read(uintptr(branch - nodes - treeEnd)); err != nil {
				return fmt.Errorf("record at %d: %w", branch-nodes-treeEnd, err)
			}
		}
	}
	return nil
}

// branches returns the two of a node of 6, 7 or 8 bytes.
func branches(node []byte) [2]uint {
	var left, right, high uint
	half := len(node) / 2
	for i := range half {
		left, right = left<<8|uint(node[i]), right<<8|uint(node[len(node)-half+i])
	}
	if len(node) == 7 { // the middle has four bits of each
		high = uint(node[3])
	}
	return [2]uint{left | high>>4<<24, right | high&15<<24}
}

// read reads a record, unless it was read before.
func (d *Database) read(at uintptr) error {
	if _, known := d.records[at]; known {
		return nil
	}
	var r record
	if err := d.reader.LookupOffset(at).Decode(&r); err != nil {
		return err
	}
	p := r.place()
	if err := p.check(); err != nil {
		return fmt.Errorf("%q: %w", p.Country+","+p.Continent+","+p.Region, err)
	}
	d.records[at] = d.places.number(p)
	return nil
}

// Lookup returns the place of addr, the zero Place if it has none. An IPv4
// address in IPv6 form is the IPv4 address. A zone does not matter.
func (d *Database) Lookup(addr netip.Addr) Place {
	p, _ := d.lookup(addr)
	return p
}

// lookup also returns where the record is, if there is one.
func (d *Database) lookup(addr netip.Addr) (p Place, result maxminddb.Result) {
	if !addr.IsValid() {
		return Place{}, result
	}
	result = d.reader.Lookup(addr.Unmap())
	if result.Err() != nil || !result.Found() { // an IPv6 address in a database of IPv4
		return Place{}, result
	}
	n, known := d.records[result.Offset()]
	if !known {
		return Place{}, result
	}
	return d.places.list[n], result
}

// Details decodes the record of addr.
func (d *Database) Details(addr netip.Addr) Details {
	p, result := d.lookup(addr)
	if p.Country == "" {
		return Details{}
	}
	var r detailed
	if err := result.Decode(&r); err != nil {
		return Details{}
	}
	return r.details(p)
}

// HasContinents reports whether the continent of any network is known.
func (d *Database) HasContinents() bool { return d.places.haveContinents() }
