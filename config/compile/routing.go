package compile

import (
	"errors"
	"fmt"
	"time"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// newRoute compiles a routing group of the origins and origin groups that are
// there already.
func (t *targets) newRoute(r *config.RoutingGroup) (*fetch.Route, error) {
	routing := group.Routing{
		Policy: choice(r.Policy, group.PolicyLatency, group.PolicyWeighted, group.PolicyFailover, group.PolicyGeo),
		TTL:    r.TTL.Std(), Better: float64(r.HysteresisPercent) / 100, For: r.HysteresisTime.Std(),
	}
	out := &fetch.Route{Name: r.Name, Header: r.Header}
	names := make([]string, len(r.Members))
	for i := range r.Members {
		m := &r.Members[i]
		g := t.groups[m.Name]
		if g == nil {
			member, found := t.members[m.Name]
			if !found {
				return nil, fmt.Errorf("no origin or origin group %q", m.Name)
			}
			g = t.alone(r.Name, member)
		}
		out.Groups, names[i] = append(out.Groups, g), m.Name
		if m.Weight != nil {
			routing.Weights = append(routing.Weights, int(*m.Weight))
		}
		if m.Latency > 0 {
			routing.Latencies = append(routing.Latencies, time.Duration(m.Latency))
		}
	}
	if routing.Policy == group.PolicyGeo {
		out.Geo, routing.Locations = t.geo, locations(r)
		if len(routing.Locations.Continents) > 0 && !t.geo.HasContinents() {
			return nil, errors.New("members have continents, and no line of the geo data has one: it needs a third column")
		}
	}
	out.Router = group.NewRouter(routing)
	out.Chosen = t.chosen(r.Name, names)
	return out, nil
}

// alone makes an origin a group of one within a routing group, which counts its
// choice; here only what comes beside that is counted.
func (t *targets) alone(routing string, m fetch.Member) *fetch.Group {
	count := t.chosen(routing, []string{m.Origin.ID})
	return &fetch.Group{Name: m.Origin.ID, Members: []fetch.Member{m}, Chosen: func(member int, why group.Choice) {
		if count != nil && (why == group.ChoiceHedge || why == group.ChoiceTry) {
			count(member, why)
		}
	}}
}
