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

	// InvalidationEscapes is how the path of an invalidation is compared with
	// that of a stored response (CF-INV-15): decoded, both with the escapes of
	// letters, digits and "-._~" decoded; or kept, both as they are. AWS says
	// neither. Default decoded, which leaves nothing behind that was meant. An
	// invalidation keeps the way in which it was made.
	InvalidationEscapes InvalidationEscapes `config:"invalidation_escapes" default:"decoded"`

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
	// which they heed. Not with rfc9111, which has all.
	RepeatedQueryString RepeatedQueryString `config:"repeated_query_string" default:"all"`

	// EmptyQuery is what a "?" with nothing behind it is when the whole query
	// is in the cache key (CF-KEY-20): missing, or distinct from no query,
	// then also for invalidations. It is forwarded as received in both cases.
	// Default missing. Not with rfc9111, for which it is distinct.
	EmptyQuery EmptyQuery `config:"empty_query" default:"missing"`

	// HeadMiss is how a HEAD is fetched for which nothing is stored, or only
	// something stale (CF-KEY-04): as head, and then no GET is answered with
	// what comes; or as get, whose content is stored. AWS says that both are
	// forwarded and their responses cached. Default head, the plain reading.
	HeadMiss HeadMiss `config:"head_miss" default:"head"`

	// ConditionsOnMiss is where If-None-Match and its kin are answered when
	// nothing is stored (CF-COND-05): edge, which asks for the whole response
	// without them; or origin, to which they are forwarded, and whose 304 or
	// 412 is passed on and not stored. AWS says that the fields are forwarded,
	// of settings without cache policies. Default edge, which fills the cache.
	ConditionsOnMiss ConditionsOnMiss `config:"conditions_on_miss" default:"edge"`

	// Aborted is what becomes of the response to a viewer that leaves before
	// it has all of it, if no other viewer has waited for the same
	// (CF-TTL-28, CF-COL-11): store, the fetch goes on; or drop, it ends. What
	// has arrived whole by then is stored in both cases. AWS says that it is
	// not cached. Default store, or else a viewer without patience could keep
	// a slow response out of the cache for ever; drop in mode faithful.
	Aborted Aborted `config:"aborted"`

	// CollapsedWait is how long a viewer waits for the response to another's
	// request before it asks the origin itself (CF-COL-08), 0s to 1h. AWS
	// speaks of a brief pause. Default 0s: for as long as the origin's
	// timeouts let that request wait. A time of its own can send everybody
	// who waits to a slow origin at once.
	CollapsedWait Duration `config:"collapsed_wait" default:"0s" range:"0s..1h"`

	// UnsafeMethods is what a POST, PUT, PATCH or DELETE that succeeds does to
	// the stored responses of its target (CF-METH-06): keep, or invalidate,
	// with those that Location and Content-Location of the answer name. AWS
	// mentions nothing of the kind. Default keep. Not with rfc9111, which
	// invalidates.
	UnsafeMethods UnsafeMethods `config:"unsafe_methods" default:"keep"`

	// StaleAfter4xx is what becomes of a stale response when the origin
	// answers its revalidation with a 4xx that is not stored (CF-STALE-05):
	// keep, so that it may still be confirmed or served while the origin is
	// down; or drop. Default keep: a 401 or 429 says nothing about the
	// response. Not with rfc9111, which keeps.
	StaleAfter4xx StaleAfter4xx `config:"stale_after_4xx" default:"keep"`

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

	// PrivateCopies says whether responses with no-store or private are kept
	// when min_ttl is 0s (CF-NC-03, CF-NC-05): none, or for an outage. AWS
	// documents that in an outage it serves a copy it got earlier, even one
	// that carried no-cache, no-store or private (CF-NC-04); that it keeps
	// such copies otherwise is not said. Default none.
	//
	// With outage, what was meant for one viewer is kept in memory and served
	// to whoever asks with the same cache key while the origin cannot be
	// reached. It answers nothing else: not a 5xx, not a viewer that waits for
	// another's fetch. It is not written to disk, its Set-Cookie is not kept,
	// and an origin prevents it with stale-if-error=0. Only no-cache has copies
	// of its own in any case. Not with rfc9111.
	PrivateCopies PrivateCopies `config:"private_copies" default:"none"`

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

	// XCacheStaleWhileRevalidate is the X-Cache of an answer that is stale
	// while it is revalidated (CF-SWR-07): hit or refresh_hit. The access log
	// says Hit in any case, and so for the two that follow it says what AWS's
	// table says. Default hit: the origin was not asked first.
	XCacheStaleWhileRevalidate XCacheStaleWhileRevalidate `config:"x_cache_stale_while_revalidate" default:"hit"`

	// XCacheCachedError is the X-Cache of an error from the cache (CF-XC-10):
	// error or hit. Default error: it was observed for errors that come from
	// the origin, and the access log has Error for both.
	XCacheCachedError XCacheCachedError `config:"x_cache_cached_error" default:"error"`

	// XCacheNotModified is the X-Cache of a 304 that the edge answers with
	// from a fresh response (CF-XC-11): hit or refresh_hit. Default hit: it
	// comes from the cache.
	XCacheNotModified XCacheNotModified `config:"x_cache_not_modified" default:"hit"`

	// RefreshHitAge is whether an answer whose X-Cache is RefreshHit has an
	// Age (CF-AGE-01): omitted or sent. Observations differ. Default omitted.
	// Not with rfc9111, which sends it.
	RefreshHitAge RefreshHitAge `config:"refresh_hit_age" default:"omitted"`

	// WebACLPosition is whether a web ACL inspects requests that are answered
	// because of their protocol, method or country (CF-PIPE-22): they are not,
	// after_protocol; or they are inspected and counted as well,
	// before_protocol. AWS has described both. Default after_protocol, the later
	// description (CF-PIPE-21).
	WebACLPosition WebACLPosition `config:"web_acl_position" default:"after_protocol"`

	// SignedPath is which view of a path a signature must cover (CF-SIG-21): both,
	// the one that was sent and the normalised one, which has chosen the cache
	// behavior (CF-BEH-15); or raw, the one that was sent. AWS speaks of the URL and
	// not of normalising. Default both: with raw, who may see /public/* gets by
	// /public/../private/a whatever the origin takes that for, which is why it needs
	// forwarded_path: raw. Percent-encodings make no difference between the views.
	SignedPath SignedPath `config:"signed_path" default:"both"`

	// SignedOptions is whether OPTIONS needs a signature where other methods do
	// (CF-SIG-33): required, or exempt, and then it is answered by cache or origin.
	// AWS says nothing; that a CORS preflight, which has no cookies, gets a 403 is
	// widely reported. Default required.
	SignedOptions SignedOptions `config:"signed_options" default:"required"`

	// SignedErrorResponses is what a custom error response for 403 does to the
	// answer to a request without a valid signature (CF-CER-05): it is replaced, or
	// kept. AWS names the blocks of countries and web ACLs, not these. Default
	// replaced, the same rule for all.
	SignedErrorResponses SignedErrorResponses `config:"signed_error_responses" default:"replaced"`

	// SigningCookies is whether origins get the cookies of signed requests where
	// cookies are forwarded (CF-SIG-31): forwarded, or removed. AWS does not say
	// that they are left out. Default forwarded. They are never in the cache key.
	SigningCookies SigningCookies `config:"signing_cookies" default:"forwarded"`

	// PublicSigningParameters is what becomes of the parameters of a signed URL in
	// a cache behavior without key groups (CF-SIG-28): kept, keyed and forwarded as
	// the policies say, or removed. AWS says that they are removed, of behaviors
	// with key groups. Default kept.
	PublicSigningParameters PublicSigningParameters `config:"public_signing_parameters" default:"kept"`

	// ViewerAddressIPv6 is how CloudFront-Viewer-Address has an IPv6 address
	// (CF-CFH-07): groups, eight of them without brackets and then the port, as in
	// 2001:db8:0:0:0:0:0:1:46532; or bracketed, as in [2001:db8::1]:46532. AWS
	// shows IPv4 alone. Default groups, which has been reported.
	ViewerAddressIPv6 ViewerAddressIPv6 `config:"viewer_address_ipv6" default:"groups"`

	// GeneratedErrorHeaders is whether the response headers policy of a cache
	// behavior is applied to errors that the edge makes itself (CF-ERR-25,
	// CF-OPEN-09): applied, or omitted. It has been observed on redirects. Default
	// applied, as there.
	GeneratedErrorHeaders GeneratedErrorHeaders `config:"generated_error_headers" default:"applied"`

	// ErrorPageHeaders is whose response headers policy is applied to the page of
	// a custom error response (CF-CER-14): that of the request's cache behavior,
	// request; or of the one that the page's path chooses, page. Default request:
	// the response is that behavior's.
	ErrorPageHeaders ErrorPageHeaders `config:"error_page_headers" default:"request"`

	// CORSVary is whether responses get Vary: Origin where a response headers
	// policy allows some origins (CF-CORS-20, CF-OPEN-10): added, or omitted. AWS
	// mentions nothing of the kind. Default added, without which the cache of a
	// browser may give one origin what another got.
	CORSVary CORSVary `config:"cors_vary" default:"added"`

	// CORSAllowHeaders is what a preflight gets as Access-Control-Allow-Headers
	// (CF-CORS-19, CF-OPEN-10): list_unless_wildcard, the list as it is configured
	// or, if that has a wildcard, of the requested names those that match; matched,
	// always these; or list, always as it is configured. Default
	// list_unless_wildcard, with which browsers do what the list says.
	CORSAllowHeaders CORSAllowHeaders `config:"cors_allow_headers" default:"list_unless_wildcard"`

	// DomainFronting is whose certificates are good for a request over TLS whose
	// host is not the name that its connection was opened for (CF-DIST-10):
	// account, those of all distributions of this configuration, which AWS would
	// accept if they were of one account; or certificate, the one that was shown,
	// and only if it covers the host or its distribution has it. Otherwise the
	// answer is 421, by which a browser opens another connection. Default account;
	// certificate in mode production, where distributions may be strangers.
	DomainFronting DomainFronting `config:"domain_fronting"`
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

