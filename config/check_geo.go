package config

// routingPlaces checks for whom the members of a routing group are: with policy
// geo each is for somebody, and every viewer has exactly one that is the most
// specific (AG-R53-07).
func (k *checker) routingPlaces(g *RoutingGroup, at path) {
	if g.Policy != RoutingPolicyGeo {
		k.placeless(g, at.key("members"))
		return
	}
	if k.config.Server.Geo == nil {
		k.fail(at.key("policy"), badRouting, "policy geo: nothing says where viewers are").
			Suggestion = "set server.geo: {file: FILE}, with lines such as 192.0.2.0/24,DE,EU"
	}
	if k.written(at.key("ttl")) {
		k.fail(at.key("ttl"), badRouting, "ttl has no effect: the policy is geo, by which each request has its own choice")
	}
	of, fallback := map[string]string{}, "" // members by where they are for
	for i := range g.Members {
		m := &g.Members[i]
		here := at.key("members").key(m.Name)
		if len(m.Countries) == 0 && len(m.Continents) == 0 && !m.Default {
			k.fail(here, badRouting, "member %q is for nobody: want countries, continents or default", m.Name)
		}
		for j, c := range m.Countries {
			k.only(of, "country "+string(c), m, here.key("countries").index(j))
		}
		for j, c := range m.Continents {
			k.only(of, "continent "+string(c), m, here.key("continents").index(j))
		}
		if m.Default {
			k.only(of, "default", m, here.key("default"))
			fallback = m.Name
		}
	}
	if fallback == "" {
		k.fail(at.key("members"), badRouting, "routing group %q has no member for all other viewers (AG-R53-07)", g.Name).
			Suggestion = "set default: true on one"
	}
}

// only refuses a second member for one place.
func (k *checker) only(of map[string]string, place string, m *RoutingMember, at path) {
	if other, found := of[place]; found {
		k.fail(at, badRouting, "%s is that of member %q already", place, other)
	}
	of[place] = m.Name
}

// placeless refuses places where they do not matter.
func (k *checker) placeless(g *RoutingGroup, at path) {
	if g.Policy == "" {
		return
	}
	for i := range g.Members {
		for _, key := range []string{"countries", "continents", "default"} {
			if here := at.key(g.Members[i].Name).key(key); k.written(here) {
				k.fail(here, badRouting, "%s has no effect: the policy is %s", key, g.Policy)
			}
		}
	}
}

// omitted: only a member that is the default has to say so.
func (m RoutingMember) omitted() []string {
	if m.Default {
		return nil
	}
	return []string{"default"}
}
