package proxy

import (
	"github.com/groundfront/groundfront/cache/invalidation"
	"github.com/groundfront/groundfront/proxy/accesslog"
	"github.com/groundfront/groundfront/proxy/behavior"
	"github.com/groundfront/groundfront/proxy/respheaders"
	"github.com/groundfront/groundfront/proxy/signedurl"
)

// Choices are the answers to what AWS does not document about an exchange.
// The zero value has the specification's choice of each. The names of the
// values are the words of the configuration.
type Choices struct {
	ForwardedPath ForwardedPath
	PathEscapes   PathEscapes
	XCache        XCacheChoices
	RefreshHitAge RefreshHitAge
	HeadMiss      HeadMiss
	// WebACLPosition is nothing to a hit, which nothing refuses.
	WebACLPosition WebACLPosition
	DomainFronting DomainFronting
	// SignedPath is that of the Snapshot's Verifier.
	SignedPath              signedurl.Paths
	SignedOptions           SignedOptions
	SignedErrorResponses    SignedErrorResponses
	PublicSigningParameters PublicSigningParameters
	// ViewerAddressIPv6 is in no cache key (CF-CFH-07).
	ViewerAddressIPv6     ViewerAddressIPv6
	GeneratedErrorHeaders GeneratedErrorHeaders
	ErrorPageHeaders      ErrorPageHeaders
	// CORS are those of the behaviors' response headers policies.
	CORS respheaders.Choices
	// InvalidationEscapes are those of the batches of this configuration.
	InvalidationEscapes invalidation.Escapes
}

// ForwardedPath says which form of the path is keyed and forwarded: always
// the same for both, or one viewer could store under another's key what a
// third form of the path has brought (CF-KEY-21).
type ForwardedPath uint8

const (
	// ForwardedPathRaw is as received, the default root object applied.
	ForwardedPathRaw ForwardedPath = iota
	// ForwardedPathNormalized is the form that behaviors are matched on: one
	// path is matched, keyed and forwarded (CF-BEH-15).
	ForwardedPathNormalized
)

// String returns the word of the configuration.
func (c ForwardedPath) String() string {
	switch c {
	case ForwardedPathRaw:
		return "raw"
	case ForwardedPathNormalized:
		return "normalized"
	}
	return "ForwardedPath(?)"
}

// PathEscapes says what normalising does with percent-encoded characters that
// need no encoding (CF-BEH-14).
type PathEscapes uint8

const (
	// PathEscapesDecoded decodes them, as RFC 3986 section 6.2.2 does.
	PathEscapesDecoded PathEscapes = iota
	// PathEscapesKept leaves every escape as it is, those of dots too.
	PathEscapesKept
)

// String returns the word of the configuration.
func (c PathEscapes) String() string {
	switch c {
	case PathEscapesDecoded:
		return "decoded"
	case PathEscapesKept:
		return "kept"
	}
	return "PathEscapes(?)"
}

// XCacheChoices are those about the field X-Cache alone: the access log and
// our own reasons say in any case what happened.
type XCacheChoices struct {
	StaleWhileRevalidate XCacheStaleWhileRevalidate
	CachedError          XCacheCachedError
	NotModified          XCacheNotModified
}

// XCacheStaleWhileRevalidate is X-Cache of an answer that is stale while it
// is revalidated (CF-SWR-07).
type XCacheStaleWhileRevalidate uint8

// The values are result types.
const (
	XCacheStaleWhileRevalidateHit XCacheStaleWhileRevalidate = iota
	XCacheStaleWhileRevalidateRefreshHit
)

// String returns the word of the configuration.
func (c XCacheStaleWhileRevalidate) String() string {
	switch c {
	case XCacheStaleWhileRevalidateHit:
		return "hit"
	case XCacheStaleWhileRevalidateRefreshHit:
		return "refresh_hit"
	}
	return "XCacheStaleWhileRevalidate(?)"
}

// XCacheCachedError is X-Cache of an error from the cache (CF-XC-10).
type XCacheCachedError uint8

// The values are result types.
const (
	XCacheCachedErrorError XCacheCachedError = iota
	XCacheCachedErrorHit
)

// String returns the word of the configuration.
func (c XCacheCachedError) String() string {
	switch c {
	case XCacheCachedErrorError:
		return "error"
	case XCacheCachedErrorHit:
		return "hit"
	}
	return "XCacheCachedError(?)"
}

// XCacheNotModified is X-Cache of a 304 that the edge answers with from a
// fresh response (CF-XC-11).
type XCacheNotModified uint8

// The values are result types.
const (
	XCacheNotModifiedHit XCacheNotModified = iota
	XCacheNotModifiedRefreshHit
)

// String returns the word of the configuration.
func (c XCacheNotModified) String() string {
	switch c {
	case XCacheNotModifiedHit:
		return "hit"
	case XCacheNotModifiedRefreshHit:
		return "refresh_hit"
	}
	return "XCacheNotModified(?)"
}

