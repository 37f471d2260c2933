package doctor

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/config"
)

// Requests of browsers from other sites.

// preflightRefused warns where the CORS answer is about requests that browsers
// ask for leave first.
func preflightRefused(b *behavior, say say) {
	cors := b.headers.CORSConfig
	if cors == nil || b.AllowedMethods.Contains("OPTIONS") || !needsPreflight(cors) {
		return
	}
	say(b.written("allowed_methods"), "browsers ask by OPTIONS before such requests; it is not an allowed method, and the 403 for it has them give up",
		"write allowed_methods: read_options, or all")
}

// needsPreflight reports whether a policy allows what the Fetch standard does
// not let pass unasked. ALL and * are what those write who want to allow all.
func needsPreflight(cors *config.CORSConfig) bool {
	simple := []string{"GET", "HEAD", "POST", "OPTIONS"}
	method := len(cors.AllowMethods) < 7 && slices.ContainsFunc(cors.AllowMethods, func(m config.CORSMethod) bool {
		return !slices.Contains(simple, string(m))
	})
	return method || slices.ContainsFunc(cors.AllowHeaders, func(name string) bool {
		return !strings.Contains(name, "*") && !lists([]string{"Accept", "Accept-Language", "Content-Language", "Range"}, name)
	})
}

// preflightFields are what the answer to a preflight depends on.
var preflightFields = []string{"Origin", "Access-Control-Request-Method", "Access-Control-Request-Headers"}

func preflightUnkeyed(b *behavior, say say) {
	if !b.CachedMethods.Contains("OPTIONS") || !b.caches() || b.strict() {
		return
	}
	missing := slices.DeleteFunc(slices.Clone(preflightFields), b.keyed)
	if len(missing) > 0 {
		say(b.key("cached_methods"), "the answer to one preflight is served to all others, for "+strings.Join(missing, ", ")+" is not in the cache key",
			"write headers: ["+strings.Join(preflightFields, ", ")+"] in the cache policy, or cached_methods: read")
	}
}

// errorsWithoutCORS is for policies that name Origin: then the API does CORS
// itself.
func errorsWithoutCORS(b *behavior, say say) {
	if b.listed("Origin") && b.headers.CORSConfig == nil && b.isAPI() {
		say(b.at, "the edge's own errors, such as 502 and 504, have no CORS headers: browsers show a CORS error in their place",
			"write response_headers_policy_id: SimpleCORS, or one of your own with cors_config")
	}
}

// written returns the path of a property, or that of the behavior's
// response headers policy if the property has its default.
func (b *behavior) written(name string) string {
	return b.origin.written(b.key(name), b.key("response_headers_policy_id"))
}
