package vary

import (
	"slices"
	"strings"

	"github.com/groundfront/groundfront/cachekey/field"
)

// normalise gives field values that mean the same the same form (RFC 9111
// section 4.1): no white space around the members of a list and no empty
// members, and, where neither order nor case has a meaning, sorted and in
// lower case. Credentials are compared as they are.
func normalise(name, value string) string {
	if name == "cookie" || name == "authorization" {
		return value
	}
	members := slices.Collect(field.Elements(value))
	if isPreference(name) {
		for i, m := range members {
			members[i] = squeeze(m)
		}
		slices.Sort(members)
	}
	return strings.Join(members, ",")
}

// squeeze drops optional white space (RFC 9110 section 5.6.3) and folds the
// case of ASCII letters. All other bytes stay what they are.
func squeeze(member string) string {
	out := make([]byte, 0, len(member))
	for i := range len(member) {
		switch c := member[i]; {
		case c == ' ', c == '\t':
		case 'A' <= c && c <= 'Z':
			out = append(out, c+'a'-'A')
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// isPreference reports whether a field is a list of ranges with weights (RFC
// 9110 section 12.4), of tokens without case. Equal weights have no order
// that can be relied on (section 12.5.4).
func isPreference(name string) bool {
	return name == "accept-language" || name == "accept-encoding" || name == "accept-charset"
}
