package compile

import (
	"fmt"
	"net/netip"
	"strconv"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/geo"
)

// geoData reads where viewers are, nil if nothing is configured.
func geoData(g *config.GeoData, env Environment) (*geo.Data, error) {
	if g == nil {
		return nil, nil
	}
	var before *geo.Data
	if env.Previous != nil {
		before = env.Previous.Geo
	}
	var sources []geo.Source
	if len(g.Places) > 0 {
		t, err := geo.NewTable(prefixPlaces(g.Places))
		if err != nil {
			return nil, fmt.Errorf("geo data: %w", err) // the configuration was checked
		}
		sources = append(sources, t)
	}
	for _, name := range g.Files {
		content, err := env.readFile(name)
		if err != nil {
			return nil, fmt.Errorf("geo data: %w", err)
		}
		s, err := before.Read(name, content)
		if err != nil {
			return nil, fmt.Errorf("geo data: %w", err)
		}
		sources = append(sources, s)
	}
	return before.Rejoin(sources...), nil
}

// placeOverride returns who may say where they are: nobody but in mode dev, whatever
// the configuration says.
func placeOverride(s *config.Server) *proxy.PlaceOverride {
	if s.Geo == nil || s.Geo.Override == nil || s.Mode != config.ModeDev {
		return nil
	}
	return &proxy.PlaceOverride{Header: s.Geo.Override.Header, From: s.Geo.Override.Prefixes()}
}

func prefixPlaces(list []config.GeoPlace) []geo.PrefixPlace {
	lines := make([]geo.PrefixPlace, len(list))
	for i := range list {
		p, l := &list[i], &lines[i]
		l.Prefix, _ = netip.ParsePrefix(p.Prefix) // a wrong one is refused
		l.Place = geo.Place{Country: string(p.Country), Continent: string(p.Continent), Region: string(p.Region), ASN: uint32(p.ASN)}
		l.Details = geo.Details{City: p.City, RegionName: p.RegionName, PostalCode: p.PostalCode, TimeZone: string(p.TimeZone)}
		if p.MetroCode != 0 {
			l.Details.MetroCode = strconv.Itoa(p.MetroCode)
		}
		if p.Latitude != "" {
			l.Details.Latitude, l.Details.Longitude, _ = geo.Coordinates(p.Latitude.Float(), p.Longitude.Float())
		}
	}
	return lines
}

func geoRestriction(r *config.GeoRestriction) geo.Restriction {
	kind := geo.RestrictionNone
	switch r.RestrictionType {
	case config.RestrictionTypeWhitelist:
		kind = geo.RestrictionAllow
	case config.RestrictionTypeBlacklist:
		kind = geo.RestrictionDeny
	}
	codes := make([]string, len(r.Locations))
	for i, c := range r.Locations {
		codes[i] = string(c)
	}
	return geo.NewRestriction(kind, codes)
}

// locations says for whom the members of a routing group are.
func locations(r *config.RoutingGroup) group.Locations {
	l := group.Locations{Countries: map[string]int{}, Continents: map[string]int{}}
	for i := range r.Members {
		m := &r.Members[i]
		for _, c := range m.Countries {
			l.Countries[string(c)] = i
		}
		for _, c := range m.Continents {
			l.Continents[string(c)] = i
		}
		if m.Default {
			l.Default = i
		}
	}
	return l
}
