package config

// Restrictions is AWS's Restrictions.
type Restrictions struct {
	// GeoRestriction serves or refuses viewers by country.
	GeoRestriction GeoRestriction `config:"geo_restriction"`
}

// GeoRestriction is AWS's GeoRestriction (CF-GEO-01). Who is refused gets a 403,
// for which a custom error response may be; a viewer of whom the country is not
// known is served. It needs server.geo.
type GeoRestriction struct {
	// RestrictionType is none; whitelist, which serves viewers of Locations alone;
	// or blacklist, which serves all but these. Default none.
	RestrictionType RestrictionType `config:"restriction_type" default:"none"`

	// Locations are countries by ISO 3166-1 alpha-2, such as DE. At least one,
	// except with none.
	Locations []Country `config:"locations"`
}

// RestrictionType is what a geo restriction does with a list of countries.
type RestrictionType string

// The types of geo restrictions.
const (
	RestrictionTypeNone      RestrictionType = "none"
	RestrictionTypeWhitelist RestrictionType = "whitelist"
	RestrictionTypeBlacklist RestrictionType = "blacklist"
)

func (RestrictionType) values() []string { return []string{"none", "whitelist", "blacklist"} }
