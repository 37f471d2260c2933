package group

import (
	"testing"
	"time"
)

// AG-R53-07: country before continent before default, of those that are
// available; AG-R53-08 among these.
func TestGeo(t *testing.T) {
	// Members: 0 for Germany and France, 1 for Europe, 2 for Japan and everybody.
	routing := Routing{Policy: PolicyGeo, TTL: time.Hour, Locations: Locations{
		Countries: map[string]int{"DE": 0, "FR": 0, "JP": 2}, Continents: map[string]int{"EU": 1}, Default: 2,
	}}
	de, it, jp, us, nowhere := Place{"DE", "EU"}, Place{"IT", "EU"}, Place{"JP", "AS"}, Place{"US", ""}, Place{}
	r := NewRouter(routing) // one for all: no choice is that of another viewer
	for _, test := range []struct {
		viewer       Place
		availability string
		want         int
		why          Choice
	}{
		{de, "+++", 0, ChoiceCountry},
		{Place{"FR", ""}, "+++", 0, ChoiceCountry},
		{it, "+++", 1, ChoiceContinent},
		{jp, "+++", 2, ChoiceCountry},
		{us, "+++", 2, ChoiceDefault},
		{nowhere, "+++", 2, ChoiceDefault},
		{de, "-++", 1, ChoiceContinent},
		{de, "x-+", 2, ChoiceDefault},
		{it, "+-+", 2, ChoiceDefault}, // who is for Germany is not for Italy
		{de, "---", 0, ChoiceFailOpen},
		{it, "+--", 1, ChoiceFailOpen},
		{us, "++-", 2, ChoiceFailOpen},
		{jp, "++x", 2, ChoiceFailOpen},
		{Place{"FR", ""}, "-+-", 0, ChoiceFailOpen}, // its continent is not known
		{de, "+++", 0, ChoiceCountry},
	} {
		got, why := r.Choose(members(test.availability), Inquiry{Named: Unnamed, Viewer: test.viewer}, start, 0)
		if got != test.want || why != test.why {
			t.Errorf("%+v, %s: got %d, %v, want %d, %v", test.viewer, test.availability, got, why, test.want, test.why)
		}
	}
	if got, why := r.Choose(members("+++"), Inquiry{Named: 1, Viewer: de}, start, 0); got != 1 || why != ChoiceHeader {
		t.Errorf("another is named: got %d, %v, want 1, %v", got, why, ChoiceHeader)
	}
}
