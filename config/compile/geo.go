package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/proxy/geo"
)

// geoTable reads where viewers are, nil if nothing is configured.
func geoTable(g *config.GeoData, env Environment) (*geo.Table, error) {
	if g == nil {
		return nil, nil
	}
	content, err := env.readFile(g.File)
	if err != nil {
		return nil, fmt.Errorf("geo data: %w", err)
	}
	t, err := geo.Parse(g.File, content)
	if err != nil {
		return nil, fmt.Errorf("geo data: %w", err)
	}
	return t, nil
}

// locations says for whom the members of a routing group are.
func locations(r *config.RoutingGroup) group.Locations {
	l := group.Locations{Countries: map[string]int{}, Continents: map[string]int{}}
	for i := range r.Members {
		m := &r.Members[i]
		for _, c := range m.Countries {
			l.Countries[string(c)] = i
		}
		for _, c := range m.Continents {
			l.Continents[string(c)] = i
		}
		if m.Default {
			l.Default = i
		}
	}
	return l
}
