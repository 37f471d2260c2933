package respheaders

import (
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// namePatterns is the AllowHeaders list (CF-CORS-19).
type namePatterns struct {
	list     string   // the configured list, when that is the answer
	patterns []string // lower case, when the answer is what matches
}

func newNamePatterns(names []string, choice AllowHeaders) namePatterns {
	list := strings.Join(names, ", ")
	if choice == AllowHeadersList || choice == AllowHeadersListUnlessWildcard && !strings.Contains(list, "*") {
		return namePatterns{list: list}
	}
	ps := namePatterns{patterns: make([]string, len(names))}
	for i, name := range names {
		ps.patterns[i] = strings.ToLower(name)
	}
	return ps
}

// answer returns the value of Access-Control-Allow-Headers for a preflight:
// the configured list, or of the requested names those that match it.
func (ps namePatterns) answer(requested string) string {
	if len(ps.patterns) == 0 {
		return ps.list
	}
	var out []string
	for name := range strings.SplitSeq(requested, ",") {
		name = strings.Trim(name, " \t")
		if name != "" && ps.match(name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// match reports whether a field name matches the list. Authorization must be
// listed by its name.
func (ps namePatterns) match(name string) bool {
	lower := strings.ToLower(name)
	for _, p := range ps.patterns {
		if p == "*" && field.EqualName(name, "Authorization") {
			continue
		}
		if matchStars(p, lower) {
			return true
		}
	}
	return false
}
