package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/cachekey"
	"github.com/groundfront/groundfront/cachekey/query"
	"github.com/groundfront/groundfront/config"
	"github.com/groundfront/groundfront/proxy"
	"github.com/groundfront/groundfront/proxy/fetch"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// choice returns the one of values that the configuration calls word. The
// first is the default.
func choice[W ~string, V fmt.Stringer](word W, values ...V) V {
	for _, v := range values {
		if v.String() == string(word) {
			return v
		}
	}
	return values[0]
}

func exchangeChoices(c *config.Choices) proxy.Choices {
	return proxy.Choices{
		ForwardedPath: choice(c.ForwardedPath, proxy.ForwardedPathRaw, proxy.ForwardedPathNormalized),
		PathEscapes:   choice(c.PathEscapes, proxy.PathEscapesDecoded, proxy.PathEscapesKept),
		XCache: proxy.XCacheChoices{
			StaleWhileRevalidate: choice(c.XCacheStaleWhileRevalidate, proxy.XCacheStaleWhileRevalidateHit, proxy.XCacheStaleWhileRevalidateRefreshHit),
			CachedError:          choice(c.XCacheCachedError, proxy.XCacheCachedErrorError, proxy.XCacheCachedErrorHit),
			NotModified:          choice(c.XCacheNotModified, proxy.XCacheNotModifiedHit, proxy.XCacheNotModifiedRefreshHit),
		},
		RefreshHitAge: choice(c.RefreshHitAge, proxy.RefreshHitAgeOmitted, proxy.RefreshHitAgeSent),
		HeadMiss:      choice(c.HeadMiss, proxy.HeadMissHead, proxy.HeadMissGet),

		DomainFronting: choice(c.DomainFronting, proxy.DomainFrontingAccount, proxy.DomainFrontingCertificate),
		WebACLPosition: choice(c.WebACLPosition, proxy.WebACLPositionAfterProtocol, proxy.WebACLPositionBeforeProtocol),

		SignedPath:              choice(c.SignedPath, signedurl.PathsBoth, signedurl.PathsRaw),
		SignedOptions:           choice(c.SignedOptions, proxy.SignedOptionsRequired, proxy.SignedOptionsExempt),
		SignedErrorResponses:    choice(c.SignedErrorResponses, proxy.SignedErrorResponsesReplaced, proxy.SignedErrorResponsesKept),
		PublicSigningParameters: choice(c.PublicSigningParameters, proxy.PublicSigningParametersKept, proxy.PublicSigningParametersRemoved),
		ViewerAddressIPv6:       choice(c.ViewerAddressIPv6, proxy.ViewerAddressIPv6Groups, proxy.ViewerAddressIPv6Bracketed),

		GeneratedErrorHeaders: choice(c.GeneratedErrorHeaders, proxy.GeneratedErrorHeadersApplied, proxy.GeneratedErrorHeadersOmitted),
		ErrorPageHeaders:      choice(c.ErrorPageHeaders, proxy.ErrorPageHeadersRequest, proxy.ErrorPageHeadersPage),
		CORS:                  corsChoices(c),

		InvalidationEscapes: choice(c.InvalidationEscapes, invalidation.EscapesDecoded, invalidation.EscapesKept),
	}
}

func corsChoices(c *config.Choices) respheaders.Choices {
	return respheaders.Choices{
		Vary:         choice(c.CORSVary, respheaders.VaryAdded, respheaders.VaryOmitted),
		AllowHeaders: choice(c.CORSAllowHeaders, respheaders.AllowHeadersListUnlessWildcard, respheaders.AllowHeadersMatched, respheaders.AllowHeadersList),
	}
}

func fetchChoices(c *config.Choices) fetch.Choices {
	return fetch.Choices{
		UnsafeMethods: choice(c.UnsafeMethods, fetch.UnsafeMethodsKeep, fetch.UnsafeMethodsInvalidate),
		StaleAfter4xx: choice(c.StaleAfter4xx, fetch.StaleAfter4xxKeep, fetch.StaleAfter4xxDrop),
		Aborted:       choice(c.Aborted, fetch.AbortedStore, fetch.AbortedDrop),
		CollapsedWait: c.CollapsedWait.Std(),
		Conditions:    choice(c.ConditionsOnMiss, fetch.ConditionsEdge, fetch.ConditionsOrigin),

		SigningCookies: choice(c.SigningCookies, fetch.SigningCookiesForwarded, fetch.SigningCookiesRemoved),
	}
}

// keyChoices returns what is chosen about keys. For a strict cache targets that
// differ name different resources (RFC 9111 section 4).
func keyChoices(p *config.CachePolicy, c *config.Choices) cachekey.Choices {
	out := cachekey.Choices{
		ZeroWeight:     choice(c.AcceptEncodingZeroWeight, cachekey.ZeroWeightRefused, cachekey.ZeroWeightAccepted),
		Wildcard:       choice(c.AcceptEncodingWildcard, cachekey.WildcardIgnored, cachekey.WildcardAccepted),
		RepeatedHeader: choice(c.RepeatedHeader, cachekey.RepeatedHeaderJoined, cachekey.RepeatedHeaderFirst, cachekey.RepeatedHeaderLast),
		EmptyHeader:    choice(c.EmptyHeader, cachekey.EmptyHeaderDistinct, cachekey.EmptyHeaderMissing),
		RepeatedQuery:  choice(c.RepeatedQueryString, query.RepeatedAll, query.RepeatedFirst, query.RepeatedLast),
		EmptyQuery:     choice(c.EmptyQuery, cachekey.EmptyQueryMissing, cachekey.EmptyQueryDistinct),
	}
	if p.Semantics == config.SemanticsRFC9111 {
		out.RepeatedQuery, out.EmptyQuery = query.RepeatedAll, cachekey.EmptyQueryDistinct
	}
	return out
}

func freshnessChoices(c *config.Choices) freshness.Choices {
	return freshness.Choices{
		StaleLimit:        choice(c.StaleLimit, freshness.StaleLimitSinceValidation, freshness.StaleLimitSinceExpiry),
		StaleIfErrorEnded: choice(c.StaleIfErrorEnded, freshness.StaleIfErrorEndedError, freshness.StaleIfErrorEndedStale),
		NoCacheWithMaxAge: choice(c.NoCacheWithMaxAge, freshness.NoCacheWithMaxAgeNoCache, freshness.NoCacheWithMaxAgeMaxAge),
		OriginAge:         choice(c.OriginAge, freshness.OriginAgeIgnored, freshness.OriginAgeSubtracted),
		Redirect:          choice(c.RedirectWithoutCacheControl, freshness.RedirectNotStored, freshness.RedirectMinTTL),
		CollapsedErrors:   choice(c.CollapsedErrors, freshness.CollapsedErrorsCacheable, freshness.CollapsedErrorsAll),
		PrivateCopies:     choice(c.PrivateCopies, freshness.PrivateCopiesNone, freshness.PrivateCopiesOutage),
	}
}
