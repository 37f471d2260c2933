// Package geotest writes databases in MaxMind's format, for tests: none may come
// with the edge.
//
// It is a provider, used by tests only.
package geotest

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"strings"
)

// A Network is a prefix with its record: maps, lists, strings, float64 and uint32.
type Network struct {
	Prefix netip.Prefix
	Record any
}

// In returns a network with a record as GeoLite2 has it. What is "" or 0 is left
// out.
func In(prefix, country, continent, region string, asn uint32) Network {
	r := map[string]any{}
	if country != "" {
		r["country"] = map[string]any{"iso_code": country, "names": map[string]any{"en": "Country " + country}}
	}
	if continent != "" {
		r["continent"] = map[string]any{"code": continent}
	}
	if region != "" {
		r["subdivisions"] = []any{map[string]any{"iso_code": region}, map[string]any{"iso_code": "smaller"}}
	}
	if asn != 0 {
		r["autonomous_system_number"] = asn
	}
	return Network{netip.MustParsePrefix(prefix), r}
}

// A City is what a record of one has besides. What is "" or 0 is left out, and of
// coordinates that are both 0 nobody knows.
type City struct {
	Name, RegionName    string
	Latitude, Longitude float64
	MetroCode           uint32
	PostalCode          string
	TimeZone            string
}

// With returns the network with what c says, as GeoLite2-City has it.
func (n Network) With(c City) Network {
	r := maps.Clone(n.Record.(map[string]any))
	named := func(name string) map[string]any {
		return map[string]any{"geoname_id": uint32(1), "names": map[string]any{"de": "auf Deutsch", "en": name, "zh-CN": "中文"}}
	}
	if c.Name != "" {
		r["city"] = named(c.Name)
	}
	if regions, ok := r["subdivisions"].([]any); ok && c.RegionName != "" {
		region := named(c.RegionName)
		region["iso_code"] = regions[0].(map[string]any)["iso_code"]
		r["subdivisions"] = append([]any{region}, regions[1:]...)
	}
	location := map[string]any{"accuracy_radius": uint32(20)}
	if c.Latitude != 0 || c.Longitude != 0 {
		location["latitude"], location["longitude"] = c.Latitude, c.Longitude
	}
	if c.MetroCode != 0 {
		location["metro_code"] = c.MetroCode
	}
	if c.TimeZone != "" {
		location["time_zone"] = c.TimeZone
	}
	r["location"] = location
	if c.PostalCode != "" {
		r["postal"] = map[string]any{"code": c.PostalCode}
	}
	return Network{n.Prefix, r}
}

// A Form is how a database is written.
type Form struct {
	IPVersion  int // 4 or 6
	RecordSize int // bits: 24, 28 or 32
}

// Forms are all.
var Forms = []Form{{4, 24}, {6, 24}, {6, 28}, {4, 28}, {6, 32}}

// Write returns a database. Of two networks of which one has the other, that one
// counts for the addresses of both. It panics if that is not possible, as with IPv6
// addresses for IP version 4.
func (f Form) Write(networks ...Network) []byte {
	w := writer{tree: [][2]branch{{}}, records: map[string]uint{}}
	networks = slices.Clone(networks)
	slices.SortStableFunc(networks, func(a, b Network) int { return a.Prefix.Bits() - b.Prefix.Bits() })
	for _, n := range networks {
		w.insert(f, n)
	}
	nodes := uint(len(w.tree))
	var out []byte
	for _, node := range w.tree {
		left, right := node[0].number(nodes), node[1].number(nodes)
		switch f.RecordSize {
		case 24:
			out = append(out, byte(left>>16), byte(left>>8), byte(left), byte(right>>16), byte(right>>8), byte(right))
		case 28:
			out = append(out, byte(left>>16), byte(left>>8), byte(left), byte(left>>24<<4|right>>24), byte(right>>16), byte(right>>8), byte(right))
		default:
			out = append(out, byte(left>>24), byte(left>>16), byte(left>>8), byte(left), byte(right>>24), byte(right>>16), byte(right>>8), byte(right))
		}
	}
	out = append(out, make([]byte, 16)...)
	out = append(out, w.data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return appendValue(out, map[string]any{
		"binary_format_major_version": uint32(2), "binary_format_minor_version": uint32(0), "build_epoch": uint32(1_000_000_000),
		"database_type": "Test", "ip_version": uint32(f.IPVersion), "node_count": uint32(nodes), "record_size": uint32(f.RecordSize),
	})
}

type writer struct {
	tree    [][2]branch
	data    []byte
	records map[string]uint // where in data
}

// A branch is nothing, another node, or a record.
type branch struct {
	node   uint // 0 for none: that is the root
	record uint // its address and 1, 0 for none
}

func (b branch) number(nodes uint) uint {
	switch {
	case b.node > 0:
		return b.node
	case b.record > 0:
		return nodes + 16 + b.record - 1
	}
	return nodes
}

func (w *writer) insert(f Form, n Network) {
	addr, bits := n.Prefix.Addr().AsSlice(), n.Prefix.Bits()
	if f.IPVersion == 6 && len(addr) == 4 {
		addr, bits = append(make([]byte, 12), addr...), bits+96
	} else if f.IPVersion == 4 && len(addr) == 16 || bits == 0 {
		panic(fmt.Sprintf("%v in a database of IPv%d", n.Prefix, f.IPVersion))
	}
	at := uint(0)
	for i := range bits {
		b := &w.tree[at][addr[i/8]>>(7-i%8)&1]
		if i == bits-1 {
			*b = branch{record: w.record(n.Record)}
			return
		}
		if b.node == 0 {
			whole := *b
			b.record, b.node = 0, uint(len(w.tree))
			at = b.node
			w.tree = append(w.tree, [2]branch{whole, whole})
			continue
		}
		at = b.node
	}
}

func (w *writer) record(value any) uint {
	text := string(appendValue(nil, value))
	at, known := w.records[text]
	if !known {
		at = uint(len(w.data)) + 1
		w.data = append(w.data, text...)
		w.records[text] = at
	}
	return at
}

// appendValue appends a value as the data section has it.
func appendValue(out []byte, value any) []byte {
	switch v := value.(type) {
	case string:
		return append(appendControl(out, 2, len(v)), v...)
	case uint32:
		text := strings.TrimLeft(string([]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), "\x00")
		return append(appendControl(out, 6, len(text)), text...)
	case float64:
		return binary.BigEndian.AppendUint64(appendControl(out, 3, 8), math.Float64bits(v))
	case []any:
		out = appendControl(out, 11, len(v))
		for _, item := range v {
			out = appendValue(out, item)
		}
		return out
	case map[string]any:
		out = appendControl(out, 7, len(v))
		for _, key := range slices.Sorted(maps.Keys(v)) {
			out = appendValue(appendValue(out, key), v[key])
		}
		return out
	}
	panic(fmt.Sprintf("a record with a %T", value))
}

// appendControl appends type and size.
func appendControl(out []byte, kind, size int) []byte {
	low := byte(min(size, 29))
	if kind > 7 {
		out = append(out, low, byte(kind-7))
	} else {
		out = append(out, byte(kind)<<5|low)
	}
	switch {
	case size >= 29+256:
		panic("a value of such a size")
	case size >= 29:
		out = append(out, byte(size-29))
	}
	return out
}
