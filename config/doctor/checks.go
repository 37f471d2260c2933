package doctor

import "github.com/groundfront/groundfront/config"

// say reports a finding: the path of the property that causes it, what will
// happen, and what to write instead.
type say func(path, message, fix string)

// A check looks for one trap where it can be: in the whole configuration, in
// each distribution, in each origin that is used, in each cache behavior.
type check struct {
	trap         config.Trap
	whole        func(*config.Config, say)
	distribution func(*distribution, say)
	origin       func(*origin, say)
	behavior     func(*behavior, say)
}

var checks = []check{
	{trap: config.TrapForwardedHost, behavior: forwardedHost},
	{trap: config.TrapMissingStage, origin: missingStage},
	{trap: config.TrapDoubledStage, behavior: doubledStage},
	{trap: config.TrapDroppedAuthorization, behavior: droppedAuthorization},
	{trap: config.TrapSharedAuthorization, behavior: sharedAuthorization},
	{trap: config.TrapUnkeyedQuery, behavior: unkeyedQuery},
	{trap: config.TrapDroppedQuery, behavior: droppedQuery},
	{trap: config.TrapMinTTLOverPrivate, behavior: minTTLOverPrivate},
	{trap: config.TrapErrorPageOverAPI, distribution: errorPageOverAPI},
	{trap: config.TrapLongErrorCaching, distribution: longErrorCaching},
	{trap: config.TrapPreflightRefused, behavior: preflightRefused},
	{trap: config.TrapPreflightUnkeyed, behavior: preflightUnkeyed},
	{trap: config.TrapUnkeyedCORSOrigin, behavior: unkeyedCORSOrigin},
	{trap: config.TrapErrorsWithoutCORS, behavior: errorsWithoutCORS},
	{trap: config.TrapCompressionWithoutEffect, behavior: compressionWithoutEffect},
	{trap: config.TrapTimeoutBelowAPI, origin: timeoutBelowAPI},
	{trap: config.TrapTimeoutRetried, origin: timeoutRetried},
	{trap: config.TrapEdgeInChain, origin: edgeInChain},
	{trap: config.TrapHeaderBudget, behavior: headerBudget},
	{trap: config.TrapViewerSignature, behavior: viewerSignature},
	{trap: config.TrapSharedAPIKey, behavior: sharedAPIKey},
	{trap: config.TrapAPIKeyForAll, origin: apiKeyForAll},
	{trap: config.TrapMethodOverride, behavior: methodOverride},
	{trap: config.TrapCookiesStopCollapsing, behavior: cookiesStopCollapsing},
	{trap: config.TrapSharedCookies, behavior: sharedCookies},
	{trap: config.TrapBarePathMissed, behavior: barePathMissed},
	{trap: config.TrapRawPathInProduction, whole: rawPathInProduction},
	{trap: config.TrapRedirectedContent, behavior: redirectedContent},
	{trap: config.TrapWebSocketHandshake, behavior: webSocketHandshake},
	{trap: config.TrapReservedPath, behavior: reservedPath},
	{trap: config.TrapBrotliOnly, behavior: brotliOnly},
}

func (c *check) run(whole *config.Config, distributions []*distribution, say say) {
	if c.whole != nil {
		c.whole(whole, say)
	}
	for _, d := range distributions {
		if c.distribution != nil {
			c.distribution(d, say)
		}
		for _, o := range d.origins {
			if c.origin != nil {
				c.origin(o, say)
			}
		}
		for _, b := range d.behaviors {
			if c.behavior != nil {
				c.behavior(b, say)
			}
		}
	}
}
