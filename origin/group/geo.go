package group

import "github.com/groundfront/groundfront/origin/health"

// A Place is where a viewer is: codes, or "" for what is not known.
type Place struct {
	Country   string // ISO 3166-1 alpha-2
	Continent string // AF, AN, AS, EU, NA, OC or SA
}

// Locations say for whom members are, by their index. As with the geolocation
// records of Route 53, the most specific one counts (AG-R53-07).
type Locations struct {
	Countries  map[string]int
	Continents map[string]int
	// Default is for all other viewers. Without such a record Route 53 answers
	// nothing; an edge has to ask somebody.
	Default int
}

// choose returns the first candidate that is available of those for the viewer's
// country, for its continent, and for everybody. If none of these is, the most
// specific one counts as available (AG-R53-08): those for other places are not
// asked.
func (l *Locations) choose(candidates []Candidate, viewer Place) (int, Choice) {
	best := -1
	try := func(member int, found bool) bool {
		if found && best < 0 {
			best = member
		}
		return found && candidates[member].Availability == health.Available
	}
	if member, found := l.Countries[viewer.Country]; try(member, found) {
		return member, ChoiceCountry
	}
	if member, found := l.Continents[viewer.Continent]; try(member, found) {
		return member, ChoiceContinent
	}
	if try(l.Default, true) {
		return l.Default, ChoiceDefault
	}
	return best, ChoiceFailOpen
}
