package doctor

import (
	"fmt"
	"slices"
	"time"

	"github.com/groundfront/groundfront/config"
)

// Custom error responses, which a distribution has for all of its behaviors
// (CF-CER-03).

func errorPageOverAPI(d *distribution, say say) {
	api := d.api((*behavior).isAPI)
	if api == nil {
		return
	}
	for i, e := range d.CustomErrorResponses {
		if e.ResponseCode == 200 {
			say(d.errorKey(i, "response_code"),
				fmt.Sprintf("a %d of the API at %s becomes a page with status 200 as well: custom error responses hold for all behaviors", e.ErrorCode, api.PathPattern),
				"put the pages and the API into two distributions, or have the origin of the pages answer with the page itself")
		}
	}
}

// longest is CloudFront's default error caching minimum TTL (CF-ECT-01).
const longest = 10 * time.Second

// passing are errors that an API has while something is wrong, or until
// something is created.
var passing = []int{404, 500, 502, 503, 504}

func longErrorCaching(d *distribution, say say) {
	api := d.api(func(b *behavior) bool { return b.isAPI() && b.caches() })
	if api == nil {
		return
	}
	for i, e := range d.CustomErrorResponses {
		if slices.Contains(passing, e.ErrorCode) && e.ErrorCachingMinTTL.Std() > longest {
			say(d.errorKey(i, "error_caching_min_ttl"),
				fmt.Sprintf("a %d of the API at %s is repeated for %s, although the API has recovered", e.ErrorCode, api.PathPattern, e.ErrorCachingMinTTL),
				"write error_caching_min_ttl: 10s, or less")
		}
	}
}

// api returns the first behavior of an API for which is holds, or nil.
func (d *distribution) api(is func(*behavior) bool) *behavior {
	if i := slices.IndexFunc(d.behaviors, is); i >= 0 {
		return d.behaviors[i]
	}
	return nil
}

func (d *distribution) errorKey(i int, name string) string {
	return config.KeyPath(config.IndexPath(config.KeyPath(d.at, "custom_error_responses"), i), name)
}