// InvalidationEscapes is a value of Choices.
type InvalidationEscapes string

func (InvalidationEscapes) values() []string { return []string{"decoded", "kept"} }

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

// WebACLPosition is a value of Choices.
type WebACLPosition string

func (WebACLPosition) values() []string { return []string{"after_protocol", "before_protocol"} }

// ViewerAddressIPv6 is a value of Choices.
type ViewerAddressIPv6 string

func (ViewerAddressIPv6) values() []string { return []string{"groups", "bracketed"} }

// DomainFronting is a value of Choices.
type DomainFronting string

// Whose certificates may be good for another host.
const (
	DomainFrontingAccount     DomainFronting = "account"
	DomainFrontingCertificate DomainFronting = "certificate"
)

func (DomainFronting) values() []string { return []string{"account", "certificate"} }

// HeadMiss is a value of Choices.
type HeadMiss string

func (HeadMiss) values() []string { return []string{"head", "get"} }

// ConditionsOnMiss is a value of Choices.
type ConditionsOnMiss string

func (ConditionsOnMiss) values() []string { return []string{"edge", "origin"} }

// Aborted is a value of Choices.
type Aborted string

// What can become of a response whose viewer has left.
const (
	AbortedStore Aborted = "store"
	AbortedDrop  Aborted = "drop"
)

