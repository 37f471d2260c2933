package config

import (
	"fmt"
	"slices"
)

func (k *checker) routing(d *Distribution, at path) {
	k.atMost(at, "routing groups", len(d.Routing), 25, "our bound")
	measured := map[string]*RoutingGroup{} // by origin
	for i := range d.Routing {
		g := &d.Routing[i]
		here := at.key(g.Name)
		if d.origin(g.Name) != nil || d.originGroup(g.Name) != nil {
			k.fail(here, badRouting, "routing group %q has the name of an origin or origin group", g.Name)
		}
		k.atMost(here.key("members"), "members", len(g.Members), 100, "our bound")
		for j := range g.Members {
			k.routingMember(g, &g.Members[j], d, here.key("members").key(g.Members[j].Name))
		}
		k.routingMeasures(g, here)
		k.routingHeader(g.Header, here.key("header"))
		k.routingPlaces(g, here)
		if !g.measures() {
			continue
		}
		for _, o := range d.OriginsOf(g.Name) {
			k.measurable(g, o, here)
			if other := measured[o.Name]; other != nil && (other.Measure != g.Measure || other.HalfLife != g.HalfLife) {
				k.fail(here, badRouting, "origin %q is measured in another way by routing group %q: want the same measure and half_life", o.Name, other.Name)
			}
			measured[o.Name] = g
		}
	}
}

func (k *checker) routingMember(g *RoutingGroup, m *RoutingMember, d *Distribution, at path) {
	if d.origin(m.Name) == nil && d.originGroup(m.Name) == nil {
		k.fail(at, unknownOrigin, "distribution %q has no origin or origin group %q", d.Name, m.Name).
			Suggestion = didYouMean(m.Name, append(d.originNames(), d.originGroupNames()...))
	}
	switch {
	case g.Policy == RoutingPolicyWeighted && m.Weight == nil:
		k.fail(at, badRouting, "member %q has no weight, and the policy is weighted (AG-R53-05)", m.Name)
	case g.Policy != RoutingPolicyWeighted && m.Weight != nil:
		k.fail(at.key("weight"), badRouting, "weight has no effect: the policy is %s", g.Policy)
	}
	switch {
	case g.Policy != RoutingPolicyLatency && m.Latency != 0:
		k.fail(at.key("latency"), badRouting, "latency has no effect: the policy is %s", g.Policy)
	case g.Policy == RoutingPolicyLatency && m.Latency == 0 && !g.measures():
		k.fail(at, badRouting, "member %q has no latency, and others have one: want all or none (AG-LAT-01)", m.Name)
	}
}

// routingMeasures refuses what is said about measuring where nothing is measured.
func (k *checker) routingMeasures(g *RoutingGroup, at path) {
	if g.measures() {
		return
	}
	for _, key := range measuringKeys {
		if k.written(at.key(key)) && g.Policy != "" {
			k.fail(at.key(key), badRouting, "%s has no effect: nothing is measured", key).
				Suggestion = "it is for policy latency whose members have no latency"
		}
	}
}

// routingHeader wants a field of the viewer's that a cache key can have as it is.
func (k *checker) routingHeader(name string, at path) {
	if !k.written(at) || !k.headerName(at, name) {
		return
	}
	if covers(neverKeyed, name) || covers(notAsSent, name) {
		k.fail(at, badRouting, "header %q cannot choose a member: no cache key has it as the viewer has sent it", name).
			Suggestion = "take a field of your own, such as x-release"
	}
}

// notAsSent are in a cache key in another form, or made by the edge.
var notAsSent = []string{"accept-encoding", "host", "keep-alive", "cloudfront-*"}

// routedByHeader refuses a cache that would give everybody what one viewer has
// chosen for itself.
func (k *checker) routedByHeader(b *CacheBehavior, p *CachePolicy, d *Distribution, at path) {
	g := d.routingGroup(b.TargetOriginID)
	if g == nil || g.Header == "" || p.CachingDisabled() || containsFold(p.Parameters.HeadersConfig.Headers, g.Header) {
		return
	}
	k.fail(at.key("cache_policy_id"), routedUnkeyed, "routing group %q chooses by header %q, which is not in the key of cache policy %q: what one viewer chooses would be stored for all",
		g.Name, g.Header, p.Name).
		Suggestion = fmt.Sprintf("use a cache policy with headers_config: {header_behavior: whitelist, headers: [%s]}, or CachingDisabled", g.Header)
}

