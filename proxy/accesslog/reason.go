package accesslog

import "strconv"

// A Reason says why a request was answered the way it was. It is the primary
// tag of the product: the same word in the log, on metrics and in debug
// headers.
type Reason uint8

// The reasons. The zero value means that nobody said.
const (
	ReasonUnknown            Reason = iota
	ReasonHit                       // fresh in the cache
	ReasonHitStaleSWR               // stale, inside stale-while-revalidate; refreshed behind the viewer's back
	ReasonHitStaleSIE               // stale, because the origin failed (stale-if-error or CF-STALE)
	ReasonHitCollapsed              // joined the fetch of another viewer
	ReasonRefreshHit                // the origin answered 304
	ReasonMissCold                  // never stored
	ReasonMissExpired               // stored, stale, and the origin sent a new one
	ReasonMissEvicted               // stored once, dropped for room
	ReasonMissPurged                // stored once, invalidated
	ReasonMissVariant               // the path is stored, under another key
	ReasonMissRange                 // the stored part is not the wanted one
	ReasonMissTooLarge              // larger than the cache accepts
	ReasonMissAdmission             // the store refused it
	ReasonPassMethod                // method that is never cached
	ReasonPassPolicyTTLZero         // the cache policy keeps nothing
	ReasonPassNoStore               // no-store or no-cache from the origin
	ReasonPassPrivate               // private from the origin
	ReasonPassRequestBody           // request with content
	ReasonPassUpgrade               // WebSocket
	ReasonErrorCached               // error response from the cache
	ReasonErrorOrigin               // the origin answered with an error status
	ReasonErrorOriginDNS            // origin name not resolved
	ReasonErrorOriginConnect        // no connection to the origin
	ReasonErrorOriginTimeout        // the origin did not answer in time
	ReasonErrorOriginInvalid        // the origin's answer could not be used
	ReasonFailover                  // answered by the secondary origin
	ReasonLimitExceeded             // a quota or bound was reached
	ReasonBlockedWAF                // web ACL
	ReasonBlockedRate               // rate-based rule
	ReasonBlockedGeo                // geo restriction
	ReasonBlockedSignature          // signed URL or cookie missing or invalid
	ReasonInvalidRequest            // malformed, too large, or unsafe
	ReasonInvalidHost               // no distribution owns the Host
	ReasonInvalidMethod             // method outside the allowed set
	ReasonInvalidProtocol           // plain HTTP where HTTPS is required
	ReasonInvalidCertificate        // the handshake was for another host
	ReasonRedirectHTTPS             // redirect to HTTPS
	ReasonGeneratedFunction         // response made by an edge function
	ReasonGeneratedErrorPage        // error page of our own for any other cause
	ReasonViewerGone                // the viewer left before a response
	numReasons
)

// NumReasons is the number of reasons, for tables that are indexed by them.
const NumReasons = int(numReasons)