func (Aborted) values() []string { return []string{"store", "drop"} }

// UnsafeMethods is a value of Choices.
type UnsafeMethods string

func (UnsafeMethods) values() []string { return []string{"keep", "invalidate"} }

// StaleAfter4xx is a value of Choices.
type StaleAfter4xx string

func (StaleAfter4xx) values() []string { return []string{"keep", "drop"} }

// XCacheStaleWhileRevalidate is a value of Choices.
type XCacheStaleWhileRevalidate string

func (XCacheStaleWhileRevalidate) values() []string { return []string{"hit", "refresh_hit"} }

// XCacheCachedError is a value of Choices.
type XCacheCachedError string

func (XCacheCachedError) values() []string { return []string{"error", "hit"} }

// XCacheNotModified is a value of Choices.
type XCacheNotModified string

func (XCacheNotModified) values() []string { return []string{"hit", "refresh_hit"} }

// RefreshHitAge is a value of Choices.
type RefreshHitAge string

func (RefreshHitAge) values() []string { return []string{"omitted", "sent"} }

// StaleLimit is a value of Choices.
type StaleLimit string

func (StaleLimit) values() []string { return []string{"since_validation", "since_expiry"} }

// StaleIfErrorEnded is a value of Choices.
type StaleIfErrorEnded string

func (StaleIfErrorEnded) values() []string { return []string{"error", "stale"} }

// NoCacheWithMaxAge is a value of Choices.
type NoCacheWithMaxAge string

func (NoCacheWithMaxAge) values() []string { return []string{"no_cache", "max_age"} }

// PrivateCopies is a value of Choices.
type PrivateCopies string

// PrivateCopiesOutage keeps private responses for an outage.
const PrivateCopiesOutage PrivateCopies = "outage"

func (PrivateCopies) values() []string { return []string{"none", "outage"} }

// OriginAge is a value of Choices.
type OriginAge string

func (OriginAge) values() []string { return []string{"ignored", "subtracted"} }

// RedirectWithoutCacheControl is a value of Choices.
type RedirectWithoutCacheControl string

func (RedirectWithoutCacheControl) values() []string { return []string{"not_stored", "min_ttl"} }

// CollapsedErrors is a value of Choices.
type CollapsedErrors string

func (CollapsedErrors) values() []string { return []string{"cacheable", "all"} }
