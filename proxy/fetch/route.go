package fetch

import (
	"math/rand/v2"

	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/origin/health"
	"github.com/groundfront/groundfront/proxy/geo"
)

// A Route is a choice among several groups, which comes before the failover
// within one of them (AG-LAT-05). Not at AWS, where a resolver makes it.
type Route struct {
	// Name is that of the configuration.
	Name string
	// Groups are origin groups, or origins as groups of one.
	Groups []*Group
	Router *group.Router
	// Header, if set, is the viewer's field that may name the group to ask. The
	// key of what is stored has it, so that nobody is answered what another has
	// chosen.
	Header string
	// Geo tells where viewers are, by the address of their connection; nil where
	// that does not matter. Viewers of several places may get what is stored, or
	// arrives, because of one of them: the key is the same (AG-LAT-05).
	Geo *geo.Data
	// Chosen, if set, is told which group was chosen, and why.
	Chosen func(group int, why group.Choice)
}

// route returns the group that is asked. Members of the others that are ejected
// are tried meanwhile.
func (ft *Fetch) route() *Group {
	r := ft.rules.Route
	var few [4]group.Candidate
	candidates := few[:0]
	for _, g := range r.Groups {
		candidates = append(candidates, g.candidate())
	}
	place := r.Geo.Lookup(ft.req.Viewer)
	if r.Geo != nil && ft.req.Told != nil {
		place = *ft.req.Told
	}
	inquiry := group.Inquiry{Named: ft.named(), Viewer: group.Place{Country: place.Country, Continent: place.Continent}}
	chosen, why := r.Router.Choose(candidates, inquiry, ft.measure(), rand.Float64())
	if r.Chosen != nil {
		r.Chosen(chosen, why)
	}
	for i, g := range r.Groups {
		for member := range g.Members {
			if i != chosen {
				ft.tryAgain(g, member)
			}
		}
	}
	return r.Groups[chosen]
}

// named returns the group that the viewer's request names. Any other value is
// none, and so are several, unless the key has only one of them.
func (ft *Fetch) named() int {
	r := ft.rules.Route
	if r.Header == "" {
		return group.Unnamed
	}
	value := ft.rules.RequestPolicy.KeyedValue(ft.req.Fields, r.Header)
	for i, g := range r.Groups {
		if g.Name == value {
			return i
		}
	}
	return group.Unnamed
}

// candidate returns what is known of a group: that of the member with which a
// fetch would begin.
func (g *Group) candidate() group.Candidate {
	first, _ := group.First(len(g.Members), func(i int) health.Availability { return g.Members[i].State.Availability() })
	s := g.Members[first].State
	return group.Candidate{Availability: s.Availability(), Latency: s.Latency()}
}
