package geo

import (
	"bytes"
	"encoding/csv"
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
	ErrCells         = errors.New("want a prefix, a country, a continent, a region, an autonomous system, and then city, name of the region, latitude, longitude, metro code, postal code and time zone, with commas between them, up to the last that is known")
	ErrQuotes        = errors.New("a cell whose quotation marks are not those of RFC 4180")
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
//	203.0.113.0/24,US,NA,DC,,"Washington, D.C.",,38.9,-77.04,511,20001,America/New_York
//	# a comment
//
// or empty: prefix, country, continent, region, autonomous system, city, name of
// the region, latitude, longitude, metro code, postal code, time zone. A cell is
// empty for what is not known, but not the last one. Spaces around cells do not
// matter, and a cell with a comma is in quotation marks. An error begins with name
// and the number of the line.
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
	t.done()
	return t, nil
}

// maxCells is how many cells a line may have.
const maxCells = 12

func parseLine(text string) (l PrefixPlace, err error) {
	cells, err := cellsOf(text)
	if err != nil {
		return l, err
	}
	if l.Prefix, err = netip.ParsePrefix(cells[0]); err != nil {
		return l, ErrPrefix
	}
	l.Place = Place{Country: cells[1], Continent: cells[2], Region: cells[3]}
	if asn := cells[4]; asn != "" {
		n, err := strconv.ParseUint(asn, 10, 32)
		if err != nil || n == 0 {
			return l, ErrASN
		}
		l.Place.ASN = uint32(n)
	}
	l.Details = Details{City: cells[5], RegionName: cells[6], MetroCode: cells[9], PostalCode: cells[10], TimeZone: cells[11]}
	if cells[7] != "" || cells[8] != "" {
		l.Details.Latitude, l.Details.Longitude, err = parseCoordinates(cells[7], cells[8])
	}
	return l, err
}

// cellsOf returns the cells of a line, those that it does not have empty.
func cellsOf(text string) (cells [maxCells]string, err error) {
	if strings.Contains(text, `"`) {
		return quotedCells(text)
	}
	n := 0
	for cell := range strings.SplitSeq(text, ",") {
		if n == maxCells {
			return cells, ErrCells
		}
		cells[n] = strings.TrimSpace(cell)
		n++
	}
	if n < 2 || cells[n-1] == "" {
		return cells, ErrCells
	}
	return cells, nil
}

// quotedCells is cellsOf for a line with quotation marks.
func quotedCells(text string) (cells [maxCells]string, err error) {
	r := csv.NewReader(strings.NewReader(text))
	r.TrimLeadingSpace = true
	list, err := r.Read()
	if err != nil {
		return cells, ErrQuotes
	}
	if n := len(list); n < 2 || n > maxCells || list[n-1] == "" {
		return cells, ErrCells
	}
	for i := range list {
		cells[i] = strings.TrimSpace(list[i])
	}
	return cells, nil
}

func parseCoordinates(latitude, longitude string) (lat, long string, err error) {
	x, err1 := strconv.ParseFloat(latitude, 64)
	y, err2 := strconv.ParseFloat(longitude, 64)
	if err1 != nil || err2 != nil {
		return "", "", ErrCoordinate
	}
	return Coordinates(x, y)
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
