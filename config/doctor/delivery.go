package doctor

import (
	"fmt"
)

// What a cache is for, and does not do: fewer bytes, fewer requests.

func compressionWithoutEffect(b *behavior, say say) {
	key := b.cache.Parameters
	switch {
	case !b.Compress || key.EnableAcceptEncodingGzip || key.EnableAcceptEncodingBrotli:
	case b.caches():
		say(b.key("compress"), fmt.Sprintf("nothing is compressed: cache policy %q enables neither gzip nor brotli", b.CachePolicyID),
			"write enable_accept_encoding_gzip: true in the cache policy")
	default:
		say(b.key("compress"), fmt.Sprintf("nothing is compressed: cache policy %q turns caching off, and compression with it", b.CachePolicyID),
			"leave compress out, and let the origin compress; or use a cache policy with max_ttl above 0s and enable_accept_encoding_gzip: true")
	}
}

// brotliOnly: REST APIs compress with gzip themselves, and not with br
// (AG-CMP-02).
func brotliOnly(b *behavior, say say) {
	key := b.cache.Parameters
	if b.origin.rest() && key.EnableAcceptEncodingBrotli && !key.EnableAcceptEncodingGzip {
		say(b.key("cache_policy_id"), "the API is asked for br, which it does not have, and viewers that know gzip only get no compression at all",
			"write enable_accept_encoding_gzip: true in the cache policy")
	}
}

func cookiesStopCollapsing(b *behavior, say say) {
	if !b.caches() {
		return
	}
	const happens = "cookies reach the origin: requests at the same time are not collapsed into one, and a stale response is fetched anew instead of revalidated"
	const fix = "write cookies_config: {cookie_behavior: none} in both policies, if the responses do not depend on cookies"
	switch {
	case !b.keyedCookies().none():
		say(b.key("cache_policy_id"), happens, fix)
	case !b.selectedCookies().none():
		say(b.key("origin_request_policy_id"), happens, fix)
	}
}
