package config

// FieldToMatch is AWS WAF's FieldToMatch: exactly one part of the request.
// Where a request does not have it, the statement does not match (WF-FLD-01).
type FieldToMatch struct {
	// SingleHeader is the value of one header.
	SingleHeader *NamedField `config:"single_header"`

	// SingleQueryArgument is the value of one query argument, not decoded.
	SingleQueryArgument *NamedField `config:"single_query_argument"`

	// AllQueryArguments is the value of each query argument, not decoded. Names
	// are not looked at.
	AllQueryArguments *WholeField `config:"all_query_arguments"`

	// URIPath is the path as received, with its leading slash.
	URIPath *WholeField `config:"uri_path"`

	// QueryString is what is behind the first question mark, as received.
	QueryString *WholeField `config:"query_string"`

	// Method is the method.
	Method *WholeField `config:"method"`

	// Body is the content, up to the limit of inspection.
	Body *OversizeField `config:"body"`

	// JSONBody is each key and value of the content, read as JSON whatever its
	// Content-Type says.
	JSONBody *JSONBodyField `config:"json_body"`

	// Headers are the headers, cookies among them.
	Headers *HeadersField `config:"headers"`

	// Cookies are the cookies.
	Cookies *CookiesField `config:"cookies"`

	// HeaderOrder is the names of the headers in the order in which they came,
	// with colons between.
	HeaderOrder *HeaderOrderField `config:"header_order"`

	// JA3Fingerprint is that of the viewer's TLS handshake: 32 characters. Only
	// for a byte match that is EXACTLY (WF-FLD-13).
	JA3Fingerprint *FingerprintField `config:"ja3_fingerprint"`

	// JA4Fingerprint is that of the viewer's TLS handshake: 36 characters. Only
	// for a byte match that is EXACTLY (WF-FLD-14).
	JA4Fingerprint *FingerprintField `config:"ja4_fingerprint"`

	// URIFragment is what is behind a number sign, which browsers do not send.
	URIFragment *URIFragmentField `config:"uri_fragment"`
}

// NamedField is one header or query argument.
type NamedField struct {
	// Name of it, at most 64 characters (WF-QUO-06). Case does not count.
	Name string `config:"name,required"`
}

// WholeField is a part of the request that nothing more is said of.
type WholeField struct{}

// OversizeField is the content.
type OversizeField struct {
	// OversizeHandling says what a part that is longer than the limit of
	// inspection does: CONTINUE looks at what is within the limit; with MATCH or
	// NO_MATCH the statement matches, or does not. Default CONTINUE.
	OversizeHandling OversizeHandling `config:"oversize_handling" default:"CONTINUE"`
}

// HeaderOrderField is the order of the headers.
type HeaderOrderField struct {
	// OversizeHandling is as of Body, for more headers than are inspected.
	OversizeHandling OversizeHandling `config:"oversize_handling,required"`
}

// JSONBodyField is the content as JSON (WF-JSON).
type JSONBodyField struct {
	// MatchPattern says which parts of the document: all of them, or those at
	// paths.
	MatchPattern JSONMatchPattern `config:"match_pattern,required"`

	// MatchScope is ALL, KEY or VALUE.
	MatchScope MatchScope `config:"match_scope,required"`

	// InvalidFallbackBehavior is for content that is no JSON: MATCH, NO_MATCH,
	// or EVALUATE_AS_STRING for all of it as text. Default: what was read
	// before the error is looked at.
	InvalidFallbackBehavior InvalidFallbackBehavior `config:"invalid_fallback_behavior"`

	// OversizeHandling is as of Body. Default CONTINUE.
	OversizeHandling OversizeHandling `config:"oversize_handling" default:"CONTINUE"`
}

// JSONMatchPattern is AWS WAF's JsonMatchPattern: exactly one of these.
type JSONMatchPattern struct {
	// All is the whole document.
	All *WholeField `config:"all"`

	// IncludedPaths are JSON pointers (RFC 6901), each at most 512 characters:
	// what is below them is looked at (WF-JSON-05).
	IncludedPaths []string `config:"included_paths"`
}

