package geo

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The bounds of a table: twice what the tables of the whole world have today.
const (
	MaxTableSize = 64 << 20 // bytes
	MaxPrefixes  = 1_500_000
)

// What is wrong with a table, or with one of its lines.
var (
	ErrTableTooLarge = errors.New("more than 64 MiB")
	ErrTooMany       = errors.New("more than 1500000 prefixes")
	ErrCells         = errors.New("want a prefix, a country, a continent, a region and an autonomous system with commas between them, up to the last that is known")
	ErrPrefix        = errors.New("not a prefix in CIDR notation")
	ErrHostBits      = errors.New("the address has bits beyond the length")
	ErrMapped        = errors.New("an IPv4 address in IPv6 form")
	ErrASN           = errors.New("not the number of an autonomous system, from 1 to 4294967295")
	ErrTwice         = errors.New("the prefix has been there before")
)

// Parse reads a table, of which each line is one of
//
//	192.0.2.0/24,DE
//	2001:db8::/32,DE,EU
//	198.51.100.0/24,US,NA,OR,64500
//	203.0.113.0/24,,,,64501
//	# a comment
//
// or empty: prefix, country, continent, region, autonomous system. A cell is
// empty for what is not known, but not the last one. Spaces around cells do not
// matter. An error begins with name and the number of the line.
func Parse(name string, content []byte) (*Table, error) {
	if len(content) > MaxTableSize {
		return nil, fmt.Errorf("%s: %w", name, ErrTableTooLarge)
	}
	t, n := new(Table), 0
	for line := range bytes.Lines(content) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		l, err := parseLine(text)
		if err == nil {
			err = t.add(&l)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %.80q: %w", name, n, text, err)
		}
	}
	t.places.done()
	return t, nil
}

func parseLine(text string) (l PrefixPlace, err error) {
	cells := strings.Split(text, ",")
	if len(cells) < 2 || len(cells) > 5 {
		return l, ErrCells
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	if cells[len(cells)-1] == "" {
		return l, ErrCells
	}
	if l.Prefix, err = netip.ParsePrefix(cells[0]); err != nil {
		return l, ErrPrefix
	}
	cells = append(cells, "", "", "")
	l.Place = Place{Country: cells[1], Continent: cells[2], Region: cells[3]}
	if asn := cells[4]; asn != "" {
		n, err := strconv.ParseUint(asn, 10, 32)
		if err != nil || n == 0 {
			return l, ErrASN
		}
		l.Place.ASN = uint32(n)
	}
	return l, nil
}

func checkPrefix(p netip.Prefix) error {
	switch {
	case !p.IsValid():
		return ErrPrefix
	case p.Addr().Is4In6():
		return ErrMapped
	case p != p.Masked():
		return ErrHostBits
	}
	return nil
}
