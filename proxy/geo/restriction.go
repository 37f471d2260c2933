package geo

// RestrictionKind says what a list of countries means (CF-GEO-01).
type RestrictionKind uint8

// The kinds of restrictions.
const (
	RestrictionNone  RestrictionKind = iota // everybody is served
	RestrictionAllow                        // only viewers of the countries are
	RestrictionDeny                         // all but they are
)

// String returns the kind as CloudFront's API spells it.
func (k RestrictionKind) String() string {
	switch k {
	case RestrictionNone:
		return "none"
	case RestrictionAllow:
		return "whitelist"
	case RestrictionDeny:
		return "blacklist"
	}
	return "RestrictionKind(?)"
}

// A Restriction says viewers of which countries are served. The zero value
// serves everybody. It is immutable.
type Restriction struct {
	kind      RestrictionKind
	countries [(26*26 + 63) / 64]uint64 // a bit for each code
}

// NewRestriction returns the restriction to countries, or to all others, by their
// codes of ISO 3166-1. What has not the form of one is none.
func NewRestriction(kind RestrictionKind, countries []string) Restriction {
	r := Restriction{kind: kind}
	for _, code := range countries {
		if n, ok := numberOf(code); ok {
			r.countries[n/64] |= 1 << (n % 64)
		}
	}
	return r
}

// Restricts reports whether anybody is refused.
func (r *Restriction) Restricts() bool { return r.kind != RestrictionNone }

// Admits reports whether viewers of a country are served. Those of whom the
// country is not known, "", are in any case (CF-GEO-03).
//
// Hot path: no allocation.
func (r *Restriction) Admits(country string) bool {
	n, known := numberOf(country)
	if !known {
		return true
	}
	listed := r.countries[n/64]>>(n%64)&1 == 1
	switch r.kind {
	case RestrictionAllow:
		return listed
	case RestrictionDeny:
		return !listed
	}
	return true
}

// numberOf numbers the pairs of capital letters.
func numberOf(code string) (n uint, ok bool) {
	if len(code) != 2 || !isCapital(code[0]) || !isCapital(code[1]) {
		return 0, false
	}
	return uint(code[0]-'A')*26 + uint(code[1]-'A'), true
}
