package doctor

import (
	"fmt"
	"slices"

	"github.com/groundfront/groundfront/config"
)

// What the origin sees of a viewer and the cache does not: then one viewer's
// response is served to others.

const disable = "write cache_policy_id: CachingDisabled"

func sharedAuthorization(b *behavior, say say) {
	if b.sharesUnkeyed("Authorization") && !b.origin.signed() {
		say(b.key("origin_request_policy_id"), "Authorization reaches the origin but is not in the cache key: one viewer's response is served to others",
			disable+", or headers: [Authorization] in the cache policy")
	}
}

// sharedAPIKey is for keys that somebody forwards on purpose. A policy that
// forwards everything is what sharedAuthorization warns of.
func sharedAPIKey(b *behavior, say say) {
	if b.sharesUnkeyed("x-api-key") && b.listed("x-api-key") {
		say(b.key("origin_request_policy_id"), "x-api-key reaches the API but is not in the cache key: what one key may see is served to viewers without any",
			disable+", or headers: [x-api-key] in the cache policy")
	}
}

func sharedCookies(b *behavior, say say) {
	if b.caches() && !b.strict() && !b.selectedCookies().within(b.keyedCookies()) {
		say(b.key("origin_request_policy_id"), "cookies reach the origin but are not in the cache key: one viewer's response, with its Set-Cookie, is served to others",
			disable+", or the same cookies_config in the cache policy")
	}
}

// unkeyedQuery is not about a strict cache, which keys all of the query that
// reaches the origin.
func unkeyedQuery(b *behavior, say say) {
	if b.caches() && !b.strict() && !b.selectedQuery().within(b.keyedQuery()) {
		say(b.key("origin_request_policy_id"), "query parameters reach the origin but are not in the cache key: the first answer is served for all of their values",
			"write query_strings_config: {query_string_behavior: all} in the cache policy, or list those that the origin reads")
	}
}

// overrides are the fields that REST APIs take the method from (AG-HDR-02),
// and those that other origins do.
var overrides = []string{"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"}

func methodOverride(b *behavior, say say) {
	if !b.origin.rest() {
		return
	}
	at := b.key("origin_request_policy_id")
	switch {
	case slices.ContainsFunc(overrides, b.sharesUnkeyed):
		say(at, "X-HTTP-Method-Override reaches the API but is not in the cache key: a GET may run as another method there, and its answer is stored for all",
			"write an origin_request_policy_id that does not forward it, such as one that lists the headers the API reads")
	case slices.ContainsFunc(overrides, b.selected) && !b.AllowedMethods.Contains("POST"):
		say(at, "X-HTTP-Method-Override reaches the API: a GET may run as a DELETE there, although allowed_methods is "+string(b.AllowedMethods),
			"write an origin_request_policy_id that does not forward it, such as one that lists the headers the API reads")
	}
}

func unkeyedCORSOrigin(b *behavior, say say) {
	cors := b.headers.CORSConfig
	if b.sharesUnkeyed("Origin") && (cors == nil || !cors.OriginOverride) {
		say(b.key("origin_request_policy_id"), "Origin reaches the origin but is not in the cache key: the Access-Control-Allow-Origin of the first site is served to all others",
			"write headers: [Origin] in the cache policy, or a response_headers_policy_id with cors_config and origin_override: true")
	}
}

// minTTLOverPrivate is about origins whose answers are made for somebody:
// APIs, and what the viewer's credentials reach.
func minTTLOverPrivate(b *behavior, say say) {
	personal := b.origin.named() || b.reaches("Authorization") || !b.keyedCookies().none() || !b.selectedCookies().none()
	if b.cache.MinTTL == 0 || b.cache.StrictPrivate || b.strict() || !personal {
		return
	}
	own := config.KeyPath(config.KeyPath("cache_policies", b.cache.Name), "min_ttl")
	say(b.origin.written(own, b.key("cache_policy_id")),
		fmt.Sprintf("a min_ttl of %s stores what the origin marks no-store or private too, and serves it to everyone with the same key", b.cache.MinTTL),
		"write min_ttl: 0s, in a cache policy of your own, where default_ttl is for what has no Cache-Control; or strict_private: true, which AWS does not have")
}
