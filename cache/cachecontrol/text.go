package cachecontrol

import (
	"strconv"
	"strings"
	"time"
)

// cutMember splits the first member off a comma-separated list (RFC 9110
// section 5.6.1). A comma inside a quoted string does not end the member; a
// quote that is never closed is an ordinary character, so that it cannot
// hide the directives after it.
func cutMember(s string) (member, rest string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case ',':
			return trim(s[:i]), s[i+1:]
		case '"':
			if n := quotedLen(s[i:]); n > 0 {
				i += n - 1
			}
		}
	}
	return trim(s), ""
}

// quotedLen returns the length of the quoted string that s begins with, or 0
// if it is not closed.
func quotedLen(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// unquoted returns what is between the quotes of a quoted string, and other
// text as it is. Escapes stay: no argument that we understand has any.
func unquoted(s string) string {
	if len(s) >= 2 && s[0] == '"' && quotedLen(s) == len(s) {
		return s[1 : len(s)-1]
	}
	return s
}

// isArgument reports whether s is what may follow "=": a token or a quoted string.
func isArgument(s string) bool {
	return isToken(s) || strings.HasPrefix(s, `"`) && quotedLen(s) == len(s)
}

// trim removes optional whitespace (RFC 9110 section 5.6.3).
func trim(s string) string { return strings.Trim(s, " \t") }

// isToken reports whether s consists of token characters (RFC 9110 section
// 5.6.2) and is not empty.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	letterOrDigit := 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9'
	return letterOrDigit || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// printFlags prints the directives without an argument.
func (d Directives) printFlags(b *strings.Builder) {
	flags := [...]struct {
		on   bool
		name string
	}{
		{d.NoStore, "no-store"}, {d.NoCache, "no-cache"}, {d.Private, "private"},
		{d.Public, "public"}, {d.MustRevalidate, "must-revalidate"},
		{d.ProxyRevalidate, "proxy-revalidate"}, {d.NoTransform, "no-transform"},
		{d.Immutable, "immutable"}, {d.MustUnderstand, "must-understand"},
	}
	for _, f := range flags {
		if f.on {
			separate(b)
			b.WriteString(f.name)
		}
	}
}

func printNames(b *strings.Builder, directive string, names []string) {
	if len(names) == 0 {
		return
	}
	separate(b)
	b.WriteString(directive + `="` + strings.Join(names, ", ") + `"`)
}

func printDelta(b *strings.Builder, directive string, d Delta) {
	if !d.Present {
		return
	}
	separate(b)
	b.WriteString(directive + "=" + strconv.FormatInt(int64(d.Value/time.Second), 10))
}

func separate(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteString(", ")
	}
}
