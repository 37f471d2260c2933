package cachecontrol

import (
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// ParseStrict reads every Cache-Control line as RFC 9111 wants it. It differs
// from Parse in one thing: a number of seconds that is missing or malformed
// is 0, so that the response is stale (section 4.2.1), and not absent.
func ParseStrict(lines field.Lines) Directives { return parse(lines, malformedIsZero) }

// Demands are the Cache-Control directives of a request (RFC 9111 section
// 5.2.1). The zero value demands nothing.
type Demands struct {
	NoCache      bool
	NoStore      bool
	OnlyIfCached bool
	MaxAge       Delta
	MinFresh     Delta
	MaxStale     Delta // without an argument MaxDelta: any staleness
}

// ParseRequest reads the demands of a request. A malformed max-age demands
// the freshest; a malformed max-stale or min-fresh demands nothing. Pragma:
// no-cache counts where there is no Cache-Control (section 5.4).
func ParseRequest(lines field.Lines) Demands {
	var d Demands
	if !lines.Has("Cache-Control") {
		d.NoCache = pragmaNoCache(lines)
		return d
	}
	for i := range lines {
		if !field.EqualName(lines[i].Name, "Cache-Control") {
			continue
		}
		for member, rest := cutMember(lines[i].Value); ; member, rest = cutMember(rest) {
			name, arg, hasArg := strings.Cut(member, "=")
			d.add(name, arg, hasArg)
			if rest == "" {
				break
			}
		}
	}
	return d
}

func (d *Demands) add(name, arg string, hasArg bool) {
	switch {
	case is(name, "no-cache"):
		d.NoCache = true
	case is(name, "no-store"):
		d.NoStore = true
	case is(name, "only-if-cached"):
		d.OnlyIfCached = true
	case is(name, "max-age"):
		addDelta(&d.MaxAge, arg, malformedIsZero)
	case is(name, "min-fresh"):
		addDelta(&d.MinFresh, arg, malformedIsAbsent)
	case is(name, "max-stale") && !hasArg:
		d.MaxStale.keepSmallest(MaxDelta)
	case is(name, "max-stale"):
		addDelta(&d.MaxStale, arg, malformedIsAbsent)
	}
}

func pragmaNoCache(lines field.Lines) bool {
	for i := range lines {
		if !field.EqualName(lines[i].Name, "Pragma") {
			continue
		}
		for directive := range field.Elements(lines[i].Value) {
			if is(directive, "no-cache") {
				return true
			}
		}
	}
	return false
}

// ParseAge reads an Age field: the first element of the first line (RFC 9111
// section 5.1). A value that is no number of seconds is to be ignored.
func ParseAge(lines field.Lines) (age time.Duration, ok bool) {
	first, _ := cutMember(lines.Get("Age"))
	return parseDelta(first)
}

// ParseDateFold is ParseDate for text in any letter case: the names of days
// and months and the zone of HTTP-date are case-sensitive, but what is old
// must not become fresh, or fresh old, by the case of a letter.
func ParseDateFold(s string, now time.Time) (time.Time, error) {
	if t, err := ParseDate(s, now); err == nil || len(s) > len("Wednesday, 06-Nov-94 08:49:37 GMT") {
		return t, err
	}
	b := []byte(strings.ToLower(s))
	for i, c := range b {
		if 'a' <= c && c <= 'z' && (i == 0 || b[i-1]|0x20 < 'a' || b[i-1]|0x20 > 'z') {
			b[i] -= 'a' - 'A'
		}
	}
	canonical := string(b)
	if zone, found := strings.CutSuffix(canonical, " Gmt"); found {
		canonical = zone + " GMT"
	}
	return ParseDate(canonical, now)
}