// measuringKeys are about what is measured.
var measuringKeys = []string{"measure", "half_life", "hysteresis_percent", "hysteresis_time"}

// omitted: where nothing is measured, or a choice does not hold, nothing can be
// said about that.
func (g RoutingGroup) omitted() []string {
	switch {
	case g.measures():
		return nil
	case g.Policy == RoutingPolicyGeo:
		return append(slices.Clip(measuringKeys), "ttl")
	}
	return measuringKeys
}

// measurable wants somebody who measures the first byte of an origin that has no
// requests.
func (k *checker) measurable(g *RoutingGroup, o *Origin, at path) {
	if !o.isServer() {
		k.fail(at, badRouting, "origin %q is no server whose latency could be measured", o.Name).
			Suggestion = "give each member a latency"
	}
	if g.Measure == LatencyMeasureFirstByte && (o.HealthCheck == nil || o.HealthCheck.Type == HealthCheckTCP) {
		k.fail(at.key("measure"), badRouting, "measure first_byte: origin %q has no health_check by http or https that would measure it", o.Name)
	}
}

// measures reports whether latencies are measured: none is configured.
func (g *RoutingGroup) measures() bool {
	return g.Policy == RoutingPolicyLatency &&
		!slices.ContainsFunc(g.Members, func(m RoutingMember) bool { return m.Latency != 0 })
}

// routingGroup returns the routing group of a name, nil if there is none.
func (d *Distribution) routingGroup(name string) *RoutingGroup {
	i := slices.IndexFunc(d.Routing, func(g RoutingGroup) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &d.Routing[i]
}

// MeasuredBy returns the routing group that measures the latency of an origin,
// nil if none does.
func (d *Distribution) MeasuredBy(origin string) *RoutingGroup {
	for i := range d.Routing {
		g := &d.Routing[i]
		if g.measures() && slices.ContainsFunc(d.OriginsOf(g.Name), func(o *Origin) bool { return o.Name == origin }) {
			return g
		}
	}
	return nil
}

// OriginsOf returns the origins that a name stands for: itself, the members of
// an origin group, or those of the members of a routing group, each once.
func (d *Distribution) OriginsOf(name string) []*Origin {
	g := d.routingGroup(name)
	if g == nil || d.origin(name) != nil || d.originGroup(name) != nil {
		return d.membersOf(name)
	}
	var origins []*Origin
	for _, m := range g.Members {
		for _, o := range d.membersOf(m.Name) {
			if !slices.Contains(origins, o) {
				origins = append(origins, o)
			}
		}
	}
	return origins
}

// membersOf is OriginsOf for the name of an origin or an origin group.
func (d *Distribution) membersOf(name string) []*Origin {
	if o := d.origin(name); o != nil {
		return []*Origin{o}
	}
	var origins []*Origin
	if g := d.originGroup(name); g != nil {
		for _, member := range g.Members {
			if o := d.origin(member); o != nil {
				origins = append(origins, o)
			}
		}
	}
	return origins
}

func (d *Distribution) originGroupNames() []string {
	names := make([]string, len(d.OriginGroups))
	for i := range d.OriginGroups {
		names[i] = d.OriginGroups[i].Name
	}
	return names
}

// groupsOf returns the origin groups that a name stands for.
func (d *Distribution) groupsOf(name string) []*OriginGroup {
	if g := d.originGroup(name); g != nil {
		return []*OriginGroup{g}
	}
	var groups []*OriginGroup
	if r := d.routingGroup(name); r != nil {
		for _, m := range r.Members {
			if g := d.originGroup(m.Name); g != nil {
				groups = append(groups, g)
			}
		}
	}
	return groups
}