// RefreshHitAge says whether an answer whose X-Cache is RefreshHit has an Age
// (CF-AGE-01).
type RefreshHitAge uint8

const (
	// RefreshHitAgeOmitted sends none.
	RefreshHitAgeOmitted RefreshHitAge = iota
	// RefreshHitAgeSent sends the time since the validation: 0, or more for a
	// stale answer in the place of an error.
	RefreshHitAgeSent
)

// String returns the word of the configuration.
func (c RefreshHitAge) String() string {
	switch c {
	case RefreshHitAgeOmitted:
		return "omitted"
	case RefreshHitAgeSent:
		return "sent"
	}
	return "RefreshHitAge(?)"
}

// HeadMiss says how a HEAD for which nothing usable is stored is fetched
// (CF-KEY-04).
type HeadMiss uint8

const (
	// HeadMissHead fetches it as HEAD; no GET is answered with what comes.
	HeadMissHead HeadMiss = iota
	// HeadMissGet fetches it as GET, whose content is stored.
	HeadMissGet
)

// String returns the word of the configuration.
func (c HeadMiss) String() string {
	switch c {
	case HeadMissHead:
		return "head"
	case HeadMissGet:
		return "get"
	}
	return "HeadMiss(?)"
}

// WebACLPosition says whether a web ACL inspects requests that are refused by
// protocol, method or country (CF-PIPE-21, CF-PIPE-22).
type WebACLPosition uint8

const (
	// WebACLPositionAfterProtocol inspects what was not refused.
	WebACLPositionAfterProtocol WebACLPosition = iota
	// WebACLPositionBeforeProtocol inspects, and counts, all.
	WebACLPositionBeforeProtocol
)

// String returns the word of the configuration.
func (c WebACLPosition) String() string {
	switch c {
	case WebACLPositionAfterProtocol:
		return "after_protocol"
	case WebACLPositionBeforeProtocol:
		return "before_protocol"
	}
	return "WebACLPosition(?)"
}

// ViewerAddressIPv6 says how an IPv6 address is written in
// CloudFront-Viewer-Address (CF-CFH-07).
type ViewerAddressIPv6 uint8

const (
	// ViewerAddressIPv6Groups writes eight groups: 2001:db8:0:0:0:0:0:1:46532.
	ViewerAddressIPv6Groups ViewerAddressIPv6 = iota
	// ViewerAddressIPv6Bracketed writes it as in a URL: [2001:db8::1]:46532.
	ViewerAddressIPv6Bracketed
)

// String returns the word of the configuration.
func (c ViewerAddressIPv6) String() string {
	switch c {
	case ViewerAddressIPv6Groups:
		return "groups"
	case ViewerAddressIPv6Bracketed:
		return "bracketed"
	}
	return "ViewerAddressIPv6(?)"
}

// DomainFronting says whose certificates are good for a request over TLS whose
// host is not the name that its connection was opened for (CF-DIST-10).
type DomainFronting uint8

const (
	// DomainFrontingAccount takes the certificates of a configuration for those of
	// one account, so that each is good for each of its distributions.
	DomainFrontingAccount DomainFronting = iota
	// DomainFrontingCertificate wants the certificate that was shown to cover the
	// host.
	DomainFrontingCertificate
)

// String returns the word of the configuration.
func (c DomainFronting) String() string {
	switch c {
	case DomainFrontingAccount:
		return "account"
	case DomainFrontingCertificate:
		return "certificate"
	}
	return "DomainFronting(?)"
}

// xCache returns the value of X-Cache for an answer with this result type.
func (x *Exchange) xCache(t accesslog.ResultType) string {
	choices, a := &x.snapshot.Choices.XCache, &x.answer
	switch {
	case *choices == XCacheChoices{}:
	case a.reason == accesslog.ReasonHitStaleSWR && choices.StaleWhileRevalidate == XCacheStaleWhileRevalidateRefreshHit,
		a.reason == accesslog.ReasonHit && a.status == 304 && choices.NotModified == XCacheNotModifiedRefreshHit:
		t = accesslog.ResultTypeRefreshHit
	case a.reason == accesslog.ReasonErrorCached && a.status >= 400 && choices.CachedError == XCacheCachedErrorHit:
		t = accesslog.ResultTypeHit
	}
	return t.XCache()
}

// fetchMethod returns the method of the request to the origin.
func (x *Exchange) fetchMethod() string {
	if x.r.Method == "HEAD" && x.snapshot.Choices.HeadMiss == HeadMissGet && !x.bypasses() {
		return "GET"
	}
	return x.r.Method
}

// Normalize returns the form of a path that behaviors are matched on.
func (c *Choices) Normalize(path string) string {
	if c.PathEscapes == PathEscapesKept {
		return behavior.CollapsePath(path)
	}
	return behavior.NormalizePath(path)
}
