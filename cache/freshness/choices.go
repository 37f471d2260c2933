package freshness

// Choices are the answers to what AWS does not document about time. The zero
// value has the specification's choice of each. They are for
// SemanticsCloudFront: under SemanticsRFC9111 the RFC has the answers.
//
// The names of the values are the words of the configuration.
type Choices struct {
	StaleLimit        StaleLimit
	StaleIfErrorEnded StaleIfErrorEnded
	NoCacheWithMaxAge NoCacheWithMaxAge
	OriginAge         OriginAge
	Redirect          Redirect
	CollapsedErrors   CollapsedErrors
	PrivateCopies     PrivateCopies
}

// StaleLimit says from when MaxTTL is counted where it ends stale answers
// (CF-SWR-02, CF-STALE-04).
type StaleLimit uint8

const (
	// StaleLimitSinceValidation counts from reception or validation, and the
	// limit is never before the lifetime's end.
	StaleLimitSinceValidation StaleLimit = iota
	// StaleLimitSinceExpiry counts from the lifetime's end.
	StaleLimitSinceExpiry
	numStaleLimits
)

var staleLimitNames = [numStaleLimits]string{StaleLimitSinceValidation: "since_validation", StaleLimitSinceExpiry: "since_expiry"}

// String returns the word of the configuration.
func (c StaleLimit) String() string { return wordOf(staleLimitNames[:], uint8(c)) }

// StaleIfErrorEnded says what a failing origin leads to when the window of
// stale-if-error is over (CF-SIE-01, TV-ST-05).
type StaleIfErrorEnded uint8

const (
	// StaleIfErrorEndedError gives the error.
	StaleIfErrorEndedError StaleIfErrorEnded = iota
	// StaleIfErrorEndedStale serves the copy for as long as one without the
	// directive (CF-STALE-01): the window can only lengthen that.
	StaleIfErrorEndedStale
	numStaleIfErrorEnded
)

var staleIfErrorEndedNames = [numStaleIfErrorEnded]string{StaleIfErrorEndedError: "error", StaleIfErrorEndedStale: "stale"}

// String returns the word of the configuration.
func (c StaleIfErrorEnded) String() string { return wordOf(staleIfErrorEndedNames[:], uint8(c)) }

// NoCacheWithMaxAge says which of no-cache and max-age or s-maxage wins when
// MinTTL is 0 (CF-TTL-13).
type NoCacheWithMaxAge uint8

const (
	// NoCacheWithMaxAgeNoCache validates before each use.
	NoCacheWithMaxAgeNoCache NoCacheWithMaxAge = iota
	// NoCacheWithMaxAgeMaxAge reuses for that long. no-store and private win
	// all the same: what was not to be shared is not.
	NoCacheWithMaxAgeMaxAge
	numNoCacheWithMaxAge
)

var noCacheWithMaxAgeNames = [numNoCacheWithMaxAge]string{NoCacheWithMaxAgeNoCache: "no_cache", NoCacheWithMaxAgeMaxAge: "max_age"}

// String returns the word of the configuration.
func (c NoCacheWithMaxAge) String() string { return wordOf(noCacheWithMaxAgeNames[:], uint8(c)) }

// OriginAge says what the Age of an origin's response does (CF-TTL-21).
type OriginAge uint8

const (
	// OriginAgeIgnored lets the lifetime begin with the reception.
	OriginAgeIgnored OriginAge = iota
	// OriginAgeSubtracted takes it off max-age and s-maxage, before MinTTL is
	// applied. It does not count for the Age that viewers are sent.
	OriginAgeSubtracted
	numOriginAges
)

var originAgeNames = [numOriginAges]string{OriginAgeIgnored: "ignored", OriginAgeSubtracted: "subtracted"}

// String returns the word of the configuration.
func (c OriginAge) String() string { return wordOf(originAgeNames[:], uint8(c)) }

// Redirect says what becomes of a 307 or 308 without Cache-Control when
// MinTTL is above 0 (CF-TTL-26).
type Redirect uint8

const (
	// RedirectNotStored never stores it.
	RedirectNotStored Redirect = iota
	// RedirectMinTTL stores it for MinTTL.
	RedirectMinTTL
	numRedirects
)

var redirectNames = [numRedirects]string{RedirectNotStored: "not_stored", RedirectMinTTL: "min_ttl"}

// String returns the word of the configuration.
func (c Redirect) String() string { return wordOf(redirectNames[:], uint8(c)) }

// CollapsedErrors says which errors answer the requests that waited for the
// same fetch (CF-COL-07).
type CollapsedErrors uint8

const (
	// CollapsedErrorsCacheable are those that are stored; after any other
	// each request asks the origin itself.
	CollapsedErrorsCacheable CollapsedErrors = iota
	// CollapsedErrorsAll are all but those with no-store, no-cache or
	// private, which no other viewer may see.
	CollapsedErrorsAll
	numCollapsedErrors
)

var collapsedErrorsNames = [numCollapsedErrors]string{CollapsedErrorsCacheable: "cacheable", CollapsedErrorsAll: "all"}

// String returns the word of the configuration.
func (c CollapsedErrors) String() string { return wordOf(collapsedErrorsNames[:], uint8(c)) }

// PrivateCopies says whether responses with no-store or private are kept
// when MinTTL is 0 (CF-NC-03, CF-NC-04, CF-NC-05).
type PrivateCopies uint8

const (
	// PrivateCopiesNone keeps none.
	PrivateCopiesNone PrivateCopies = iota
	// PrivateCopiesOutage keeps them for when the origin can not be reached,
	// and for nothing else: StaleOnErrorOutage.
	PrivateCopiesOutage
	numPrivateCopies
)

var privateCopiesNames = [numPrivateCopies]string{PrivateCopiesNone: "none", PrivateCopiesOutage: "outage"}

// String returns the word of the configuration.
func (c PrivateCopies) String() string { return wordOf(privateCopiesNames[:], uint8(c)) }

// wordOf returns the name of a value, "unknown" if it has none.
func wordOf(names []string, value uint8) string {
	if int(value) < len(names) {
		return names[value]
	}
	return "unknown"
}
