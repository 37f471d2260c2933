package config

import (
	"cmp"
	"strings"
)

// resolve settles what follows from the origin.
func (h *HealthCheck) resolve(o *Origin) {
	if h.Type == "" {
		h.Type = HealthCheckHTTP
		if o.CustomOriginConfig.OriginProtocolPolicy == OriginProtocolPolicyHTTPSOnly {
			h.Type = HealthCheckHTTPS
		}
	}
	if h.Type == HealthCheckTCP {
		return
	}
	h.ResourcePath = cmp.Or(h.ResourcePath, "/")
	h.FullyQualifiedDomainName = cmp.Or(h.FullyQualifiedDomainName, o.DomainName)
}

func (k *checker) originHealth(o *Origin, at path) {
	if o.HealthCheck != nil {
		k.healthCheck(o.HealthCheck, o, at.key("health_check"))
	}
	if e := o.Ejection; e != nil && e.MaxTime < e.BaseTime {
		k.fail(at.key("ejection").key("max_time"), badOriginHealth, "max_time %s is below base_time %s", e.MaxTime, e.BaseTime)
	}
}

func (k *checker) healthCheck(h *HealthCheck, o *Origin, at path) {
	if !o.isServer() {
		k.fail(at, badOriginHealth, "health_check: origin %q is no server that could be asked", o.Name)
	}
	if h.Port != 0 && !o.ConnectTo.IsZero() {
		k.fail(at.key("port"), badOriginHealth, "port has no effect: connect_to says where to connect")
	}
	if h.Type == HealthCheckTCP {
		k.onlyConnects(at)
		return
	}
	k.length(at.key("search_string"), "search_string", h.SearchString, 255, " (AG-HC-05)")
	if !strings.HasPrefix(h.ResourcePath, "/") || !printableASCII(h.ResourcePath) || len(h.ResourcePath) > 255 {
		k.fail(at.key("resource_path"), badOriginHealth, "resource_path %q: want a slash and at most 254 printable ASCII characters without spaces and #", h.ResourcePath)
	}
	if !hostSyntax(h.FullyQualifiedDomainName) {
		k.fail(at.key("fully_qualified_domain_name"), badOriginHealth, "fully_qualified_domain_name %q is not a host name", h.FullyQualifiedDomainName)
	}
}

// isServer reports whether there is somebody to connect to.
func (o *Origin) isServer() bool { return o.Directory == nil && o.Lambda == nil }

// onlyConnects refuses what means nothing to a tcp check (AG-HC-03).
func (k *checker) onlyConnects(at path) {
	for _, key := range []string{"resource_path", "search_string", "fully_qualified_domain_name"} {
		if k.written(at.key(key)) {
			k.fail(at.key(key), badOriginHealth, "%s has no effect: a tcp check only connects (AG-HC-03)", key)
		}
	}
}

// askedAnyway warns of origins whose health changes nothing, because there is
// nobody else to ask.
func (k *checker) askedAnyway(d *Distribution) {
	at := path("distributions").key(d.Name).key("origins")
	for i := range d.Origins {
		o := &d.Origins[i]
		if d.hasOthers(o.Name) {
			continue
		}
		for _, key := range []string{"health_check", "ejection"} {
			if here := at.key(o.Name).key(key); k.written(here) {
				k.fail(here, nobodyElse, "%s has no effect on requests: origin %q is in no group, so nobody else can be asked", key, o.Name)
			}
		}
	}
}

// hasOthers reports whether there are others to ask in an origin's place.
func (d *Distribution) hasOthers(origin string) bool {
	for _, g := range d.OriginGroups {
		for _, name := range g.Members {
			if name == origin {
				return true
			}
		}
	}
	for i := range d.Routing {
		for _, m := range d.Routing[i].Members {
			if m.Name == origin && len(d.Routing[i].Members) > 1 {
				return true
			}
		}
	}
	return false
}
