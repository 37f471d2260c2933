package config

import (
	"slices"
	"strings"
)

func (k *checker) distribution(d *Distribution) {
	at := path("distributions").key(d.Name)
	k.comment(at, d.Comment)
	k.viewerMTLS(d, at)
	k.rootObject(d.DefaultRootObject, at.key("default_root_object"))
	k.atMost(at.key("origins"), "origins", len(d.Origins), 100, "CF-QUO-09")
	for i := range d.Origins {
		k.origin(&d.Origins[i], at.key("origins").key(d.Origins[i].Name))
	}
	k.originGroups(d, at.key("origin_groups"))
	k.injected(d, at)
	k.routing(d, at.key("routing"))
	k.askedAnyway(d)
	k.behavior(&d.DefaultCacheBehavior, d, at.key("default_cache_behavior"))
	k.atMost(at.key("cache_behaviors"), "cache behaviors", len(d.CacheBehaviors), 75, "CF-BEH-18")
	for i := range d.CacheBehaviors {
		k.behavior(&d.CacheBehaviors[i], d, at.key("cache_behaviors").index(i))
	}
	k.patterns(d.CacheBehaviors, at.key("cache_behaviors"))
	k.publicBeforeSigned(d.CacheBehaviors, at.key("cache_behaviors"))
	k.errorResponses(d.CustomErrorResponses, at.key("custom_error_responses"))
	k.geoRestriction(&d.Restrictions.GeoRestriction, at.key("restrictions").key("geo_restriction"))
	if d.CacheTagHeader != "" && !isToken(d.CacheTagHeader) {
		k.fail(at.key("cache_tag_header"), badHeader, "cache_tag_header %q is not a field name (CF-TAG-01)", d.CacheTagHeader)
	}
	if d.Logging != nil && d.Logging.Path == "" {
		k.fail(at.key("logging").key("path"), badValue, "path must name a file, or be stdout")
	}
}

// pathAlphabet is that of CF-BEH-08 and CF-ROOT-04, letters and digits aside.
const pathAlphabet = "_-.*$/~\"'&"

func onlyFrom(alphabet, s string) bool {
	for i := range len(s) {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !alnum && strings.IndexByte(alphabet, c) < 0 {
			return false
		}
	}
	return true
}

func (k *checker) rootObject(name string, at path) {
	switch {
	case strings.HasPrefix(name, "/"):
		k.fail(at, badRootObject, "default_root_object %q begins with a slash (CF-ROOT-04)", name).Suggestion =
			"write " + strings.TrimLeft(name, "/")
	case len(name) > 255:
		k.fail(at, badRootObject, "default_root_object has %d characters, want at most 255 (CF-ROOT-04)", len(name))
	case !onlyFrom(pathAlphabet, name):
		k.fail(at, badRootObject, "default_root_object %q has a character outside A-Z a-z 0-9 _ - . * $ / ~ \" ' & (CF-ROOT-04)", name)
	}
}

// patterns finds behaviors that can never be reached because an earlier one
// has the same pattern. A missing leading slash is implied (CF-BEH-05).
func (k *checker) patterns(behaviors []CacheBehavior, at path) {
	first := map[string]int{}
	for i, b := range behaviors {
		here, pattern := at.index(i).key("path_pattern"), "/"+strings.TrimPrefix(b.PathPattern, "/")
		switch j, repeated := first[pattern]; {
		case b.PathPattern == "*":
			k.fail(here, repeatedPattern, "path pattern \"*\" is that of default_cache_behavior")
		case repeated:
			k.fail(here, repeatedPattern, "path pattern %q is the same as that of cache_behaviors[%d]", b.PathPattern, j)
		default:
			first[pattern] = i
		}
	}
}

// aliases checks the names of all distributions together (CF-DIST-07).
func (k *checker) aliases() {
	owner := map[string]string{}
	for d := range slices.Values(k.config.Distributions) {
		at := path("distributions").key(d.Name).key("aliases")
		k.atMost(at, "aliases", len(d.Aliases), 100, "CF-QUO-07")
		for i, a := range d.Aliases {
			k.alias(a, at.index(i))
			if other, taken := owner[a]; taken {
				k.fail(at.index(i), repeatedAlias, "alias %q is already on distribution %q (CF-DIST-07)", a, other)
			}
			owner[a] = d.Name
		}
	}
}

func (k *checker) alias(a string, at path) {
	lower := strings.ToLower(a)
	switch {
	case a != lower && validAlias(lower):
		k.fail(at, badAlias, "alias %q is not in lower case (CF-DIST-03)", a).Suggestion = "write " + lower
	case !validAlias(a):
		k.fail(at, badAlias, "alias %q is not a domain name, with \"*.\" only at the beginning (CF-DIST-04)", a)
	}
}

func validAlias(a string) bool {
	name := strings.TrimPrefix(a, "*.")
	if len(a) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label ||
			strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

// errorStatuses can have a custom error response (CF-CER-01).
var errorStatuses = []int{400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}

func (k *checker) errorResponses(all []CustomErrorResponse, at path) {
	seen := map[int]bool{}
	for i, e := range all {
		here := at.index(i)
		if seen[e.ErrorCode] {
			k.fail(here.key("error_code"), repeatedName, "error_code %d already has a custom error response", e.ErrorCode)
		}
		seen[e.ErrorCode] = true
		k.errorResponse(e, here)
	}
}

func (k *checker) errorResponse(e CustomErrorResponse, at path) {
	if !slices.Contains(errorStatuses, e.ErrorCode) {
		k.fail(at.key("error_code"), badErrorCode, "error_code %d cannot be customised (CF-CER-01)", e.ErrorCode)
	}
	hasPage, hasCode := e.ResponsePagePath != "", k.written(at.key("response_code"))
	if hasPage != hasCode {
		k.fail(at, errorPagePair, "response_page_path and response_code come together or not at all (CF-CER-01)")
	}
	if hasCode && e.ResponseCode != 200 && !slices.Contains(errorStatuses, e.ResponseCode) {
		k.fail(at.key("response_code"), badErrorCode, "response_code %d is not available (CF-CER-02)", e.ResponseCode)
	}
	if hasPage && !strings.HasPrefix(e.ResponsePagePath, "/") {
		k.fail(at.key("response_page_path"), badPagePath, "response_page_path %q does not begin with a slash (CF-CER-04)", e.ResponsePagePath)
	}
	if strings.ContainsAny(e.ResponsePagePath, "?# ") || !fieldValue(e.ResponsePagePath) {
		k.fail(at.key("response_page_path"), badPagePath, "response_page_path %q is more than a path: the page is asked for without a query (CF-CER-07)", e.ResponsePagePath)
	}
}
