package config

import "slices"

// failoverStatuses are those of CF-OG-02.
var failoverStatuses = []int{400, 403, 404, 416, 429, 500, 502, 503, 504}

// originGroups applies CF-OG-01 and CF-OG-02.
func (k *checker) originGroups(d *Distribution, at path) {
	k.atMost(at, "origin groups", len(d.OriginGroups), 10, "CF-OG-01")
	for i := range d.OriginGroups {
		g := &d.OriginGroups[i]
		here := at.key(g.Name)
		if d.origin(g.Name) != nil {
			k.fail(here, badOriginGroup, "origin group %q has the name of an origin", g.Name)
		}
		k.groupMembers(g, d, here.key("members"))
		k.failoverCriteria(g.FailoverCriteria.StatusCodes, here.key("failover_criteria").key("status_codes"))
	}
}

func (k *checker) groupMembers(g *OriginGroup, d *Distribution, at path) {
	if n := len(g.Members); n != 2 && n != 0 { // none is reported as such
		k.fail(at, badOriginGroup, "origin group %q has %d members, want a primary and a secondary (CF-OG-01)", g.Name, n)
	}
	k.repeats(at, g.Members, exact)
	for i, name := range g.Members {
		if d.origin(name) == nil && !(len(d.Origins) == 0 && k.reported(path("distributions").key(d.Name).key("origins"))) {
			k.fail(at.index(i), unknownOrigin, "distribution %q has no origin %q", d.Name, name).
				Suggestion = didYouMean(name, d.originNames())
		}
	}
}

func (k *checker) failoverCriteria(statuses []int, at path) {
	for i, status := range statuses {
		switch {
		case !slices.Contains(failoverStatuses, status):
			k.fail(at.index(i), badErrorCode, "status %d cannot be a failover criterion: want 400, 403, 404, 416, 429, 500, 502, 503 or 504 (CF-OG-02)", status)
		case slices.Index(statuses, status) < i:
			k.fail(at.index(i), repeatedName, "%d is already in the list", status)
		}
	}
}

// origin returns the origin of a name, nil if there is none.
func (d *Distribution) origin(name string) *Origin {
	i := slices.IndexFunc(d.Origins, func(o Origin) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Origins[i]
}

// originGroup returns the origin group of a name, nil if there is none.
func (d *Distribution) originGroup(name string) *OriginGroup {
	i := slices.IndexFunc(d.OriginGroups, func(g OriginGroup) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &d.OriginGroups[i]
}

func (d *Distribution) originNames() []string {
	names := make([]string, len(d.Origins))
	for i := range d.Origins {
		names[i] = d.Origins[i].Name
	}
	return names
}

// targets returns the origins that a behavior's target stands for. None are
// returned of a name that means nothing, which is reported.
func (k *checker) targets(b *CacheBehavior, d *Distribution, at path) []*Origin {
	for _, g := range d.groupsOf(b.TargetOriginID) {
		k.groupMethods(b, g, parent(at).key("allowed_methods"))
	}
	origins := d.OriginsOf(b.TargetOriginID)
	known := origins != nil || d.originGroup(b.TargetOriginID) != nil || d.routingGroup(b.TargetOriginID) != nil
	if known || len(d.Origins) == 0 && k.reported(path("distributions").key(d.Name).key("origins")) {
		return origins
	}
	names := append(d.originNames(), d.originGroupNames()...)
	for i := range d.Routing {
		names = append(names, d.Routing[i].Name)
	}
	k.fail(at, unknownOrigin, "distribution %q has no origin %q", d.Name, b.TargetOriginID).
		Suggestion = didYouMean(b.TargetOriginID, names)
	return nil
}

// groupMethods warns where AWS refuses: only requests of three methods fail
// over (CF-OG-04).
func (k *checker) groupMethods(b *CacheBehavior, g *OriginGroup, at path) {
	switch {
	case b.AllowedMethods == MethodSetAll:
		k.fail(at, beyondAWS, "allowed_methods all with origin group %q: AWS would refuse it; only GET, HEAD and cached OPTIONS fail over (CF-OG-04)", g.Name)
	case b.AllowedMethods == MethodSetReadOptions && b.CachedMethods != MethodSetReadOptions:
		k.fail(at, optionsStay, "OPTIONS does not fail over in origin group %q: it is not a cached method (CF-OG-04)", g.Name).
			Suggestion = "write cached_methods: read_options"
	}
}

// unusedGroups warns of origin groups and routing groups that no behavior
// leads to.
func (k *checker) unusedGroups() {
	for d := range slices.Values(k.config.Distributions) {
		used := map[string]bool{}
		for b := range slices.Values(append(slices.Clip(d.CacheBehaviors), d.DefaultCacheBehavior)) {
			used[b.TargetOriginID] = true
			for _, g := range d.groupsOf(b.TargetOriginID) {
				used[g.Name] = true
			}
		}
		at := path("distributions").key(d.Name)
		for _, g := range d.OriginGroups {
			if !used[g.Name] {
				k.fail(at.key("origin_groups").key(g.Name), unusedName, "origin group %q is not used by any cache behavior", g.Name)
			}
		}
		for _, g := range d.Routing {
			if !used[g.Name] {
				k.fail(at.key("routing").key(g.Name), unusedName, "routing group %q is not used by any cache behavior", g.Name)
			}
		}
	}
}
