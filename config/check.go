package config

import (
	"crypto/x509"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/groundfront/groundfront/config/managed"
)

// A checker applies the rules that go beyond one value: references, limits,
// and what AWS would refuse. Its methods are spread over the check_*.go files,
// one for each noun.
type checker struct {
	*reader
	config *Config
	warned []string // policies whose missing headers were reported

	readFile func(name string) ([]byte, error)
	now      func() time.Time
	leaves   map[string]*x509.Certificate // by the certificate's name, those that could be read
}

func (k *checker) check() {
	c := k.config
	k.server(&c.Server)
	k.cache(&c.Cache)
	k.choices(&c.Choices)
	for i := range c.CachePolicies {
		k.cachePolicy(&c.CachePolicies[i])
	}
	for i := range c.OriginRequestPolicies {
		k.originRequestPolicy(&c.OriginRequestPolicies[i])
	}
	for i := range c.ResponseHeadersPolicies {
		k.responseHeadersPolicy(&c.ResponseHeadersPolicies[i])
	}
	k.accessControls()
	k.vpcOrigins()
	k.keyGroups()
	k.trustStores()
	for i := range c.Distributions {
		k.distribution(&c.Distributions[i])
	}
	k.aliases()
	k.viewerCertificates()
	k.firewall()
	k.quotas()
	k.unused()
}

// fail reports a problem with the value at p, unless that value could not even
// be read. It points at the value, or at what encloses it if it is not
// written. The result takes a suggestion.
func (k *checker) fail(p path, code code, format string, args ...any) *Diagnostic {
	if k.reported(p) || k.unread(p) {
		return new(Diagnostic)
	}
	return k.at(k.place(p), code, p, format, args...)
}

// place finds the position of the nearest written value at or around p.
func (k *checker) place(p path) Position {
	return nearest(k.positions, p, Position{File: k.files[0], Line: 1, Column: 1})
}

// quotas checks how many things there are (CF-QUO-10, CF-QUO-12).
func (k *checker) quotas() {
	c := k.config
	k.atMost("cache_policies", "cache policies", len(c.CachePolicies), 20, "CF-QUO-12")
	k.atMost("origin_request_policies", "origin request policies", len(c.OriginRequestPolicies), 20, "CF-QUO-12")
	k.atMost("response_headers_policies", "response headers policies", len(c.ResponseHeadersPolicies), 20, "CF-QUO-12")
	k.atMost("distributions", "distributions", len(c.Distributions), 500, "CF-QUO-10")
}

func (k *checker) atMost(p path, things string, n, limit int, rule string) {
	if n > limit {
		k.fail(p, quotaExceeded, "%d %s, want at most %d (%s)", n, things, limit, rule)
	}
}

func (k *checker) length(p path, what, text string, limit int, rule string) {
	if n := len(text); n > limit {
		k.fail(p, textTooLong, "%s has %d characters, want at most %d%s", what, n, limit, rule)
	}
}

func (k *checker) comment(at path, text string) {
	k.length(at.key("comment"), "comment", text, 128, "")
}

// policyName keeps local policies apart from the managed ones.
func (k *checker) policyName(at path, kind managed.Kind, name string) {
	if _, taken := managed.Find(kind, name); taken {
		k.fail(at, managedName, "%s %q has the name of a managed policy", kind, name)
	}
}

// repeats reports names that are in a list twice. fold says how names compare.
func (k *checker) repeats(at path, names []string, fold func(string) string) {
	seen := map[string]bool{}
	for i, name := range names {
		if seen[fold(name)] {
			k.fail(at.index(i), repeatedName, "%q is already in the list", name)
		}
		seen[fold(name)] = true
	}
}

func exact(s string) string { return s }

func (k *checker) server(s *Server) {
	seen := map[string]bool{}
	for i := range s.Listen {
		l, at := &s.Listen[i], path("server.listen").index(i)
		if seen[l.Address] && !strings.HasSuffix(l.Address, ":0") {
			k.fail(at.key("address"), repeatedListenAddr, "address %q is already listened on", l.Address)
		}
		seen[l.Address] = true
		k.listen(l, at)
	}
	k.overload(&s.Overload)
	k.networks("server.trusted_proxies", s.TrustedProxies)
	if s.Geo != nil {
		k.geoData(s.Geo, "server.geo")
	}
	if s.TLSTicketKeys != nil {
		k.ticketKeys(s, "server.tls_ticket_keys")
	}
	k.adminListeners(s)
}

