package doctor

import (
	"cmp"
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config"
)

// What the checks look at: the configuration with its references followed and
// the path of each thing.

// A distribution is one with its origins and behaviors.
type distribution struct {
	*config.Distribution
	at        string
	origins   []*origin   // those that a behavior names
	behaviors []*behavior // in the order of matching, the default one last
}

// An origin is one that at least one behavior sends requests to.
type origin struct {
	*config.Origin
	at        string
	kind      kind
	behaviors []*behavior
	config    *config.Config
}

// A behavior is a cache behavior with its policies and one origin that its
// requests go to.
type behavior struct {
	*config.CacheBehavior
	at           string
	distribution *distribution
	origin       *origin
	cache        *config.CachePolicy
	request      *config.OriginRequestPolicy   // an empty one if there is none
	headers      *config.ResponseHeadersPolicy // an empty one if there is none
}

func distributionsOf(c *config.Config) []*distribution {
	var all []*distribution
	for i := range c.Distributions {
		all = append(all, distributionOf(c, &c.Distributions[i]))
	}
	return all
}

func distributionOf(c *config.Config, from *config.Distribution) *distribution {
	d := &distribution{Distribution: from, at: config.KeyPath("distributions", from.Name)}
	for i := range from.CacheBehaviors {
		d.add(c, &from.CacheBehaviors[i], config.IndexPath(config.KeyPath(d.at, "cache_behaviors"), i))
	}
	d.add(c, &from.DefaultCacheBehavior, config.KeyPath(d.at, "default_cache_behavior"))
	return d
}

// add adds a behavior, once for each origin that its target stands for.
func (d *distribution) add(c *config.Config, from *config.CacheBehavior, at string) {
	for _, o := range d.OriginsOf(from.TargetOriginID) {
		d.addFor(c, from, at, o.Name)
	}
}

// addFor adds a behavior with one origin. In a configuration that was loaded
// every reference leads somewhere; a behavior for which one does not is left
// out.
func (d *distribution) addFor(c *config.Config, from *config.CacheBehavior, at, name string) {
	b := &behavior{
		CacheBehavior: from, at: at, distribution: d, origin: d.origin(c, name),
		request: new(config.OriginRequestPolicy), headers: new(config.ResponseHeadersPolicy),
	}
	policy, found := c.CachePolicy(from.CachePolicyID)
	if !found || b.origin == nil {
		return
	}
	b.cache = policy
	if p, found := c.OriginRequestPolicy(from.OriginRequestPolicyID); found {
		b.request = p
	}
	if p, found := c.ResponseHeadersPolicy(from.ResponseHeadersPolicyID); found {
		b.headers = p
	}
	b.origin.behaviors = append(b.origin.behaviors, b)
	d.behaviors = append(d.behaviors, b)
}

// origin returns the one of that name, made when it is asked for first, or
// nil.
func (d *distribution) origin(c *config.Config, name string) *origin {
	if i := slices.IndexFunc(d.origins, func(o *origin) bool { return o.Name == name }); i >= 0 {
		return d.origins[i]
	}
	i := slices.IndexFunc(d.Origins, func(o config.Origin) bool { return o.Name == name })
	if i < 0 {
		return nil
	}
	o := &origin{
		Origin: &d.Origins[i], at: config.KeyPath(config.KeyPath(d.at, "origins"), name),
		kind: kindOf(&d.Origins[i]), config: c,
	}
	d.origins = append(d.origins, o)
	return o
}

// key returns the path of a property of the behavior.
func (b *behavior) key(name string) string { return config.KeyPath(b.at, name) }

// key returns the path of a property of the origin.
func (o *origin) key(names ...string) string {
	at := o.at
	for _, name := range names {
		at = config.KeyPath(at, name)
	}
	return at
}

// written returns the first of the paths at which something was written, or
// the last.
func (o *origin) written(paths ...string) string {
	for _, path := range paths {
		if _, written := o.config.Position(path); written {
			return path
		}
	}
	return paths[len(paths)-1]
}

// caches reports whether responses are kept at all (CF-TTL-29).
func (b *behavior) caches() bool { return b.cache.MaxTTL > 0 }

// strict reports whether RFC 9111 decides, which knows about credentials, Vary
// and whole targets.
func (b *behavior) strict() bool { return b.cache.Semantics == config.SemanticsRFC9111 }

// keyed reports whether a header is in the cache key.
func (b *behavior) keyed(header string) bool {
	return lists(b.cache.Parameters.HeadersConfig.Headers, header)
}

// selected reports whether the origin request policy forwards a header
// (CF-ORP-03, CF-ORP-06).
func (b *behavior) selected(header string) bool {
	switch h := b.request.HeadersConfig; h.HeaderBehavior {
	case config.SelectionAllViewer, config.SelectionAllViewerAndWhitelistCloudFront:
		return true
	case config.SelectionAllExcept:
		return !lists(h.Headers, header)
	case config.SelectionWhitelist:
		return lists(h.Headers, header)
	}
	return false
}

// listed reports whether a policy names a header to forward: then somebody
// wants the origin to have it.
func (b *behavior) listed(header string) bool {
	h := b.request.HeadersConfig
	return b.keyed(header) || h.HeaderBehavior == config.SelectionWhitelist && lists(h.Headers, header)
}

// reaches reports whether the origin gets a header of the viewer.
func (b *behavior) reaches(header string) bool { return b.keyed(header) || b.selected(header) }

// sharesUnkeyed reports whether the origin may answer by a header that the
// cache does not tell viewers apart by.
func (b *behavior) sharesUnkeyed(header string) bool {
	return b.caches() && !b.strict() && !b.keyed(header) && b.selected(header)
}

func lists(names []string, name string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
}

// A choice is a selection of cookies or query parameters with its names.
type choice struct {
	behavior config.Selection
	names    []string
}

func (b *behavior) keyedCookies() choice { return cookies(b.cache.Parameters.CookiesConfig) }

func (b *behavior) selectedCookies() choice { return cookies(b.request.CookiesConfig) }

func (b *behavior) keyedQuery() choice { return query(b.cache.Parameters.QueryStringsConfig) }

func (b *behavior) selectedQuery() choice { return query(b.request.QueryStringsConfig) }

func cookies(c config.CookiesConfig) choice {
	return choice{cmp.Or(c.CookieBehavior, config.SelectionNone), c.Cookies}
}

func query(q config.QueryStringsConfig) choice {
	return choice{cmp.Or(q.QueryStringBehavior, config.SelectionNone), q.QueryStrings}
}

func (c choice) none() bool { return c.behavior == config.SelectionNone }

// within reports whether c takes nothing that other does not take.
func (c choice) within(other choice) bool {
	switch {
	case c.none(), other.behavior == config.SelectionAll:
		return true
	case other.none(), c.behavior == config.SelectionAll:
		return false
	case c.behavior == config.SelectionWhitelist:
		return !slices.ContainsFunc(c.names, func(name string) bool { return !other.takes(name) })
	case other.behavior == config.SelectionAllExcept: // both leave names out
		return !slices.ContainsFunc(other.names, func(name string) bool { return c.takes(name) })
	}
	return false
}

func (c choice) takes(name string) bool {
	switch c.behavior {
	case config.SelectionAll:
		return true
	case config.SelectionWhitelist:
		return slices.Contains(c.names, name)
	case config.SelectionAllExcept:
		return !slices.Contains(c.names, name)
	}
	return false
}