// HeadersField is the headers.
type HeadersField struct {
	// MatchPattern says which headers. Case does not count.
	MatchPattern HeaderMatchPattern `config:"match_pattern,required"`

	// MatchScope is ALL, KEY or VALUE: names, values, or both.
	MatchScope MatchScope `config:"match_scope,required"`

	// OversizeHandling is as of Body, for more than 8 KiB or 200 headers
	// (WF-QUO-05).
	OversizeHandling OversizeHandling `config:"oversize_handling,required"`
}

// HeaderMatchPattern is AWS WAF's HeaderMatchPattern: exactly one of these.
type HeaderMatchPattern struct {
	// All is every header.
	All *WholeField `config:"all"`

	// IncludedHeaders are the headers that are looked at, 1 to 199.
	IncludedHeaders []string `config:"included_headers"`

	// ExcludedHeaders are the headers that are not, 1 to 199.
	ExcludedHeaders []string `config:"excluded_headers"`
}

// CookiesField is the cookies.
type CookiesField struct {
	// MatchPattern says which cookies. Case counts (WF-FLD-11).
	MatchPattern CookieMatchPattern `config:"match_pattern,required"`

	// MatchScope is ALL, KEY or VALUE: names, values, or both.
	MatchScope MatchScope `config:"match_scope,required"`

	// OversizeHandling is as of Body, for more than 8 KiB or 200 cookies
	// (WF-QUO-05).
	OversizeHandling OversizeHandling `config:"oversize_handling,required"`
}

// CookieMatchPattern is AWS WAF's CookieMatchPattern: exactly one of these.
type CookieMatchPattern struct {
	// All is every cookie.
	All *WholeField `config:"all"`

	// IncludedCookies are the cookies that are looked at, 1 to 199.
	IncludedCookies []string `config:"included_cookies"`

	// ExcludedCookies are the cookies that are not, 1 to 199.
	ExcludedCookies []string `config:"excluded_cookies"`
}

// FingerprintField is the fingerprint of a TLS handshake.
type FingerprintField struct {
	// FallbackBehavior says whether a request without one matches: MATCH or
	// NO_MATCH.
	FallbackBehavior FallbackBehavior `config:"fallback_behavior,required"`
}

// URIFragmentField is the fragment of the request target.
type URIFragmentField struct {
	// FallbackBehavior says whether a request without one matches: MATCH or
	// NO_MATCH. Default NO_MATCH.
	FallbackBehavior FallbackBehavior `config:"fallback_behavior" default:"NO_MATCH"`
}

// MatchScope says whether names or values are looked at. With ALL a match in
// either suffices (WF-FLD-20).
type MatchScope string

// The scopes.
const (
	MatchScopeAll   MatchScope = "ALL"
	MatchScopeKey   MatchScope = "KEY"
	MatchScopeValue MatchScope = "VALUE"
)

func (MatchScope) values() []string { return []string{"ALL", "KEY", "VALUE"} }

// OversizeHandling is what a part that is not inspected in full means
// (WF-OVR-02).
type OversizeHandling string

// The ways to handle it.
const (
	OversizeHandlingContinue OversizeHandling = "CONTINUE"
	OversizeHandlingMatch    OversizeHandling = "MATCH"
	OversizeHandlingNoMatch  OversizeHandling = "NO_MATCH"
)

func (OversizeHandling) values() []string { return []string{"CONTINUE", "MATCH", "NO_MATCH"} }

// InvalidFallbackBehavior is what content that is no JSON means (WF-JSON-04).
type InvalidFallbackBehavior string

// The fallbacks. Without one, what was read before the error is looked at.
const (
	InvalidFallbackBehaviorMatch            InvalidFallbackBehavior = "MATCH"
	InvalidFallbackBehaviorNoMatch          InvalidFallbackBehavior = "NO_MATCH"
	InvalidFallbackBehaviorEvaluateAsString InvalidFallbackBehavior = "EVALUATE_AS_STRING"
)

func (InvalidFallbackBehavior) values() []string {
	return []string{"MATCH", "NO_MATCH", "EVALUATE_AS_STRING"}
}