func (k *checker) listen(l *Listen, at path) {
	k.socketAddress(at.key("address"), l.Address)
	k.repeats(at.key("protocols"), asStrings(l.Protocols), exact)
	secure := l.TLS.Source != TLSSourceNone
	for i, p := range l.Protocols {
		switch {
		case p == ProtocolH2 && !secure:
			k.fail(at.key("protocols").index(i), listenerConflict, "h2 needs tls (CF-DIST-14)").Suggestion = "set tls: local_ca, or use h2c"
		case p == ProtocolH2C && secure:
			k.fail(at.key("protocols").index(i), listenerConflict, "h2c is HTTP/2 without tls").Suggestion = "use h2"
		case p == ProtocolH3 && !secure:
			k.fail(at.key("protocols").index(i), listenerConflict, "h3 needs tls (CF-DIST-14)").Suggestion = "set tls: local_ca"
		case p == ProtocolH3 && l.ProxyProtocol != nil:
			k.fail(at.key("protocols").index(i), listenerConflict, "h3 is spoken over UDP, where nobody can say for whom it connects").
				Suggestion = "leave h3 out, or proxy_protocol"
		case p == ProtocolH3 && !l.Speaks(ProtocolH1):
			k.fail(at.key("protocols").index(i), listenerConflict, "h3 needs h1 beside it: viewers learn of HTTP/3 by another version (CF-DIST-15)").
				Suggestion = "write protocols: [h1, h2, h3]"
		}
	}
	if l.TLS.Source == TLSSourceFiles && (l.TLS.Cert == "" || l.TLS.Key == "") {
		k.fail(at.key("tls"), badValue, "cert and key must name files")
	}
	if l.ProxyProtocol != nil {
		k.networks(at.key("proxy_protocol").key("trusted"), l.ProxyProtocol.Trusted)
	}
}

// maxNetworks bounds lists of networks that are looked through for each connection
// or request.
const maxNetworks = 100

// networks checks whom to believe: not everybody.
func (k *checker) networks(at path, networks []Network) {
	if len(networks) > maxNetworks {
		k.fail(at, outOfRange, "%d networks, want at most %d", len(networks), maxNetworks)
	}
	k.repeats(at, asStrings(networks), exact)
	for i, network := range networks {
		if network.Prefix().Bits() == 0 {
			k.fail(at.index(i), badValue, "%s trusts everybody, who could then choose an address", network).
				Suggestion = "name the networks of the proxies, such as 10.0.0.0/8"
		}
	}
}

func (k *checker) socketAddress(at path, address string) {
	host, port, err := net.SplitHostPort(address)
	_, errPort := strconv.ParseUint(port, 10, 16)
	if err != nil || errPort != nil || host != "" && !hostSyntax(host) {
		k.fail(at, badValue, "%q is not an address such as :8080 or 127.0.0.1:9180", address)
	}
}

func (k *checker) cache(c *Cache) {
	if m := c.Memory; m.MaxObjectSize > m.MaxSize {
		k.fail("cache.memory.max_object_size", oversizeMaxObject, "max_object_size %s is larger than max_size %s", m.MaxObjectSize, m.MaxSize)
	}
	switch d := c.Disk; {
	case d == nil:
	case d.Path == "":
		k.fail("cache.disk.path", badValue, "path is empty").Suggestion = "name a folder, or leave disk out"
	case d.MinObjectSize > c.Memory.MaxObjectSize:
		k.fail("cache.disk.min_object_size", badValue, "min_object_size %s is larger than the largest body that is stored, max_object_size %s of memory", d.MinObjectSize, c.Memory.MaxObjectSize)
	}
}

