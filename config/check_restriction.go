package config

import (
	"github.com/groundfront/groundfront/proxy/geo/country"
)

// geoRestriction checks that something is restricted, and that viewers can be
// located (CF-GEO-01).
func (k *checker) geoRestriction(r *GeoRestriction, at path) {
	locations := at.key("locations")
	if r.RestrictionType == RestrictionTypeNone {
		if len(r.Locations) > 0 && !k.reported(at.key("restriction_type")) {
			k.fail(locations, badGeoRestriction, "locations have no effect: restriction_type is none (CF-GEO-01)").
				Suggestion = "set restriction_type: whitelist to serve nobody else, or blacklist to serve all others"
		}
		return
	}
	if len(r.Locations) == 0 {
		k.fail(at, badGeoRestriction, "a %s without locations (CF-GEO-01)", r.RestrictionType).Suggestion = "add locations: [DE, US], or set restriction_type: none"
	}
	k.repeats(locations, asStrings(r.Locations), exact)
	for i, c := range r.Locations {
		if country.Name(string(c)) == "" {
			k.fail(locations.index(i), badGeoRestriction, "%q is no country of ISO 3166-1", c)
		}
	}
	if k.config.Server.Geo == nil {
		k.fail(at.key("restriction_type"), badGeoRestriction, "geo_restriction: nothing says where viewers are, so nobody could be refused").
			Suggestion = "set server.geo: {files: [FILE]}, with lines such as 192.0.2.0/24,DE,EU"
	}
}
