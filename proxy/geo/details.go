package geo

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Details are what else may be known of an address whose country is known. What
// is not known is "".
type Details struct {
	City       string // in English
	RegionName string // of Place.Region, in English
	// Latitude and Longitude are decimal degrees with five places, as CloudFront
	// writes them: "52.52000", "-122.33210". There are both or none.
	Latitude, Longitude string
	MetroCode           string // three digits, of the US only
	PostalCode          string
	TimeZone            string // of the IANA: "Europe/Berlin"
}

// What is wrong with details.
var (
	ErrCoordinate = errors.New("not a latitude from -90 to 90 and a longitude from -180 to 180, in decimal degrees")
	ErrMetroCode  = errors.New("not a metro code: want one to three digits")
	ErrMetroPlace = errors.New("a metro code of a country other than US")
	ErrTimeZone   = errors.New("not a time zone of the IANA, such as Europe/Berlin")
	ErrDetail     = errors.New("a name or postal code that is not text of at most 128 bytes")
	ErrNowhereIn  = errors.New("details without a country")
)

// maxDetail bounds each text of Details, in bytes.
const maxDetail = 128

// check returns what is wrong with the details of a place.
func (d *Details) check(p *Place) error {
	switch {
	case *d == Details{}:
		return nil
	case p.Country == "":
		return ErrNowhereIn
	case !isDetail(d.City) || !isDetail(d.RegionName) || !isDetail(d.PostalCode):
		return ErrDetail
	case d.MetroCode != "" && !isMetroCode(d.MetroCode):
		return ErrMetroCode
	case d.MetroCode != "" && p.Country != "US": // CF-CFH-16
		return ErrMetroPlace
	case d.TimeZone != "" && !isTimeZone(d.TimeZone):
		return ErrTimeZone
	case (d.Latitude == "") != (d.Longitude == ""):
		return ErrCoordinate
	}
	return nil
}

// Coordinates returns a latitude and a longitude in the form of Details.
func Coordinates(latitude, longitude float64) (lat, long string, err error) {
	if !(math.Abs(latitude) <= 90 && math.Abs(longitude) <= 180) { // also what is no number
		return "", "", ErrCoordinate
	}
	degrees := func(f float64) string {
		s := strconv.FormatFloat(f, 'f', 5, 64)
		if s == "-0.00000" {
			return s[1:]
		}
		return s
	}
	return degrees(latitude), degrees(longitude), nil
}

// isDetail reports whether s is text without control characters.
func isDetail(s string) bool {
	return len(s) <= maxDetail && utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) < 0
}

func isMetroCode(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && n < 1000 && len(s) <= 3
}

// isTimeZone reports whether s has the form of the IANA's names: "Etc/GMT+1",
// "America/Argentina/Buenos_Aires".
func isTimeZone(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isCapital(c) && (c < 'a' || c > 'z') && (c < '0' || c > '9') && strings.IndexByte("/_+-", c) < 0 {
			return false
		}
	}
	return len(s) <= 64 && isCapital(s[0])
}
