package waf

import (
	"net/netip"
	"slices"
	"strings"
)

// A Place is what geo data says of an address. What is not known is "" and 0.
type Place struct {
	Country string // ISO 3166-1 alpha-2: "US"
	Region  string // ISO 3166-2 without the country: "OR"
	ASN     uint32
}

// unknownPlace stands in labels for what is not known (WF-GEO-01).
const unknownPlace = "XX"

// The prefixes of labels that geo statements add: of the connection's address,
// and of a forwarded one.
var placePrefixes = [2]string{"awswaf:clientip:geo:", "awswaf:forwardedip:geo:"}

const (
	placeViewer = iota
	placeForwarded
)

// A place is what geo statements have asked about.
type place struct {
	Place
	asked   bool
	visible bool // to label matches: an earlier rule has asked
}

func (p *Place) country() string {
	if p.Country == "" {
		return unknownPlace
	}
	return p.Country
}

func (p *Place) region() string {
	if p.Region == "" {
		return unknownPlace
	}
	return p.Region
}

// labels returns the labels of a place.
func (p *place) labels(prefix string) (country, region string) {
	return prefix + "country:" + p.country(), prefix + "region:" + p.country() + "-" + p.region()
}

// A placeMatch is what a label's key says of a place.
type placeMatch struct {
	any             bool   // the key is of a namespace that all places have
	country, region string // or of one country, or of a region of one
}

func newPlaceMatch(s LabelMatch, prefix string) (m placeMatch) {
	rest, ok := strings.CutPrefix(s.Key, prefix)
	if s.Scope == LabelScopeNamespace {
		m.any = strings.HasPrefix(s.Key, "awswaf:") && strings.HasPrefix(prefix, s.Key) || ok && (rest == "country:" || rest == "region:")
		return m
	}
	if !ok {
		return m
	}
	if country, ok := strings.CutPrefix(rest, "country:"); ok {
		m.country = country
	}
	if region, ok := strings.CutPrefix(rest, "region:"); ok {
		m.country, m.region, _ = strings.Cut(region, "-")
	}
	return m
}

func (m *placeMatch) has(p *place) bool {
	if !p.visible {
		return false
	}
	return m.any || m.country != "" && m.country == p.country() && (m.region == "" || m.region == p.region())
}

// A geoMatch is a compiled GeoMatch or AsnMatch.
type geoMatch struct {
	countries []string // sorted
	numbers   []uint32 // sorted; nil: of GeoMatch
	forwarded *Forwarded
}

func (s GeoMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	if len(s.Countries) == 0 {
		return statement{}, ErrNoSearch
	}
	k.acl.locates = true
	return statement{kind: statementGeo, geo: &geoMatch{countries: slices.Sorted(slices.Values(s.Countries)), forwarded: s.Forwarded}}, nil
}

func (s AsnMatch) compile(k *compiler, _ string, _ bool) (statement, error) {
	if len(s.Numbers) == 0 {
		return statement{}, ErrNoSearch
	}
	k.acl.locates = true
	return statement{kind: statementGeo, geo: &geoMatch{numbers: slices.Sorted(slices.Values(s.Numbers)), forwarded: s.Forwarded}}, nil
}

// kind says which place it asks about.
func (s *geoMatch) kind() int {
	if s.forwarded != nil {
		return placeForwarded
	}
	return placeViewer
}

func (s *geoMatch) match(e *evaluation) match {
	p, kind := e.peer.place, s.kind()
	if s.forwarded != nil {
		var found addresses
		switch s.forwarded.find(e.request.Fields, &found) {
		case forwardedAbsent:
			return matchNone
		case forwardedMalformed:
			return matchIf(s.forwarded.Fallback == FallbackMatch)
		}
		p = e.acl.locate(found.list[0])
	}
	if s.numbers != nil {
		e.asn[kind] = asn{p.ASN, true}
		_, found := slices.BinarySearch(s.numbers, p.ASN)
		return matchIf(found)
	}
	e.places[kind].Place, e.places[kind].asked = p, true
	_, found := slices.BinarySearch(s.countries, p.country())
	return matchIf(found)
}

// asn is the number of an autonomous system, if a statement has asked for it.
type asn struct {
	number uint32
	asked  bool
}

// locate returns the place of an address.
func (a *ACL) locate(addr netip.Addr) Place {
	if a.place == nil {
		return Place{}
	}
	return a.place(addr)
}
