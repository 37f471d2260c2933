package config

import (
	"reflect"
	"slices"
	"sync"

	"github.com/groundfront/groundfront/config/managed"
)

// policies are the parts of a configuration that package managed has.
type policies struct {
	CachePolicies           []CachePolicy           `config:"cache_policies"`
	OriginRequestPolicies   []OriginRequestPolicy   `config:"origin_request_policies"`
	ResponseHeadersPolicies []ResponseHeadersPolicy `config:"response_headers_policies"`
}

// managedPolicies holds the managed policies as a Config that has nothing
// else.
var managedPolicies = sync.OnceValue(func() *Config {
	return readPolicies(new(collector)) // a test looks at what is collected
})

// readPolicies reads the document of package managed. AWS's own rules are not
// applied to it: some managed policies go past the limits.
func readPolicies(report *collector) *Config {
	report.source("policies.yaml", managed.Document())
	root := parseYAML("policies.yaml", managed.Document(), report)
	r := newReader(report)
	var p policies
	r.structure(root, reflect.ValueOf(&p).Elem(), "", root.pos, nil)
	c := &Config{
		CachePolicies:           p.CachePolicies,
		OriginRequestPolicies:   p.OriginRequestPolicies,
		ResponseHeadersPolicies: p.ResponseHeadersPolicies,
	}
	r.resolve(c)
	addCloudFrontHeaders(c)
	return c
}

// addCloudFrontHeaders says of AllViewerExceptHostHeader what the grammar
// cannot: it adds the same 21 headers as AllViewerAndCloudFrontHeaders-2022-06
// (CF-MORP-09, CF-MORP-10).
func addCloudFrontHeaders(c *Config) {
	byName := map[string]*OriginRequestPolicy{}
	for i := range c.OriginRequestPolicies {
		byName[c.OriginRequestPolicies[i].Name] = &c.OriginRequestPolicies[i]
	}
	except, with := byName["AllViewerExceptHostHeader"], byName["AllViewerAndCloudFrontHeaders-2022-06"]
	if except != nil && with != nil {
		except.CloudFrontHeaders = with.HeadersConfig.Headers
	}
}

// Managed returns the policies that AWS manages. The caller must not change
// them.
func Managed() (cache []CachePolicy, originRequest []OriginRequestPolicy, responseHeaders []ResponseHeadersPolicy) {
	m := managedPolicies()
	return m.CachePolicies, m.OriginRequestPolicies, m.ResponseHeadersPolicies
}

// CachePolicy returns the cache policy that a behavior's CachePolicyID names:
// one of the configuration, or a managed one by its name, its name with
// "Managed-" before it, or its id.
func (c *Config) CachePolicy(id string) (*CachePolicy, bool) {
	if i := slices.IndexFunc(c.CachePolicies, func(p CachePolicy) bool { return p.Name == id }); i >= 0 {
		return &c.CachePolicies[i], true
	}
	m, ok := managed.Find(managed.KindCachePolicy, id)
	if !ok || c == managedPolicies() {
		return nil, false
	}
	return managedPolicies().CachePolicy(m.Name)
}

// OriginRequestPolicy is CachePolicy for a behavior's OriginRequestPolicyID.
func (c *Config) OriginRequestPolicy(id string) (*OriginRequestPolicy, bool) {
	if i := slices.IndexFunc(c.OriginRequestPolicies, func(p OriginRequestPolicy) bool { return p.Name == id }); i >= 0 {
		return &c.OriginRequestPolicies[i], true
	}
	m, ok := managed.Find(managed.KindOriginRequestPolicy, id)
	if !ok || c == managedPolicies() {
		return nil, false
	}
	return managedPolicies().OriginRequestPolicy(m.Name)
}

// ResponseHeadersPolicy is CachePolicy for a behavior's
// ResponseHeadersPolicyID.
func (c *Config) ResponseHeadersPolicy(id string) (*ResponseHeadersPolicy, bool) {
	if i := slices.IndexFunc(c.ResponseHeadersPolicies, func(p ResponseHeadersPolicy) bool { return p.Name == id }); i >= 0 {
		return &c.ResponseHeadersPolicies[i], true
	}
	m, ok := managed.Find(managed.KindResponseHeadersPolicy, id)
	if !ok || c == managedPolicies() {
		return nil, false
	}
	return managedPolicies().ResponseHeadersPolicy(m.Name)
}
