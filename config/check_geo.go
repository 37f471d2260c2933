package config

import (
	"net/netip"
	"strings"
	"unicode"
)

// geoData checks what is in the configuration itself; files are read later.
func (k *checker) geoData(g *GeoData, at path) {
	if len(g.Files) == 0 && len(g.Places) == 0 && g.Override == nil && !k.reported(at) {
		k.fail(at, badGeoData, "geo data without files and without places")
	}
	k.geoOverride(g.Override, at.key("override"))
	k.repeats(at.key("files"), g.Files, exact)
	k.atMost(at.key("files"), "files", len(g.Files), 10, "our bound")
	k.atMost(at.key("places"), "places", len(g.Places), 1_000, "our bound")
	seen := map[netip.Prefix]bool{}
	for i := range g.Places {
		p := &g.Places[i]
		here := at.key("places").key(p.Prefix)
		prefix, err := netip.ParsePrefix(p.Prefix)
		switch {
		case err != nil || prefix.Addr().Is4In6():
			k.fail(here, badGeoData, "%q is not a prefix in CIDR notation such as 192.0.2.0/24", p.Prefix)
		case prefix != prefix.Masked():
			k.fail(here, badGeoData, "%q has bits beyond its length", p.Prefix).Suggestion = "write " + prefix.Masked().String()
		case seen[prefix]:
			k.fail(here, badGeoData, "prefix %v has been there before", prefix)
		}
		seen[prefix] = true
		k.placeDetails(p, here)
		switch {
		case p.Country == "" && p.Region != "":
			k.fail(here, badGeoData, "%q has a region and no country", p.Prefix)
		case *p == GeoPlace{Prefix: p.Prefix} && !k.reported(here):
			k.fail(here, badGeoData, "%q is nowhere: want country, continent, region or asn", p.Prefix)
		}
	}
}

// geoOverride checks that only a developer's edge believes what clients say.
func (k *checker) geoOverride(o *GeoOverride, at path) {
	if o == nil {
		return
	}
	if mode := k.config.Server.Mode; mode != ModeDev {
		k.fail(at, badGeoOverride, "in mode %s nobody may say where he is", mode).Suggestion = "leave override out, or set mode: dev"
	}
	if covers(neverKeyed, o.Header) && !covers([]string{"cloudfront-*"}, o.Header) || covers([]string{"host", "authorization"}, o.Header) {
		k.fail(at.key("header"), badGeoOverride, "header %q says something else", o.Header)
	} else {
		k.headerName(at.key("header"), o.Header)
	}
	k.repeats(at.key("from"), asStrings(o.From), exact)
	k.atMost(at.key("from"), "networks", len(o.From), maxNetworks, "our bound")
	for i, n := range o.From {
		if n.Prefix().Bits() == 0 {
			k.fail(at.key("from").index(i), badGeoOverride, "%s is everybody", n).Suggestion = "name your own network, such as 172.16.0.0/12"
		}
	}
}

// placeDetails checks what of a place only origins are told.
func (k *checker) placeDetails(p *GeoPlace, at path) {
	if p.Country == "" && *p != (GeoPlace{Prefix: p.Prefix, Continent: p.Continent, Region: p.Region, ASN: p.ASN}) && !k.reported(at.key("country")) {
		k.fail(at, badGeoData, "%q has a city or the like and no country", p.Prefix)
	}
	for _, text := range []struct{ key, is string }{{"city", p.City}, {"region_name", p.RegionName}, {"postal_code", p.PostalCode}} {
		if len(text.is) > 128 || strings.IndexFunc(text.is, unicode.IsControl) >= 0 {
			k.fail(at.key(text.key), badGeoData, "%s is not text of at most 128 bytes", text.key)
		}
	}
	latitude, longitude := at.key("latitude"), at.key("longitude")
	if (p.Latitude == "") != (p.Longitude == "") && !k.reported(latitude) && !k.reported(longitude) {
		k.fail(at, badGeoData, "%q has one of latitude and longitude", p.Prefix)
	}
	if d := p.Latitude.Float(); d < -90 || d > 90 {
		k.fail(latitude, badGeoData, "latitude is %s, want -90 to 90", p.Latitude)
	}
	if p.MetroCode != 0 && p.Country != "US" && p.Country != "" {
		k.fail(at.key("metro_code"), badGeoData, "a metro code in %s: only the US has them (CF-CFH-16)", p.Country)
	}
}

// routingPlaces checks for whom the members of a routing group are: with policy
// geo each is for somebody, and every viewer has exactly one that is the most
// specific (AG-R53-07).
func (k *checker) routingPlaces(g *RoutingGroup, at path) {
	if g.Policy != RoutingPolicyGeo {
		k.placeless(g, at.key("members"))
		return
	}
	if k.config.Server.Geo == nil {
		k.fail(at.key("policy"), badRouting, "policy geo: nothing says where viewers are").
			Suggestion = "set server.geo: {files: [FILE]}, with lines such as 192.0.2.0/24,DE,EU"
	}
	if k.written(at.key("ttl")) {
		k.fail(at.key("ttl"), badRouting, "ttl has no effect: the policy is geo, by which each request has its own choice")
	}
	of, fallback := map[string]string{}, "" // members by where they are for
	for i := range g.Members {
		m := &g.Members[i]
		here := at.key("members").key(m.Name)
		if len(m.Countries) == 0 && len(m.Continents) == 0 && !m.Default {
			k.fail(here, badRouting, "member %q is for nobody: want countries, continents or default", m.Name)
		}
		for j, c := range m.Countries {
			k.only(of, "country "+string(c), m, here.key("countries").index(j))
		}
		for j, c := range m.Continents {
			k.only(of, "continent "+string(c), m, here.key("continents").index(j))
		}
		if m.Default {
			k.only(of, "default", m, here.key("default"))
			fallback = m.Name
		}
	}
	if fallback == "" {
		k.fail(at.key("members"), badRouting, "routing group %q has no member for all other viewers (AG-R53-07)", g.Name).
			Suggestion = "set default: true on one"
	}
}

// only refuses a second member for one place.
func (k *checker) only(of map[string]string, place string, m *RoutingMember, at path) {
	if other, found := of[place]; found {
		k.fail(at, badRouting, "%s is that of member %q already", place, other)
	}
	of[place] = m.Name
}

// placeless refuses places where they do not matter.
func (k *checker) placeless(g *RoutingGroup, at path) {
	if g.Policy == "" {
		return
	}
	for i := range g.Members {
		for _, key := range []string{"countries", "continents", "default"} {
			if here := at.key(g.Members[i].Name).key(key); k.written(here) {
				k.fail(here, badRouting, "%s has no effect: the policy is %s", key, g.Policy)
			}
		}
	}
}

// omitted: only a member that is the default has to say so.
func (m RoutingMember) omitted() []string {
	if m.Default {
		return nil
	}
	return []string{"default"}
}
