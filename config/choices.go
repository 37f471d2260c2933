package config

// Choices decide what CloudFront does where AWS documents nothing and nobody
// has observed it reliably. The default of each is our guess, with its reason;
// who has seen the real service do otherwise sets the other value, and all
// else stays as it is. The first of the values of each is its default.
//
// Those that the doc comment marks "not with rfc9111" mean nothing to cache
// policies with rfc9111 semantics, for which the RFC has the answer; all
// others hold for these too.
type Choices struct {
	// ForwardedPath is the form of the path that is keyed and forwarded, which
	// is one and the same (CF-KEY-21): raw, or normalized as behaviors are
	// matched on it. AWS says that the raw one is sent to the origin
	// (CF-BEH-11), not which is keyed. Default raw; normalized in mode
	// production, where matching one form and forwarding another is a hole
	// (CF-BEH-15).
	ForwardedPath ForwardedPath `config:"forwarded_path"`

	// PathEscapes is what normalising does with percent-encoded letters,
	// digits and "-._~" (CF-BEH-14): decoded, or kept. AWS says that the path
	// is normalised consistently with RFC 3986, not how far. Default decoded,
	// as its section 6.2.2 has it, so that /%61dmin is matched like /admin.
	PathEscapes PathEscapes `config:"path_escapes" default:"decoded"`

	// AcceptEncodingZeroWeight is what gzip;q=0 in Accept-Encoding means where
	// the cache policy knows codings (CF-AE-13): refused, or accepted because
	// the field contains the word. AWS speaks only of containing. Default
	// refused, which no viewer can misunderstand.
	AcceptEncodingZeroWeight AcceptEncodingZeroWeight `config:"accept_encoding_zero_weight" default:"refused"`

	// AcceptEncodingWildcard is what "*" in Accept-Encoding means there
	// (CF-AE-13): ignored, or accepted in the place of the codings that are
	// not named. Default ignored: the field contains neither word.
	AcceptEncodingWildcard AcceptEncodingWildcard `config:"accept_encoding_wildcard" default:"ignored"`

	// RepeatedHeader is which of several lines of a header in the cache key
	// count (CF-KEY-12): joined, all with ", " between them; first; or last.
	// A line that does not count is not forwarded. Default joined, as RFC
	// 9110 section 5.3 has it.
	RepeatedHeader RepeatedHeader `config:"repeated_header" default:"joined"`

	// EmptyHeader is what a header in the cache key is when it has no value
	// (CF-KEY-13): distinct from a missing one, or as good as missing, and
	// then not forwarded. Default distinct: an origin can tell the two apart.
	EmptyHeader EmptyHeader `config:"empty_header" default:"distinct"`

	// RepeatedQueryString is which of several query parameters of one name in
	// the cache key count (CF-KEY-18): all, first or last. One that does not
	// count is not forwarded. Default all, in their order: origins differ in
	// which they heed.
	RepeatedQueryString RepeatedQueryString `config:"repeated_query_string" default:"all"`

	// EmptyQuery is what a "?" with nothing behind it is when the whole query
	// is in the cache key (CF-KEY-20): missing, or distinct from no query,
	// then also for invalidations. It is forwarded as received in both cases.
	// Default missing.
	EmptyQuery EmptyQuery `config:"empty_query" default:"missing"`

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

// ForwardedPath is a value of Choices.
type ForwardedPath string

// The forms of a path that can be keyed and forwarded.
const (
	ForwardedPathRaw        ForwardedPath = "raw"
	ForwardedPathNormalized ForwardedPath = "normalized"
)

func (ForwardedPath) values() []string { return []string{"raw", "normalized"} }

// PathEscapes is a value of Choices.
type PathEscapes string

func (PathEscapes) values() []string { return []string{"decoded", "kept"} }

// AcceptEncodingZeroWeight is a value of Choices.
type AcceptEncodingZeroWeight string

func (AcceptEncodingZeroWeight) values() []string { return []string{"refused", "accepted"} }

// AcceptEncodingWildcard is a value of Choices.
type AcceptEncodingWildcard string

func (AcceptEncodingWildcard) values() []string { return []string{"ignored", "accepted"} }

// RepeatedHeader is a value of Choices.
type RepeatedHeader string

func (RepeatedHeader) values() []string { return []string{"joined", "first", "last"} }

// EmptyHeader is a value of Choices.
type EmptyHeader string

func (EmptyHeader) values() []string { return []string{"distinct", "missing"} }

// RepeatedQueryString is a value of Choices.
type RepeatedQueryString string

func (RepeatedQueryString) values() []string { return []string{"all", "first", "last"} }

// EmptyQuery is a value of Choices.
type EmptyQuery string

func (EmptyQuery) values() []string { return []string{"missing", "distinct"} }

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
