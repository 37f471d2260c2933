package config

// A Trap is something that AWS accepts and that seldom does what was meant:
// a combination of settings that is known to surprise. Package config/doctor
// looks for them. The word is what a warning calls the trap, and what silences
// it.
type Trap string

// The traps that are visible in a configuration, in the order of their
// statements (Trap.ID).
const (
	TrapForwardedHost            Trap = "forwarded_host"
	TrapMissingStage             Trap = "missing_stage"
	TrapDoubledStage             Trap = "doubled_stage"
	TrapDroppedAuthorization     Trap = "dropped_authorization"
	TrapSharedAuthorization      Trap = "shared_authorization"
	TrapUnkeyedQuery             Trap = "unkeyed_query"
	TrapDroppedQuery             Trap = "dropped_query"
	TrapMinTTLOverPrivate        Trap = "min_ttl_over_private"
	TrapErrorPageOverAPI         Trap = "error_page_over_api"
	TrapLongErrorCaching         Trap = "long_error_caching"
	TrapPreflightRefused         Trap = "preflight_refused"
	TrapPreflightUnkeyed         Trap = "preflight_unkeyed"
	TrapUnkeyedCORSOrigin        Trap = "unkeyed_cors_origin"
	TrapErrorsWithoutCORS        Trap = "errors_without_cors"
	TrapCompressionWithoutEffect Trap = "compression_without_effect"
	TrapTimeoutBelowAPI          Trap = "timeout_below_api"
	TrapTimeoutRetried           Trap = "timeout_retried"
	TrapEdgeInChain              Trap = "edge_in_chain"
	TrapHeaderBudget             Trap = "header_budget"
	TrapViewerSignature          Trap = "viewer_signature"
	TrapSharedAPIKey             Trap = "shared_api_key"
	TrapAPIKeyForAll             Trap = "api_key_for_all"
	TrapMethodOverride           Trap = "method_override"
	TrapCookiesStopCollapsing    Trap = "cookies_stop_collapsing"
	TrapSharedCookies            Trap = "shared_cookies"
	TrapBarePathMissed           Trap = "bare_path_missed"
	TrapRawPathInProduction      Trap = "raw_path_in_production"
	TrapRedirectedContent        Trap = "redirected_content"
	TrapWebSocketHandshake       Trap = "websocket_handshake"
	TrapReservedPath             Trap = "reserved_path"
	TrapBrotliOnly               Trap = "brotli_only"
)

// trapNumbers are the traps with the number of the statement that describes
// each: a statement may have several sides.
var trapNumbers = []struct {
	trap   Trap
	number string // two digits
}{
	{TrapForwardedHost, "01"},
	{TrapMissingStage, "02"},
	{TrapDoubledStage, "02"},
	{TrapDroppedAuthorization, "05"},
	{TrapSharedAuthorization, "06"},
	{TrapUnkeyedQuery, "07"},
	{TrapDroppedQuery, "07"},
	{TrapMinTTLOverPrivate, "08"},
	{TrapErrorPageOverAPI, "09"},
	{TrapLongErrorCaching, "10"},
	{TrapPreflightRefused, "12"},
	{TrapPreflightUnkeyed, "12"},
	{TrapUnkeyedCORSOrigin, "13"},
	{TrapErrorsWithoutCORS, "14"},
	{TrapCompressionWithoutEffect, "15"},
	{TrapTimeoutBelowAPI, "17"},
	{TrapTimeoutRetried, "17"},
	{TrapEdgeInChain, "18"},
	{TrapHeaderBudget, "19"},
	{TrapViewerSignature, "23"},
	{TrapSharedAPIKey, "27"},
	{TrapAPIKeyForAll, "27"},
	{TrapMethodOverride, "29"},
	{TrapCookiesStopCollapsing, "30"},
	{TrapSharedCookies, "32"},
	{TrapBarePathMissed, "34"},
	{TrapRawPathInProduction, "35"},
	{TrapRedirectedContent, "36"},
	{TrapWebSocketHandshake, "43"},
	{TrapReservedPath, "44"},
	{TrapBrotliOnly, "45"},
}

// Traps returns all traps.
func Traps() []Trap {
	all := make([]Trap, len(trapNumbers))
	for i, t := range trapNumbers {
		all[i] = t.trap
	}
	return all
}

// String returns the word.
func (t Trap) String() string { return string(t) }

// ID returns the statement of the specification that describes the trap, such
// as "CF-TRAP-01"; "" for a trap that there is not.
func (t Trap) ID() string { return t.numbered("CF-TRAP-") }

// Code returns the code of the warning, such as "GF7001": its last two digits
// are those of the ID.
func (t Trap) Code() string { return t.numbered("GF70") }

func (t Trap) numbered(prefix string) string {
	for _, known := range trapNumbers {
		if known.trap == t {
			return prefix + known.number
		}
	}
	return ""
}

func (Trap) values() []string { return asStrings(Traps()) }
