package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/geo"
)

// targets are what behaviors of a distribution can be for, by name.
type targets struct {
	distribution string
	origins      map[string]*origin.Origin
	members      map[string]fetch.Member // the same origins
	groups       map[string]*fetch.Group
	routes       map[string]*fetch.Route
	geo          *geo.Data
	env          Environment
}

func newTargets(c *config.Config, d *config.Distribution, places *geo.Data, env Environment) (*targets, error) {
	t := &targets{
		distribution: d.Name, geo: places, env: env,
		origins: map[string]*origin.Origin{}, members: map[string]fetch.Member{}, groups: map[string]*fetch.Group{}, routes: map[string]*fetch.Route{},
	}
	for i := range d.Origins {
		o := &d.Origins[i]
		compiled, err := newOrigin(c, o, env)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", o.Name, err)
		}
		compiled.Faults = faults(d.Name, o, env)
		t.origins[o.Name] = compiled
		t.members[o.Name] = t.newMember(o, d.MeasuredBy(o.Name))
	}
	for i := range d.OriginGroups {
		g, err := t.newGroup(&d.OriginGroups[i])
		if err != nil {
			return nil, fmt.Errorf("origin group %q: %w", d.OriginGroups[i].Name, err)
		}
		t.groups[g.Name] = g
	}
	for i := range d.Routing {
		r, err := t.newRoute(&d.Routing[i])
		if err != nil {
			return nil, fmt.Errorf("routing group %q: %w", d.Routing[i].Name, err)
		}
		t.routes[r.Name] = r
	}
	return t, nil
}

// newGroup compiles an origin group of the origins that are there already.
func (t *targets) newGroup(g *config.OriginGroup) (*fetch.Group, error) {
	criteria, err := group.NewCriteria(g.FailoverCriteria.StatusCodes)
	if err != nil {
		return nil, err
	}
	out := &fetch.Group{Name: g.Name, Criteria: criteria}
	for _, name := range g.Members {
		m, found := t.members[name]
		if !found {
			return nil, fmt.Errorf("no origin %q", name)
		}
		out.Members = append(out.Members, m)
	}
	out.Chosen = t.chosen(g.Name, g.Members)
	return out, nil
}

// aim lets rules ask the target of a name: a routing group, an origin group, or
// one origin. That is a group of its own if more than CloudFront would is known
// of it.
func (t *targets) aim(rules *fetch.Rules, name string) error {
	if rules.Route = t.routes[name]; rules.Route != nil {
		name = rules.Route.Groups[0].Members[0].Origin.ID
	}
	rules.Group = t.groups[name]
	if m, found := t.members[name]; found && rules.Route == nil && !plain(&m) {
		rules.Group = &fetch.Group{Name: name, Members: []fetch.Member{m}}
		rules.Group.Chosen = t.chosen(name, []string{name})
	}
	if rules.Group != nil {
		name = rules.Group.Members[0].Origin.ID
	}
	if rules.Origin = t.origins[name]; rules.Origin == nil {
		return fmt.Errorf("no origin %q", name)
	}
	rules.Observer = t.members[name].Observer
	rules.Errors.S3Origin = rules.Origin.S3
	return nil
}
