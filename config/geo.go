package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// GeoData is where addresses are: country, continent, region and autonomous
// system, and what CloudFront-Viewer-City and its kin tell origins. None comes with
// groundfront. A country counts with all that is beside it, from the first source
// that knows it: places, then each of the files. The autonomous system is that of
// the first source that knows one.
type GeoData struct {
	// Files are read at the start and with each reload. A relative path is
	// relative to where groundfront runs. Default none.
	//
	// One whose name ends in .mmdb is a database in MaxMind's format, for
	// countries, cities or autonomous systems, such as GeoLite2-City.mmdb, of at
	// most 512MiB, which are kept in memory. Names are the English ones.
	//
	// Any other has lines with a prefix, its country by ISO 3166-1, its continent
	// (AF, AN, AS, EU, NA, OC, SA), its region by ISO 3166-2 without the country,
	// its autonomous system, its city, the name of the region, latitude, longitude,
	// metro code, postal code and time zone, up to the last that is known:
	// 192.0.2.0/24,US,NA,OR,64500,Portland. A cell with a comma is in quotation
	// marks. Empty lines and those that begin with # mean nothing. The longest prefix that has an address counts. At most 64MiB and
	// 1,500,000 prefixes.
	Files []string `config:"files"`

	// Places are prefixes in CIDR notation with where they are, for a few
	// addresses. The longest prefix that has an address counts. At most 1,000.
	// Default none.
	Places []GeoPlace `config:"places"`

	// Override lets clients of a developer say where they are. Only in mode dev.
	// Default nobody.
	Override *GeoOverride `config:"override"`
}

// GeoOverride lets clients say in a field of the request where they are, to try geo
// restrictions, web ACLs, routing groups and CloudFront-Viewer-Country from one's
// desk. The value is a country by ISO 3166-1, DE; with a region by ISO 3166-2, US/OR;
// an address, whose place by the geo data is meant, 203.0.113.7; or empty, for
// nowhere. Any other is answered with 400. The field reaches no origin.
type GeoOverride struct {
	// Header is the name of the field. Default Groundfront-Viewer-Place.
	Header string `config:"header" default:"Groundfront-Viewer-Place"`

	// From are the networks of those who may say it, such as 172.16.0.0/12, at most
	// 100. For anybody else the field says nothing. Default 127.0.0.0/8 and ::1/128,
	// the machine itself.
	From []Network `config:"from"`
}

// Prefixes returns the networks of From.
func (o *GeoOverride) Prefixes() []netip.Prefix { return prefixes(o.From) }

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

	// City is its name in English. This and all that follows need a country.
	// Default none.
	City string `config:"city"`

	// RegionName is the English name of the region. Default none.
	RegionName string `config:"region_name"`

	// Latitude is in decimal degrees, -90 to 90, of which those in the south are
	// negative. It comes with Longitude. Default none.
	Latitude Degrees `config:"latitude"`

	// Longitude is in decimal degrees, -180 to 180, of which those in the west are
	// negative. It comes with Latitude. Default none.
	Longitude Degrees `config:"longitude"`

	// MetroCode is that of an area of the US, 1 to 999; 0 is none. Default 0.
	MetroCode int `config:"metro_code" default:"0" range:"0..999"`

	// PostalCode is text, such as "10115". Default none.
	PostalCode string `config:"postal_code"`

	// TimeZone is one of the IANA, such as Europe/Berlin. Default none.
	TimeZone TimeZone `config:"time_zone"`
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

// Degrees is a latitude or longitude as the file has it, a decimal number; "" is
// none.
type Degrees string

func (d *Degrees) readNode(rd *reader, n *node, at path) {
	if n.kind != kindFloat && n.kind != kindInt {
		rd.at(n.pos, wrongType, at, "want a number of degrees such as -122.33, got %s", describe(n))
		return
	}
	switch v, err := strconv.ParseFloat(n.text, 64); {
	case err != nil || strings.Trim(n.text, "-0123456789.") != "":
		rd.at(n.pos, badValue, at, "%s is not a plain decimal number", n.text)
	case v < -180 || v > 180:
		rd.at(n.pos, outOfRange, at, "%s degrees, want -180 to 180", n.text)
	default:
		*d = Degrees(n.text)
	}
}

func (d *Degrees) printNode() *node {
	if *d == "" {
		return nil
	}
	kind := kindInt
	if strings.Contains(string(*d), ".") {
		kind = kindFloat
	}
	return &node{kind: kind, text: string(*d)}
}

func (*Degrees) schema() map[string]any {
	return map[string]any{"type": "number", "minimum": -180, "maximum": 180}
}

// Float returns the number, 0 for none.
func (d Degrees) Float() float64 {
	v, _ := strconv.ParseFloat(string(d), 64) // it was read as one
	return v
}

// TimeZone is the name of a time zone of the IANA.
type TimeZone string

// UnmarshalText reads a name of letters, digits and "/_+-" that begins with a
// capital letter.
func (z *TimeZone) UnmarshalText(text []byte) error {
	s := string(text)
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' || !onlyFrom("/_+-", s) {
		return fmt.Errorf("%q is not a time zone of the IANA, such as Europe/Berlin", text)
	}
	*z = TimeZone(text)
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
