package geo

import (
	"errors"
	"slices"
	"strings"
)

// A Place is where an address is: codes, or "" and 0 for what is not known.
type Place struct {
	Country   string // ISO 3166-1 alpha-2, such as "US"
	Continent string // AF, AN, AS, EU, NA, OC or SA
	Region    string // ISO 3166-2 without the country: "OR" for US-OR
	ASN       uint32 // number of the autonomous system
}

// What is wrong with a place.
var (
	ErrCountry   = errors.New("not a country by ISO 3166-1, such as DE")
	ErrContinent = errors.New("not a continent: want AF, AN, AS, EU, NA, OC or SA")
	ErrRegion    = errors.New("not a region by ISO 3166-2 without its country: want one to three capital letters and digits, such as OR")
	ErrNowhere   = errors.New("a region without a country")
)

// Continents are the codes of continents.
var Continents = []string{"AF", "AN", "AS", "EU", "NA", "OC", "SA"}

// check returns what is wrong with a place.
func (p *Place) check() error {
	switch {
	case p.Country != "" && !IsCountry(p.Country):
		return ErrCountry
	case p.Continent != "" && !slices.Contains(Continents, p.Continent):
		return ErrContinent
	case p.Region != "" && !isRegion(p.Region):
		return ErrRegion
	case p.Region != "" && p.Country == "":
		return ErrNowhere
	}
	return nil
}

// ParsePlace reads a country and perhaps a region, "US" or "US/OR"; "" is nowhere.
func ParsePlace(text string) (p Place, err error) {
	p.Country, p.Region, _ = strings.Cut(text, "/")
	if p.Region == "" && strings.HasSuffix(text, "/") {
		return Place{}, ErrRegion
	}
	if err := p.check(); err != nil {
		return Place{}, err
	}
	return p, nil
}

// IsCountry reports whether code has the form of ISO 3166-1 alpha-2: two capital
// letters. EU and UK, which ISO keeps out of use, are no countries.
func IsCountry(code string) bool {
	return len(code) == 2 && isCapital(code[0]) && isCapital(code[1]) && code != "EU" && code != "UK"
}

func isRegion(code string) bool {
	for i := range len(code) {
		if c := code[i]; !isCapital(c) && (c < '0' || c > '9') {
			return false
		}
	}
	return 0 < len(code) && len(code) <= 3
}

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }

// places are numbered, each once: sources have many prefixes of few places.
type places struct {
	list    []Place
	numbers map[Place]uint32 // nil when all are known
	words   words
}

// number returns the number of a place, of which it keeps no memory.
func (p *places) number(of Place) uint32 {
	if n, known := p.numbers[of]; known {
		return n
	}
	if p.numbers == nil {
		p.numbers, p.words = map[Place]uint32{}, words{}
	}
	n := uint32(len(p.list))
	of.Country, of.Continent, of.Region = p.words.own(of.Country), p.words.own(of.Continent), p.words.own(of.Region)
	p.numbers[of], p.list = n, append(p.list, of)
	return n
}

// words are texts in memory of their own, each once.
type words map[string]string

// own returns the text in memory of its own, the same for each that is equal.
func (w words) own(text string) string {
	if own, known := w[text]; known {
		return own
	}
	own := strings.Clone(text)
	w[own] = own
	return own
}

// done gives up what only finding numbers needs.
func (p *places) done() {
	p.list = slices.Clip(p.list)
	p.numbers, p.words = nil, nil
}

// haveContinents reports whether the continent of any place is known.
func (p *places) haveContinents() bool {
	return slices.ContainsFunc(p.list, func(p Place) bool { return p.Continent != "" })
}
