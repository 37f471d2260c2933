package config

// Choices decide what CloudFront does where AWS documents nothing and nobody
// has observed it reliably. The default of each is our guess, with its reason;
// who has seen the real service do otherwise sets the other value, and all
// else stays as it is. The first of the values of each is its default.
//
// Those that the doc comment marks "not with rfc9111" mean nothing to cache
// policies with rfc9111 semantics, for which the RFC has the answer.
type Choices struct {
	// StaleLimit is from when max_ttl is counted where it ends stale answers
	// (CF-SWR-02, CF-STALE-04): since_validation, the time that the response
	// came or was last confirmed; or since_expiry, the end of its freshness
	// lifetime. AWS says that stale responses are served up to the maximum
	// TTL, not from when. Default since_validation, which ends earlier. Not
	// with rfc9111.
	StaleLimit StaleLimit `config:"stale_limit" default:"since_validation"`

	// StaleIfErrorEnded is what a failing origin leads to after the window of
	// stale-if-error (CF-SIE-01, CF-OPEN-04): error, or stale, as for a
	// response without the directive, which max_ttl bounds. Default error: an
	// origin that names a time means it. Not with rfc9111.
	StaleIfErrorEnded StaleIfErrorEnded `config:"stale_if_error_ended" default:"error"`

	// NoCacheWithMaxAge is which of the directives wins in a response with
	// no-cache and max-age or s-maxage when min_ttl is 0s (CF-TTL-13):
	// no_cache or max_age. AWS's table has a row for each and none for both.
	// no-store and private win in any case. Default no_cache, as RFC 9111
	// has it. Not with rfc9111.
	NoCacheWithMaxAge NoCacheWithMaxAge `config:"no_cache_with_max_age" default:"no_cache"`

	// OriginAge is what the Age of an origin's response does (CF-TTL-21):
	// ignored, or subtracted from max-age and s-maxage. Default ignored: AWS
	// names no response field but Cache-Control and Expires that bears on
	// time. Not with rfc9111, which subtracts.
	OriginAge OriginAge `config:"origin_age" default:"ignored"`

	// RedirectWithoutCacheControl is what becomes of a 307 or 308 without
	// Cache-Control when min_ttl is above 0s (CF-TTL-26): not_stored, or
	// min_ttl, for which it is stored then. Default not_stored, which is the
	// letter of AWS's rule. Not with rfc9111.
	RedirectWithoutCacheControl RedirectWithoutCacheControl `config:"redirect_without_cache_control" default:"not_stored"`

	// CollapsedErrors are the errors that also answer the viewers that waited
	// for the same fetch (CF-COL-07): cacheable, those that are stored; or
	// all, but for those with no-store, no-cache or private. Default
	// cacheable: what no later viewer may see is not for one that waited
	// either. Not with rfc9111.
	CollapsedErrors CollapsedErrors `config:"collapsed_errors" default:"cacheable"`
}

// StaleLimit is a value of Choices.
type StaleLimit string

func (StaleLimit) values() []string { return []string{"since_validation", "since_expiry"} }

// StaleIfErrorEnded is a value of Choices.
type StaleIfErrorEnded string

func (StaleIfErrorEnded) values() []string { return []string{"error", "stale"} }

// NoCacheWithMaxAge is a value of Choices.
type NoCacheWithMaxAge string

func (NoCacheWithMaxAge) values() []string { return []string{"no_cache", "max_age"} }

// OriginAge is a value of Choices.
type OriginAge string

func (OriginAge) values() []string { return []string{"ignored", "subtracted"} }

// RedirectWithoutCacheControl is a value of Choices.
type RedirectWithoutCacheControl string

func (RedirectWithoutCacheControl) values() []string { return []string{"not_stored", "min_ttl"} }

// CollapsedErrors is a value of Choices.
type CollapsedErrors string

func (CollapsedErrors) values() []string { return []string{"cacheable", "all"} }
