package geo

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// The bounds of a file: twice what the tables of the whole world have today.
const (
	MaxSize     = 64 << 20 // bytes
	MaxPrefixes = 1_500_000
)

// What is wrong with a file, or with one of its lines.
var (
	ErrTooLarge  = errors.New("more than 64 MiB")
	ErrTooMany   = errors.New("more than 1500000 prefixes")
	ErrCells     = errors.New("want a prefix, a country and maybe a continent, with commas between them")
	ErrPrefix    = errors.New("not a prefix in CIDR notation")
	ErrHostBits  = errors.New("the address has bits beyond the length")
	ErrMapped    = errors.New("an IPv4 address in IPv6 form")
	ErrCountry   = errors.New("not a country by ISO 3166-1, such as DE")
	ErrContinent = errors.New("not a continent: want AF, AN, AS, EU, NA, OC or SA")
	ErrTwice     = errors.New("the prefix has been there before")
)

// Continents are the codes of continents.
var Continents = []string{"AF", "AN", "AS", "EU", "NA", "OC", "SA"}

// IsCountry reports whether code has the form of ISO 3166-1 alpha-2: two capital
// letters. EU and UK, which ISO keeps out of use, are no countries.
func IsCountry(code string) bool {
	return len(code) == 2 && isCapital(code[0]) && isCapital(code[1]) && code != "EU" && code != "UK"
}

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }

// Parse reads a table, of which each line is one of
//
//	192.0.2.0/24,DE
//	2001:db8::/32,DE,EU
//	# a comment
//
// or empty. Spaces around cells do not matter. An error begins with name and the
// number of the line.
func Parse(name string, content []byte) (*Table, error) {
	if len(content) > MaxSize {
		return nil, fmt.Errorf("%s: %w", name, ErrTooLarge)
	}
	t, indices, n := new(Table), map[Place]uint16{}, 0
	for line := range bytes.Lines(content) {
		n++
		text := strings.TrimSpace(string(line))
		if text == "" || text[0] == '#' {
			continue
		}
		prefix, place, err := parseLine(text)
		if err == nil {
			err = t.add(prefix, place, indices)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %.80q: %w", name, n, text, err)
		}
	}
	return t, nil
}

func (t *Table) add(prefix netip.Prefix, place Place, indices map[Place]uint16) error {
	if _, found := t.prefixes.Get(prefix); found {
		return ErrTwice
	}
	if t.prefixes.Size() == MaxPrefixes {
		return ErrTooMany
	}
	i, found := indices[place]
	if !found {
		place = Place{Country: strings.Clone(place.Country), Continent: strings.Clone(place.Continent)} // not the whole line
		i = uint16(len(t.places))                                                                       // there are 674 countries and 8 continents at most
		indices[place], t.places = i, append(t.places, place)
	}
	t.prefixes.Insert(prefix, i)
	return nil
}

func parseLine(text string) (netip.Prefix, Place, error) {
	cells := strings.Split(text, ",")
	if len(cells) < 2 || len(cells) > 3 {
		return netip.Prefix{}, Place{}, ErrCells
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	prefix, err := parsePrefix(cells[0])
	if err != nil {
		return netip.Prefix{}, Place{}, err
	}
	if !IsCountry(cells[1]) {
		return netip.Prefix{}, Place{}, ErrCountry
	}
	place := Place{Country: cells[1]}
	if len(cells) == 3 {
		if place.Continent = cells[2]; !slices.Contains(Continents, place.Continent) {
			return netip.Prefix{}, Place{}, ErrContinent
		}
	}
	return prefix, place, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, ErrPrefix
	case p.Addr().Is4In6():
		return p, ErrMapped
	case p != p.Masked():
		return p, ErrHostBits
	}
	return p, nil
}
