package config

import "fmt"

// GeoData is where addresses are: country, continent, region and autonomous
// system. None comes with groundfront. A country counts with the continent and the
// region that are beside it, from the first source that knows it: places, then
// each of the files. The autonomous system is that of the first source that
// knows one.
type GeoData struct {
	// Files are read at the start and with each reload. A relative path is
	// relative to where groundfront runs. Default none.
	//
	// One whose name ends in .mmdb is a database in MaxMind's format, for
	// countries, cities or autonomous systems, such as GeoLite2-City.mmdb, of at
	// most 512MiB, which are kept in memory.
	//
	// Any other has lines with a prefix, its country by ISO 3166-1, its continent
	// (AF, AN, AS, EU, NA, OC, SA), its region by ISO 3166-2 without the country,
	// and its autonomous system, up to the last that is known:
	// 192.0.2.0/24,US,NA,OR,64500. Empty lines and those that begin with # mean
	// nothing. The longest prefix that has an address counts. At most 64MiB and
	// 1,500,000 prefixes.
	Files []string `config:"files"`

	// Places are prefixes in CIDR notation with where they are, for a few
	// addresses. The longest prefix that has an address counts. At most 1,000.
	// Default none.
	Places []GeoPlace `config:"places"`
}

// GeoPlace is where the addresses of a prefix are.
type GeoPlace struct {
	// Prefix is in CIDR notation, such as 192.0.2.0/24.
	Prefix string `config:"prefix,key"`

	// Country is one by ISO 3166-1 alpha-2, such as US. Default none.
	Country Country `config:"country"`

	// Continent is AF, AN, AS, EU, NA, OC or SA. Default none.
	Continent Continent `config:"continent"`

	// Region is one of the country's by ISO 3166-2, such as OR for US-OR. Default
	// none.
	Region Region `config:"region"`

	// ASN is the number of the autonomous system, 1 to 4294967295; 0 is none.
	// Default 0.
	ASN int `config:"asn" default:"0" range:"0..4294967295"`
}

// Region is a region by ISO 3166-2, without its country.
type Region string

// UnmarshalText reads one to three capital letters and digits.
func (r *Region) UnmarshalText(text []byte) error {
	valid := len(text) > 0 && len(text) <= 3
	for _, c := range text {
		valid = valid && ('A' <= c && c <= 'Z' || '0' <= c && c <= '9')
	}
	if !valid {
		return fmt.Errorf("%q is not a region by ISO 3166-2 without its country, such as OR for US-OR", text)
	}
	*r = Region(text)
	return nil
}

// Country is a country by ISO 3166-1 alpha-2.
type Country string

// UnmarshalText reads two capital letters. ISO keeps EU and UK out of use.
func (c *Country) UnmarshalText(text []byte) error {
	switch s := string(text); {
	case s == "EU":
		return fmt.Errorf("%q is no country: write continents: [EU]", s)
	case s == "UK":
		return fmt.Errorf("%q is no country by ISO 3166-1: write GB", s)
	case len(s) != 2 || s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z':
		return fmt.Errorf("%q is not a country by ISO 3166-1, such as DE", s)
	}
	*c = Country(text)
	return nil
}

// Continent is a continent.
type Continent string

func (Continent) values() []string { return []string{"AF", "AN", "AS", "EU", "NA", "OC", "SA"} }