// reasons has beside each name the result type that the reason stands for
// when the status is below 400, and the detailed type that goes with it.
var reasons = [numReasons]struct {
	name     string
	result   ResultType
	detailed DetailedType
}{
	ReasonUnknown:            {"unknown", ResultTypeError, DetailedTypeNone},
	ReasonHit:                {"hit", ResultTypeHit, DetailedTypeNone},
	ReasonHitStaleSWR:        {"hit_stale_swr", ResultTypeHit, DetailedTypeNone},
	ReasonHitStaleSIE:        {"hit_stale_sie", ResultTypeRefreshHit, DetailedTypeNone}, // CF-STALE-06, CF-XC-03
	ReasonHitCollapsed:       {"hit_collapsed", ResultTypeHit, DetailedTypeNone},
	ReasonRefreshHit:         {"refresh_hit", ResultTypeRefreshHit, DetailedTypeNone},
	ReasonMissCold:           {"miss_cold", ResultTypeMiss, DetailedTypeNone},
	ReasonMissExpired:        {"miss_expired", ResultTypeMiss, DetailedTypeNone},
	ReasonMissEvicted:        {"miss_evicted", ResultTypeMiss, DetailedTypeNone},
	ReasonMissPurged:         {"miss_purged", ResultTypeMiss, DetailedTypeNone},
	ReasonMissVariant:        {"miss_variant", ResultTypeMiss, DetailedTypeNone},
	ReasonMissRange:          {"miss_range", ResultTypeMiss, DetailedTypeNone},
	ReasonMissTooLarge:       {"miss_too_large", ResultTypeMiss, DetailedTypeNone},
	ReasonMissAdmission:      {"miss_admission", ResultTypeMiss, DetailedTypeNone},
	ReasonPassMethod:         {"pass_method", ResultTypeMiss, DetailedTypeNone},
	ReasonPassPolicyTTLZero:  {"pass_policy_ttl_zero", ResultTypeMiss, DetailedTypeNone},
	ReasonPassNoStore:        {"pass_no_store", ResultTypeMiss, DetailedTypeNone},
	ReasonPassPrivate:        {"pass_private", ResultTypeMiss, DetailedTypeNone},
	ReasonPassRequestBody:    {"pass_request_body", ResultTypeMiss, DetailedTypeNone},
	ReasonPassUpgrade:        {"pass_upgrade", ResultTypeMiss, DetailedTypeNone},
	ReasonErrorCached:        {"error_cached", ResultTypeError, DetailedTypeError},
	ReasonErrorOrigin:        {"error_origin", ResultTypeError, DetailedTypeError},
	ReasonErrorOriginDNS:     {"error_origin_dns", ResultTypeError, DetailedTypeOriginDNSError},
	ReasonErrorOriginConnect: {"error_origin_connect", ResultTypeError, DetailedTypeOriginConnectError},
	ReasonErrorOriginTimeout: {"error_origin_timeout", ResultTypeError, DetailedTypeOriginCommError},
	ReasonErrorOriginInvalid: {"error_origin_invalid", ResultTypeError, DetailedTypeOriginInvalidResponseError},
	ReasonFailover:           {"failover", ResultTypeMiss, DetailedTypeNone},
	ReasonLimitExceeded:      {"limit_exceeded", ResultTypeLimitExceeded, DetailedTypeNone},
	ReasonBlockedWAF:         {"blocked_waf", ResultTypeError, DetailedTypeInvalidRequestBlocked},
	ReasonBlockedRate:        {"blocked_rate", ResultTypeError, DetailedTypeInvalidRequestBlocked},
	ReasonBlockedGeo:         {"blocked_geo", ResultTypeError, DetailedTypeClientGeoBlocked},
	ReasonBlockedSignature:   {"blocked_signature", ResultTypeError, DetailedTypeError},
	ReasonInvalidRequest:     {"invalid_request", ResultTypeError, DetailedTypeInvalidRequest},
	ReasonInvalidHost:        {"invalid_host", ResultTypeError, DetailedTypeInvalidRequest},
	ReasonInvalidMethod:      {"invalid_method", ResultTypeError, DetailedTypeInvalidRequestMethod},
	ReasonInvalidProtocol:    {"invalid_protocol", ResultTypeError, DetailedTypeError},
	ReasonInvalidCertificate: {"invalid_certificate", ResultTypeError, DetailedTypeInvalidRequestCertificate},
	ReasonRedirectHTTPS:      {"redirect_https", ResultTypeRedirect, DetailedTypeNone},
	ReasonGeneratedFunction:  {"generated_function", ResultTypeFunctionGeneratedResponse, DetailedTypeNone},
	ReasonGeneratedErrorPage: {"generated_error_page", ResultTypeError, DetailedTypeError},
	ReasonViewerGone:         {"viewer_gone", ResultTypeError, DetailedTypeClientCommError},
}

// String returns the snake_case word.
func (r Reason) String() string {
	if r >= numReasons {
		return "reason(" + strconv.Itoa(int(r)) + ")"
	}
	return reasons[r].name
}

// ResultType returns CloudFront's result type for a response with this
// reason and this final status. A status of 400 or more is an Error wherever
// the response came from (CF-XC-04, CF-LOG-10), except where a limit was
// exceeded. For a custom error page the status is the origin's, since the
// substituted one does not count (CF-CER-12).
func (r Reason) ResultType(status int) ResultType {
	if r >= numReasons {
		return ResultTypeError
	}
	base := reasons[r].result
	if status >= 400 && base != ResultTypeLimitExceeded {
		return ResultTypeError
	}
	return base
}

// DetailedType returns the detailed result type that goes with the reason,
// DetailedTypeNone for the result type itself. The origin side often knows a
// finer one.
func (r Reason) DetailedType() DetailedType {
	if r >= numReasons {
		return DetailedTypeError
	}
	return reasons[r].detailed
}
