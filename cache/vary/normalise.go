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

// squeeze drops white space where it is optional, before and after a semicolon
// (RFC 9110 section 12.4.2), and folds the case of ASCII letters. All other
// bytes stay what they are: "e n" is no language and must not become one.
func squeeze(member string) string {
	out := make([]byte, 0, len(member))
	for i, part := range strings.Split(member, ";") {
		if i > 0 {
			out = append(out, ';')
		}
		part = field.TrimSpace(part)
		for i := range len(part) {
			c := part[i]
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
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
