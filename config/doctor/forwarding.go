package doctor

import "strings"

// What a viewer sends and the origin does not get.

const caching = "write query_strings_config: {query_string_behavior: all} in a cache policy of your own, or list those that the API reads"

// droppedAuthorization warns only where something shows that credentials are
// meant to pass: a behavior that passes everything through to an API, or a
// CORS answer that allows the field.
func droppedAuthorization(b *behavior, say say) {
	if b.reaches("Authorization") && !b.origin.signed() {
		return
	}
	switch {
	case b.origin.signed() && allowsAuthorization(b):
		say(b.key("response_headers_policy_id"), "browsers are told that they may send Authorization, and it ends here: requests to this origin are signed in its place",
			"leave Authorization out of access_control_allow_headers, or have viewers send their token by another header")
	case b.origin.named() && !b.caches() && b.OriginRequestPolicyID == "" && b.keyedQuery().none():
		say(b.key("cache_policy_id"), "nothing is cached, and yet neither Authorization nor the query nor cookies reach the API: a cache policy forwards what it keys, and this one keys nothing",
			exceptHost)
	case allowsAuthorization(b):
		say(b.key("response_headers_policy_id"), "browsers are told that they may send Authorization, and it does not reach the origin: signed-in viewers get 401",
			"write headers: [Authorization] in the cache policy, or for what is not cached "+strings.TrimPrefix(exceptHost, "write "))
	}
}

func allowsAuthorization(b *behavior) bool {
	return b.headers.CORSConfig != nil && lists(b.headers.CORSConfig.AllowHeaders, "Authorization")
}

func droppedQuery(b *behavior, say say) {
	if b.origin.named() && b.caches() && !b.strict() && b.keyedQuery().none() && b.selectedQuery().none() {
		say(b.key("cache_policy_id"), "the query neither reaches the API nor is in the cache key: ?page=2 is answered with page 1", caching)
	}
}
