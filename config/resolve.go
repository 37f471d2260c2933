package config

import (
	"cmp"
	"net"
	"strconv"
)

// Resolving settles the values that depend on others, so that every field
// holds its effective value. Declared defaults are already in place.

// written reports whether the value at p came from a file.
func (r *reader) written(p path) bool {
	_, ok := r.positions[string(p)]
	return ok
}

func (r *reader) resolve(c *Config) {
	c.Server.resolve()
	if !r.written("server.watch") {
		c.Server.Watch = c.Server.Mode == ModeDev
	}
	if g := c.Server.Geo; g != nil && g.Override != nil && len(g.Override.From) == 0 {
		g.Override.From = []Network{"127.0.0.0/8", "::1/128"}
	}
	c.Choices.resolve(c.Server.Mode)
	r.resolveMemory(&c.Cache.Memory)
	for i := range c.CachePolicies {
		p := &c.CachePolicies[i]
		r.resolveTTLs(p, path("cache_policies").key(p.Name))
	}
	for i := range c.ResponseHeadersPolicies {
		if cors := c.ResponseHeadersPolicies[i].CORSConfig; cors != nil {
			cors.AllowMethods = expandMethods(cors.AllowMethods)
		}
	}
	for i := range c.Distributions {
		d := &c.Distributions[i]
		d.DefaultCacheBehavior.PathPattern = "*"
		d.Logging.resolve(c.Server.Mode)
		resolveThrottles(&d.DefaultCacheBehavior)
		for j := range d.CacheBehaviors {
			resolveThrottles(&d.CacheBehaviors[j])
		}
		for j := range d.Origins {
			o := &d.Origins[j]
			at := path("distributions").key(d.Name).key("origins").key(o.Name)
			r.resolveOrigin(o, c.OriginsDefaults, at)
			r.resolveVPCOrigin(c, o, at)
			r.resolveAccessControl(c, o, at)
		}
	}
}

func (s *Server) resolve() {
	if len(s.Listen) == 0 {
		s.Listen = []Listen{{Address: ":8080"}}
	}
	for i := range s.Listen {
		if l := &s.Listen[i]; len(l.Protocols) == 0 {
			l.Protocols = l.defaultProtocols()
		}
	}
}

// resolve settles the choices whose default depends on the mode.
func (c *Choices) resolve(m Mode) {
	path, aborted, fronting := ForwardedPathRaw, AbortedStore, DomainFrontingAccount
	switch m {
	case ModeProduction:
		path, fronting = ForwardedPathNormalized, DomainFrontingCertificate
	case ModeFaithful:
		aborted = AbortedDrop
	}
	c.ForwardedPath = cmp.Or(c.ForwardedPath, path)
	c.Aborted = cmp.Or(c.Aborted, aborted)
	c.DomainFronting = cmp.Or(c.DomainFronting, fronting)
}

// resolveMemory keeps the default of the largest body within a small tier.
func (r *reader) resolveMemory(m *Memory) {
	if !r.written("cache.memory.max_object_size") {
		m.MaxObjectSize = min(m.MaxObjectSize, m.MaxSize)
	}
}

// resolveTTLs applies CF-TTL-10: an omitted default TTL is a day, an omitted
// maximum a year, and each is raised to what it must not be below. A strict
// cache has no default TTL.
func (r *reader) resolveTTLs(p *CachePolicy, at path) {
	if !r.written(at.key("default_ttl")) && p.Semantics != SemanticsRFC9111 {
		p.DefaultTTL = max(Duration(day), p.MinTTL)
	}
	if !r.written(at.key("max_ttl")) {
		p.MaxTTL = max(Duration(365*day), p.MinTTL, p.DefaultTTL)
	}
}

// expandMethods replaces ALL by what it stands for (CF-CORS-21).
func expandMethods(methods []CORSMethod) []CORSMethod {
	for _, m := range methods {
		if m == "ALL" {
			return toCORSMethods(allCORSMethods)
		}
	}
	return methods
}

func toCORSMethods(names []string) []CORSMethod {
	out := make([]CORSMethod, len(names))
	for i, name := range names {
		out[i] = CORSMethod(name)
	}
	return out
}

func (r *reader) resolveOrigin(o *Origin, inherited OriginsDefaults, at path) {
	custom := at.key("custom_origin_config")
	r.resolveDirectory(o.Directory, at.key("directory"))
	r.resolveInject(o.Inject, at.key("inject"))
	o.ConnectionAttempts = inherit(r, at.key("connection_attempts"), o.ConnectionAttempts, inherited.ConnectionAttempts)
	o.ConnectionTimeout = inherit(r, at.key("connection_timeout"), o.ConnectionTimeout, inherited.ConnectionTimeout)
	if s3 := o.S3OriginConfig; s3 != nil {
		o.CustomOriginConfig = s3Transport()
		s3.OriginReadTimeout = inherit(r, at.key("s3_origin_config").key("origin_read_timeout"), s3.OriginReadTimeout, inherited.OriginReadTimeout)
		inherited.OriginReadTimeout = s3.OriginReadTimeout
	}
	c := &o.CustomOriginConfig
	c.OriginReadTimeout = inherit(r, custom.key("origin_read_timeout"), c.OriginReadTimeout, inherited.OriginReadTimeout)
	c.OriginKeepaliveTimeout = inherit(r, custom.key("origin_keepalive_timeout"), c.OriginKeepaliveTimeout, inherited.OriginKeepaliveTimeout)
	r.splitPort(o, at)
	r.resolveAPIGateway(o, at)
	if o.HealthCheck != nil {
		o.HealthCheck.resolve(o)
	}
}

func inherit[T int | Duration](r *reader, at path, own, inherited T) T {
	if r.written(at) {
		return own
	}
	return inherited
}

// s3Transport is how buckets are reached: as viewers reach the edge (CF-REQ-31),
// unless requests are signed.
func s3Transport() CustomOriginConfig {
	return CustomOriginConfig{
		HTTPPort: 80, HTTPSPort: 443, OriginProtocolPolicy: OriginProtocolPolicyMatchViewer,
		IPAddressType: IPAddressTypeDualStack,
	}
}

// splitPort moves a port in the domain name, which AWS does not have, to where
// AWS has it.
func (r *reader) splitPort(o *Origin, at path) {
	host, port, err := net.SplitHostPort(o.DomainName)
	n, errPort := strconv.ParseUint(port, 10, 16)
	if err != nil || errPort != nil || n == 0 || o.S3OriginConfig != nil {
		return
	}
	here := at.key("domain_name")
	custom := at.key("custom_origin_config")
	for _, key := range []string{"http_port", "https_port"} {
		if r.written(custom.key(key)) {
			r.at(r.positions[string(here)], badDomainName, here, "domain name %q has a port and %s is set too", o.DomainName, key)
			return
		}
	}
	r.at(r.positions[string(here)], beyondAWS, here, "domain name with a port: AWS would refuse it").Suggestion =
		"set custom_origin_config.http_port and https_port, or use connect_to"
	o.DomainName = host
	o.CustomOriginConfig.HTTPPort, o.CustomOriginConfig.HTTPSPort = int(n), int(n)
}
