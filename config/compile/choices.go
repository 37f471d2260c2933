package compile

import (
	"fmt"

	"github.com/groundfront/groundfront/cache/freshness"
	"github.com/groundfront/groundfront/config"
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

func freshnessChoices(c *config.Choices) freshness.Choices {
	return freshness.Choices{
		StaleLimit:        choice(c.StaleLimit, freshness.StaleLimitSinceValidation, freshness.StaleLimitSinceExpiry),
		StaleIfErrorEnded: choice(c.StaleIfErrorEnded, freshness.StaleIfErrorEndedError, freshness.StaleIfErrorEndedStale),
		NoCacheWithMaxAge: choice(c.NoCacheWithMaxAge, freshness.NoCacheWithMaxAgeNoCache, freshness.NoCacheWithMaxAgeMaxAge),
		OriginAge:         choice(c.OriginAge, freshness.OriginAgeIgnored, freshness.OriginAgeSubtracted),
		Redirect:          choice(c.RedirectWithoutCacheControl, freshness.RedirectNotStored, freshness.RedirectMinTTL),
		CollapsedErrors:   choice(c.CollapsedErrors, freshness.CollapsedErrorsCacheable, freshness.CollapsedErrorsAll),
	}
}
