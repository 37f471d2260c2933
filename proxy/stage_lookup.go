package proxy

import (
	"context"

	"github.com/groundfront/groundfront/cache"
)

// stageLookup asks the cache what this request may do (CF-PIPE-11) and
// answers when a stored response will do without asking the origin first.
func (x *Exchange) stageLookup(ctx context.Context) step {
	x.found = cache.Found{Outcome: cache.OutcomeMiss}
	if x.bypasses() {
		return proceed
	}
	if x.strict() {
		x.selectVariant()
	}
	lookup := x.server.cache.Lookup
	if x.r.Tried {
		lookup = x.server.cache.LookupAgain
	}
	x.found = lookup(x.hash, x.key, x.r.Method, x.now)
	if x.strict() && x.found.Outcome == cache.OutcomeMiss {
		x.selectByLanguage()
	}
	if x.strict() && x.heedDemands() == answered {
		return answered
	}
	switch x.found.Outcome {
	case cache.OutcomeStaleWhileRevalidate:
		if x.guardOrigin(ctx) == answered {
			return answered
		}
		if !x.onlyHits() {
			x.server.fetcher.Background(&x.behavior.Rules, x.backgroundRequest(), x.found.Entry)
		}
		return x.answerFromCache()
	case cache.OutcomeFresh, cache.OutcomeStaleRetryLater:
		return x.answerFromCache()
	case cache.OutcomeMiss:
		return x.lookupParts(ctx)
	}
	return proceed
}

// bypasses reports whether the request has nothing to do with the cache: its
// method is not cached (CF-METH-05), caching is disabled (CF-TTL-29), or it
// begins something else (CF-WS-08).
func (x *Exchange) bypasses() bool {
	if x.passing != passingNothing || x.behavior.Freshness.CachingDisabled() {
		return true
	}
	switch x.r.Method {
	case "GET", "HEAD":
		return false
	case "OPTIONS":
		return !x.behavior.OptionsCached
	}
	return true
}
