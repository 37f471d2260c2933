package config

// OriginRequestPolicy decides what the origin is sent besides the cache key
// (CF-ORP-04). AWS's OriginRequestPolicyConfig.
type OriginRequestPolicy struct {
	// Name by which behaviors refer to the policy.
	Name string `config:"name,key"`

	// Comment is free text, at most 128 characters.
	Comment string `config:"comment"`

	// HeadersConfig selects headers (CF-ORP-03). Authorization cannot be
	// listed (CF-ORP-06).
	HeadersConfig HeadersConfig `config:"headers_config"`

	// CookiesConfig selects cookies.
	CookiesConfig CookiesConfig `config:"cookies_config"`

	// QueryStringsConfig selects query parameters.
	QueryStringsConfig QueryStringsConfig `config:"query_strings_config"`

	// CloudFrontHeaders are CloudFront's own headers that are sent besides
	// those that HeadersConfig selects. Files cannot set it: it is for the
	// managed AllViewerExceptHostHeader, which adds them although its header
	// behavior has no place for them (CF-MORP-10).
	CloudFrontHeaders []string
}
