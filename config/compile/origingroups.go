package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/origin"
	"github.com/groundfront/groundfront/origin/group"
	"github.com/groundfront/groundfront/proxy/fetch"
)

// targets are what behaviors of a distribution can be for, by name.
type targets struct {
	distribution string
	origins      map[string]*origin.Origin
	groups       map[string]*fetch.Group
	env          Environment
}

func newTargets(c *config.Config, d *config.Distribution, env Environment) (*targets, error) {
	t := &targets{
		distribution: d.Name, origins: map[string]*origin.Origin{}, groups: map[string]*fetch.Group{}, env: env,
	}
	for i := range d.Origins {
		o, err := newOrigin(c, &d.Origins[i], env)
		if err != nil {
			return nil, fmt.Errorf("origin %q: %w", d.Origins[i].Name, err)
		}
		o.Faults = faults(d.Name, &d.Origins[i], env)
		t.origins[o.ID] = o
	}
	for i := range d.OriginGroups {
		g, err := t.newGroup(&d.OriginGroups[i])
		if err != nil {
			return nil, fmt.Errorf("origin group %q: %w", d.OriginGroups[i].Name, err)
		}
		t.groups[g.Name] = g
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
		o := t.origins[name]
		if o == nil {
			return nil, fmt.Errorf("no origin %q", name)
		}
		out.Members = append(out.Members, fetch.Member{Origin: o, Observer: newObserver(t.env, t.distribution, o.ID)})
	}
	return out, nil
}

// aim lets rules ask the target of a name.
func (t *targets) aim(rules *fetch.Rules, name string) error {
	if g := t.groups[name]; g != nil {
		rules.Group = g
		name = g.Members[0].Origin.ID
	}
	if rules.Origin = t.origins[name]; rules.Origin == nil {
		return fmt.Errorf("no origin %q", name)
	}
	rules.Observer = newObserver(t.env, t.distribution, name)
	rules.Errors.S3Origin = rules.Origin.S3
	return nil
}