func (k *checker) choices(c *Choices) {
	if c.PrivateCopies == PrivateCopiesOutage {
		k.fail("choices.private_copies", privateCopies, "responses with no-store or private are served to others while the origin cannot be reached (CF-NC-04)").
			Suggestion = "leave it out, unless every private response has a cache key of its own"
	}
	if c.SignedPath == SignedPathRaw && c.ForwardedPath == ForwardedPathNormalized {
		k.fail("choices.signed_path", badSignedPath, "signed_path is raw, and forwarded_path normalized: a signature for /public/* would open /private/a by /public/../private/a (CF-SIG-21)").
			Suggestion = "leave it out, or write forwarded_path: raw"
	}
}

// unused warns of origins and policies that no behavior names. It says nothing
// when there are errors, which may be why.
func (k *checker) unused() {
	if k.found.HasErrors() {
		return
	}
	used := map[string]bool{}
	for d := range slices.Values(k.config.Distributions) {
		local := map[string]bool{}
		for b := range slices.Values(append(slices.Clip(d.CacheBehaviors), d.DefaultCacheBehavior)) {
			local[b.TargetOriginID] = true
			for _, o := range d.OriginsOf(b.TargetOriginID) {
				local[o.Name] = true
			}
			used["cache_policies."+b.CachePolicyID] = true
			used["origin_request_policies."+b.OriginRequestPolicyID] = true
			used["response_headers_policies."+b.ResponseHeadersPolicyID] = true
		}
		for o := range slices.Values(d.Origins) {
			used["origin_access_controls."+o.OriginAccessControlID] = true
			if !local[o.Name] {
				k.fail(path("distributions").key(d.Name).key("origins").key(o.Name), unusedName, "origin %q is not used by any cache behavior", o.Name)
			}
		}
	}
	k.unusedGroups()
	k.unusedVPCOrigins()
	k.unusedKeyGroups()
	k.unusedTrustStores()
	for _, a := range k.config.OriginAccessControls {
		if at := path("origin_access_controls").key(a.Name); !used[string(at)] {
			k.fail(at, unusedName, "origin access control %q is not used by any origin", a.Name)
		}
	}
	for _, p := range k.policyPaths() {
		if !used[string(p.path)] {
			k.fail(p.path, unusedName, "%s %q is not used by any cache behavior", p.kind, p.name)
		}
	}
	k.unusedFirewall()
	k.unspoken()
}

// unspoken warns of distributions that offer HTTP/3 where no socket speaks it,
// and of sockets that speak it where no distribution offers it.
func (k *checker) unspoken() {
	offered := false
	for d := range slices.Values(k.config.Distributions) {
		offered = offered || d.HTTPVersion.HasHTTP3()
	}
	spoken := false
	for i, l := range k.config.Server.Listen {
		if !l.Speaks(ProtocolH3) {
			continue
		}
		spoken = true
		if !offered {
			k.fail(path("server.listen").index(i).key("protocols"), http3Unused, "h3 is spoken here, and no distribution offers HTTP/3").
				Suggestion = "write http_version: http2and3 in a distribution"
		}
	}
	for d := range slices.Values(k.config.Distributions) {
		if d.HTTPVersion.HasHTTP3() && !spoken {
			k.fail(path("distributions").key(d.Name).key("http_version"), http3Unused, "HTTP/3 is offered, and no socket of server.listen speaks it: responses will not have Alt-Svc (CF-DIST-15)").
				Suggestion = "write protocols: [h1, h2, h3] for a socket with tls"
		}
	}
}

type policyPath struct {
	path path
	kind managed.Kind
	name string
}

func (k *checker) policyPaths() []policyPath {
	var all []policyPath
	for _, p := range k.config.CachePolicies {
		all = append(all, policyPath{path("cache_policies").key(p.Name), managed.KindCachePolicy, p.Name})
	}
	for _, p := range k.config.OriginRequestPolicies {
		all = append(all, policyPath{path("origin_request_policies").key(p.Name), managed.KindOriginRequestPolicy, p.Name})
	}
	for _, p := range k.config.ResponseHeadersPolicies {
		all = append(all, policyPath{path("response_headers_policies").key(p.Name), managed.KindResponseHeadersPolicy, p.Name})
	}
	return all
}

func asStrings[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}
