// Package cachecontrol parses the Cache-Control field of a response
// (RFC 9111 section 5.2) and the dates that caching depends on (RFC 9110
// section 5.6.7).
//
// It says what the origin wrote, not what follows from it: package freshness
// turns directives into lifetimes. Where the origin's text is malformed the
// reading is the one that caches less: an unusable number is no number
// (CF-TTL-20), a broken field-name list is the directive without a list, and what
// is no directive at all still forbids what it names.
// ParseStrict and ParseTargeted read as RFC 9111 and RFC 9213 want it, and
// ParseRequest reads what a viewer demands.
//
// It is a part of cache and imports only the field lines.
package cachecontrol

import (
	"strings"
	"time"

	"github.com/groundfront/groundfront/cachekey/field"
)

// MaxDelta is the greatest number of seconds that a directive can carry,
// 100 years (CF-TTL-11). Greater values are read as this one, so that no
// sum of two of them overflows a time.Duration.
const MaxDelta = 100 * 365 * 24 * time.Hour

// Directives is what the Cache-Control lines of one response say. The zero
// value is a response without the field.
type Directives struct {
	Present bool // there is at least one Cache-Control line, however empty

	NoStore         bool
	NoCache         bool // without a field-name list, or with a broken one
	Private         bool // likewise
	Public          bool
	MustRevalidate  bool
	ProxyRevalidate bool
	NoTransform     bool
	Immutable       bool
	MustUnderstand  bool

	MaxAge               Delta
	SMaxAge              Delta
	StaleWhileRevalidate Delta
	StaleIfError         Delta

	// NoCacheFields and PrivateFields are the names of no-cache="..." and
	// private="..." (CF-TTL-14), as written. They share memory with the
	// parsed lines.
	NoCacheFields []string
	PrivateFields []string
}

// Delta is the argument of a directive that counts seconds. An explicit 0
// differs from an absent directive (CF-SIE-06).
type Delta struct {
	Value   time.Duration // whole seconds, 0 to MaxDelta
	Present bool
}

// keepSmallest records one more occurrence: of several the smallest counts
// (CF-TTL-20).
func (d *Delta) keepSmallest(v time.Duration) {
	if !d.Present || v < d.Value {
		*d = Delta{Value: v, Present: true}
	}
}

// Parse reads every Cache-Control line of a header section. It allocates only
// for directives with a list of field names.
func Parse(lines field.Lines) Directives { return parse(lines, malformedIsAbsent) }

// malformed says what a directive counts as that needs a number of seconds
// and has none.
type malformed uint8

const (
	malformedIsAbsent malformed = iota // CF-TTL-20
	malformedIsZero                    // RFC 9111 section 4.2.1: considered stale
)

func parse(lines field.Lines, m malformed) Directives {
	var d Directives
	for i := range lines {
		if field.EqualName(lines[i].Name, "Cache-Control") {
			d.Present = true
			d.addLine(lines[i].Value, m)
		}
	}
	return d
}

// addLine adds the directives of one field line.
func (d *Directives) addLine(value string, m malformed) {
	for value != "" {
		var member string
		member, value = cutMember(value)
		name, arg, hasArg := strings.Cut(member, "=")
		if name != "" {
			d.add(name, arg, hasArg, m)
		}
		if !isToken(name) || hasArg && !isArgument(arg) {
			d.restrict(member)
		}
	}
}

// restrict records what a malformed member forbids, whatever else it may be meant to
// say: "no-cache; no-store" and "private max-age=60" are written by people who do not
// know that a comma is what separates directives. To share such a response with
// everybody would be the worse mistake (reliability X3).
func (d *Directives) restrict(member string) {
	for word := range strings.FieldsFuncSeq(member, func(r rune) bool { return r >= 0x80 || !isTokenByte(byte(r)) }) {
		switch {
		case is(word, "no-store"):
			d.NoStore = true
		case is(word, "no-cache"):
			d.NoCache = true
		case is(word, "private"):
			d.Private = true
		}
	}
}

// add records one directive. Unknown names are ignored (RFC 9111 section
// 5.2.3), and so are arguments of directives that take none.
func (d *Directives) add(name, arg string, hasArg bool, m malformed) {
	switch {
	case is(name, "max-age"):
		addDelta(&d.MaxAge, arg, m)
	case is(name, "s-maxage"):
		addDelta(&d.SMaxAge, arg, m)
	case is(name, "no-cache"):
		addQualified(&d.NoCache, &d.NoCacheFields, arg, hasArg)
	case is(name, "private"):
		addQualified(&d.Private, &d.PrivateFields, arg, hasArg)
	case is(name, "no-store"):
		d.NoStore = true
	case is(name, "public"):
		d.Public = true
	case is(name, "must-revalidate"):
		d.MustRevalidate = true
	case is(name, "proxy-revalidate"):
		d.ProxyRevalidate = true
	case is(name, "no-transform"):
		d.NoTransform = true
	case is(name, "immutable"):
		d.Immutable = true
	case is(name, "must-understand"):
		d.MustUnderstand = true
	case is(name, "stale-while-revalidate"):
		addDelta(&d.StaleWhileRevalidate, arg, m)
	case is(name, "stale-if-error"):
		addDelta(&d.StaleIfError, arg, m)
	}
}

func is(name, directive string) bool { return field.EqualName(name, directive) }

// addDelta records a number of seconds. Without digits there is no directive,
// stale-while-revalidate needs its value (CF-SWR-03), or it is one of 0.
func addDelta(d *Delta, arg string, m malformed) {
	if v, ok := parseDelta(unquoted(arg)); ok || m == malformedIsZero {
		d.keepSmallest(v)
	}
}

// parseDelta reads delta-seconds (RFC 9111 section 1.2.2): digits only.
func parseDelta(s string) (d time.Duration, ok bool) {
	const limit = int64(MaxDelta / time.Second)
	seconds := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		seconds = min(seconds*10+int64(s[i]-'0'), limit)
	}
	return time.Duration(seconds) * time.Second, s != ""
}

// addQualified records no-cache or private. Only a well-formed list of field
// names softens the directive.
func addQualified(whole *bool, names *[]string, arg string, hasArg bool) {
	if !hasArg || !appendNames(names, unquoted(arg)) {
		*whole = true
	}
}

// appendNames appends the members of a comma-separated list of field names,
// or nothing if there are none or one is not a token.
func appendNames(names *[]string, list string) bool {
	all := *names
	for list != "" {
		var name string
		name, list, _ = strings.Cut(list, ",")
		if name = trim(name); name == "" {
			continue
		}
		if !isToken(name) {
			return false
		}
		all = append(all, name)
	}
	added := len(all) > len(*names)
	*names = all
	return added
}

// String prints the directives in a fixed order and spelling. Parsing the
// result gives the same directives.
func (d Directives) String() string {
	var b strings.Builder
	d.printFlags(&b)
	printNames(&b, "no-cache", d.NoCacheFields)
	printNames(&b, "private", d.PrivateFields)
	printDelta(&b, "max-age", d.MaxAge)
	printDelta(&b, "s-maxage", d.SMaxAge)
	printDelta(&b, "stale-while-revalidate", d.StaleWhileRevalidate)
	printDelta(&b, "stale-if-error", d.StaleIfError)
	return b.String()
}
