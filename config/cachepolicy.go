package config

// CachePolicy decides what is in the cache key and how long a response lives.
// AWS's CachePolicyConfig.
type CachePolicy struct {
	// Name by which behaviors refer to the policy.
	Name string `config:"name,key"`

	// Comment is free text, at most 128 characters.
	Comment string `config:"comment"`

	// MinTTL is the least freshness lifetime, in whole seconds. Above zero it
	// overrides no-cache, no-store and private (CF-TTL-07). Default 0s.
	// AWS's MinTTL.
	MinTTL Duration `config:"min_ttl" default:"0s"`

	// DefaultTTL is used when the origin sets no lifetime (CF-TTL-06).
	// Default 1d, raised to MinTTL (CF-TTL-10), and 0s with rfc9111
	// semantics, which have heuristics instead. AWS's DefaultTTL.
	DefaultTTL Duration `config:"default_ttl"`

	// MaxTTL bounds lifetimes the origin sets (CF-TTL-09). Default 365d,
	// raised to DefaultTTL (CF-TTL-10). AWS's MaxTTL.
	MaxTTL Duration `config:"max_ttl"`

	// Semantics chooses the rules of freshness and reuse: CloudFront's, or
	// those of a strict RFC 9111 shared cache, for which MinTTL and DefaultTTL
	// must be 0s and MaxTTL only bounds, and which has the scheme in the key,
	// and all of the query and the Host that reaches the origin. Default
	// cloudfront. Not at AWS.
	Semantics Semantics `config:"semantics" default:"cloudfront"`

	// StrictPrivate has a response with no-cache, no-store or private obeyed
	// whatever MinTTL and the error caching minimum TTLs are. Default false:
	// those override the directives, as at AWS (CF-TTL-07). Not at AWS.
	StrictPrivate bool `config:"strict_private"`

	// Parameters are the parts of a request in the cache key; they are also
	// sent to the origin (CF-KEY-05). AWS's
	// ParametersInCacheKeyAndForwardedToOrigin.
	Parameters KeyParameters `config:"parameters_in_cache_key_and_forwarded_to_origin"`
}

// KeyParameters are the parts of a request that make the cache key.
type KeyParameters struct {
	// EnableAcceptEncodingGzip puts the normalised Accept-Encoding with gzip
	// in the key and allows gzip compression (CF-AE). Default false.
	EnableAcceptEncodingGzip bool `config:"enable_accept_encoding_gzip"`

	// EnableAcceptEncodingBrotli is the same for Brotli. Default false.
	EnableAcceptEncodingBrotli bool `config:"enable_accept_encoding_brotli"`

	// HeadersConfig selects headers: none or whitelist (CF-KEY-06).
	HeadersConfig HeadersConfig `config:"headers_config"`

	// CookiesConfig selects cookies.
	CookiesConfig CookiesConfig `config:"cookies_config"`

	// QueryStringsConfig selects query parameters.
	QueryStringsConfig QueryStringsConfig `config:"query_strings_config"`

	// SortQueryStrings keys the selected parameters in sorted order, so that
	// ?a=1&b=2 and ?b=2&a=1 are one entry (CF-KEY-14 makes two). Default
	// false. Not at AWS.
	SortQueryStrings bool `config:"sort_query_strings"`

	// DropTrackingParameters leaves known tracking parameters such as utm_*
	// and gclid out of the key. Default false. Not at AWS.
	DropTrackingParameters bool `config:"drop_tracking_parameters"`
}

// CachingDisabled reports whether the policy turns caching off: all three
// TTLs are zero (CF-TTL-29).
func (p *CachePolicy) CachingDisabled() bool {
	return p.MinTTL == 0 && p.DefaultTTL == 0 && p.MaxTTL == 0
}

// Semantics names a set of caching rules.
type Semantics string

// The sets of caching rules: those of Amazon CloudFront, and those of RFC 9111.
const (
	SemanticsCloudFront Semantics = "cloudfront"
	SemanticsRFC9111    Semantics = "rfc9111"
)

func (Semantics) values() []string { return []string{"cloudfront", "rfc9111"} }
