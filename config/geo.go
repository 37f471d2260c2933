package config

import "fmt"

// GeoData is where addresses are. None comes with groundfront.
type GeoData struct {
	// File has a prefix, its country by ISO 3166-1 and maybe its continent (AF,
	// AN, AS, EU, NA, OC, SA) on each line: 192.0.2.0/24,DE,EU. Empty lines and
	// those that begin with # mean nothing. The longest prefix that has an address
	// counts. At most 64MiB and 1,500,000 prefixes. It is read at the start and
	// with each reload. A relative path is relative to where groundfront runs.
	File string `config:"file,required"`
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
